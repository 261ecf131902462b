// Signals that compare a client with others, or say that all is well: what counts towards them.
#include <algorithm>
#include <limits>

#include "server/domain/reliability/signals.h"

namespace pledger::reliability {
namespace {

// Contacts without an order that are enough to speak of a time sink.
constexpr int kContactsMin = 5;

// Who has paid since is neither.
void AddSmallAndRare(const SignalInput& input, const CohortFigures& cohort,
                     const Dealings& dealings, int64_t compared_day, SignalWorld* world) {
  if (dealings.last_payment == kNone) return;
  const int64_t since = compared_day - dealings.last_payment_day;
  if (static_cast<double>(since) <= cohort.days_since_payment_80th ||
      static_cast<double>(dealings.payments) >= cohort.payments_20th ||
      dealings.paid >= cohort.paid_20th) {
    return;
  }
  const std::vector<MoneyMoved>& received = input.fold.payments.received;
  if (!received.empty() && received.back().day > compared_day) return;
  world->Track(TrackId::kSmallAndRare)
      .push_back(input.OccurrenceOf(input.timed(dealings.last_payment)));
}

// Contacts since the enquiry; the enquiry itself while nothing has come of it.
void AddOpenEnquiries(const SignalInput& input, double days, SignalWorld* world) {
  const std::vector<TimedFact>& facts = input.fold.timeline.facts;
  world->facts_by_id.assign(input.history.text_count(), kNone);
  int64_t latest_agreed_ns = std::numeric_limits<int64_t>::min();
  for (size_t i = 0; i < facts.size(); ++i) {
    const HistoryFact& fact = *facts[i].content;
    if (fact.type == v1::FACT_TYPE_ENQUIRY_OPENED) {
      world->facts_by_id[fact.id] = static_cast<int32_t>(i);
    } else if (fact.type == v1::FACT_TYPE_ENQUIRY_CLOSED) {
      world->facts_by_id[fact.id] = kNone;
    } else if (fact.type == v1::FACT_TYPE_ENGAGEMENT_AGREED) {
      latest_agreed_ns = facts[i].occur_time_ns;
    }
  }
  for (const int32_t index : world->facts_by_id) {
    if (index == kNone) continue;
    const TimedFact& enquiry = input.timed(index);
    if (latest_agreed_ns >= enquiry.occur_time_ns) continue;
    const int64_t day = input.policy.DayOf(enquiry.occur_time_ns);
    const auto over_day = day + static_cast<int64_t>(days) + 1;
    if (over_day > input.fold.as_of_day) continue;
    int64_t contacts = 0;
    int64_t enough_day = kNoDay;
    for (const int32_t effort : input.fold.work.efforts) {
      const TimedFact& timed = input.timed(effort);
      if (timed.occur_time_ns < enquiry.occur_time_ns) continue;
      contacts += timed.content->contacts();
      if (contacts < kContactsMin) continue;
      enough_day = input.policy.DayOf(timed.occur_time_ns);
      break;
    }
    if (enough_day == kNoDay) continue;
    Occurrence occurrence = input.OccurrenceOf(enquiry);
    occurrence.day = std::max(over_day, enough_day);
    world->Track(TrackId::kTimeSink).push_back(occurrence);
  }
}

void AddTimeSink(const SignalInput& input, const CohortFigures* cohort, const Dealings& dealings,
                 SignalWorld* world) {
  double days = input.policy.signals()[SignalCode::kTimeSink].threshold;
  if (cohort != nullptr && cohort->orders >= kCohortMin) days = cohort->days_to_order_95th;
  AddOpenEnquiries(input, days, world);
  if (cohort == nullptr || cohort->clients < kCohortMin) return;
  if (dealings.contacts < kContactsMin || dealings.paid <= 0) return;
  const double per_1000 = 1000 * static_cast<double>(dealings.contacts) / dealings.paid;
  if (per_1000 <= cohort->contacts_per_1000_95th) return;
  world->Track(TrackId::kTimeSink)
      .push_back(input.OccurrenceOf(input.timed(dealings.last_contact)));
}

void AddReferrals(const SignalInput& input, SignalWorld* world) {
  if (input.cohort.bands == nullptr) return;
  for (const TimedFact& fact : input.fold.timeline.facts) {
    if (fact.content->type != v1::FACT_TYPE_REFERRAL_RECEIVED) continue;
    const uint32_t referred = fact.content->referred_client();
    const std::string_view id = input.history.text(referred);
    const auto found = input.cohort.bands->find(absl::string_view(id.data(), id.size()));
    const v1::Band band = found == input.cohort.bands->end() ? v1::BAND_UNSPECIFIED : found->second;
    Occurrence occurrence = input.OccurrenceOf(fact);
    occurrence.key = referred;
    if (band == v1::BAND_E) {
      world->Track(TrackId::kBadReferrals).push_back(occurrence);
    } else if (band == v1::BAND_A || band == v1::BAND_B) {
      world->Track(TrackId::kGoodReferrals).push_back(occurrence);
    }
  }
}

}  // namespace

void GatherCohortSignals(const SignalInput& input, SignalWorld* world) {
  const Cohorts* const cohorts = input.cohort.cohorts;
  const CohortFigures* const cohort = cohorts == nullptr ? nullptr : cohorts->Find(input.tier);
  Dealings dealings;
  if (cohort != nullptr && cohort->clients >= kCohortMin) {
    dealings = DealingsOf(input.history, input.policy, input.fold.timeline, cohorts->as_of_day);
    AddSmallAndRare(input, *cohort, dealings, cohorts->as_of_day, world);
  }
  AddTimeSink(input, cohort, dealings, world);
  AddReferrals(input, world);
}

}  // namespace pledger::reliability
