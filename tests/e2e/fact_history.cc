#include "tests/e2e/fact_history.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "storage/format/text.h"
#include "tests/support/sample_facts.h"

namespace pledger::testing {
namespace {

using Fact = v1::Fact;
using Facts = std::vector<Fact>;

constexpr std::string_view kEngagement =
    R"(engagement_agreed {
         engagement_id: "eng-1" pricing: PRICING_FIXED_PRICE
         price { currency_code: "EUR" minor_units: 250000 } })";

Facts Of(std::initializer_list<std::string> texts) {
  Facts facts;
  for (const std::string& text : texts) facts.push_back(FactFromText(text));
  return facts;
}

std::string Engagement() { return std::string(kEngagement); }

std::string Invoice(std::string_view id) {
  return absl::Substitute(
      R"(invoice_issued { invoice_id: "$0" amount { currency_code: "EUR" minor_units: 90000 }
                          due_time { seconds: 1716000000 } })",
      ToAbsl(id));
}

std::string Promise(std::string_view id) {
  return absl::Substitute(
      R"(promise_made { promise_id: "$0" by: PARTY_CLIENT kind: KIND_DELIVERY
                        due_time { seconds: 1716000000 } })",
      ToAbsl(id));
}

std::string Change(std::string_view id) {
  return absl::Substitute(
      R"(scope_change_requested { change_id: "$0" engagement_id: "eng-1" by: PARTY_CLIENT
                                  kind: KIND_ADDITION })",
      ToAbsl(id));
}

std::string Step(std::string_view step) {
  return absl::Substitute(R"(parting_step_taken { parting_id: "par-1" step: STEP_$0 })",
                          ToAbsl(step));
}

constexpr char kComplaint[] =
    R"(complaint_raised { complaint_id: "com-1" category: CATEGORY_DELAY severity: 2
                          handled_at: HANDLING_LEVEL_STAFF })";
constexpr char kResolved[] =
    R"(complaint_resolved { complaint_id: "com-1" verdict: VERDICT_FOUNDED fault: FAULT_US })";
constexpr char kAdvice[] = R"(advice_given { advice_id: "adv-1" })";
constexpr char kParting[] =
    R"(parting_opened { parting_id: "par-1" reason_codes: "ABUSIVE" approved_by: "staff-1" })";

Facts BeforePromisesAndPayments(const Fact& sample) {
  switch (sample.fact_case()) {
    case Fact::kPromiseMade:
      return Of({Engagement(), Invoice("inv-1")});
    case Fact::kPromiseRescheduled:
      return Of({Promise("pro-1")});
    case Fact::kPromiseKept:
      return Of({Promise("pro-2")});
    case Fact::kPromiseBroken:
      return Of({Promise("pro-3")});
    case Fact::kPromiseWaived:
      return Of({Promise("pro-4")});
    case Fact::kPaymentReceived:
      return Of({Invoice("inv-1"), Invoice("inv-2")});
    case Fact::kPaymentReversed:
      return Of({R"(payment_received { payment_id: "pay-1"
                                       amount { currency_code: "EUR" minor_units: 5 } })"});
    case Fact::kInvoiceCancelled:
      return Of({Invoice("inv-3")});
    case Fact::kInvoiceWrittenOff:
      return Of({Invoice("inv-4")});
    case Fact::kCreditGranted:
    case Fact::kPaymentRefused:
    case Fact::kReminderSent:
    case Fact::kDisputeOpened:
      return Of({Invoice("inv-1")});
    case Fact::kDisputeResolved:
      return Of({Invoice("inv-1"), R"(dispute_opened { dispute_id: "dis-1" invoice_id: "inv-1"
                                                       reason: REASON_PRICE })"});
    default:
      return {};
  }
}

Facts BeforeComplaintsAndScope(const Fact& sample) {
  switch (sample.fact_case()) {
    case Fact::kComplaintRaised:
      return Of({Engagement(), kAdvice});
    case Fact::kComplaintEscalated:
    case Fact::kComplaintResolved:
      return Of({kComplaint});
    case Fact::kComplaintReopened:
      return Of({kComplaint, kResolved});
    case Fact::kScopeChangeQuoted:
    case Fact::kScopeChangeAgreed:
      return Of({Engagement(), Change("chg-1")});
    case Fact::kScopeChangeAbsorbed:
      return Of({Engagement(), Change("chg-2")});
    case Fact::kScopeChangeDeclined:
      return Of({Engagement(), Change("chg-3")});
    case Fact::kScopeChangeWithdrawn:
      return Of({Engagement(), Change("chg-4")});
    case Fact::kAdviceOutcomeNoted:
      return Of({kAdvice});
    default:
      return {};
  }
}

Facts BeforeDecisionsAndTheLedgersOwn(const Fact& sample) {
  switch (sample.fact_case()) {
    case Fact::kActionDecided:
      return Of({R"(action_proposed { proposal_id: "prp-1" action: ACTION_PART
                                      reason_codes: "ABUSIVE" })"});
    case Fact::kPartingStepTaken:
    case Fact::kPartingFeedbackNoted:
      return Of({kParting});
    case Fact::kPartingClosed:
      return Of({kParting, Step("THANKED"), Step("REFRAMED"), Step("REFUNDED"),
                 Step("ALTERNATIVE_OFFERED")});
    case Fact::kEventCorrected:
      return Of({Invoice("inv-1"), R"(payment_refused { invoice_id: "inv-1" text: "Never" })"});
    case Fact::kEventRetracted:
    case Fact::kStatementAdded:
      return Of({Invoice("inv-1")});
    case Fact::kHoldReleased:
      return Of({R"(hold_placed { hold_id: "hol-1" basis: "Court order" })"});
    default:
      return {};
  }
}

}  // namespace

Facts FactsBefore(const Fact& sample) {
  switch (sample.fact_case()) {
    case Fact::kEnquiryClosed:
      return Of({R"(enquiry_opened { enquiry_id: "enq-1" })"});
    case Fact::kEngagementClosed:
    case Fact::kInvoiceIssued:
    case Fact::kPriceContested:
    case Fact::kScopeChangeRequested:
    case Fact::kEffortLogged:
    case Fact::kAdviceGiven:
      return Of({Engagement()});
    default:
      break;
  }
  for (const auto before :
       {BeforePromisesAndPayments, BeforeComplaintsAndScope, BeforeDecisionsAndTheLedgersOwn}) {
    Facts facts = before(sample);
    if (!facts.empty()) return facts;
  }
  return {};
}

void SetTarget(uint64_t position, Fact* fact) {
  switch (fact->fact_case()) {
    case Fact::kEventCorrected:
      fact->mutable_event_corrected()->set_target_position(position);
      break;
    case Fact::kEventRetracted:
      fact->mutable_event_retracted()->set_target_position(position);
      break;
    case Fact::kStatementAdded:
      fact->mutable_statement_added()->set_target_position(position);
      break;
    default:
      break;
  }
}

}  // namespace pledger::testing
