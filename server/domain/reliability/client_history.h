// What is kept of one client to answer every question about payment and promises: the facts that
// matter, decoded to small structs, and of all other events only when they happened.
//
// The history is canonical: it depends on nothing but the recorded events, so that equal histories
// encode to equal bytes, whether they were built one event at a time or at once. Facts stand in the
// order of recording; what they mean in the order of the world is for the fold (timeline.h).
//
// Texts that name obligations, currencies and tiers are kept once each ("interned") and referred to
// by their number, so that the fold indexes arrays instead of looking up names.
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
#include "pledger/v1/fact.pb.h"

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

// No text, or no currency.
inline constexpr uint32_t kNoText = std::numeric_limits<uint32_t>::max();

// How a fact is recorded.
enum class FactRole : uint8_t {
  // As itself.
  kOriginal = 0,
  // As what an earlier fact should have been; `target` is the earlier one's position.
  kCorrection = 1,
  // The fact at `target` should not have been recorded. All other fields are unset.
  kRetraction = 2,
};

// Bits of HistoryFact::flags whose meaning depends on the type.
inline constexpr uint8_t kByUs = 1;       // PromiseMade; requested_by of PromiseRescheduled.
inline constexpr uint8_t kByMoney = 2;    // PromiseMade: kept by payments, not by hand.
inline constexpr uint8_t kAgreed = 2;     // PromiseRescheduled.
inline constexpr uint8_t kExcused = 1;    // PromiseBroken.
inline constexpr uint8_t kRefunded = 1;   // CreditGranted.
inline constexpr uint8_t kOfInvoice = 1;  // DisputeOpened: of an invoice, not of an event.
// DisputeResolved: flags hold v1::DisputeResolved::InFavourOf.

// A fact, reduced to what is folded. Fields that its type does not use are zero or kNoText.
struct HistoryFact {
  uint64_t position = 0;
  int64_t record_time_ns = 0;
  int64_t occur_time_ns = 0;
  // Minor units; for PromiseKept the fraction in parts per billion.
  int64_t amount = 0;
  // The due time of an invoice or promise, the new one of a rescheduling.
  int64_t due_time_ns = 0;
  // The event that is corrected, retracted or disputed.
  uint64_t target = 0;
  // The obligation that the fact is about: invoice, payment, promise or dispute; for ClientOpened
  // the tier; for CreditGranted the invoice that it reduces.
  uint32_t id = kNoText;
  // The invoice that a promise or a dispute is about.
  uint32_t invoice = kNoText;
  uint32_t currency = kNoText;
  // Of PaymentReceived: its part of ClientHistory::allocations().
  uint32_t allocations_begin = 0;
  uint16_t allocations_count = 0;
  // A v1::FactType. For a correction, that of the replacement; for a retraction, zero.
  uint8_t type = 0;
  FactRole role = FactRole::kOriginal;
  uint8_t flags = 0;
};

// Part of a payment meant for one invoice, in the payment's currency.
struct HistoryAllocation {
  uint32_t invoice = kNoText;
  int64_t amount = 0;
};

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
  // How many of `facts` were recorded by then: they come first.
  size_t KnownFacts(const Perspective& perspective) const;

  const std::vector<HistoryFact>& facts() const { return facts_; }
  const std::vector<HistoryAllocation>& allocations() const { return allocations_; }
  // Whether there are corrections or retractions.
  bool amended() const { return amended_; }
  uint32_t text_count() const { return static_cast<uint32_t>(text_ends_.size()); }
  // The text of a number; empty for kNoText. Valid until the next Add.
  std::string_view text(uint32_t number) const;

 private:
  friend class HistoryBuilder;
  friend class HistoryDecoder;

  uint32_t Intern(std::string_view text);
  void GrowIndex();
  void Count(uint64_t position, int64_t record_time_ns, int64_t occur_time_ns);
  bool HasFactAt(uint64_t position) const;
  // Calls visit(position, record_time_ns, occur_time_ns) for each uninteresting event until it
  // returns false.
  template <typename Visit>
  void VisitUninteresting(Visit visit) const;

  std::vector<HistoryFact> facts_;
  std::vector<HistoryAllocation> allocations_;
  std::string texts_;                // One after the other.
  std::vector<uint32_t> text_ends_;  // Where each ends in `texts_`.
  // Open addressing over texts, number + 1; built when first needed, so that reading pays nothing.
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
