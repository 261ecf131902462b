#include "server/domain/obligations.h"

#include "server/domain/fact_types.h"
#include "server/domain/obligation_apply.h"
#include "server/domain/obligation_effects.h"
#include "server/domain/obligation_errors.h"
#include "server/domain/obligation_state.h"
#include "server/domain/obligation_targets.h"

namespace pledger {
namespace {

using v1::Fact;

absl::Status ApplyPolicy(uint64_t position, const v1::PolicyAdopted& adopted,
                         ObligationDraft& draft) {
  absl::StatusOr<ObligationState*> found = draft.Get(ObligationKind::kPolicy, "");
  if (!found.ok()) return found.status();
  ObligationState& state = **found;
  if (static_cast<uint64_t>(adopted.version()) != state.aux + 1) {
    return WrongPolicyVersion(draft.client_id(), state.aux);
  }
  state.status = ObligationStatus::kOpen;
  state.opener_position = position;
  state.aux = static_cast<uint64_t>(adopted.version());
  return absl::OkStatus();
}

absl::Status Apply(std::string_view client_id, uint64_t position, const Fact& fact,
                   const ObligationEffects& effects, ObligationDraft& draft, EventLookup& events) {
  switch (fact.fact_case()) {
    case Fact::kEventCorrected:
      return ApplyCorrection(position, fact.event_corrected(), draft, events);
    case Fact::kEventRetracted:
      return ApplyRetraction(position, fact.event_retracted(), draft, events);
    case Fact::kStatementAdded:
      return CheckTarget(client_id, position, fact.statement_added().target_position(), events);
    case Fact::kPolicyAdopted:
      return ApplyPolicy(position, fact.policy_adopted(), draft);
    default:
      break;
  }
  const v1::DisputeOpened& dispute = fact.dispute_opened();
  if (dispute.subject_case() == v1::DisputeOpened::kEventPosition) {
    absl::Status status = CheckTarget(client_id, position, dispute.event_position(), events);
    if (!status.ok()) return status;
  }
  return MakeEffects(effects, {"", FactTypeOf(fact)}, position, draft);
}

// Facts that concern obligations otherwise than by their own effects.
bool IsAboutEvents(Fact::FactCase type) {
  return type == Fact::kEventCorrected || type == Fact::kEventRetracted ||
         type == Fact::kStatementAdded || type == Fact::kPolicyAdopted;
}

}  // namespace

absl::Status ApplyObligations(std::string_view client_id, uint64_t position, const Fact& fact,
                              ObligationTable& table, EventLookup& events) {
  const ObligationEffects effects = EffectsOf(fact);
  if (effects.empty() && !IsAboutEvents(fact.fact_case())) return absl::OkStatus();
  ObligationDraft draft(client_id, table);
  absl::Status status = Apply(client_id, position, fact, effects, draft, events);
  if (status.ok()) draft.Commit();
  return status;
}

}  // namespace pledger
