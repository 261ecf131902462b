#include "server/domain/reliability/client_history.h"

#include <algorithm>
#include <bit>
#include <functional>

#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"
#include "server/domain/limits.h"
#include "server/domain/reliability/history_layout.h"
#include "server/domain/reliability/history_reducer.h"
#include "server/domain/reliability/varint.h"

namespace pledger::reliability {
namespace {

[[nodiscard]] absl::Status Unfoldable(uint64_t position, const char* why) {
  return Error(v1::ERROR_REASON_CORRUPT,
               absl::StrCat("the fact at position ", position, " cannot be folded: ", why),
               {{"position", absl::StrCat(position)}});
}

// Among so many texts, looking at the tag of each costs less than an index.
constexpr uint32_t kTextsScanned = 32;
// What a history is given room for when its first fact comes.
constexpr size_t kFactsAtFirst = 4;
constexpr size_t kTextsAtFirst = 8;
constexpr size_t kTextBytesAtFirst = 192;

bool TimeInRange(int64_t time_ns) {
  return time_ns >= limits::kOccurTimeMinNs && time_ns <= limits::kTimeMaxNs;
}

}  // namespace

bool ClientHistory::Matters(uint16_t fact_type) {
  return LayoutOf(fact_type).kept || fact_type == v1::FACT_TYPE_EVENT_CORRECTED ||
         fact_type == v1::FACT_TYPE_EVENT_RETRACTED;
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
  if ((!original && FactAt(reduced.target) == nullptr) ||
      (reduced.role != FactRole::kRetraction &&
       !Matters(static_cast<uint16_t>(content->fact_case())))) {
    AddUninteresting(recorded.position, recorded.record_time_ns, recorded.occur_time_ns);
    return absl::OkStatus();
  }
  if (reduced.role != FactRole::kRetraction) {
    // Interns only once nothing can fail any more.
    FactTexts texts;
    if (const char* why = ReduceFact(*content, &reduced, &texts)) {
      return Unfoldable(recorded.position, why);
    }
    InternTexts(texts, &reduced);
  }
  amended_ |= !original;
  if (facts_.capacity() == 0) facts_.reserve(kFactsAtFirst);
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

void ClientHistory::InternTexts(const FactTexts& texts, HistoryFact* fact) {
  if (!texts.id.empty()) fact->id = Intern(texts.id);
  if (!texts.engagement.empty()) fact->engagement = Intern(texts.engagement);
  if (!texts.about.empty()) fact->about = Intern(texts.about);
  if (!texts.currency.empty()) fact->currency = Intern(texts.currency);
  if (texts.reasons != nullptr && !texts.reasons->empty()) {
    fact->list_begin = static_cast<uint32_t>(reason_codes_.size());
    fact->list_count = static_cast<uint16_t>(texts.reasons->size());
    for (const std::string& reason : *texts.reasons) reason_codes_.push_back(Intern(reason));
  }
  if (texts.payment == nullptr) return;
  fact->list_begin = static_cast<uint32_t>(allocations_.size());
  for (const v1::PaymentAllocation& allocation : texts.payment->allocations()) {
    // Of another currency: not this payment's money; what it would take stays unallocated.
    if (allocation.amount().currency_code() != texts.currency) continue;
    allocations_.push_back({Intern(allocation.invoice_id()), allocation.amount().minor_units()});
  }
  fact->list_count = static_cast<uint16_t>(allocations_.size() - fact->list_begin);
}

const HistoryFact* ClientHistory::FactAt(uint64_t position) const {
  const auto found = std::lower_bound(
      facts_.begin(), facts_.end(), position,
      [](const HistoryFact& fact, uint64_t wanted) { return fact.position < wanted; });
  const bool is_there =
      found != facts_.end() && found->position == position && found->role == FactRole::kOriginal;
  return is_there ? &*found : nullptr;
}

std::string_view ClientHistory::text(uint32_t number) const {
  if (number == kNoText) return {};
  const uint32_t begin = number == 0 ? 0 : text_ends_[number - 1];
  return std::string_view(texts_).substr(begin, text_ends_[number] - begin);
}

uint32_t ClientHistory::Intern(std::string_view wanted) {
  if (text_tags_.size() < text_ends_.size()) TagTexts();
  const size_t hash = std::hash<std::string_view>()(wanted);
  const auto tag = static_cast<uint32_t>(hash);
  const auto count = static_cast<uint32_t>(text_ends_.size());
  size_t slot = 0;
  if (count < kTextsScanned) {
    for (uint32_t number = 0; number < count; ++number) {
      if (text_tags_[number] == tag && text(number) == wanted) return number;
    }
  } else {
    if (2 * (size_t{count} + 1) > text_index_.size()) GrowIndex();
    const size_t mask = text_index_.size() - 1;
    for (slot = tag & mask; text_index_[slot] != 0; slot = (slot + 1) & mask) {
      const uint32_t number = text_index_[slot] - 1;
      if (text_tags_[number] == tag && text(number) == wanted) return number;
    }
    text_index_[slot] = count + 1;
  }
  if (text_ends_.capacity() == 0) {
    text_ends_.reserve(kTextsAtFirst);
    text_tags_.reserve(kTextsAtFirst);
    texts_.reserve(kTextBytesAtFirst);
  }
  texts_.append(wanted);
  text_ends_.push_back(static_cast<uint32_t>(texts_.size()));
  text_tags_.push_back(tag);
  return count;
}

void ClientHistory::TagTexts() {
  text_tags_.reserve(text_ends_.size() + 1);
  for (auto number = static_cast<uint32_t>(text_tags_.size()); number < text_count(); ++number) {
    text_tags_.push_back(static_cast<uint32_t>(std::hash<std::string_view>()(text(number))));
  }
}

void ClientHistory::GrowIndex() {
  const size_t slots = std::bit_ceil(4 * (text_ends_.size() + 1));
  text_index_.assign(slots, 0);
  for (uint32_t number = 0; number < text_ends_.size(); ++number) {
    size_t slot = text_tags_[number] & (slots - 1);
    while (text_index_[slot] != 0) slot = (slot + 1) & (slots - 1);
    text_index_[slot] = number + 1;
  }
}

void ClientHistory::PrefetchEnd() const {
  const auto fetch = [](const void* at) { __builtin_prefetch(at, 1); };
  fetch(facts_.data() + facts_.size());
  fetch(texts_.data() + texts_.size());
  fetch(text_tags_.data());
  fetch(text_ends_.data() + text_ends_.size());
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
  if (AllWithin(perspective)) return span_;
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

bool ClientHistory::AllWithin(const Perspective& perspective) const {
  return span_.events == 0 || (perspective.known_at_position >= last_position_ &&
                               perspective.known_at_record_time_ns >= last_record_ns_ &&
                               perspective.as_of_ns >= span_.last_occur_ns);
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
         (reason_codes_.capacity() + text_ends_.capacity() + text_tags_.capacity() +
          text_index_.capacity()) *
             sizeof(uint32_t) +
         quiet_.capacity();
}

}  // namespace pledger::reliability
