// What is kept of one client to answer every question about them: the facts that matter, decoded to
// small structs (history_fact.h says which field holds what), and of all other events only when
// they happened.
//
// The history is canonical: it depends on nothing but the recorded events, so that equal histories
// encode to equal bytes, whether they were built one event at a time or at once. Facts stand in the
// order of recording; what they mean in the order of the world is for the fold (timeline.h).
//
// Texts that name obligations, staff, currencies and tiers are kept once each ("interned") and
// referred to by their number, so that the fold indexes arrays instead of looking up names.
//
// Not thread-safe for writing; const access from several threads is safe.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_CLIENT_HISTORY_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_CLIENT_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pledger/v1/fact.pb.h"
#include "server/domain/reliability/history_fact.h"

namespace pledger::reliability {

// From where to look. Times are nanoseconds since 1970.
struct Perspective {
  // Only events that had occurred by then count, and open items are judged on that day.
  int64_t as_of_ns = 0;
  // Only events recorded by then count: at this position or before, and at this time or before.
  uint64_t known_at_position = std::numeric_limits<uint64_t>::max();
  int64_t known_at_record_time_ns = std::numeric_limits<int64_t>::max();
};

// An event as the ledger recorded it.
struct RecordedFact {
  uint64_t position;
  int64_t record_time_ns;
  int64_t occur_time_ns;
  const v1::Fact& fact;
};

// Part of a payment meant for one invoice, in the payment's currency.
struct HistoryAllocation {
  uint32_t invoice = kNoText;
  int64_t amount = 0;
};

struct FactTexts;

// When events happened, however many there are.
struct EventSpan {
  int64_t events = 0;
  // Meaningful only where there are events.
  int64_t first_occur_ns = 0;
  int64_t last_occur_ns = 0;
};

class ClientHistory {
 public:
  // Whether facts of this type have to be parsed and given to Add; all others may go to
  // AddUninteresting instead, with the same result.
  static bool Matters(uint16_t fact_type);

  // Adds one event. Positions arrive in ascending order: one that is not above the last is a
  // redelivery and ignored. CORRUPT (DATA_LOSS) where the fact is not one that the ledger would
  // have recorded (money or times out of range); the history is then unchanged.
  [[nodiscard]] absl::Status Add(const RecordedFact& recorded);
  // Adds an event of which only the times matter. Positions as in Add.
  void AddUninteresting(uint64_t position, int64_t record_time_ns, int64_t occur_time_ns);

  // Fetches what the next event will touch into the processor's cache.
  void PrefetchEnd() const;

  // Appends the canonical bytes; history_codec.cc specifies them.
  void EncodeTo(std::string* out) const;
  // CORRUPT (DATA_LOSS) for anything that EncodeTo did not write; never crashes.
  [[nodiscard]] static absl::StatusOr<ClientHistory> Decode(std::string_view bytes);

  // What the history occupies, itself included.
  size_t memory_bytes() const;

  // The events within the perspective, corrections and what they correct included.
  EventSpan Events(const Perspective& perspective) const;
  // Whether anything at all was recorded by then; `as_of_ns` plays no part.
  bool AnyKnown(const Perspective& perspective) const;
  // Whether every event was recorded and had occurred by then.
  bool AllWithin(const Perspective& perspective) const;
  // How many of `facts` were recorded by then: they come first.
  size_t KnownFacts(const Perspective& perspective) const;

  const std::vector<HistoryFact>& facts() const { return facts_; }
  // Of a PaymentReceived: what it was meant for.
  absl::Span<const HistoryAllocation> allocations(const HistoryFact& fact) const {
    return absl::MakeConstSpan(allocations_).subspan(fact.list_begin, fact.list_count);
  }
  // Of a TermsChanged, ActionProposed, PartingOpened or RelationshipRestored: numbers of texts.
  absl::Span<const uint32_t> reason_codes(const HistoryFact& fact) const {
    return absl::MakeConstSpan(reason_codes_).subspan(fact.list_begin, fact.list_count);
  }
  // The original fact at a position; null if none is kept.
  const HistoryFact* FactAt(uint64_t position) const;
  // Of the last event; meaningful only where there are events.
  uint64_t last_position() const { return last_position_; }
  // Whether there are corrections or retractions.
  bool amended() const { return amended_; }
  uint32_t text_count() const { return static_cast<uint32_t>(text_ends_.size()); }
  // The text of a number; empty for kNoText. Valid until the next Add.
  std::string_view text(uint32_t number) const;

 private:
  friend class HistoryDecoder;

  void InternTexts(const FactTexts& texts, HistoryFact* fact);
  uint32_t Intern(std::string_view text);
  void TagTexts();
  void GrowIndex();
  void Count(uint64_t position, int64_t record_time_ns, int64_t occur_time_ns);
  // Calls visit(position, record_time_ns, occur_time_ns) for each uninteresting event until it
  // returns false.
  template <typename Visit>
  void VisitUninteresting(Visit visit) const;

  std::vector<HistoryFact> facts_;
  std::vector<HistoryAllocation> allocations_;
  std::vector<uint32_t> reason_codes_;
  std::string texts_;                // One after the other.
  std::vector<uint32_t> text_ends_;  // Where each ends in `texts_`.
  // Part of the hash of each text, among few of which this finds one; and for more, open addressing
  // over texts, number + 1. Built when first needed, so that reading pays nothing.
  std::vector<uint32_t> text_tags_;
  std::vector<uint32_t> text_index_;
  // Uninteresting events, as varints: how far position and record time are from those of the one
  // before, and the zigzag of how far record time is from occur time.
  std::string quiet_;
  uint64_t quiet_count_ = 0;
  uint64_t quiet_last_position_ = 0;
  int64_t quiet_last_record_ns_ = 0;
  bool amended_ = false;
  // Over all events.
  EventSpan span_;
  uint64_t last_position_ = 0;
  int64_t first_record_ns_ = 0;
  uint64_t first_position_ = 0;
  int64_t last_record_ns_ = 0;
};

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_CLIENT_HISTORY_H_
