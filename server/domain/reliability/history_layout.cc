#include "server/domain/reliability/history_layout.h"

#include <array>
#include <cstddef>

#include "server/domain/limits.h"

namespace pledger::reliability {
namespace {

constexpr int64_t kMinorUnitsMax = 1'000'000'000'000'000;
constexpr int64_t kWholeFraction = 1'000'000'000;
constexpr int32_t kMinutesMax = 100'000'000;
constexpr int32_t kCountMax = 1'000'000;
constexpr int kLevelMin = -2;
constexpr int kLevelMax = 100;

constexpr uint32_t kNamed = kFieldId | kFieldIdRequired;
constexpr uint32_t kMoneyPositive = kFieldMoney | kFieldMoneyRequired;
constexpr uint32_t kPrice = kFieldMoney | kFieldMoneyMayBeZero;
constexpr size_t kTypes = 128;

using Layouts = std::array<HistoryLayout, kTypes>;

constexpr void Keep(Layouts* layouts, v1::FactType type, uint32_t fields, uint8_t flags = 0,
                    int code_max = 0, int code2_max = 0, int code3_max = 0) {
  (*layouts)[type] = {fields,
                      flags,
                      static_cast<uint8_t>(code_max),
                      static_cast<uint8_t>(code2_max),
                      static_cast<uint8_t>(code3_max),
                      true};
}

constexpr void KeepRelationship(Layouts* to) {
  Keep(to, v1::FACT_TYPE_CLIENT_OPENED, kFieldId | kFieldAbout);
  Keep(to, v1::FACT_TYPE_ENQUIRY_OPENED, kNamed);
  Keep(to, v1::FACT_TYPE_ENQUIRY_CLOSED, kNamed, 0, v1::EnquiryClosed::Outcome_MAX);
  Keep(to, v1::FACT_TYPE_ENGAGEMENT_AGREED, kNamed | kPrice | kFieldMinutes, kTermsAcknowledged,
       v1::EngagementAgreed::Pricing_MAX);
  Keep(to, v1::FACT_TYPE_ENGAGEMENT_CLOSED, kNamed | kPrice, kAccepted,
       v1::EngagementClosed::Outcome_MAX);
  Keep(to, v1::FACT_TYPE_TERMS_EXPLAINED, 0, kAcknowledged, v1::TermsExplained::Topic_MAX);
  Keep(to, v1::FACT_TYPE_TERMS_CHANGED, kFieldReasons, 0, v1::TermsChanged::PaymentMode_MAX,
       v1::TermsChanged::Channel_MAX);
  Keep(to, v1::FACT_TYPE_REFERRAL_RECEIVED, kNamed);
  Keep(to, v1::FACT_TYPE_REPUTATION_CONCERN_NOTED, kNamed);
  Keep(to, v1::FACT_TYPE_SENTIMENT_NOTED, kFieldAbout | kFieldLevel);
}

constexpr void KeepPromisesAndPayments(Layouts* to) {
  Keep(to, v1::FACT_TYPE_PROMISE_MADE,
       kNamed | kFieldEngagement | kFieldAbout | kFieldMoney | kFieldDueTime,
       kByUs | kByMoney | kBlocking, v1::PromiseMade::Kind_MAX);
  Keep(to, v1::FACT_TYPE_PROMISE_RESCHEDULED, kNamed | kFieldDueTime, kByUs | kAgreed);
  Keep(to, v1::FACT_TYPE_PROMISE_KEPT, kNamed | kFieldFraction);
  Keep(to, v1::FACT_TYPE_PROMISE_BROKEN, kNamed, kExcused);
  Keep(to, v1::FACT_TYPE_PROMISE_WAIVED, kNamed, kByUs);
  Keep(to, v1::FACT_TYPE_INVOICE_ISSUED,
       kNamed | kFieldEngagement | kMoneyPositive | kFieldDueTime);
  Keep(to, v1::FACT_TYPE_PAYMENT_RECEIVED, kNamed | kMoneyPositive | kFieldAllocations);
  Keep(to, v1::FACT_TYPE_PAYMENT_REVERSED, kNamed, 0, v1::PaymentReversed::Reason_MAX);
  Keep(to, v1::FACT_TYPE_CREDIT_GRANTED, kFieldId | kMoneyPositive, kRefunded,
       v1::CreditGranted::Reason_MAX);
  Keep(to, v1::FACT_TYPE_INVOICE_CANCELLED, kNamed);
  Keep(to, v1::FACT_TYPE_INVOICE_WRITTEN_OFF, kNamed);
  Keep(to, v1::FACT_TYPE_PAYMENT_REFUSED, kNamed);
  Keep(to, v1::FACT_TYPE_REMINDER_SENT, kNamed | kFieldLevel);
  Keep(to, v1::FACT_TYPE_PRICE_CONTESTED, kFieldEngagement | kFieldEngagementRequired,
       kAfterAgreement | kCitingCompetitor);
}

constexpr void KeepDisputesAndComplaints(Layouts* to) {
  // An invoice or a position, as kOfInvoice says.
  Keep(to, v1::FACT_TYPE_DISPUTE_OPENED, kNamed | kFieldAbout | kFieldPosition, kOfInvoice,
       v1::DisputeOpened::Reason_MAX);
  Keep(to, v1::FACT_TYPE_DISPUTE_RESOLVED, kNamed, 0, v1::DisputeResolved::InFavourOf_MAX,
       v1::DisputeResolved::Evidence_MAX);
  Keep(to, v1::FACT_TYPE_COMPLAINT_RAISED, kNamed | kFieldEngagement | kFieldAbout | kFieldLevel, 0,
       v1::ComplaintRaised::Category_MAX, v1::HandlingLevel_MAX);
  Keep(to, v1::FACT_TYPE_COMPLAINT_ESCALATED, kNamed, 0, 0, v1::HandlingLevel_MAX);
  Keep(to, v1::FACT_TYPE_COMPLAINT_RESOLVED, kNamed, 0, v1::ComplaintResolved::Verdict_MAX,
       v1::ComplaintResolved::Fault_MAX);
  Keep(to, v1::FACT_TYPE_COMPLAINT_REOPENED, kNamed);
}

constexpr void KeepWork(Layouts* to) {
  Keep(to, v1::FACT_TYPE_SCOPE_CHANGE_REQUESTED,
       kNamed | kFieldEngagement | kFieldEngagementRequired | kFieldRequestedTime |
           kFieldFeasibleTime | kFieldMinutes | kFieldCount,
       kByUs | kHasRequestedTime | kHasFeasibleTime, v1::ScopeChangeRequested::Kind_MAX);
  Keep(to, v1::FACT_TYPE_SCOPE_CHANGE_QUOTED, kNamed | kPrice);
  Keep(to, v1::FACT_TYPE_SCOPE_CHANGE_AGREED, kNamed | kPrice | kFieldMinutes);
  Keep(to, v1::FACT_TYPE_SCOPE_CHANGE_ABSORBED, kNamed | kFieldMinutes);
  Keep(to, v1::FACT_TYPE_SCOPE_CHANGE_DECLINED, kNamed);
  Keep(to, v1::FACT_TYPE_SCOPE_CHANGE_WITHDRAWN, kNamed);
  Keep(to, v1::FACT_TYPE_CONDUCT_REPORTED,
       kNamed | kFieldAbout | kFieldMinutes | kFieldCount | kFieldLevel, kPaidSla,
       v1::ConductReported::Kind_MAX, v1::ConductReported::Target_MAX,
       v1::ConductReported::Evidence_MAX);
  Keep(to, v1::FACT_TYPE_EFFORT_LOGGED,
       kFieldEngagement | kFieldAbout | kFieldMinutes | kFieldCount | kFieldLevel, kBillable,
       v1::EffortLogged::Activity_MAX);
  Keep(to, v1::FACT_TYPE_ADVICE_GIVEN, kNamed | kFieldEngagement, kAcknowledged);
  Keep(to, v1::FACT_TYPE_ADVICE_OUTCOME_NOTED, kNamed, 0, v1::AdviceOutcomeNoted::Degree_MAX);
}

constexpr void KeepDecisions(Layouts* to) {
  Keep(to, v1::FACT_TYPE_ACTION_PROPOSED, kNamed | kFieldPosition | kFieldReasons, 0,
       v1::Action_MAX);
  Keep(to, v1::FACT_TYPE_ACTION_DECIDED, kNamed | kFieldAbout, 0, v1::ActionDecided::Decision_MAX);
  Keep(to, v1::FACT_TYPE_SERVICE_REFUSED, kNamed | kFieldAbout);
  Keep(to, v1::FACT_TYPE_PARTING_OPENED, kNamed | kFieldAbout | kFieldReasons);
  Keep(to, v1::FACT_TYPE_PARTING_STEP_TAKEN, kNamed | kFieldAbout, kSkipped,
       v1::PartingStepTaken::Step_MAX);
  Keep(to, v1::FACT_TYPE_PARTING_CLOSED, kNamed);
  Keep(to, v1::FACT_TYPE_PARTING_FEEDBACK_NOTED, kNamed | kFieldLevel);
  Keep(to, v1::FACT_TYPE_RELATIONSHIP_RESTORED, kFieldReasons);
  Keep(to, v1::FACT_TYPE_STATEMENT_ADDED, kFieldPosition, kByUs);
}

constexpr Layouts MakeLayouts() {
  Layouts layouts;
  KeepRelationship(&layouts);
  KeepPromisesAndPayments(&layouts);
  KeepDisputesAndComplaints(&layouts);
  KeepWork(&layouts);
  KeepDecisions(&layouts);
  return layouts;
}

constexpr Layouts kLayouts = MakeLayouts();
constexpr HistoryLayout kNotKept;

bool TimeInRange(int64_t time_ns) {
  return time_ns >= limits::kOccurTimeMinNs && time_ns <= limits::kTimeMaxNs;
}

}  // namespace

const HistoryLayout& LayoutOf(uint16_t fact_type) {
  return fact_type < kTypes ? kLayouts[fact_type] : kNotKept;
}

const char* WhyOutOfBounds(const HistoryFact& fact) {
  const HistoryLayout& layout = LayoutOf(fact.type);
  const uint32_t fields = layout.fields;
  if ((fact.flags & ~layout.flags) != 0 || fact.code > layout.code_max ||
      fact.code2 > layout.code2_max || fact.code3 > layout.code3_max) {
    return "an enumerator is out of range";
  }
  if ((fields & kFieldMoney) != 0) {
    const int64_t least =
        !fact.has_money() || (fields & kFieldMoneyMayBeZero) != 0 ? int64_t{0} : int64_t{1};
    const int64_t most = fact.has_money() ? kMinorUnitsMax : 0;
    if (fact.amount < least || fact.amount > most) return "an amount of money is out of range";
    const bool required = (fields & kFieldMoneyRequired) != 0 ||
                          (fact.type == v1::FACT_TYPE_PROMISE_MADE && fact.has(kByMoney));
    if (required && !fact.has_money()) return "an amount of money is missing";
  }
  if ((fields & kFieldFraction) != 0 && (fact.amount < 1 || fact.amount > kWholeFraction)) {
    return "a fraction is out of range";
  }
  const bool due = (fields & kFieldDueTime) != 0 ||
                   ((fields & kFieldRequestedTime) != 0 && fact.has(kHasRequestedTime));
  const bool feasible = (fields & kFieldFeasibleTime) != 0 && fact.has(kHasFeasibleTime);
  if ((due && !TimeInRange(fact.due_time_ns)) || (feasible && !TimeInRange(fact.amount))) {
    return "a time is out of range";
  }
  if (fact.minutes < 0 || fact.minutes > kMinutesMax || fact.count < 0 || fact.count > kCountMax ||
      fact.level < kLevelMin || fact.level > kLevelMax) {
    return "a number is out of range";
  }
  return nullptr;
}

}  // namespace pledger::reliability
