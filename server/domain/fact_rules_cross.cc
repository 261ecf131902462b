#include "server/domain/fact_rules_cross.h"

#include <string>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/domain/fact_rules_text.h"
#include "server/domain/fact_types.h"
#include "server/domain/limits.h"

namespace pledger::rules {
namespace {

using v1::Fact;

// Ids that begin with this are the ledger's own.
constexpr std::string_view kOwnPrefix = "~";

absl::Status CheckPayment(const v1::PaymentReceived& payment) {
  // Each amount is at most 1e15 and there are at most 256: the sum cannot overflow.
  int64_t allocated = 0;
  absl::flat_hash_set<std::string_view> invoices;
  for (int i = 0; i < payment.allocations_size(); ++i) {
    const v1::PaymentAllocation& allocation = payment.allocations(i);
    if (allocation.amount().currency_code() != payment.amount().currency_code()) {
      return InvalidField(Concat("allocations[", i, "].amount.currency_code"),
                          "must be the payment's currency");
    }
    // The set is for several only: most payments have one.
    if (payment.allocations_size() > 1 && !invoices.insert(allocation.invoice_id()).second) {
      return InvalidField(Concat("allocations[", i, "].invoice_id"),
                          "must name an invoice that no other allocation names; add the amounts");
    }
    allocated += allocation.amount().minor_units();
  }
  if (allocated > payment.amount().minor_units()) {
    return InvalidField("allocations", "must add up to at most the payment's amount");
  }
  return absl::OkStatus();
}

absl::Status CheckPromise(const v1::PromiseMade& promise) {
  if (promise.kind() == v1::PromiseMade::KIND_PAYMENT) return absl::OkStatus();
  if (promise.has_amount()) return InvalidField("amount", "is for a promise of KIND_PAYMENT only");
  if (!promise.invoice_id().empty()) {
    return InvalidField("invoice_id", "is for a promise of KIND_PAYMENT only");
  }
  return absl::OkStatus();
}

absl::Status CheckTermsChange(const v1::TermsChanged& terms) {
  if (terms.payment_mode() != v1::TermsChanged::PAYMENT_MODE_UNSPECIFIED ||
      terms.channel() != v1::TermsChanged::CHANNEL_UNSPECIFIED) {
    return absl::OkStatus();
  }
  return InvalidField("payment_mode", "or channel is required: the terms must change");
}

absl::Status CheckScopeChange(const v1::ScopeChangeRequested& change) {
  if (change.kind() != v1::ScopeChangeRequested::KIND_RUSH) return absl::OkStatus();
  if (!change.has_requested_time()) {
    return InvalidField("requested_time", "is required for KIND_RUSH");
  }
  if (!change.has_feasible_time()) {
    return InvalidField("feasible_time", "is required for KIND_RUSH");
  }
  return absl::OkStatus();
}

absl::Status CheckPartingStep(const v1::PartingStepTaken& step) {
  if (step.skipped() && step.skip_reason().empty()) {
    return InvalidField("skip_reason", "is required for a step that is skipped");
  }
  if (!step.skipped() && !step.skip_reason().empty()) {
    return InvalidField("skip_reason", "is for a step that is skipped only");
  }
  return absl::OkStatus();
}

absl::Status CheckDispute(const v1::DisputeOpened& dispute) {
  if (dispute.subject_case() != v1::DisputeOpened::SUBJECT_NOT_SET) return absl::OkStatus();
  return InvalidField("invoice_id", "or event_position is required");
}

absl::Status CheckCustom(const v1::CustomFact& custom) {
  if (!custom.payload().type_url().empty()) return absl::OkStatus();
  return InvalidField("payload.type_url", "is required");
}

// Of one fact, except what concerns a replacement; paths are relative to the fact's own message.
absl::Status CheckOneFact(const Fact& fact) {
  switch (fact.fact_case()) {
    case Fact::kPaymentReceived:
      return CheckPayment(fact.payment_received());
    case Fact::kPromiseMade:
      return CheckPromise(fact.promise_made());
    case Fact::kTermsChanged:
      return CheckTermsChange(fact.terms_changed());
    case Fact::kScopeChangeRequested:
      return CheckScopeChange(fact.scope_change_requested());
    case Fact::kPartingStepTaken:
      return CheckPartingStep(fact.parting_step_taken());
    case Fact::kDisputeOpened:
      return CheckDispute(fact.dispute_opened());
    case Fact::kCustomFact:
      return CheckCustom(fact.custom_fact());
    default:
      return absl::OkStatus();
  }
}

// Whether such a fact may be recorded for this client at all.
absl::Status CheckClient(std::string_view client_id, Fact::FactCase type) {
  if (type == Fact::kPolicyAdopted) {
    if (client_id == kLedgerClient) return absl::OkStatus();
    return InvalidField("client_id", "must be ~ledger for a policy");
  }
  if (!client_id.starts_with(kOwnPrefix)) return absl::OkStatus();
  switch (type) {
    case Fact::kCustomFact:
    case Fact::kStatementAdded:
    case Fact::kEventCorrected:
    case Fact::kEventRetracted:
      return absl::OkStatus();
    default:
      return InvalidField("client_id", Concat("must not begin with ~ for ", FactTypeName(type),
                                              ": such ids are the ledger's own"));
  }
}

absl::Status CheckFact(std::string_view client_id, const Fact& fact, std::string_view path) {
  if (fact.fact_case() == Fact::FACT_NOT_SET) {
    return InvalidField(path, "must have exactly one fact set");
  }
  if (absl::Status status = CheckClient(client_id, fact.fact_case()); !status.ok()) return status;
  const absl::Status status = CheckOneFact(fact);
  if (status.ok()) return status;
  return PrefixField(status, Concat(path, ".", FactTypeName(FactTypeOf(fact)), "."));
}

}  // namespace

absl::Status CheckAcrossFields(const v1::ProposedEvent& event, int64_t now_ns) {
  if (!ParseUuid(event.event_id())) {
    return InvalidField("event_id", "must be a UUID in its canonical text form");
  }
  // The earliest time is every Timestamp's.
  if (ToNanos(event.occur_time()) > now_ns + limits::kOccurTimeAheadMaxNs) {
    return InvalidField("occur_time", "must be at most five minutes from now");
  }
  const Fact& fact = event.fact();
  if (IsRecordedByLedgerOnly(fact.fact_case())) {
    const std::string name(FactTypeName(FactTypeOf(fact)));
    return Error(v1::ERROR_REASON_FORBIDDEN,
                 Concat(name,
                        " is recorded by the ledger itself only; call what does it instead: "
                        "EraseClient, RotateSigningKey or RecordClientDirectory"),
                 {{"fact", name}});
  }
  absl::Status status = CheckFact(event.client_id(), fact, "fact");
  if (!status.ok() || fact.fact_case() != Fact::kEventCorrected) return status;
  const Fact& replacement = fact.event_corrected().replacement();
  if (!IsCorrectable(replacement.fact_case())) {
    return InvalidField("fact.event_corrected.replacement",
                        Concat("must not be ", FactTypeName(FactTypeOf(replacement)),
                               ", which cannot be corrected"));
  }
  return CheckFact(event.client_id(), replacement, "fact.event_corrected.replacement");
}

}  // namespace pledger::rules
