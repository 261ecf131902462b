// The bytes of a ClientHistory. Varints are those of varint.h; fixed integers are 8 bytes, least
// significant first; the number of a text is stored plus one, zero being none.
//
//   byte     version, 2
//   varint   number of texts; the length of each as a varint; then all texts, one after the other
//   varint   number of facts; each:
//              byte type, byte role + 4 × flags
//              varint position − position of the fact before (of the first: its position)
//              fixed record time, fixed occur time
//              retractions and corrections: varint target; retractions: nothing more
//              then of the fields below those that the type's layout (history_layout.h) names:
//              bytes code, code2, code3; varints id, engagement, about; varint currency and, if
//                there is one, varint amount; varint amount as a fraction; varint amount as a
//                position, fixed due time, fixed amount as a feasible time (each but the first if
//                the flags say that it is there); varints minutes, count; byte level
//              allocations: varint number; each: varint invoice, varint amount
//              reason codes: varint number; each: varint text
//   varint   number of uninteresting events; the rest is ClientHistory::quiet_
#include <limits>

#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"
#include "server/domain/limits.h"
#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/history_layout.h"
#include "server/domain/reliability/varint.h"

namespace pledger::reliability {
namespace {

constexpr char kVersion = 2;
constexpr int64_t kAllocationMax = 1'000'000'000'000'000;

void PutFixed64(uint64_t value, std::string* out) {
  char bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (8 * i));
  out->append(bytes, sizeof(bytes));
}

// Which of the fields, that its layout names, this fact has.
bool HasPosition(uint32_t fields, const HistoryFact& fact) {
  return (fields & kFieldPosition) != 0 &&
         (fact.type != v1::FACT_TYPE_DISPUTE_OPENED || !fact.has(kOfInvoice));
}
bool HasDueTime(uint32_t fields, const HistoryFact& fact) {
  return (fields & kFieldDueTime) != 0 ||
         ((fields & kFieldRequestedTime) != 0 && fact.has(kHasRequestedTime));
}
bool HasFeasibleTime(uint32_t fields, const HistoryFact& fact) {
  return (fields & kFieldFeasibleTime) != 0 && fact.has(kHasFeasibleTime);
}

// kNoText plus one wraps to zero.
void PutText(uint32_t number, std::string* out) { PutVarint(number + uint32_t{1}, out); }

void PutFields(const HistoryLayout& layout, const HistoryFact& fact, std::string* out) {
  const uint32_t fields = layout.fields;
  if (layout.code_max > 0) out->push_back(static_cast<char>(fact.code));
  if (layout.code2_max > 0) out->push_back(static_cast<char>(fact.code2));
  if (layout.code3_max > 0) out->push_back(static_cast<char>(fact.code3));
  if ((fields & kFieldId) != 0) PutText(fact.id, out);
  if ((fields & kFieldEngagement) != 0) PutText(fact.engagement, out);
  if ((fields & kFieldAbout) != 0) PutText(fact.about, out);
  if ((fields & kFieldMoney) != 0) {
    PutText(fact.currency, out);
    if (fact.has_money()) PutVarint(static_cast<uint64_t>(fact.amount), out);
  }
  if ((fields & kFieldFraction) != 0 || HasPosition(fields, fact)) {
    PutVarint(static_cast<uint64_t>(fact.amount), out);
  }
  if (HasDueTime(fields, fact)) PutFixed64(static_cast<uint64_t>(fact.due_time_ns), out);
  if (HasFeasibleTime(fields, fact)) PutFixed64(static_cast<uint64_t>(fact.amount), out);
  if ((fields & kFieldMinutes) != 0) PutVarint(static_cast<uint64_t>(fact.minutes), out);
  if ((fields & kFieldCount) != 0) PutVarint(static_cast<uint64_t>(fact.count), out);
  if ((fields & kFieldLevel) != 0) out->push_back(static_cast<char>(fact.level));
}

}  // namespace

void ClientHistory::EncodeTo(std::string* out) const {
  out->reserve(out->size() + 16 + texts_.size() + text_ends_.size() + 36 * facts_.size() +
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
    if (fact.role != FactRole::kOriginal) PutVarint(fact.target, out);
    if (fact.role == FactRole::kRetraction) continue;
    const HistoryLayout& layout = LayoutOf(fact.type);
    PutFields(layout, fact, out);
    if ((layout.fields & kFieldAllocations) != 0) {
      PutVarint(fact.list_count, out);
      for (const HistoryAllocation& allocation : allocations(fact)) {
        PutText(allocation.invoice, out);
        PutVarint(static_cast<uint64_t>(allocation.amount), out);
      }
    } else if ((layout.fields & kFieldReasons) != 0) {
      PutVarint(fact.list_count, out);
      for (const uint32_t reason : reason_codes(fact)) PutText(reason, out);
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

  bool ReadNumber(int64_t* number) {
    uint64_t stored = 0;
    if (!GetVarint(&at_, end_, &stored)) return false;
    *number = static_cast<int64_t>(stored);
    return true;
  }

  // Beyond 32 bits becomes −1, which is out of bounds.
  bool ReadNumber(int32_t* number) {
    uint64_t stored = 0;
    if (!GetVarint(&at_, end_, &stored)) return false;
    *number = stored > std::numeric_limits<int32_t>::max() ? -1 : static_cast<int32_t>(stored);
    return true;
  }

  template <typename Byte>
  bool ReadByte(Byte* byte) {
    if (at_ == end_) return false;
    *byte = static_cast<Byte>(*at_++);
    return true;
  }

  bool ReadFact(HistoryFact* fact, ClientHistory* out) {
    uint8_t packed = 0;
    if (!ReadByte(&fact->type) || !ReadByte(&packed)) return false;
    if ((packed & 3) > static_cast<uint8_t>(FactRole::kRetraction)) return false;
    fact->role = static_cast<FactRole>(packed & 3);
    fact->flags = packed >> 2;
    uint64_t distance = 0;
    if (!GetVarint(&at_, end_, &distance)) return false;
    fact->position = last_position_ + distance;
    last_position_ = fact->position;
    if (!ReadTime(&fact->record_time_ns) || !ReadTime(&fact->occur_time_ns)) return false;
    if (fact->role != FactRole::kOriginal && !GetVarint(&at_, end_, &fact->target)) return false;
    if (fact->role == FactRole::kRetraction) return fact->type == 0 && fact->flags == 0;
    const HistoryLayout& layout = LayoutOf(fact->type);
    return layout.kept && ReadTexts(layout, fact) && ReadNumbers(layout, fact) &&
           WhyOutOfBounds(*fact) == nullptr && ReadLists(layout.fields, fact, out);
  }

  bool ReadTexts(const HistoryLayout& layout, HistoryFact* fact) {
    const uint32_t fields = layout.fields;
    if (layout.code_max > 0 && !ReadByte(&fact->code)) return false;
    if (layout.code2_max > 0 && !ReadByte(&fact->code2)) return false;
    if (layout.code3_max > 0 && !ReadByte(&fact->code3)) return false;
    if ((fields & kFieldId) != 0 && !ReadText(&fact->id)) return false;
    if ((fields & kFieldIdRequired) != 0 && fact->id == kNoText) return false;
    if ((fields & kFieldEngagement) != 0 && !ReadText(&fact->engagement)) return false;
    if ((fields & kFieldEngagementRequired) != 0 && fact->engagement == kNoText) return false;
    if ((fields & kFieldAbout) != 0 && !ReadText(&fact->about)) return false;
    return fact->type != v1::FACT_TYPE_DISPUTE_OPENED ||
           fact->has(kOfInvoice) == (fact->about != kNoText);
  }

  bool ReadNumbers(const HistoryLayout& layout, HistoryFact* fact) {
    const uint32_t fields = layout.fields;
    if ((fields & kFieldMoney) != 0) {
      if (!ReadText(&fact->currency)) return false;
      if (fact->has_money() && !ReadNumber(&fact->amount)) return false;
    }
    if (((fields & kFieldFraction) != 0 || HasPosition(fields, *fact)) &&
        !ReadNumber(&fact->amount)) {
      return false;
    }
    if (HasDueTime(fields, *fact) && !ReadTime(&fact->due_time_ns)) return false;
    if (HasFeasibleTime(fields, *fact) && !ReadTime(&fact->amount)) return false;
    if ((fields & kFieldMinutes) != 0 && !ReadNumber(&fact->minutes)) return false;
    if ((fields & kFieldCount) != 0 && !ReadNumber(&fact->count)) return false;
    return (fields & kFieldLevel) == 0 || ReadByte(&fact->level);
  }

  bool ReadLists(uint32_t fields, HistoryFact* fact, ClientHistory* out) {
    if ((fields & (kFieldAllocations | kFieldReasons)) == 0) return true;
    uint64_t count = 0;
    if (!GetVarint(&at_, end_, &count) || count > std::numeric_limits<uint16_t>::max()) {
      return false;
    }
    const bool allocations = (fields & kFieldAllocations) != 0;
    fact->list_begin =
        static_cast<uint32_t>(allocations ? out->allocations_.size() : out->reason_codes_.size());
    fact->list_count = static_cast<uint16_t>(count);
    for (uint64_t i = 0; i < count; ++i) {
      uint32_t text = kNoText;
      if (!ReadText(&text) || text == kNoText) return false;
      if (!allocations) {
        out->reason_codes_.push_back(text);
        continue;
      }
      int64_t amount = 0;
      if (!ReadNumber(&amount) || amount <= 0 || amount > kAllocationMax) return false;
      out->allocations_.push_back({text, amount});
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
