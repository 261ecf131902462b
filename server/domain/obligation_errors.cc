#include "server/domain/obligation_errors.h"

#include <array>

#include "server/domain/errors.h"
#include "server/domain/fact_rules_text.h"
#include "server/domain/fact_types.h"

namespace pledger {
namespace {

// An open obligation of the client's own has no id but the client's.
std::string_view IdOf(std::string_view client_id, ObligationKind kind, std::string_view id) {
  return kind == ObligationKind::kClient ? client_id : id;
}

// The fact that makes an obligation known.
std::string_view OpenerOf(ObligationKind kind) {
  constexpr std::array<std::string_view, 19> kOpeners = {"",
                                                         "client_opened",
                                                         "enquiry_opened",
                                                         "engagement_agreed",
                                                         "promise_made",
                                                         "invoice_issued",
                                                         "payment_received",
                                                         "credit_granted",
                                                         "dispute_opened",
                                                         "complaint_raised",
                                                         "scope_change_requested",
                                                         "conduct_reported",
                                                         "advice_given",
                                                         "service_refused",
                                                         "action_proposed",
                                                         "parting_opened",
                                                         "hold_placed",
                                                         "",
                                                         "policy_adopted"};
  return kOpeners[static_cast<size_t>(kind)];
}

std::string PathOf(const FactPlace& place, std::string_view field) {
  return rules::Concat(place.prefix, FactTypeName(place.type), ".", field);
}

std::string PathOf(const FactPlace& place, const ObligationReference& reference) {
  if (reference.allocation < 0) return PathOf(place, reference.field);
  return rules::Concat(place.prefix, FactTypeName(place.type), ".allocations[",
                       reference.allocation, "].", reference.field);
}

absl::Status Unknown(std::string_view client_id, ObligationKind kind, std::string_view id,
                     const std::string& path, std::string_view advice) {
  return Error(v1::ERROR_REASON_OBLIGATION_UNKNOWN,
               rules::Concat(path, ": ", ObligationKindName(kind), " \"", id,
                             "\" is not known for this client; ", advice),
               {{"client_id", std::string(client_id)},
                {"kind", std::string(ObligationKindName(kind))},
                {"obligation_id", std::string(id)},
                {"field", path}});
}

absl::Status State(std::string_view client_id, ObligationKind kind, std::string_view id,
                   std::string_view state, const std::string& path, std::string_view advice) {
  return Error(
      v1::ERROR_REASON_OBLIGATION_STATE,
      rules::Concat(path, ": ", ObligationKindName(kind), " \"", id, "\" is ", state, "; ", advice),
      {{"client_id", std::string(client_id)},
       {"kind", std::string(ObligationKindName(kind))},
       {"obligation_id", std::string(id)},
       {"state", std::string(state)},
       {"field", path}});
}

// What to do about a reference that cannot stand.
std::string_view AdviceFor(const ObligationReference& reference, uint16_t type) {
  if (reference.allocation >= 0) {
    return "record the payment without this allocation; it becomes money on account";
  }
  if (type == v1::Fact::kCreditGranted) {
    return "grant the credit without naming an invoice, or as refunded";
  }
  return "";
}

std::string_view NextStepAdvice(ObligationStatus status) {
  switch (status) {
    case ObligationStatus::kOpen:
      return "its next step is STEP_THANKED: take it, or skip it with a reason";
    case ObligationStatus::kThanked:
      return "its next step is STEP_REFRAMED: take it, or skip it with a reason";
    case ObligationStatus::kReframed:
      return "its next step is STEP_REFUNDED: take it, or skip it with a reason";
    case ObligationStatus::kRefunded:
      return "its next step is STEP_ALTERNATIVE_OFFERED: take it, or skip it with a reason";
    case ObligationStatus::kAlternativeOffered:
      return "all four steps are taken: close it";
    default:
      return "";
  }
}

// How an obligation can be brought out of a state that is in the way.
std::string AdviceFor(ObligationKind kind, const ObligationState& state) {
  if (kind == ObligationKind::kParting) {
    const std::string_view next = NextStepAdvice(state.status);
    if (!next.empty()) return std::string(next);
  }
  if (kind == ObligationKind::kComplaint && state.status == ObligationStatus::kResolved) {
    return "reopen it first";
  }
  if (state.moves.empty()) return "nothing closed it yet";
  return rules::Concat("the event at position ", state.moves.back().position,
                       " made it so; retract that event if it is wrong");
}

}  // namespace

absl::Status UnknownObligation(std::string_view client_id, const FactPlace& place,
                               const ObligationEffects& effects) {
  return Unknown(client_id, effects.kind, IdOf(client_id, effects.kind, effects.id),
                 PathOf(place, effects.field),
                 rules::Concat("record its ", OpenerOf(effects.kind), " first"));
}

absl::Status UnknownReference(std::string_view client_id, const FactPlace& place,
                              const ObligationReference& reference) {
  std::string advice(AdviceFor(reference, place.type));
  if (advice.empty()) advice = rules::Concat("record its ", OpenerOf(reference.kind), " first");
  return Unknown(client_id, reference.kind, reference.id, PathOf(place, reference), advice);
}

absl::Status WrongState(std::string_view client_id, const FactPlace& place,
                        const ObligationEffects& effects, const ObligationState& state) {
  return State(client_id, effects.kind, IdOf(client_id, effects.kind, effects.id),
               ObligationStatusName(state.status), PathOf(place, effects.field),
               AdviceFor(effects.kind, state));
}

absl::Status WrongReference(std::string_view client_id, const FactPlace& place,
                            const ObligationReference& reference, const ObligationState& state) {
  std::string advice(AdviceFor(reference, place.type));
  if (advice.empty()) advice = AdviceFor(reference.kind, state);
  return State(client_id, reference.kind, reference.id, ObligationStatusName(state.status),
               PathOf(place, reference), advice);
}

absl::Status SettledByPayments(std::string_view client_id, const FactPlace& place,
                               const ObligationEffects& effects) {
  return State(client_id, effects.kind, effects.id, "settled_by_payments",
               PathOf(place, effects.field),
               "record the payments, which keep or break it, or waive or reschedule it");
}

absl::Status WrongPolicyVersion(std::string_view client_id, uint64_t version) {
  return State(client_id, ObligationKind::kPolicy, "policy", rules::Concat("version_", version),
               "policy_adopted.version", rules::Concat("adopt version ", version + 1));
}

absl::Status ObligationExists(std::string_view client_id, const ObligationEffects& effects,
                              const ObligationState& state) {
  const std::string_view id = IdOf(client_id, effects.kind, effects.id);
  return Error(v1::ERROR_REASON_OBLIGATION_EXISTS,
               rules::Concat(ObligationKindName(effects.kind), " \"", id,
                             "\" was opened by the event at position ", state.opener_position,
                             " and is ", ObligationStatusName(state.status),
                             "; correct that event, or choose another id"),
               {{"client_id", std::string(client_id)},
                {"kind", std::string(ObligationKindName(effects.kind))},
                {"obligation_id", std::string(id)},
                {"state", std::string(ObligationStatusName(state.status))},
                {"position", rules::Concat(state.opener_position)}});
}

absl::Status InvalidTarget(uint64_t target_position, std::string_view why,
                           std::string_view advice) {
  return Error(
      v1::ERROR_REASON_TARGET_INVALID,
      rules::Concat("the event at position ", target_position, " cannot be meant: ", advice),
      {{"target_position", rules::Concat(target_position)}, {"why", std::string(why)}});
}

absl::Status InconsistentObligation(ObligationKind kind, uint64_t position) {
  return Error(v1::ERROR_REASON_CORRUPT,
               rules::Concat("the stored state of the ", ObligationKindName(kind),
                             " behind the event at position ", position,
                             " contradicts the ledger; rebuild the index"),
               {{"position", rules::Concat(position)}});
}

}  // namespace pledger
