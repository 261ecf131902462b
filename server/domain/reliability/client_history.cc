#include "server/domain/reliability/client_history.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>

#include "absl/strings/str_cat.h"
#include "google/protobuf/timestamp.pb.h"
#include "server/domain/errors.h"
#include "server/domain/limits.h"
#include "server/domain/reliability/varint.h"

namespace pledger::reliability {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kMinorUnitsMax = 1'000'000'000'000'000;

[[nodiscard]] absl::Status Unfoldable(uint64_t position, const char* why) {
  return Error(v1::ERROR_REASON_CORRUPT,
               absl::StrCat("the fact at position ", position, " cannot be folded: ", why),
               {{"position", absl::StrCat(position)}});
}

bool TimeInRange(int64_t time_ns) {
  return time_ns >= limits::kOccurTimeMinNs && time_ns <= limits::kTimeMaxNs;
}

}  // namespace

// Reduces one fact. Interns into the history only once nothing can fail any more, which is why the
// checks of a fact come before its texts.
class HistoryBuilder {
 public:
  HistoryBuilder(ClientHistory* history, HistoryFact* out) : history_(*history), out_(*out) {}

  // Null if the fact could be reduced; else why not.
  const char* Read(const v1::Fact& fact) {
    out_.type = static_cast<uint8_t>(fact.fact_case());
    switch (fact.fact_case()) {
      case v1::Fact::kClientOpened:
        out_.id = history_.Intern(fact.client_opened().tier());
        return nullptr;
      case v1::Fact::kPromiseMade:
        return ReadPromise(fact.promise_made());
      case v1::Fact::kPromiseRescheduled:
        return ReadRescheduled(fact.promise_rescheduled());
      case v1::Fact::kPromiseKept:
        return ReadKept(fact.promise_kept());
      case v1::Fact::kPromiseBroken:
        out_.flags = fact.promise_broken().excused() ? kExcused : 0;
        out_.id = history_.Intern(fact.promise_broken().promise_id());
        return nullptr;
      case v1::Fact::kPromiseWaived:
        out_.id = history_.Intern(fact.promise_waived().promise_id());
        return nullptr;
      case v1::Fact::kDisputeOpened:
        return ReadDispute(fact.dispute_opened());
      case v1::Fact::kDisputeResolved:
        out_.flags = static_cast<uint8_t>(fact.dispute_resolved().in_favour_of() & 3);
        out_.id = history_.Intern(fact.dispute_resolved().dispute_id());
        return nullptr;
      default:
        return ReadMoneyFact(fact);
    }
  }

 private:
  const char* ReadMoneyFact(const v1::Fact& fact) {
    switch (fact.fact_case()) {
      case v1::Fact::kInvoiceIssued: {
        const v1::InvoiceIssued& invoice = fact.invoice_issued();
        if (const char* why = ReadTime(invoice.due_time())) return why;
        if (const char* why = ReadMoney(invoice.amount())) return why;
        out_.id = history_.Intern(invoice.invoice_id());
        return nullptr;
      }
      case v1::Fact::kPaymentReceived:
        return ReadPayment(fact.payment_received());
      case v1::Fact::kPaymentReversed:
        out_.id = history_.Intern(fact.payment_reversed().payment_id());
        return nullptr;
      case v1::Fact::kCreditGranted: {
        const v1::CreditGranted& credit = fact.credit_granted();
        if (const char* why = ReadMoney(credit.amount())) return why;
        out_.flags = credit.refunded() ? kRefunded : 0;
        if (!credit.invoice_id().empty()) out_.id = history_.Intern(credit.invoice_id());
        return nullptr;
      }
      case v1::Fact::kInvoiceCancelled:
        out_.id = history_.Intern(fact.invoice_cancelled().invoice_id());
        return nullptr;
      case v1::Fact::kInvoiceWrittenOff:
        out_.id = history_.Intern(fact.invoice_written_off().invoice_id());
        return nullptr;
      case v1::Fact::kPaymentRefused:
        out_.id = history_.Intern(fact.payment_refused().invoice_id());
        return nullptr;
      default:
        return "its type is not folded";
    }
  }

  const char* ReadTime(const google::protobuf::Timestamp& time) {
    constexpr int64_t kSecondsMin = limits::kOccurTimeMinNs / kSecondNs;
    constexpr int64_t kSecondsMax = limits::kTimeMaxNs / kSecondNs;
    if (time.seconds() < kSecondsMin || time.seconds() >= kSecondsMax || time.nanos() < 0 ||
        time.nanos() >= kSecondNs) {
      return "a time is out of range";
    }
    out_.due_time_ns = time.seconds() * kSecondNs + time.nanos();
    return nullptr;
  }

  const char* ReadMoney(const v1::Money& money) {
    if (money.minor_units() <= 0 || money.minor_units() > kMinorUnitsMax) {
      return "an amount of money is out of range";
    }
    out_.amount = money.minor_units();
    out_.currency = history_.Intern(money.currency_code());
    return nullptr;
  }

  const char* ReadPromise(const v1::PromiseMade& promise) {
    if (const char* why = ReadTime(promise.due_time())) return why;
    if (promise.has_amount()) {
      if (const char* why = ReadMoney(promise.amount())) return why;
    }
    out_.flags = promise.by() == v1::PARTY_US ? kByUs : 0;
    if (promise.has_amount() && promise.kind() == v1::PromiseMade::KIND_PAYMENT) {
      out_.flags |= kByMoney;
    }
    out_.id = history_.Intern(promise.promise_id());
    if (!promise.invoice_id().empty()) out_.invoice = history_.Intern(promise.invoice_id());
    return nullptr;
  }

  const char* ReadRescheduled(const v1::PromiseRescheduled& rescheduled) {
    if (const char* why = ReadTime(rescheduled.new_due_time())) return why;
    out_.flags = (rescheduled.requested_by() == v1::PARTY_US ? kByUs : 0) |
                 (rescheduled.agreed() ? kAgreed : 0);
    out_.id = history_.Intern(rescheduled.promise_id());
    return nullptr;
  }

  const char* ReadKept(const v1::PromiseKept& kept) {
    const double fraction = kept.has_fraction() ? kept.fraction() : 1;
    if (!(fraction > 0 && fraction <= 1)) return "a fraction is out of range";
    out_.amount = std::max<int64_t>(1, std::llround(fraction * 1e9));
    out_.id = history_.Intern(kept.promise_id());
    return nullptr;
  }

  const char* ReadDispute(const v1::DisputeOpened& dispute) {
    out_.id = history_.Intern(dispute.dispute_id());
    if (dispute.has_invoice_id()) {
      out_.flags = kOfInvoice;
      out_.invoice = history_.Intern(dispute.invoice_id());
    } else {
      out_.target = dispute.event_position();
    }
    return nullptr;
  }

  const char* ReadPayment(const v1::PaymentReceived& payment) {
    if (payment.allocations_size() > std::numeric_limits<uint16_t>::max()) {
      return "a payment has too many allocations";
    }
    for (const v1::PaymentAllocation& allocation : payment.allocations()) {
      const int64_t amount = allocation.amount().minor_units();
      if (amount <= 0 || amount > kMinorUnitsMax) return "an allocation is out of range";
    }
    if (const char* why = ReadMoney(payment.amount())) return why;
    out_.id = history_.Intern(payment.payment_id());
    out_.allocations_begin = static_cast<uint32_t>(history_.allocations_.size());
    for (const v1::PaymentAllocation& allocation : payment.allocations()) {
      // Of another currency: not this payment's money; what it would take stays unallocated.
      if (allocation.amount().currency_code() != payment.amount().currency_code()) continue;
      history_.allocations_.push_back(
          {history_.Intern(allocation.invoice_id()), allocation.amount().minor_units()});
    }
    out_.allocations_count =
        static_cast<uint16_t>(history_.allocations_.size() - out_.allocations_begin);
    return nullptr;
  }

  ClientHistory& history_;
  HistoryFact& out_;
};

bool ClientHistory::Matters(uint16_t fact_type) {
  return fact_type == v1::FACT_TYPE_CLIENT_OPENED ||
         (fact_type >= v1::FACT_TYPE_PROMISE_MADE && fact_type <= v1::FACT_TYPE_PROMISE_WAIVED) ||
         (fact_type >= v1::FACT_TYPE_INVOICE_ISSUED &&
          fact_type <= v1::FACT_TYPE_PAYMENT_REFUSED) ||
         fact_type == v1::FACT_TYPE_DISPUTE_OPENED || fact_type == v1::FACT_TYPE_DISPUTE_RESOLVED ||
         fact_type == v1::FACT_TYPE_EVENT_CORRECTED || fact_type == v1::FACT_TYPE_EVENT_RETRACTED;
}

absl::Status ClientHistory::Add(const RecordedFact& recorded) {
  if (span_.events > 0 && recorded.position <= last_position_) return absl::OkStatus();
  if (!TimeInRange(recorded.record_time_ns) || !TimeInRange(recorded.occur_time_ns) ||
      (span_.events > 0 && recorded.record_time_ns < last_record_ns_)) {
    return Unfoldable(recorded.position, "its times are out of range");
  }
  HistoryFact reduced;
  reduced.position = recorded.position;
  reduced.record_time_ns = recorded.record_time_ns;
  reduced.occur_time_ns = recorded.occur_time_ns;
  const v1::Fact* content = &recorded.fact;
  if (content->has_event_retracted()) {
    reduced.role = FactRole::kRetraction;
    reduced.target = content->event_retracted().target_position();
  } else if (content->has_event_corrected()) {
    reduced.role = FactRole::kCorrection;
    reduced.target = content->event_corrected().target_position();
    content = &content->event_corrected().replacement();
  }
  const bool original = reduced.role == FactRole::kOriginal;
  // An amendment of what isn't kept, or into what isn't kept, changes nothing here.
  if ((!original && !HasFactAt(reduced.target)) ||
      (reduced.role != FactRole::kRetraction &&
       !Matters(static_cast<uint16_t>(content->fact_case())))) {
    AddUninteresting(recorded.position, recorded.record_time_ns, recorded.occur_time_ns);
    return absl::OkStatus();
  }
  if (reduced.role != FactRole::kRetraction) {
    if (const char* why = HistoryBuilder(this, &reduced).Read(*content)) {
      return Unfoldable(recorded.position, why);
    }
  }
  amended_ |= !original;
  facts_.push_back(reduced);
  Count(recorded.position, recorded.record_time_ns, recorded.occur_time_ns);
  return absl::OkStatus();
}

void ClientHistory::AddUninteresting(uint64_t position, int64_t record_time_ns,
                                     int64_t occur_time_ns) {
  if (span_.events > 0 && position <= last_position_) return;
  PutVarint(position - quiet_last_position_, &quiet_);
  PutVarint(static_cast<uint64_t>(record_time_ns) - static_cast<uint64_t>(quiet_last_record_ns_),
            &quiet_);
  PutVarint(ZigZag(static_cast<int64_t>(static_cast<uint64_t>(record_time_ns) -
                                        static_cast<uint64_t>(occur_time_ns))),
            &quiet_);
  ++quiet_count_;
  quiet_last_position_ = position;
  quiet_last_record_ns_ = record_time_ns;
  Count(position, record_time_ns, occur_time_ns);
}

void ClientHistory::Count(uint64_t position, int64_t record_time_ns, int64_t occur_time_ns) {
  if (span_.events == 0) {
    span_.first_occur_ns = span_.last_occur_ns = occur_time_ns;
    first_position_ = position;
    first_record_ns_ = record_time_ns;
  }
  ++span_.events;
  span_.first_occur_ns = std::min(span_.first_occur_ns, occur_time_ns);
  span_.last_occur_ns = std::max(span_.last_occur_ns, occur_time_ns);
  last_position_ = position;
  last_record_ns_ = record_time_ns;
}

bool ClientHistory::HasFactAt(uint64_t position) const {
  const auto found = std::lower_bound(
      facts_.begin(), facts_.end(), position,
      [](const HistoryFact& fact, uint64_t wanted) { return fact.position < wanted; });
  return found != facts_.end() && found->position == position && found->role == FactRole::kOriginal;
}

std::string_view ClientHistory::text(uint32_t number) const {
  if (number == kNoText) return {};
  const uint32_t begin = number == 0 ? 0 : text_ends_[number - 1];
  return std::string_view(texts_).substr(begin, text_ends_[number] - begin);
}

uint32_t ClientHistory::Intern(std::string_view wanted) {
  if (2 * (text_ends_.size() + 1) > text_index_.size()) GrowIndex();
  const size_t mask = text_index_.size() - 1;
  size_t slot = std::hash<std::string_view>()(wanted) & mask;
  while (text_index_[slot] != 0) {
    const uint32_t number = text_index_[slot] - 1;
    if (text(number) == wanted) return number;
    slot = (slot + 1) & mask;
  }
  texts_.append(wanted);
  text_ends_.push_back(static_cast<uint32_t>(texts_.size()));
  text_index_[slot] = static_cast<uint32_t>(text_ends_.size());
  return static_cast<uint32_t>(text_ends_.size() - 1);
}

void ClientHistory::GrowIndex() {
  const size_t slots = std::bit_ceil(std::max<size_t>(16, 4 * (text_ends_.size() + 1)));
  text_index_.assign(slots, 0);
  for (uint32_t number = 0; number < text_ends_.size(); ++number) {
    size_t slot = std::hash<std::string_view>()(text(number)) & (slots - 1);
    while (text_index_[slot] != 0) slot = (slot + 1) & (slots - 1);
    text_index_[slot] = number + 1;
  }
}

template <typename Visit>
void ClientHistory::VisitUninteresting(Visit visit) const {
  const char* at = quiet_.data();
  const char* const end = at + quiet_.size();
  uint64_t position = 0;
  uint64_t record_ns = 0;
  uint64_t value = 0;
  for (uint64_t i = 0; i < quiet_count_; ++i) {
    if (!GetVarint(&at, end, &value)) return;
    position += value;
    if (!GetVarint(&at, end, &value)) return;
    record_ns += value;
    if (!GetVarint(&at, end, &value)) return;
    const uint64_t occur_ns = record_ns - static_cast<uint64_t>(UnZigZag(value));
    if (!visit(position, static_cast<int64_t>(record_ns), static_cast<int64_t>(occur_ns))) return;
  }
}

EventSpan ClientHistory::Events(const Perspective& perspective) const {
  if (span_.events == 0) return {};
  const bool all_known = perspective.known_at_position >= last_position_ &&
                         perspective.known_at_record_time_ns >= last_record_ns_;
  if (all_known && perspective.as_of_ns >= span_.last_occur_ns) return span_;
  EventSpan within;
  const auto count = [&](uint64_t position, int64_t record_ns, int64_t occur_ns) {
    if (position > perspective.known_at_position ||
        record_ns > perspective.known_at_record_time_ns) {
      return false;
    }
    if (occur_ns > perspective.as_of_ns) return true;
    const bool first = within.events++ == 0;
    within.first_occur_ns = first ? occur_ns : std::min(within.first_occur_ns, occur_ns);
    within.last_occur_ns = first ? occur_ns : std::max(within.last_occur_ns, occur_ns);
    return true;
  };
  for (const HistoryFact& fact : facts_) {
    if (!count(fact.position, fact.record_time_ns, fact.occur_time_ns)) break;
  }
  VisitUninteresting(count);
  return within;
}

bool ClientHistory::AnyKnown(const Perspective& perspective) const {
  return span_.events > 0 && first_position_ <= perspective.known_at_position &&
         first_record_ns_ <= perspective.known_at_record_time_ns;
}

size_t ClientHistory::KnownFacts(const Perspective& perspective) const {
  if (perspective.known_at_position >= last_position_ &&
      perspective.known_at_record_time_ns >= last_record_ns_) {
    return facts_.size();
  }
  const auto unknown =
      std::partition_point(facts_.begin(), facts_.end(), [&perspective](const HistoryFact& fact) {
        return fact.position <= perspective.known_at_position &&
               fact.record_time_ns <= perspective.known_at_record_time_ns;
      });
  return static_cast<size_t>(unknown - facts_.begin());
}

size_t ClientHistory::memory_bytes() const {
  return sizeof(*this) + facts_.capacity() * sizeof(HistoryFact) +
         allocations_.capacity() * sizeof(HistoryAllocation) + texts_.capacity() +
         (text_ends_.capacity() + text_index_.capacity()) * sizeof(uint32_t) + quiet_.capacity();
}

}  // namespace pledger::reliability
