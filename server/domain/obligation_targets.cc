#include "server/domain/obligation_targets.h"

#include <string>
#include <utility>

#include "server/domain/fact_rules_text.h"
#include "server/domain/fact_types.h"
#include "server/domain/obligation_apply.h"
#include "server/domain/obligation_effects.h"
#include "server/domain/obligation_errors.h"

namespace pledger {
namespace {

using v1::Fact;
using Status = ObligationStatus;

std::string TargetId(uint64_t position) {
  std::string id(8, '\0');
  for (size_t i = 0; i < id.size(); ++i) id[i] = static_cast<char>(position >> (56 - 8 * i));
  return id;
}

absl::StatusOr<Fact> FindTarget(std::string_view client_id, uint64_t position, uint64_t target,
                                EventLookup& events) {
  // While the index is rebuilt the lookup knows later events; they were not there at the time.
  if (target >= position) {
    return InvalidTarget(target, "unknown", "no such event was recorded before this one");
  }
  absl::StatusOr<std::optional<TargetEvent>> found = events.FindEvent(target);
  if (!found.ok()) return found.status();
  if (!found->has_value()) {
    return InvalidTarget(target, "unknown", "no such event was recorded before this one");
  }
  if ((*found)->client_id != client_id) {
    return InvalidTarget(target, "other_client", "it concerns another client");
  }
  return std::move((*found)->fact);
}

bool IsRetractable(Fact::FactCase type) {
  switch (type) {
    case Fact::kEventCorrected:
    case Fact::kEventRetracted:
    case Fact::kClientErased:
    case Fact::kPolicyAdopted:
    case Fact::kSigningKeyRotated:
    case Fact::kClientDirectoryRecorded:
      return false;
    default:
      return true;
  }
}

// What the target reads now: its latest correction, or itself.
absl::StatusOr<Fact> CurrentFact(Fact recorded, const ObligationState& target_state,
                                 EventLookup& events) {
  if (target_state.status != Status::kCorrected) return recorded;
  absl::StatusOr<std::optional<TargetEvent>> correction = events.FindEvent(target_state.aux);
  if (!correction.ok()) return correction.status();
  if (!correction->has_value() || !(*correction)->fact.has_event_corrected()) {
    return InconsistentObligation(ObligationKind::kTarget, target_state.aux);
  }
  return std::move(*(*correction)->fact.mutable_event_corrected()->mutable_replacement());
}

absl::Status CheckSameMatter(uint64_t target, const Fact& recorded, const Fact& replacement,
                             const ObligationEffects& before, const ObligationEffects& after) {
  if (recorded.fact_case() != replacement.fact_case()) {
    return InvalidTarget(target, "different_kind",
                         rules::Concat("it is ", FactTypeName(FactTypeOf(recorded)),
                                       " and can be replaced by the same kind only"));
  }
  if (before.id != after.id) {
    return InvalidTarget(target, "different_obligation",
                         rules::Concat("it is about ", ObligationKindName(before.kind), " \"",
                                       before.id, "\", and a correction must be, too"));
  }
  if (before.to != after.to) {
    return InvalidTarget(target, "different_step",
                         "the steps of a parting keep their order; retract the step instead");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckTarget(std::string_view client_id, uint64_t position, uint64_t target,
                         EventLookup& events) {
  return FindTarget(client_id, position, target, events).status();
}

absl::Status ApplyCorrection(uint64_t position, const v1::EventCorrected& correction,
                             ObligationDraft& draft, EventLookup& events) {
  const uint64_t target = correction.target_position();
  absl::StatusOr<Fact> recorded = FindTarget(draft.client_id(), position, target, events);
  if (!recorded.ok()) return recorded.status();
  if (!IsCorrectable(recorded->fact_case())) {
    return InvalidTarget(target, "kind",
                         rules::Concat("it is ", FactTypeName(FactTypeOf(*recorded)),
                                       ", which cannot be corrected"));
  }
  absl::StatusOr<ObligationState*> state = draft.Get(ObligationKind::kTarget, TargetId(target));
  if (!state.ok()) return state.status();
  if ((*state)->status == Status::kRetracted) {
    return InvalidTarget(target, "retracted", "it was retracted; record the right fact anew");
  }
  absl::StatusOr<Fact> current = CurrentFact(*std::move(recorded), **state, events);
  if (!current.ok()) return current.status();
  const Fact& replacement = correction.replacement();
  const ObligationEffects before = EffectsOf(*current);
  const ObligationEffects after = EffectsOf(replacement);
  absl::Status status = CheckSameMatter(target, *current, replacement, before, after);
  if (!status.ok()) return status;
  if (replacement.dispute_opened().subject_case() == v1::DisputeOpened::kEventPosition) {
    status = CheckTarget(draft.client_id(), position, replacement.dispute_opened().event_position(),
                         events);
    if (!status.ok()) return status;
  }
  const FactPlace place = {"event_corrected.replacement.", FactTypeOf(replacement)};
  status = ReplaceEffects(before, after, place, target, draft);
  if (!status.ok()) return status;
  (*state)->status = Status::kCorrected;
  (*state)->aux = position;
  return absl::OkStatus();
}

absl::Status ApplyRetraction(uint64_t position, const v1::EventRetracted& retraction,
                             ObligationDraft& draft, EventLookup& events) {
  const uint64_t target = retraction.target_position();
  absl::StatusOr<Fact> recorded = FindTarget(draft.client_id(), position, target, events);
  if (!recorded.ok()) return recorded.status();
  if (!IsRetractable(recorded->fact_case())) {
    return InvalidTarget(target, "kind",
                         rules::Concat("it is ", FactTypeName(FactTypeOf(*recorded)),
                                       ", which cannot be retracted"));
  }
  absl::StatusOr<ObligationState*> state = draft.Get(ObligationKind::kTarget, TargetId(target));
  if (!state.ok()) return state.status();
  if ((*state)->status == Status::kRetracted) {
    return InvalidTarget(target, "retracted", "it was retracted before");
  }
  absl::StatusOr<Fact> current = CurrentFact(*std::move(recorded), **state, events);
  if (!current.ok()) return current.status();
  absl::Status status = UndoEffects(EffectsOf(*current), target, draft);
  if (!status.ok()) return status;
  (*state)->status = Status::kRetracted;
  (*state)->aux = 0;
  return absl::OkStatus();
}

}  // namespace pledger
