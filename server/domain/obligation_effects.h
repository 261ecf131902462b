// What each type of fact does to obligations: DOMAIN.md's column "→", as data.
//
// Internal to obligations. Pure.
#ifndef PLEDGER_SERVER_DOMAIN_OBLIGATION_EFFECTS_H_
#define PLEDGER_SERVER_DOMAIN_OBLIGATION_EFFECTS_H_

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "pledger/v1/fact.pb.h"
#include "server/domain/obligation_state.h"

namespace pledger {

// A set of statuses.
class StatusSet {
 public:
  constexpr StatusSet() = default;
  constexpr StatusSet(std::initializer_list<ObligationStatus> statuses) {
    for (const ObligationStatus status : statuses) bits_ |= BitOf(status);
  }
  // Every status but kUnknown.
  static constexpr StatusSet Known() {
    StatusSet set;
    set.bits_ = ~BitOf(ObligationStatus::kUnknown);
    return set;
  }
  constexpr bool Contains(ObligationStatus status) const { return (bits_ & BitOf(status)) != 0; }

 private:
  static constexpr uint32_t BitOf(ObligationStatus status) {
    return uint32_t{1} << static_cast<uint8_t>(status);
  }
  uint32_t bits_ = 0;
};

// Another obligation that a fact names. It must be known, and it depends on being so from then on.
struct ObligationReference {
  ObligationKind kind;
  std::string_view id;
  // Must be open as well.
  bool open;
  // Within the fact's message: "invoice_id", or the allocation's of this index.
  std::string_view field;
  int allocation = -1;
};

// What a fact does to the obligation that it is about.
enum class ObligationAct : uint8_t {
  // It is about none.
  kNone,
  // Opens it; the id must be unknown.
  kOpen,
  // Concerns it and leaves it as it is.
  kNote,
  // Changes its status.
  kMove,
};

// The effects of one fact. Views into the fact, which outlives this.
struct ObligationEffects {
  ObligationAct act = ObligationAct::kNone;
  ObligationKind kind = ObligationKind::kClient;
  std::string_view id;
  // Within the fact's message: "promise_id".
  std::string_view field;
  // For kNote and kMove: where it must be.
  StatusSet from;
  // For kMove: where it goes.
  ObligationStatus to = ObligationStatus::kUnknown;
  // Of a promise to pay with an amount: only payments keep or break it.
  bool settled_by_payments = false;
  // For kMove: keeps or breaks a promise by hand.
  bool settles_by_hand = false;
  absl::InlinedVector<ObligationReference, 2> references;

  bool empty() const { return act == ObligationAct::kNone && references.empty(); }
};

// Empty for the facts that concern no obligation by themselves, among them corrections,
// retractions, statements and policies.
ObligationEffects EffectsOf(const v1::Fact& fact);

}  // namespace pledger

#endif  // PLEDGER_SERVER_DOMAIN_OBLIGATION_EFFECTS_H_
