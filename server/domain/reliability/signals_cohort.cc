// Signals that compare a client with others, or say that all is well: what counts towards them.
#include <algorithm>
#include <limits>

#include "server/domain/reliability/signals.h"

namespace pledger::reliability {
namespace {

// How far back payments and contacts are compared.
constexpr int64_t kComparedDays = 730;
// Contacts without an order that are enough to speak of a time sink.
constexpr int kContactsMin = 5;

struct Dealings {
  int64_t payments = 0;
  double paid = 0;
  int64_t last_payment_day = kNoDay;
  int64_t contacts = 0;
  int32_t last_payment = kNone;
  int32_t last_contact = kNone;
};

Dealings DealingsOf(const SignalInput& input) {
  Dealings dealings;
  const int64_t from_day = input.fold.as_of_day - kComparedDays;
  const std::vector<TimedFact>& facts = input.fold.timeline.facts;
  for (size_t i = 0; i < facts.size(); ++i) {
    const HistoryFact& fact = *facts[i].content;
    const bool paid =
        fact.type == v1::FACT_TYPE_PAYMENT_RECEIVED && !input.fold.payments.ids[fact.id].reversed;
    if (!paid && fact.type != v1::FACT_TYPE_EFFORT_LOGGED) continue;
    const int64_t day = input.policy.DayOf(facts[i].occur_time_ns);
    if (paid) {
      dealings.last_payment_day = day;
      dealings.last_payment = static_cast<int32_t>(i);
    }
    if (day <= from_day) continue;
    if (paid) {
      ++dealings.payments;
      dealings.paid += input.ValueOf(fact.currency, fact.amount);
    } else if (fact.contacts() > 0) {
      dealings.contacts += fact.contacts();
      dealings.last_contact = static_cast<int32_t>(i);
    }
  }
  return dealings;
}

void AddSmallAndRare(const SignalInput& input, const CohortFigures& cohort,
                     const Dealings& dealings, SignalWorld* world) {
  if (dealings.last_payment == kNone) return;
  const int64_t since = input.fold.as_of_day - dealings.last_payment_day;
  if (static_cast<double>(since) < cohort.days_since_payment_80th ||
      static_cast<double>(dealings.payments) > cohort.payments_20th ||
      dealings.paid > cohort.paid_20th) {
    return;
  }
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
  if (cohort == nullptr || dealings.contacts < kContactsMin || dealings.paid <= 0) return;
  const double per_1000 = 1000 * static_cast<double>(dealings.contacts) / dealings.paid;
  if (per_1000 <= cohort->contacts_per_1000_95th) return;
  world->Track(TrackId::kTimeSink)
      .push_back(input.OccurrenceOf(input.timed(dealings.last_contact)));
}

void AddReferrals(const SignalInput& input, SignalWorld* world) {
  if (input.cohort.band_of == nullptr) return;
  for (const TimedFact& fact : input.fold.timeline.facts) {
    if (fact.content->type != v1::FACT_TYPE_REFERRAL_RECEIVED) continue;
    const uint32_t referred = fact.content->referred_client();
    const v1::Band band = (*input.cohort.band_of)(input.history.text(referred));
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
  const Dealings dealings = DealingsOf(input);
  const CohortFigures* cohort = input.cohort.figures;
  if (cohort != nullptr && cohort->clients < kCohortMin) cohort = nullptr;
  if (cohort != nullptr) AddSmallAndRare(input, *cohort, dealings, world);
  AddTimeSink(input, cohort, dealings, world);
  AddReferrals(input, world);
}

}  // namespace pledger::reliability
