#include "server/domain/obligation_apply.h"

#include "server/domain/fact_rules_text.h"

namespace pledger {
namespace {

using Status = ObligationStatus;

// Another reason than being known or not, a note that needs a certain status relies on the move
// that led there.
bool ReliesOnStatus(const ObligationEffects& effects) {
  return effects.act == ObligationAct::kNote && !effects.from.Contains(Status::kClosed);
}

absl::Status Open(const ObligationEffects& effects, uint64_t position, std::string_view client_id,
                  ObligationState& state) {
  if (state.status != Status::kUnknown) return ObligationExists(client_id, effects, state);
  state = ObligationState();
  state.status = effects.to;
  state.opener_position = position;
  state.aux = effects.settled_by_payments ? 1 : 0;
  return absl::OkStatus();
}

void Move(Status to, uint64_t position, ObligationState& state) {
  if (state.moves.size() == ObligationState::kMovesKept) state.moves.erase(state.moves.begin());
  state.moves.push_back({position, state.status, /*notes=*/0});
  ++state.move_count;
  state.status = to;
}

absl::Status MakeOwn(const ObligationEffects& effects, const FactPlace& place, uint64_t position,
                     ObligationDraft& draft) {
  absl::StatusOr<ObligationState*> found = draft.Get(effects.kind, effects.id);
  if (!found.ok()) return found.status();
  ObligationState& state = **found;
  if (effects.act == ObligationAct::kOpen) return Open(effects, position, draft.client_id(), state);
  if (state.status == Status::kUnknown) return UnknownObligation(draft.client_id(), place, effects);
  if (!effects.from.Contains(state.status)) {
    return WrongState(draft.client_id(), place, effects, state);
  }
  if (effects.settles_by_hand && state.aux != 0) {
    return SettledByPayments(draft.client_id(), place, effects);
  }
  if (effects.act == ObligationAct::kMove) {
    Move(effects.to, position, state);
    return absl::OkStatus();
  }
  ++state.dependents;
  if (ReliesOnStatus(effects) && !state.moves.empty()) ++state.moves.back().notes;
  return absl::OkStatus();
}

// A correction may name what has been closed since, so it does without `need_open`.
absl::Status Depend(const ObligationReference& reference, bool need_open, const FactPlace& place,
                    ObligationDraft& draft) {
  absl::StatusOr<ObligationState*> found = draft.Get(reference.kind, reference.id);
  if (!found.ok()) return found.status();
  ObligationState& state = **found;
  if (state.status == Status::kUnknown) {
    return UnknownReference(draft.client_id(), place, reference);
  }
  if (need_open && reference.open && state.status != Status::kOpen) {
    return WrongReference(draft.client_id(), place, reference, state);
  }
  ++state.dependents;
  return absl::OkStatus();
}

absl::Status Release(const ObligationReference& reference, uint64_t position,
                     ObligationDraft& draft) {
  absl::StatusOr<ObligationState*> found = draft.Get(reference.kind, reference.id);
  if (!found.ok()) return found.status();
  if ((*found)->dependents == 0) return InconsistentObligation(reference.kind, position);
  --(*found)->dependents;
  return absl::OkStatus();
}

absl::Status ReliedUpon(const ObligationEffects& effects, uint64_t position) {
  return InvalidTarget(position, "relied_upon",
                       rules::Concat("later facts about ", ObligationKindName(effects.kind), " \"",
                                     effects.id, "\" rely on it; correct it instead"));
}

absl::Status UndoMove(const ObligationEffects& effects, uint64_t position, ObligationState& state) {
  // Not the last move, or one so long ago that it is no longer kept.
  if (state.moves.empty() || state.moves.back().position != position ||
      state.moves.back().notes != 0) {
    return ReliedUpon(effects, position);
  }
  state.status = state.moves.back().previous;
  state.moves.pop_back();
  --state.move_count;
  return absl::OkStatus();
}

absl::Status UndoNote(const ObligationEffects& effects, uint64_t position, ObligationState& state) {
  if (state.dependents == 0) return InconsistentObligation(effects.kind, position);
  --state.dependents;
  if (!ReliesOnStatus(effects)) return absl::OkStatus();
  for (auto move = state.moves.rbegin(); move != state.moves.rend(); ++move) {
    if (move->position > position) continue;
    if (move->notes == 0) return InconsistentObligation(effects.kind, position);
    --move->notes;
    break;
  }
  return absl::OkStatus();
}

absl::Status UndoOwn(const ObligationEffects& effects, uint64_t position, ObligationDraft& draft) {
  absl::StatusOr<ObligationState*> found = draft.Get(effects.kind, effects.id);
  if (!found.ok()) return found.status();
  ObligationState& state = **found;
  if (effects.act == ObligationAct::kMove) return UndoMove(effects, position, state);
  if (effects.act == ObligationAct::kNote) return UndoNote(effects, position, state);
  if (state.opener_position != position) return InconsistentObligation(effects.kind, position);
  if (state.dependents != 0 || state.move_count != 0) return ReliedUpon(effects, position);
  // As if it had never been opened: the id is free again.
  state = ObligationState();
  return absl::OkStatus();
}

}  // namespace

absl::Status MakeEffects(const ObligationEffects& effects, const FactPlace& place,
                         uint64_t position, ObligationDraft& draft) {
  if (effects.act != ObligationAct::kNone) {
    absl::Status status = MakeOwn(effects, place, position, draft);
    if (!status.ok()) return status;
  }
  for (const ObligationReference& reference : effects.references) {
    absl::Status status = Depend(reference, /*need_open=*/true, place, draft);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status UndoEffects(const ObligationEffects& effects, uint64_t position,
                         ObligationDraft& draft) {
  if (effects.act != ObligationAct::kNone) {
    absl::Status status = UndoOwn(effects, position, draft);
    if (!status.ok()) return status;
  }
  for (const ObligationReference& reference : effects.references) {
    absl::Status status = Release(reference, position, draft);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status ReplaceEffects(const ObligationEffects& before, const ObligationEffects& after,
                            const FactPlace& place, uint64_t position, ObligationDraft& draft) {
  for (const ObligationReference& reference : before.references) {
    absl::Status status = Release(reference, position, draft);
    if (!status.ok()) return status;
  }
  for (const ObligationReference& reference : after.references) {
    absl::Status status = Depend(reference, /*need_open=*/false, place, draft);
    if (!status.ok()) return status;
  }
  if (before.settled_by_payments == after.settled_by_payments) return absl::OkStatus();
  absl::StatusOr<ObligationState*> promise = draft.Get(after.kind, after.id);
  if (!promise.ok()) return promise.status();
  // Otherwise a promise kept by hand could come to be one that payments settle.
  if ((*promise)->status != Status::kOpen) return ReliedUpon(after, position);
  (*promise)->aux = after.settled_by_payments ? 1 : 0;
  return absl::OkStatus();
}

}  // namespace pledger
