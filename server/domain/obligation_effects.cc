#include "server/domain/obligation_effects.h"

#include "server/domain/fact_types.h"

namespace pledger {
namespace {

using v1::Fact;
using Kind = ObligationKind;
using Status = ObligationStatus;

constexpr StatusSet kWhileOpen = {Status::kOpen};

ObligationEffects About(ObligationAct act, Kind kind, std::string_view id, std::string_view field) {
  ObligationEffects effects;
  effects.act = act;
  effects.kind = kind;
  effects.id = id;
  effects.field = field;
  return effects;
}

ObligationEffects Opens(Kind kind, std::string_view id, std::string_view field) {
  ObligationEffects effects = About(ObligationAct::kOpen, kind, id, field);
  effects.to = Status::kOpen;
  return effects;
}

ObligationEffects Notes(Kind kind, std::string_view id, std::string_view field, StatusSet from) {
  ObligationEffects effects = About(ObligationAct::kNote, kind, id, field);
  effects.from = from;
  return effects;
}

ObligationEffects Moves(Kind kind, std::string_view id, std::string_view field, StatusSet from,
                        Status to) {
  ObligationEffects effects = About(ObligationAct::kMove, kind, id, field);
  effects.from = from;
  effects.to = to;
  return effects;
}

// An empty id names nothing.
void Refer(Kind kind, std::string_view id, std::string_view field, bool open,
           ObligationEffects* effects) {
  if (!id.empty()) effects->references.push_back({kind, id, open, field});
}

// Mere context: warranty work and late bills come after the engagement is closed.
void ReferToEngagement(std::string_view id, ObligationEffects* effects) {
  Refer(Kind::kEngagement, id, "engagement_id", /*open=*/false, effects);
}

ObligationEffects RelationshipEffects(const Fact& fact) {
  switch (fact.fact_case()) {
    case Fact::kClientOpened:
      return Opens(Kind::kClient, "", "");
    case Fact::kEnquiryOpened:
      return Opens(Kind::kEnquiry, fact.enquiry_opened().enquiry_id(), "enquiry_id");
    case Fact::kEnquiryClosed:
      return Moves(Kind::kEnquiry, fact.enquiry_closed().enquiry_id(), "enquiry_id", kWhileOpen,
                   Status::kClosed);
    case Fact::kEngagementAgreed:
      return Opens(Kind::kEngagement, fact.engagement_agreed().engagement_id(), "engagement_id");
    case Fact::kEngagementClosed:
      return Moves(Kind::kEngagement, fact.engagement_closed().engagement_id(), "engagement_id",
                   kWhileOpen, Status::kClosed);
    default:
      return {};
  }
}

ObligationEffects PromiseMadeEffects(const v1::PromiseMade& promise) {
  ObligationEffects effects = Opens(Kind::kPromise, promise.promise_id(), "promise_id");
  effects.settled_by_payments =
      promise.kind() == v1::PromiseMade::KIND_PAYMENT && promise.has_amount();
  Refer(Kind::kInvoice, promise.invoice_id(), "invoice_id", /*open=*/false, &effects);
  ReferToEngagement(promise.engagement_id(), &effects);
  return effects;
}

ObligationEffects SettlesByHand(std::string_view promise_id, Status to) {
  ObligationEffects effects = Moves(Kind::kPromise, promise_id, "promise_id", kWhileOpen, to);
  effects.settles_by_hand = true;
  return effects;
}

ObligationEffects PromiseEffects(const Fact& fact) {
  switch (fact.fact_case()) {
    case Fact::kPromiseMade:
      return PromiseMadeEffects(fact.promise_made());
    case Fact::kPromiseRescheduled:
      return Notes(Kind::kPromise, fact.promise_rescheduled().promise_id(), "promise_id",
                   kWhileOpen);
    case Fact::kPromiseKept:
      return SettlesByHand(fact.promise_kept().promise_id(), Status::kKept);
    case Fact::kPromiseBroken:
      return SettlesByHand(fact.promise_broken().promise_id(), Status::kBroken);
    case Fact::kPromiseWaived:
      return Moves(Kind::kPromise, fact.promise_waived().promise_id(), "promise_id", kWhileOpen,
                   Status::kWaived);
    default:
      return {};
  }
}

ObligationEffects PaymentReceivedEffects(const v1::PaymentReceived& payment) {
  ObligationEffects effects = Opens(Kind::kPayment, payment.payment_id(), "payment_id");
  for (int i = 0; i < payment.allocations_size(); ++i) {
    effects.references.push_back(
        {Kind::kInvoice, payment.allocations(i).invoice_id(), /*open=*/true, "invoice_id", i});
  }
  return effects;
}

ObligationEffects CreditEffects(const v1::CreditGranted& credit) {
  ObligationEffects effects = Opens(Kind::kCredit, credit.credit_id(), "credit_id");
  // Money that went back reduces no invoice, so the invoice is mere context.
  Refer(Kind::kInvoice, credit.invoice_id(), "invoice_id", !credit.refunded(), &effects);
  return effects;
}

ObligationEffects PaymentEffects(const Fact& fact) {
  switch (fact.fact_case()) {
    case Fact::kInvoiceIssued: {
      ObligationEffects effects =
          Opens(Kind::kInvoice, fact.invoice_issued().invoice_id(), "invoice_id");
      ReferToEngagement(fact.invoice_issued().engagement_id(), &effects);
      return effects;
    }
    case Fact::kPaymentReceived:
      return PaymentReceivedEffects(fact.payment_received());
    case Fact::kPaymentReversed:
      return Moves(Kind::kPayment, fact.payment_reversed().payment_id(), "payment_id", kWhileOpen,
                   Status::kReversed);
    case Fact::kCreditGranted:
      return CreditEffects(fact.credit_granted());
    case Fact::kInvoiceCancelled:
      return Moves(Kind::kInvoice, fact.invoice_cancelled().invoice_id(), "invoice_id", kWhileOpen,
                   Status::kCancelled);
    case Fact::kInvoiceWrittenOff:
      return Moves(Kind::kInvoice, fact.invoice_written_off().invoice_id(), "invoice_id",
                   kWhileOpen, Status::kWrittenOff);
    case Fact::kPaymentRefused:
      return Notes(Kind::kInvoice, fact.payment_refused().invoice_id(), "invoice_id", kWhileOpen);
    case Fact::kReminderSent:
      return Notes(Kind::kInvoice, fact.reminder_sent().invoice_id(), "invoice_id", kWhileOpen);
    case Fact::kPriceContested:
      return Notes(Kind::kEngagement, fact.price_contested().engagement_id(), "engagement_id",
                   StatusSet::Known());
    default:
      return {};
  }
}

ObligationEffects DisputeEffects(const Fact& fact) {
  if (fact.has_dispute_resolved()) {
    return Moves(Kind::kDispute, fact.dispute_resolved().dispute_id(), "dispute_id", kWhileOpen,
                 Status::kResolved);
  }
  ObligationEffects effects =
      Opens(Kind::kDispute, fact.dispute_opened().dispute_id(), "dispute_id");
  Refer(Kind::kInvoice, fact.dispute_opened().invoice_id(), "invoice_id", /*open=*/true, &effects);
  return effects;
}

ObligationEffects ComplaintEffects(const Fact& fact) {
  switch (fact.fact_case()) {
    case Fact::kComplaintRaised: {
      const v1::ComplaintRaised& raised = fact.complaint_raised();
      ObligationEffects effects = Opens(Kind::kComplaint, raised.complaint_id(), "complaint_id");
      ReferToEngagement(raised.engagement_id(), &effects);
      Refer(Kind::kAdvice, raised.advice_id(), "advice_id", /*open=*/false, &effects);
      return effects;
    }
    case Fact::kComplaintEscalated:
      return Notes(Kind::kComplaint, fact.complaint_escalated().complaint_id(), "complaint_id",
                   kWhileOpen);
    case Fact::kComplaintResolved:
      return Moves(Kind::kComplaint, fact.complaint_resolved().complaint_id(), "complaint_id",
                   kWhileOpen, Status::kResolved);
    case Fact::kComplaintReopened:
      return Moves(Kind::kComplaint, fact.complaint_reopened().complaint_id(), "complaint_id",
                   {Status::kResolved}, Status::kOpen);
    default:
      return {};
  }
}

ObligationEffects ScopeEffects(const Fact& fact) {
  const auto closes = [](std::string_view change_id, Status to) {
    return Moves(Kind::kChange, change_id, "change_id", kWhileOpen, to);
  };
  switch (fact.fact_case()) {
    case Fact::kScopeChangeRequested: {
      const v1::ScopeChangeRequested& requested = fact.scope_change_requested();
      ObligationEffects effects = Opens(Kind::kChange, requested.change_id(), "change_id");
      ReferToEngagement(requested.engagement_id(), &effects);
      return effects;
    }
    case Fact::kScopeChangeQuoted:
      return Notes(Kind::kChange, fact.scope_change_quoted().change_id(), "change_id", kWhileOpen);
    case Fact::kScopeChangeAgreed:
      return closes(fact.scope_change_agreed().change_id(), Status::kAgreed);
    case Fact::kScopeChangeAbsorbed:
      return closes(fact.scope_change_absorbed().change_id(), Status::kAbsorbed);
    case Fact::kScopeChangeDeclined:
      return closes(fact.scope_change_declined().change_id(), Status::kDeclined);
    case Fact::kScopeChangeWithdrawn:
      return closes(fact.scope_change_withdrawn().change_id(), Status::kWithdrawn);
    default:
      return {};
  }
}

ObligationEffects ConductEffects(const Fact& fact) {
  switch (fact.fact_case()) {
    case Fact::kConductReported:
      return Opens(Kind::kIncident, fact.conduct_reported().incident_id(), "incident_id");
    case Fact::kEffortLogged: {
      ObligationEffects effects;
      ReferToEngagement(fact.effort_logged().engagement_id(), &effects);
      return effects;
    }
    case Fact::kAdviceGiven: {
      ObligationEffects effects =
          Opens(Kind::kAdvice, fact.advice_given().advice_id(), "advice_id");
      ReferToEngagement(fact.advice_given().engagement_id(), &effects);
      return effects;
    }
    case Fact::kAdviceOutcomeNoted:
      return Notes(Kind::kAdvice, fact.advice_outcome_noted().advice_id(), "advice_id", kWhileOpen);
    default:
      return {};
  }
}

// Each step follows the one before; the first follows the opening.
ObligationEffects PartingStepEffects(const v1::PartingStepTaken& step) {
  const auto after = [](int number) {
    return number == 0 ? Status::kOpen
                       : static_cast<Status>(static_cast<int>(Status::kThanked) + number - 1);
  };
  return Moves(Kind::kParting, step.parting_id(), "parting_id", {after(step.step() - 1)},
               after(step.step()));
}

ObligationEffects DecisionEffects(const Fact& fact) {
  switch (fact.fact_case()) {
    case Fact::kActionProposed:
      return Opens(Kind::kProposal, fact.action_proposed().proposal_id(), "proposal_id");
    case Fact::kActionDecided:
      return Moves(Kind::kProposal, fact.action_decided().proposal_id(), "proposal_id", kWhileOpen,
                   Status::kDecided);
    case Fact::kServiceRefused:
      return Opens(Kind::kRefusal, fact.service_refused().refusal_id(), "refusal_id");
    case Fact::kPartingOpened:
      return Opens(Kind::kParting, fact.parting_opened().parting_id(), "parting_id");
    case Fact::kPartingStepTaken:
      return PartingStepEffects(fact.parting_step_taken());
    case Fact::kPartingClosed:
      return Moves(Kind::kParting, fact.parting_closed().parting_id(), "parting_id",
                   {Status::kAlternativeOffered}, Status::kClosed);
    case Fact::kPartingFeedbackNoted:
      return Notes(Kind::kParting, fact.parting_feedback_noted().parting_id(), "parting_id",
                   StatusSet::Known());
    default:
      return {};
  }
}

ObligationEffects HoldEffects(const Fact& fact) {
  switch (fact.fact_case()) {
    case Fact::kHoldPlaced:
      return Opens(Kind::kHold, fact.hold_placed().hold_id(), "hold_id");
    case Fact::kHoldReleased:
      return Moves(Kind::kHold, fact.hold_released().hold_id(), "hold_id", kWhileOpen,
                   Status::kReleased);
    default:
      return {};
  }
}

}  // namespace

ObligationEffects EffectsOf(const Fact& fact) {
  // The tens of a fact's number are its concern: fact.proto.
  const uint16_t type = FactTypeOf(fact);
  if (type == 0) return {};
  if (type < Fact::kPromiseMade) return RelationshipEffects(fact);
  if (type < Fact::kInvoiceIssued) return PromiseEffects(fact);
  if (type < Fact::kDisputeOpened) return PaymentEffects(fact);
  if (type < Fact::kComplaintRaised) return DisputeEffects(fact);
  if (type < Fact::kScopeChangeRequested) return ComplaintEffects(fact);
  if (type < Fact::kConductReported) return ScopeEffects(fact);
  if (type < Fact::kActionProposed) return ConductEffects(fact);
  if (type < Fact::kEventCorrected) return DecisionEffects(fact);
  return HoldEffects(fact);
}

}  // namespace pledger
