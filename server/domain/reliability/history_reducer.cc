#include "server/domain/reliability/history_reducer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "google/protobuf/timestamp.pb.h"
#include "server/domain/limits.h"
#include "server/domain/reliability/history_layout.h"

namespace pledger::reliability {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kMinorUnitsMax = 1'000'000'000'000'000;

class Reducer {
 public:
  Reducer(HistoryFact* out, FactTexts* texts) : out_(*out), texts_(*texts) {}

  const char* Reduce(const v1::Fact& fact) {
    out_.type = static_cast<uint8_t>(fact.fact_case());
    ReduceByGroup(fact);
    if (why_ != nullptr) return why_;
    if (const char* why = WhyOutOfBounds(out_)) return why;
    if (texts_.reasons != nullptr &&
        texts_.reasons->size() > std::numeric_limits<uint16_t>::max()) {
      return "it has too many reason codes";
    }
    const uint32_t fields = LayoutOf(out_.type).fields;
    if ((fields & kFieldIdRequired) != 0 && texts_.id.empty()) return "it names no obligation";
    if ((fields & kFieldEngagementRequired) != 0 && texts_.engagement.empty()) {
      return "it names no engagement";
    }
    return nullptr;
  }

 private:
  void ReduceByGroup(const v1::Fact& fact) {
    // The groups of numbers in fact.proto.
    const int number = fact.fact_case();
    if (number < v1::FACT_TYPE_PROMISE_MADE) return ReduceRelationship(fact);
    if (number < v1::FACT_TYPE_INVOICE_ISSUED) return ReducePromise(fact);
    if (number < v1::FACT_TYPE_DISPUTE_OPENED) return ReducePayment(fact);
    if (number < v1::FACT_TYPE_SCOPE_CHANGE_REQUESTED) return ReduceDisputeOrComplaint(fact);
    if (number < v1::FACT_TYPE_CONDUCT_REPORTED) return ReduceScope(fact);
    if (number < v1::FACT_TYPE_ACTION_PROPOSED) return ReduceWork(fact);
    ReduceDecision(fact);
  }

  void ReduceRelationship(const v1::Fact& fact) {
    switch (fact.fact_case()) {
      case v1::Fact::kClientOpened:
        texts_.id = fact.client_opened().tier();
        texts_.about = fact.client_opened().referred_by();
        return;
      case v1::Fact::kEnquiryOpened:
        texts_.id = fact.enquiry_opened().enquiry_id();
        return;
      case v1::Fact::kEnquiryClosed:
        texts_.id = fact.enquiry_closed().enquiry_id();
        Code(fact.enquiry_closed().outcome(), &out_.code);
        return;
      case v1::Fact::kEngagementAgreed:
        return ReduceAgreed(fact.engagement_agreed());
      case v1::Fact::kEngagementClosed:
        texts_.id = fact.engagement_closed().engagement_id();
        Code(fact.engagement_closed().outcome(), &out_.code);
        if (fact.engagement_closed().accepted()) out_.flags = kAccepted;
        if (fact.engagement_closed().has_material_cost()) {
          Money(fact.engagement_closed().material_cost());
        }
        return;
      case v1::Fact::kTermsExplained:
        Code(fact.terms_explained().topic(), &out_.code);
        if (fact.terms_explained().acknowledged()) out_.flags = kAcknowledged;
        return;
      case v1::Fact::kTermsChanged:
        Code(fact.terms_changed().payment_mode(), &out_.code);
        Code(fact.terms_changed().channel(), &out_.code2);
        texts_.reasons = &fact.terms_changed().reason_codes();
        return;
      case v1::Fact::kReferralReceived:
        texts_.id = fact.referral_received().referred_client_id();
        return;
      case v1::Fact::kReputationConcernNoted:
        texts_.id = fact.reputation_concern_noted().kind();
        return;
      case v1::Fact::kSentimentNoted:
        texts_.about = fact.sentiment_noted().staff_ref();
        Level(fact.sentiment_noted().rating());
        return;
      default:
        why_ = "its type is not folded";
    }
  }

  void ReduceAgreed(const v1::EngagementAgreed& agreed) {
    texts_.id = agreed.engagement_id();
    Code(agreed.pricing(), &out_.code);
    Number(agreed.baseline_effort_minutes(), &out_.minutes);
    if (agreed.terms_acknowledged()) out_.flags = kTermsAcknowledged;
    if (agreed.has_price()) Money(agreed.price());
  }

  void ReducePromise(const v1::Fact& fact) {
    switch (fact.fact_case()) {
      case v1::Fact::kPromiseMade:
        return ReduceMade(fact.promise_made());
      case v1::Fact::kPromiseRescheduled:
        texts_.id = fact.promise_rescheduled().promise_id();
        Time(fact.promise_rescheduled().new_due_time(), &out_.due_time_ns);
        By(fact.promise_rescheduled().requested_by());
        if (fact.promise_rescheduled().agreed()) out_.flags |= kAgreed;
        return;
      case v1::Fact::kPromiseKept: {
        texts_.id = fact.promise_kept().promise_id();
        const double fraction =
            fact.promise_kept().has_fraction() ? fact.promise_kept().fraction() : 1;
        if (!(fraction > 0 && fraction <= 1)) {
          why_ = "a fraction is out of range";
          return;
        }
        out_.amount = std::max<int64_t>(1, std::llround(fraction * 1e9));
        return;
      }
      case v1::Fact::kPromiseBroken:
        texts_.id = fact.promise_broken().promise_id();
        if (fact.promise_broken().excused()) out_.flags = kExcused;
        return;
      case v1::Fact::kPromiseWaived:
        texts_.id = fact.promise_waived().promise_id();
        By(fact.promise_waived().by());
        return;
      default:
        why_ = "its type is not folded";
    }
  }

  void ReduceMade(const v1::PromiseMade& promise) {
    texts_.id = promise.promise_id();
    texts_.about = promise.invoice_id();
    texts_.engagement = promise.engagement_id();
    Code(promise.kind(), &out_.code);
    Time(promise.due_time(), &out_.due_time_ns);
    By(promise.by());
    if (promise.blocking()) out_.flags |= kBlocking;
    if (!promise.has_amount()) return;
    Money(promise.amount());
    if (promise.kind() == v1::PromiseMade::KIND_PAYMENT) out_.flags |= kByMoney;
  }

  void ReducePayment(const v1::Fact& fact) {
    switch (fact.fact_case()) {
      case v1::Fact::kInvoiceIssued:
        texts_.id = fact.invoice_issued().invoice_id();
        texts_.engagement = fact.invoice_issued().engagement_id();
        Time(fact.invoice_issued().due_time(), &out_.due_time_ns);
        Money(fact.invoice_issued().amount());
        return;
      case v1::Fact::kPaymentReceived:
        return ReduceReceived(fact.payment_received());
      case v1::Fact::kPaymentReversed:
        texts_.id = fact.payment_reversed().payment_id();
        Code(fact.payment_reversed().reason(), &out_.code);
        return;
      case v1::Fact::kCreditGranted:
        texts_.id = fact.credit_granted().invoice_id();
        Money(fact.credit_granted().amount());
        Code(fact.credit_granted().reason(), &out_.code);
        if (fact.credit_granted().refunded()) out_.flags = kRefunded;
        return;
      case v1::Fact::kInvoiceCancelled:
        texts_.id = fact.invoice_cancelled().invoice_id();
        return;
      case v1::Fact::kInvoiceWrittenOff:
        texts_.id = fact.invoice_written_off().invoice_id();
        return;
      case v1::Fact::kPaymentRefused:
        texts_.id = fact.payment_refused().invoice_id();
        return;
      case v1::Fact::kReminderSent:
        texts_.id = fact.reminder_sent().invoice_id();
        Level(fact.reminder_sent().level());
        return;
      case v1::Fact::kPriceContested:
        texts_.engagement = fact.price_contested().engagement_id();
        if (fact.price_contested().after_agreement()) out_.flags |= kAfterAgreement;
        if (fact.price_contested().citing_competitor()) out_.flags |= kCitingCompetitor;
        return;
      default:
        why_ = "its type is not folded";
    }
  }

  void ReduceReceived(const v1::PaymentReceived& payment) {
    texts_.id = payment.payment_id();
    Money(payment.amount());
    texts_.payment = &payment;
    if (payment.allocations_size() > std::numeric_limits<uint16_t>::max()) {
      why_ = "a payment has too many allocations";
    }
    for (const v1::PaymentAllocation& allocation : payment.allocations()) {
      const int64_t amount = allocation.amount().minor_units();
      if (amount <= 0 || amount > kMinorUnitsMax || allocation.invoice_id().empty()) {
        why_ = "an allocation is out of range";
      }
    }
  }

  void ReduceDisputeOrComplaint(const v1::Fact& fact) {
    switch (fact.fact_case()) {
      case v1::Fact::kDisputeOpened:
        texts_.id = fact.dispute_opened().dispute_id();
        Code(fact.dispute_opened().reason(), &out_.code);
        if (!fact.dispute_opened().has_invoice_id()) {
          out_.amount = static_cast<int64_t>(fact.dispute_opened().event_position());
          return;
        }
        out_.flags = kOfInvoice;
        texts_.about = fact.dispute_opened().invoice_id();
        if (texts_.about.empty()) why_ = "it names no invoice";
        return;
      case v1::Fact::kDisputeResolved:
        texts_.id = fact.dispute_resolved().dispute_id();
        Code(fact.dispute_resolved().in_favour_of(), &out_.code);
        Code(fact.dispute_resolved().evidence(), &out_.code2);
        return;
      case v1::Fact::kComplaintRaised:
        texts_.id = fact.complaint_raised().complaint_id();
        texts_.engagement = fact.complaint_raised().engagement_id();
        texts_.about = fact.complaint_raised().advice_id();
        Code(fact.complaint_raised().category(), &out_.code);
        Code(fact.complaint_raised().handled_at(), &out_.code2);
        Level(fact.complaint_raised().severity());
        return;
      case v1::Fact::kComplaintEscalated:
        texts_.id = fact.complaint_escalated().complaint_id();
        Code(fact.complaint_escalated().handled_at(), &out_.code2);
        return;
      case v1::Fact::kComplaintResolved:
        texts_.id = fact.complaint_resolved().complaint_id();
        Code(fact.complaint_resolved().verdict(), &out_.code);
        Code(fact.complaint_resolved().fault(), &out_.code2);
        return;
      case v1::Fact::kComplaintReopened:
        texts_.id = fact.complaint_reopened().complaint_id();
        return;
      default:
        why_ = "its type is not folded";
    }
  }

  void ReduceScope(const v1::Fact& fact) {
    switch (fact.fact_case()) {
      case v1::Fact::kScopeChangeRequested:
        return ReduceRequested(fact.scope_change_requested());
      case v1::Fact::kScopeChangeQuoted:
        texts_.id = fact.scope_change_quoted().change_id();
        if (fact.scope_change_quoted().has_price()) Money(fact.scope_change_quoted().price());
        return;
      case v1::Fact::kScopeChangeAgreed:
        texts_.id = fact.scope_change_agreed().change_id();
        if (fact.scope_change_agreed().has_price()) Money(fact.scope_change_agreed().price());
        Number(fact.scope_change_agreed().effort_minutes(), &out_.minutes);
        return;
      case v1::Fact::kScopeChangeAbsorbed:
        texts_.id = fact.scope_change_absorbed().change_id();
        Number(fact.scope_change_absorbed().effort_minutes(), &out_.minutes);
        return;
      case v1::Fact::kScopeChangeDeclined:
        texts_.id = fact.scope_change_declined().change_id();
        return;
      case v1::Fact::kScopeChangeWithdrawn:
        texts_.id = fact.scope_change_withdrawn().change_id();
        return;
      default:
        why_ = "its type is not folded";
    }
  }

  void ReduceRequested(const v1::ScopeChangeRequested& requested) {
    texts_.id = requested.change_id();
    texts_.engagement = requested.engagement_id();
    By(requested.by());
    Code(requested.kind(), &out_.code);
    Number(requested.estimated_effort_minutes(), &out_.minutes);
    Number(requested.displaced_clients(), &out_.count);
    if (requested.has_requested_time()) {
      out_.flags |= kHasRequestedTime;
      Time(requested.requested_time(), &out_.due_time_ns);
    }
    if (requested.has_feasible_time()) {
      out_.flags |= kHasFeasibleTime;
      Time(requested.feasible_time(), &out_.amount);
    }
  }

  void ReduceWork(const v1::Fact& fact) {
    switch (fact.fact_case()) {
      case v1::Fact::kConductReported:
        return ReduceConduct(fact.conduct_reported());
      case v1::Fact::kEffortLogged:
        texts_.about = fact.effort_logged().staff_ref();
        texts_.engagement = fact.effort_logged().engagement_id();
        Number(fact.effort_logged().minutes(), &out_.minutes);
        Number(fact.effort_logged().contacts(), &out_.count);
        Code(fact.effort_logged().activity(), &out_.code);
        Level(fact.effort_logged().strain());
        if (fact.effort_logged().billable()) out_.flags = kBillable;
        return;
      case v1::Fact::kAdviceGiven:
        texts_.id = fact.advice_given().advice_id();
        texts_.engagement = fact.advice_given().engagement_id();
        if (fact.advice_given().acknowledged()) out_.flags = kAcknowledged;
        return;
      case v1::Fact::kAdviceOutcomeNoted:
        texts_.id = fact.advice_outcome_noted().advice_id();
        Code(fact.advice_outcome_noted().degree(), &out_.code);
        return;
      default:
        why_ = "its type is not folded";
    }
  }

  void ReduceConduct(const v1::ConductReported& conduct) {
    texts_.id = conduct.incident_id();
    texts_.about = conduct.staff_ref();
    Code(conduct.kind(), &out_.code);
    Code(conduct.target(), &out_.code2);
    Code(conduct.evidence(), &out_.code3);
    Level(conduct.severity());
    Number(conduct.recovery_minutes(), &out_.minutes);
    Number(conduct.displaced_clients(), &out_.count);
    if (conduct.covered_by_paid_sla()) out_.flags = kPaidSla;
  }

  void ReduceDecision(const v1::Fact& fact) {
    switch (fact.fact_case()) {
      case v1::Fact::kActionProposed:
        texts_.id = fact.action_proposed().proposal_id();
        texts_.reasons = &fact.action_proposed().reason_codes();
        Code(fact.action_proposed().action(), &out_.code);
        out_.amount = static_cast<int64_t>(fact.action_proposed().assessed_position());
        return;
      case v1::Fact::kActionDecided:
        texts_.id = fact.action_decided().proposal_id();
        texts_.about = fact.action_decided().decided_by();
        Code(fact.action_decided().decision(), &out_.code);
        return;
      case v1::Fact::kServiceRefused:
        texts_.id = fact.service_refused().refusal_id();
        texts_.about = fact.service_refused().staff_ref();
        return;
      case v1::Fact::kPartingOpened:
        texts_.id = fact.parting_opened().parting_id();
        texts_.about = fact.parting_opened().approved_by();
        texts_.reasons = &fact.parting_opened().reason_codes();
        return;
      case v1::Fact::kPartingStepTaken:
        texts_.id = fact.parting_step_taken().parting_id();
        texts_.about = fact.parting_step_taken().skip_reason();
        Code(fact.parting_step_taken().step(), &out_.code);
        if (fact.parting_step_taken().skipped()) out_.flags = kSkipped;
        return;
      case v1::Fact::kPartingClosed:
        texts_.id = fact.parting_closed().parting_id();
        return;
      case v1::Fact::kPartingFeedbackNoted:
        texts_.id = fact.parting_feedback_noted().parting_id();
        Level(fact.parting_feedback_noted().rating());
        return;
      case v1::Fact::kRelationshipRestored:
        texts_.reasons = &fact.relationship_restored().reason_codes();
        return;
      case v1::Fact::kStatementAdded:
        out_.amount = static_cast<int64_t>(fact.statement_added().target_position());
        By(fact.statement_added().by());
        return;
      default:
        why_ = "its type is not folded";
    }
  }

  void By(v1::Party party) {
    if (party == v1::PARTY_US) out_.flags |= kByUs;
  }

  // Enumerators beyond those known fail the check of bounds.
  void Code(int value, uint8_t* code) {
    constexpr int kUnknown = std::numeric_limits<uint8_t>::max();
    *code = static_cast<uint8_t>(value < 0 || value > kUnknown ? kUnknown : value);
  }

  void Level(int32_t value) { out_.level = static_cast<int8_t>(std::clamp(value, -128, 127)); }

  void Number(int64_t value, int32_t* number) {
    *number =
        value < 0 || value > std::numeric_limits<int32_t>::max() ? -1 : static_cast<int32_t>(value);
  }

  void Time(const google::protobuf::Timestamp& time, int64_t* time_ns) {
    constexpr int64_t kSecondsMin = limits::kOccurTimeMinNs / kSecondNs;
    constexpr int64_t kSecondsMax = limits::kTimeMaxNs / kSecondNs;
    if (time.seconds() < kSecondsMin || time.seconds() >= kSecondsMax || time.nanos() < 0 ||
        time.nanos() >= kSecondNs) {
      why_ = "a time is out of range";
      return;
    }
    *time_ns = time.seconds() * kSecondNs + time.nanos();
  }

  void Money(const v1::Money& money) {
    out_.amount = money.minor_units();
    texts_.currency = money.currency_code();
    if (texts_.currency.empty()) {
      why_ = "an amount of money has no currency";
      return;
    }
    out_.currency = 0;
  }

  HistoryFact& out_;
  FactTexts& texts_;
  const char* why_ = nullptr;
};

}  // namespace

const char* ReduceFact(const v1::Fact& fact, HistoryFact* out, FactTexts* texts) {
  return Reducer(out, texts).Reduce(fact);
}

}  // namespace pledger::reliability
