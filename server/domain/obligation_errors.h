// The errors of obligations: what is wrong, and what to do about it.
//
// Internal to obligations. Thread-safe.
#ifndef PLEDGER_SERVER_DOMAIN_OBLIGATION_ERRORS_H_
#define PLEDGER_SERVER_DOMAIN_OBLIGATION_ERRORS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/domain/obligation_effects.h"
#include "server/domain/obligation_state.h"

namespace pledger {

// Where a fact stands within the fact that is recorded: "" for that fact itself, and
// "event_corrected.replacement." for a replacement; then comes the name of its type.
struct FactPlace {
  std::string_view prefix;
  // Of fact_types.h.
  uint16_t type;
};

// OBLIGATION_UNKNOWN, for the obligation that the fact is about, or for one that it refers to.
[[nodiscard]] absl::Status UnknownObligation(std::string_view client_id, const FactPlace& place,
                                             const ObligationEffects& effects);
[[nodiscard]] absl::Status UnknownReference(std::string_view client_id, const FactPlace& place,
                                            const ObligationReference& reference);

// OBLIGATION_STATE, likewise.
[[nodiscard]] absl::Status WrongState(std::string_view client_id, const FactPlace& place,
                                      const ObligationEffects& effects,
                                      const ObligationState& state);
[[nodiscard]] absl::Status WrongReference(std::string_view client_id, const FactPlace& place,
                                          const ObligationReference& reference,
                                          const ObligationState& state);

// OBLIGATION_STATE: only payments keep or break this promise.
[[nodiscard]] absl::Status SettledByPayments(std::string_view client_id, const FactPlace& place,
                                             const ObligationEffects& effects);

// OBLIGATION_STATE: the version in force is `version`.
[[nodiscard]] absl::Status WrongPolicyVersion(std::string_view client_id, uint64_t version);

// OBLIGATION_EXISTS.
[[nodiscard]] absl::Status ObligationExists(std::string_view client_id,
                                            const ObligationEffects& effects,
                                            const ObligationState& state);

// TARGET_INVALID. `why` as in obligations.h; `advice` says what to do.
[[nodiscard]] absl::Status InvalidTarget(uint64_t target_position, std::string_view why,
                                         std::string_view advice);

// CORRUPT: the stored states contradict the recorded facts.
[[nodiscard]] absl::Status InconsistentObligation(ObligationKind kind, uint64_t position);

}  // namespace pledger

#endif  // PLEDGER_SERVER_DOMAIN_OBLIGATION_ERRORS_H_
