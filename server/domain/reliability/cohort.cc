#include "server/domain/reliability/cohort.h"

#include <algorithm>
#include <limits>

#include "absl/numeric/bits.h"
#include "absl/time/civil_time.h"

namespace pledger::reliability {
namespace {

// How far back payments and contacts are compared.
constexpr int64_t kComparedDays = 730;
constexpr int64_t kNotOpened = std::numeric_limits<int64_t>::min();
// All events of a ledger that is smaller count; of a larger one, in steps of a sixteenth and less.
constexpr uint64_t kExactEvents = 4'096;
constexpr int kStepBits = 4;

double ValueOf(const ClientHistory& history, const Policy& policy, const HistoryFact& fact) {
  return static_cast<double>(fact.amount) *
         policy.RateOf(history.text(fact.currency)).value_or(1.0);
}

// The value that no more than one in `one_in` of the values lie below.
double LowerQuantile(size_t one_in, std::vector<double>* values) {
  if (values->empty()) return 0;
  const auto at = values->begin() + static_cast<ptrdiff_t>(values->size() / one_in);
  std::nth_element(values->begin(), at, values->end());
  return *at;
}

// The value that no more than one in `one_in` of the values lie above.
double UpperQuantile(size_t one_in, std::vector<double>* values) {
  for (double& value : *values) value = -value;
  return -LowerQuantile(one_in, values);
}

}  // namespace

const CohortFigures* Cohorts::Find(std::string_view tier) const {
  const auto found = by_tier.find(absl::string_view(tier.data(), tier.size()));
  return found == by_tier.end() ? nullptr : &found->second;
}

uint64_t CohortEvents(uint64_t next) {
  if (next < kExactEvents) return next;
  const int bits = absl::bit_width(next) - 1 - kStepBits;
  return next >> bits << bits;
}

Perspective CohortPerspective(const Perspective& answer) {
  // A perspective's highest position stands for all events there are.
  const uint64_t next = answer.known_at_position + (~answer.known_at_position == 0 ? 0 : 1);
  Perspective made = answer;
  made.known_at_position = CohortEvents(next) - 1;
  return made;
}

Dealings DealingsOf(const ClientHistory& history, const Policy& policy, const Timeline& timeline,
                    int64_t as_of_day) {
  thread_local std::vector<uint32_t> reversed;
  reversed.clear();
  for (const TimedFact& timed : timeline.facts) {
    if (timed.content->type == v1::FACT_TYPE_PAYMENT_REVERSED) {
      reversed.push_back(timed.content->id);
    }
  }
  Dealings dealings;
  for (size_t i = 0; i < timeline.facts.size(); ++i) {
    const HistoryFact& fact = *timeline.facts[i].content;
    const bool paid = fact.type == v1::FACT_TYPE_PAYMENT_RECEIVED;
    if (!paid && fact.type != v1::FACT_TYPE_EFFORT_LOGGED) continue;
    const int64_t day = policy.DayOf(timeline.facts[i].occur_time_ns);
    if (day > as_of_day) break;
    if (paid && std::find(reversed.begin(), reversed.end(), fact.id) != reversed.end()) continue;
    if (paid) {
      dealings.last_payment_day = day;
      dealings.last_payment = static_cast<int32_t>(i);
    }
    if (day <= as_of_day - kComparedDays) continue;
    if (paid) {
      ++dealings.payments;
      dealings.paid += ValueOf(history, policy, fact);
    } else if (fact.contacts() > 0) {
      dealings.contacts += fact.contacts();
      dealings.last_contact = static_cast<int32_t>(i);
    }
  }
  return dealings;
}

int64_t ComparedDay(const Policy& policy, int64_t as_of_ns) {
  const absl::CivilDay epoch(1970, 1, 1);
  const absl::CivilMonth month(epoch + policy.DayOf(as_of_ns));
  return absl::CivilDay(month) - epoch - 1;
}

CohortAccumulator::CohortAccumulator(const Policy& policy, const Perspective& asked)
    : policy_(policy), as_of_day_(ComparedDay(policy, asked.as_of_ns)), perspective_(asked) {
  perspective_.as_of_ns = policy.EndOfDayNs(as_of_day_);
}

void CohortAccumulator::Add(const ClientHistory& history) {
  BuildTimeline(history, perspective_, &timeline_);
  if (timeline_.facts.empty()) return;
  std::string_view tier;
  for (const TimedFact& timed : timeline_.facts) {
    if (timed.content->type == v1::FACT_TYPE_CLIENT_OPENED) {
      tier = history.text(timed.content->tier());
    }
  }
  Samples& samples = by_tier_[absl::string_view(tier.data(), tier.size())];
  AddOrders(history, &samples);
  const Dealings dealings = DealingsOf(history, policy_, timeline_, as_of_day_);
  if (dealings.last_payment == Dealings::kNoFact) return;
  samples.days_since_payment.push_back(static_cast<double>(as_of_day_ - dealings.last_payment_day));
  samples.payments.push_back(static_cast<double>(dealings.payments));
  samples.paid.push_back(dealings.paid);
  if (dealings.paid > 0) {
    samples.contacts_per_1000.push_back(1000 * static_cast<double>(dealings.contacts) /
                                        dealings.paid);
  }
}

void CohortAccumulator::AddOrders(const ClientHistory& history, Samples* samples) {
  bool any = false;
  for (const TimedFact& timed : timeline_.facts) {
    const HistoryFact& fact = *timed.content;
    if (fact.type != v1::FACT_TYPE_ENQUIRY_OPENED && fact.type != v1::FACT_TYPE_ENQUIRY_CLOSED) {
      continue;
    }
    if (!any) opened_days_.assign(history.text_count(), kNotOpened);
    any = true;
    const int64_t day = policy_.DayOf(timed.occur_time_ns);
    if (fact.type == v1::FACT_TYPE_ENQUIRY_OPENED) {
      opened_days_[fact.id] = day;
    } else if (fact.enquiry_outcome() == v1::EnquiryClosed::OUTCOME_ORDERED &&
               opened_days_[fact.id] != kNotOpened) {
      samples->days_to_order.push_back(static_cast<double>(day - opened_days_[fact.id]));
    }
  }
}

Cohorts CohortAccumulator::Finish() {
  Cohorts cohorts;
  cohorts.as_of_day = as_of_day_;
  for (auto& [tier, samples] : by_tier_) {
    CohortFigures& figures = cohorts.by_tier[tier];
    figures.clients = static_cast<int64_t>(samples.payments.size());
    figures.days_since_payment_80th = UpperQuantile(5, &samples.days_since_payment);
    figures.payments_20th = LowerQuantile(5, &samples.payments);
    figures.paid_20th = LowerQuantile(5, &samples.paid);
    figures.contacts_per_1000_95th = UpperQuantile(20, &samples.contacts_per_1000);
    figures.orders = static_cast<int64_t>(samples.days_to_order.size());
    figures.days_to_order_95th = UpperQuantile(20, &samples.days_to_order);
  }
  return cohorts;
}

}  // namespace pledger::reliability
