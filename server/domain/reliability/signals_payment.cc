// Signals of segment PRICE: what counts towards them.
#include <algorithm>

#include "server/domain/reliability/signals.h"

namespace pledger::reliability {
namespace {

bool InvoiceDisputed(const SignalInput& input, uint32_t invoice_id) {
  if (invoice_id == kNoText) return false;
  const int32_t index = input.fold.payments.ids[invoice_id].invoice;
  return index != kNone && UnderDispute(input.fold.payments, input.fold.payments.invoices[index]);
}

// What is owed is owed on every day: a debt that is older than the window has not ended.
void AddDebt(Occurrence debt, bool still_owed, int64_t as_of_day, std::vector<Occurrence>* track) {
  constexpr int64_t kDaysBetween = 365;
  for (; still_owed && debt.day < as_of_day; debt.day += kDaysBetween) track->push_back(debt);
  if (still_owed) debt.day = as_of_day;
  track->push_back(debt);
}

void GatherInvoices(const SignalInput& input, SignalWorld* world) {
  const auto late_days =
      static_cast<int64_t>(input.policy.signals()[SignalCode::kLatePayer].threshold);
  const auto unpaid_days =
      static_cast<int64_t>(input.policy.signals()[SignalCode::kNonPayer].threshold);
  for (const PaymentItem& item : input.fold.payment_items) {
    Occurrence occurrence;
    occurrence.key = static_cast<uint32_t>(item.invoice);
    occurrence.position = item.positions[0];
    if (item.positions_count > 1) occurrence.also = item.positions[1];
    occurrence.occur_ns = item.occur_ns;
    occurrence.disputed = item.disputed;
    if (item.code == ReasonCode::kPaymentRefused) {
      occurrence.day = input.policy.DayOf(item.occur_ns);
      AddDebt(occurrence, true, input.fold.as_of_day, &world->Track(TrackId::kNonPayer));
      continue;
    }
    if (item.days_late > late_days) {
      // What is open became late on a day of its own; what is paid counts when it was paid.
      occurrence.day =
          item.settled ? item.counted_day : input.fold.as_of_day - (item.days_late - late_days - 1);
      world->Track(TrackId::kLatePayer).push_back(occurrence);
    }
    if (!item.settled && item.days_late > unpaid_days) {
      occurrence.day = input.fold.as_of_day - (item.days_late - unpaid_days - 1);
      AddDebt(occurrence, item.code == ReasonCode::kOpenPastDue, input.fold.as_of_day,
              &world->Track(TrackId::kNonPayer));
    }
  }
}

void GatherBrokenPromises(const SignalInput& input, SignalWorld* world) {
  for (const PromiseItem& item : input.fold.promises.items) {
    if (item.by_us || item.good > 0) continue;
    Occurrence occurrence;
    occurrence.day = item.counted_day;
    occurrence.occur_ns = item.occur_ns;
    occurrence.position = item.positions[0];
    if (item.positions_count > 1) occurrence.also = item.positions[1];
    occurrence.disputed = item.disputed;
    if (item.currency != kNoText) world->Track(TrackId::kBrokenPromises).push_back(occurrence);
    occurrence.key = kBrokenWord;
    world->Track(TrackId::kDoubleGame).push_back(occurrence);
  }
}

// Each time that an invoice is promised, by a promise or a new date for one.
void AddPromised(const SignalInput& input, const TimedFact& fact, SignalWorld* world) {
  const HistoryFact* made = fact.content;
  if (made->type == v1::FACT_TYPE_PROMISE_RESCHEDULED) {
    // An extension that was agreed is no new promise.
    if (made->by_us() || made->has(kAgreed)) return;
    const int32_t promise = input.fold.payments.ids[made->id].promise;
    if (promise == kNone) return;
    const int32_t first = input.fold.promises.promises[static_cast<size_t>(promise)].made;
    if (first == kNone) return;
    made = input.timed(first).content;
  }
  if (made->by_us() || !made->has(kByMoney) || made->invoice() == kNoText) return;
  Occurrence occurrence = input.OccurrenceOf(fact);
  occurrence.key = made->invoice();
  occurrence.disputed = occurrence.disputed || InvoiceDisputed(input, made->invoice());
  world->Track(TrackId::kPromisedInvoices).push_back(occurrence);
}

void AddDispute(const SignalInput& input, int32_t index, SignalWorld* world) {
  const TimedFact& fact = input.timed(index);
  int32_t& opened = world->facts_by_id[fact.content->id];
  if (fact.content->type == v1::FACT_TYPE_DISPUTE_OPENED) {
    opened = index;
    return;
  }
  if (opened == kNone || fact.content->in_favour_of() != v1::DisputeResolved::IN_FAVOUR_OF_US) {
    return;
  }
  const TimedFact& of = input.timed(opened);
  if (of.content->dispute_reason() != v1::DisputeOpened::REASON_NOT_RECOGNISED) return;
  Occurrence occurrence = input.OccurrenceOf(fact);
  occurrence.also = of.position;
  world->Track(TrackId::kDeniesDebt).push_back(occurrence);
}

}  // namespace

void GatherPaymentSignals(const SignalInput& input, SignalWorld* world) {
  GatherInvoices(input, world);
  GatherBrokenPromises(input, world);
  world->facts_by_id.assign(input.history.text_count(), kNone);
  const std::vector<TimedFact>& facts = input.fold.timeline.facts;
  for (size_t i = 0; i < facts.size(); ++i) {
    const HistoryFact& content = *facts[i].content;
    switch (content.type) {
      case v1::FACT_TYPE_PROMISE_MADE:
      case v1::FACT_TYPE_PROMISE_RESCHEDULED:
        AddPromised(input, facts[i], world);
        break;
      case v1::FACT_TYPE_DISPUTE_OPENED:
      case v1::FACT_TYPE_DISPUTE_RESOLVED:
        AddDispute(input, static_cast<int32_t>(i), world);
        break;
      case v1::FACT_TYPE_PRICE_CONTESTED:
        if (content.has(kAfterAgreement)) {
          world->Track(TrackId::kHaggles).push_back(input.OccurrenceOf(facts[i]));
        }
        break;
      case v1::FACT_TYPE_CREDIT_GRANTED:
        if (content.credit_reason() == v1::CreditGranted::REASON_GOODWILL) {
          world->Track(TrackId::kPriceOnly).push_back(input.OccurrenceOf(facts[i]));
        }
        break;
      case v1::FACT_TYPE_EFFORT_LOGGED:
        if (input.policy.loaded_minute_rate() > 0) {
          world->Track(TrackId::kLossMaking).push_back(input.OccurrenceOf(facts[i]));
        }
        break;
      default:
        break;
    }
  }
}

}  // namespace pledger::reliability
