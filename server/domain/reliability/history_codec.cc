// The bytes of a ClientHistory. Varints are those of varint.h; fixed integers are 8 bytes, least
// significant first; the number of a text is stored plus one, zero being none.
//
//   byte     version, 1
//   varint   number of texts; the length of each as a varint; then all texts, one after the other
//   varint   number of facts; each:
//              byte type, byte role + 4 × flags
//              varint position − position of the fact before (of the first: its position)
//              fixed record time, fixed occur time
//              retractions: varint target; nothing more
//              corrections and DisputeOpened: varint target
//              varint id
//              facts with money: varint currency; and, if there is one, and for PromiseKept: varint
//                amount
//              InvoiceIssued, PromiseMade, PromiseRescheduled: fixed due time
//              PromiseMade, DisputeOpened: varint invoice
//              PaymentReceived: varint number of allocations; each: varint invoice, varint amount
//   varint   number of uninteresting events; the rest is ClientHistory::quiet_
#include <limits>

#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"
#include "server/domain/limits.h"
#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/varint.h"

namespace pledger::reliability {
namespace {

constexpr char kVersion = 1;
constexpr uint64_t kMinorUnitsMax = 1'000'000'000'000'000;
constexpr uint8_t kFlagsMax = 3;

void PutFixed64(uint64_t value, std::string* out) {
  char bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (8 * i));
  out->append(bytes, sizeof(bytes));
}

bool HasMoney(uint8_t type) {
  return type == v1::FACT_TYPE_PROMISE_MADE || type == v1::FACT_TYPE_INVOICE_ISSUED ||
         type == v1::FACT_TYPE_PAYMENT_RECEIVED || type == v1::FACT_TYPE_CREDIT_GRANTED;
}

bool HasDueTime(uint8_t type) {
  return type == v1::FACT_TYPE_PROMISE_MADE || type == v1::FACT_TYPE_INVOICE_ISSUED ||
         type == v1::FACT_TYPE_PROMISE_RESCHEDULED;
}

bool HasInvoice(uint8_t type) {
  return type == v1::FACT_TYPE_PROMISE_MADE || type == v1::FACT_TYPE_DISPUTE_OPENED;
}

bool HasTarget(uint8_t type, FactRole role) {
  return role != FactRole::kOriginal || type == v1::FACT_TYPE_DISPUTE_OPENED;
}

}  // namespace

void ClientHistory::EncodeTo(std::string* out) const {
  out->reserve(out->size() + 16 + texts_.size() + text_ends_.size() + 40 * facts_.size() +
               quiet_.size());
  out->push_back(kVersion);
  PutVarint(text_ends_.size(), out);
  for (uint32_t number = 0; number < text_count(); ++number) {
    PutVarint(text(number).size(), out);
  }
  out->append(texts_);
  PutVarint(facts_.size(), out);
  uint64_t last_position = 0;
  for (const HistoryFact& fact : facts_) {
    out->push_back(static_cast<char>(fact.type));
    out->push_back(static_cast<char>(static_cast<uint8_t>(fact.role) | (fact.flags << 2)));
    PutVarint(fact.position - last_position, out);
    last_position = fact.position;
    PutFixed64(static_cast<uint64_t>(fact.record_time_ns), out);
    PutFixed64(static_cast<uint64_t>(fact.occur_time_ns), out);
    if (HasTarget(fact.type, fact.role)) PutVarint(fact.target, out);
    if (fact.role == FactRole::kRetraction) continue;
    // kNoText plus one wraps to zero.
    PutVarint(fact.id + uint32_t{1}, out);
    if (HasMoney(fact.type)) PutVarint(fact.currency + uint32_t{1}, out);
    if (fact.currency != kNoText || fact.type == v1::FACT_TYPE_PROMISE_KEPT) {
      PutVarint(static_cast<uint64_t>(fact.amount), out);
    }
    if (HasDueTime(fact.type)) PutFixed64(static_cast<uint64_t>(fact.due_time_ns), out);
    if (HasInvoice(fact.type)) PutVarint(fact.invoice + uint32_t{1}, out);
    if (fact.type != v1::FACT_TYPE_PAYMENT_RECEIVED) continue;
    PutVarint(fact.allocations_count, out);
    for (uint32_t i = 0; i < fact.allocations_count; ++i) {
      const HistoryAllocation& allocation = allocations_[fact.allocations_begin + i];
      PutVarint(allocation.invoice + uint32_t{1}, out);
      PutVarint(static_cast<uint64_t>(allocation.amount), out);
    }
  }
  PutVarint(quiet_count_, out);
  out->append(quiet_);
}

// Reads each part in turn; every Read returns false on bytes that EncodeTo would not have written.
class HistoryDecoder {
 public:
  explicit HistoryDecoder(std::string_view bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool Read(ClientHistory* out) {
    if (at_ == end_ || *at_++ != kVersion) return false;
    if (!ReadTexts(out)) return false;
    uint64_t facts = 0;
    // Each fact has at least 19 bytes; a hostile count must not make us reserve gigabytes.
    if (!GetVarint(&at_, end_, &facts) || facts > Left() / 19) return false;
    out->facts_.reserve(facts + facts / 8 + 1);
    for (uint64_t i = 0; i < facts; ++i) {
      HistoryFact& fact = out->facts_.emplace_back();
      if (!ReadFact(&fact, out)) return false;
      if (i > 0 && fact.position <= out->facts_[i - 1].position) return false;
      if (i > 0 && fact.record_time_ns < out->facts_[i - 1].record_time_ns) return false;
      out->amended_ |= fact.role != FactRole::kOriginal;
    }
    return ReadUninteresting(out);
  }

 private:
  uint64_t Left() const { return static_cast<uint64_t>(end_ - at_); }

  bool ReadTexts(ClientHistory* out) {
    uint64_t count = 0;
    if (!GetVarint(&at_, end_, &count) || count > Left()) return false;
    text_count_ = count;
    out->text_ends_.reserve(count);
    uint64_t total = 0;
    for (uint64_t i = 0; i < count; ++i) {
      uint64_t length = 0;
      if (!GetVarint(&at_, end_, &length) || length > Left()) return false;
      total += length;
      if (total > Left() || total > std::numeric_limits<uint32_t>::max()) return false;
      out->text_ends_.push_back(static_cast<uint32_t>(total));
    }
    out->texts_.assign(at_, total);
    at_ += total;
    return true;
  }

  bool ReadFixed64(int64_t* value) {
    if (Left() < 8) return false;
    uint64_t result = 0;
    for (int i = 0; i < 8; ++i) {
      result |= static_cast<uint64_t>(static_cast<uint8_t>(at_[i])) << (8 * i);
    }
    at_ += 8;
    *value = static_cast<int64_t>(result);
    return true;
  }

  bool ReadTime(int64_t* value) {
    return ReadFixed64(value) && *value >= limits::kOccurTimeMinNs && *value <= limits::kTimeMaxNs;
  }

  bool ReadText(uint32_t* number) {
    uint64_t stored = 0;
    if (!GetVarint(&at_, end_, &stored) || stored > text_count_) return false;
    *number = static_cast<uint32_t>(stored) - 1;
    return true;
  }

  bool ReadAmount(int64_t* amount) {
    uint64_t stored = 0;
    if (!GetVarint(&at_, end_, &stored) || stored == 0 || stored > kMinorUnitsMax) return false;
    *amount = static_cast<int64_t>(stored);
    return true;
  }

  bool ReadFact(HistoryFact* fact, ClientHistory* out) {
    if (Left() < 2) return false;
    fact->type = static_cast<uint8_t>(*at_++);
    const auto packed = static_cast<uint8_t>(*at_++);
    if ((packed & 3) > static_cast<uint8_t>(FactRole::kRetraction)) return false;
    fact->role = static_cast<FactRole>(packed & 3);
    fact->flags = packed >> 2;
    if (fact->flags > kFlagsMax) return false;
    uint64_t distance = 0;
    if (!GetVarint(&at_, end_, &distance)) return false;
    fact->position = last_position_ + distance;
    last_position_ = fact->position;
    if (!ReadTime(&fact->record_time_ns) || !ReadTime(&fact->occur_time_ns)) return false;
    const bool retraction = fact->role == FactRole::kRetraction;
    if (retraction ? fact->type != 0 : !IsFoldedType(fact->type)) return false;
    if (HasTarget(fact->type, fact->role) && !GetVarint(&at_, end_, &fact->target)) return false;
    return retraction ? fact->flags == 0 : ReadContent(fact, out);
  }

  static bool IsFoldedType(uint8_t type) {
    return ClientHistory::Matters(type) && type < v1::FACT_TYPE_EVENT_CORRECTED;
  }

  bool ReadContent(HistoryFact* fact, ClientHistory* out) {
    if (!ReadText(&fact->id)) return false;
    if (fact->id == kNoText && fact->type != v1::FACT_TYPE_CREDIT_GRANTED) return false;
    if (HasMoney(fact->type)) {
      if (!ReadText(&fact->currency)) return false;
      const bool optional = fact->type == v1::FACT_TYPE_PROMISE_MADE;
      if (fact->currency == kNoText && (!optional || (fact->flags & kByMoney) != 0)) return false;
    }
    if ((fact->currency != kNoText || fact->type == v1::FACT_TYPE_PROMISE_KEPT) &&
        !ReadAmount(&fact->amount)) {
      return false;
    }
    if (HasDueTime(fact->type) && !ReadTime(&fact->due_time_ns)) return false;
    if (HasInvoice(fact->type) && !ReadText(&fact->invoice)) return false;
    if (fact->type == v1::FACT_TYPE_PROMISE_KEPT) return fact->amount <= 1'000'000'000;
    if (fact->type == v1::FACT_TYPE_DISPUTE_OPENED) {
      return ((fact->flags & kOfInvoice) != 0) == (fact->invoice != kNoText);
    }
    return fact->type != v1::FACT_TYPE_PAYMENT_RECEIVED || ReadAllocations(fact, out);
  }

  bool ReadAllocations(HistoryFact* fact, ClientHistory* out) {
    uint64_t count = 0;
    if (!GetVarint(&at_, end_, &count) || count > std::numeric_limits<uint16_t>::max()) {
      return false;
    }
    fact->allocations_begin = static_cast<uint32_t>(out->allocations_.size());
    fact->allocations_count = static_cast<uint16_t>(count);
    for (uint64_t i = 0; i < count; ++i) {
      HistoryAllocation allocation;
      if (!ReadText(&allocation.invoice) || allocation.invoice == kNoText) return false;
      if (!ReadAmount(&allocation.amount)) return false;
      out->allocations_.push_back(allocation);
    }
    return true;
  }

  // Counts all events in the order of their positions: facts and uninteresting ones merged.
  bool ReadUninteresting(ClientHistory* out) {
    uint64_t count = 0;
    // Each has at least three bytes.
    if (!GetVarint(&at_, end_, &count) || count > Left() / 3) return false;
    out->quiet_.assign(at_, Left());
    out->quiet_count_ = count;
    size_t next_fact = 0;
    const auto count_facts_before = [&](uint64_t position) {
      for (; next_fact < out->facts_.size(); ++next_fact) {
        const HistoryFact& fact = out->facts_[next_fact];
        if (fact.position >= position) return;
        out->Count(fact.position, fact.record_time_ns, fact.occur_time_ns);
      }
    };
    uint64_t record_ns = 0;
    for (uint64_t i = 0; i < count; ++i) {
      uint64_t distance = 0, record_distance = 0, occur_distance = 0;
      if (!GetVarint(&at_, end_, &distance) || (i > 0 && distance == 0)) return false;
      if (!GetVarint(&at_, end_, &record_distance)) return false;
      if (!GetVarint(&at_, end_, &occur_distance)) return false;
      const uint64_t position = out->quiet_last_position_ + distance;
      if (position < out->quiet_last_position_) return false;
      record_ns += record_distance;
      count_facts_before(position);
      if (next_fact < out->facts_.size() && out->facts_[next_fact].position == position) {
        return false;
      }
      out->Count(position, static_cast<int64_t>(record_ns),
                 static_cast<int64_t>(record_ns - static_cast<uint64_t>(UnZigZag(occur_distance))));
      out->quiet_last_position_ = position;
      out->quiet_last_record_ns_ = static_cast<int64_t>(record_ns);
    }
    for (; next_fact < out->facts_.size(); ++next_fact) {
      const HistoryFact& fact = out->facts_[next_fact];
      out->Count(fact.position, fact.record_time_ns, fact.occur_time_ns);
    }
    return at_ == end_;
  }

  const char* at_;
  const char* const end_;
  uint64_t text_count_ = 0;
  uint64_t last_position_ = 0;
};

absl::StatusOr<ClientHistory> ClientHistory::Decode(std::string_view bytes) {
  ClientHistory history;
  if (!HistoryDecoder(bytes).Read(&history)) {
    return Error(v1::ERROR_REASON_CORRUPT, "the stored history of a client cannot be decoded");
  }
  return history;
}

}  // namespace pledger::reliability
