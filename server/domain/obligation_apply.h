// Recording, taking back and replacing the effects of a fact, on a draft.
//
// Internal to obligations. After a failure the draft is of no more use: drop it.
#ifndef PLEDGER_SERVER_DOMAIN_OBLIGATION_APPLY_H_
#define PLEDGER_SERVER_DOMAIN_OBLIGATION_APPLY_H_

#include <cstdint>

#include "absl/status/status.h"
#include "server/domain/obligation_effects.h"
#include "server/domain/obligation_errors.h"
#include "server/domain/obligation_state.h"

namespace pledger {

// Checks and makes the effects of the fact recorded at `position`.
[[nodiscard]] absl::Status MakeEffects(const ObligationEffects& effects, const FactPlace& place,
                                       uint64_t position, ObligationDraft& draft);

// Takes back the effects of the fact recorded at `position`; TARGET_INVALID where later facts rely
// on them.
[[nodiscard]] absl::Status UndoEffects(const ObligationEffects& effects, uint64_t position,
                                       ObligationDraft& draft);

// Puts the references of `after` in the place of those of `before`; both are of the same kind of
// fact, recorded at `position`, and about the same obligation, whose status stays.
[[nodiscard]] absl::Status ReplaceEffects(const ObligationEffects& before,
                                          const ObligationEffects& after, const FactPlace& place,
                                          uint64_t position, ObligationDraft& draft);

}  // namespace pledger

#endif  // PLEDGER_SERVER_DOMAIN_OBLIGATION_APPLY_H_
