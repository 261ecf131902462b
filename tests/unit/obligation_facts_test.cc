// Every type of fact: where it is accepted, and why not elsewhere.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "server/domain/fact_types.h"
#include "tests/support/sample_facts.h"
#include "tests/unit/obligation_fixture.h"

namespace pledger::testing {
namespace {

// A fact that is accepted after `before`, with what it names then being `again` if it is recorded a
// second time: a state, "exists" or "ok".
struct Case {
  uint16_t type;
  // At most five; the others are empty.
  std::string_view before[5];
  std::string_view fact;
  // What the fact is about; both empty for facts that need nothing before them.
  std::string_view kind;
  std::string_view id;
  std::string_view field;
  std::string_view again;
};

constexpr std::string_view kEngagement = "engagement_agreed { engagement_id: 'e' }";
constexpr std::string_view kInvoice = "invoice_issued { invoice_id: 'i' }";
constexpr std::string_view kPromise = "promise_made { promise_id: 'p' kind: KIND_DELIVERY }";
constexpr std::string_view kComplaint = "complaint_raised { complaint_id: 'k' }";
constexpr std::string_view kChange = "scope_change_requested { change_id: 's' engagement_id: 'e' }";
constexpr std::string_view kParting = "parting_opened { parting_id: 'q' }";
constexpr std::string_view kThanked = "parting_step_taken { parting_id: 'q' step: STEP_THANKED }";
constexpr std::string_view kReframed = "parting_step_taken { parting_id: 'q' step: STEP_REFRAMED }";
constexpr std::string_view kRefunded = "parting_step_taken { parting_id: 'q' step: STEP_REFUNDED }";
constexpr std::string_view kOffered =
    "parting_step_taken { parting_id: 'q' step: STEP_ALTERNATIVE_OFFERED }";

constexpr Case kCases[] = {
    {1, {}, "client_opened {}", "client", "c", "", "exists"},
    {2, {}, "enquiry_opened { enquiry_id: 'y' }", "enquiry", "y", "", "exists"},
    {3,
     {"enquiry_opened { enquiry_id: 'y' }"},
     "enquiry_closed { enquiry_id: 'y' }",
     "enquiry",
     "y",
     "enquiry_id",
     "closed"},
    {4, {}, kEngagement, "engagement", "e", "", "exists"},
    {5,
     {kEngagement},
     "engagement_closed { engagement_id: 'e' }",
     "engagement",
     "e",
     "engagement_id",
     "closed"},
    {20, {}, kPromise, "promise", "p", "", "exists"},
    {21, {kPromise}, "promise_rescheduled { promise_id: 'p' }", "promise", "p", "promise_id", "ok"},
    {22, {kPromise}, "promise_kept { promise_id: 'p' }", "promise", "p", "promise_id", "kept"},
    {23, {kPromise}, "promise_broken { promise_id: 'p' }", "promise", "p", "promise_id", "broken"},
    {24, {kPromise}, "promise_waived { promise_id: 'p' }", "promise", "p", "promise_id", "waived"},
    {30, {}, kInvoice, "invoice", "i", "", "exists"},
    {31, {}, "payment_received { payment_id: 'm' }", "payment", "m", "", "exists"},
    {32,
     {"payment_received { payment_id: 'm' }"},
     "payment_reversed { payment_id: 'm' }",
     "payment",
     "m",
     "payment_id",
     "reversed"},
    {33, {}, "credit_granted { credit_id: 'g' }", "credit", "g", "", "exists"},
    {34,
     {kInvoice},
     "invoice_cancelled { invoice_id: 'i' }",
     "invoice",
     "i",
     "invoice_id",
     "cancelled"},
    {35,
     {kInvoice},
     "invoice_written_off { invoice_id: 'i' }",
     "invoice",
     "i",
     "invoice_id",
     "written_off"},
    {36, {kInvoice}, "payment_refused { invoice_id: 'i' }", "invoice", "i", "invoice_id", "ok"},
    {37, {kInvoice}, "reminder_sent { invoice_id: 'i' }", "invoice", "i", "invoice_id", "ok"},
    {38,
     {kEngagement},
     "price_contested { engagement_id: 'e' }",
     "engagement",
     "e",
     "engagement_id",
     "ok"},
    {45,
     {kInvoice},
     "dispute_opened { dispute_id: 'd' invoice_id: 'i' }",
     "dispute",
     "d",
     "",
     "exists"},
    {46,
     {kInvoice, "dispute_opened { dispute_id: 'd' invoice_id: 'i' }"},
     "dispute_resolved { dispute_id: 'd' }",
     "dispute",
     "d",
     "dispute_id",
     "resolved"},
    {50, {}, kComplaint, "complaint", "k", "", "exists"},
    {51,
     {kComplaint},
     "complaint_escalated { complaint_id: 'k' }",
     "complaint",
     "k",
     "complaint_id",
     "ok"},
    {52,
     {kComplaint},
     "complaint_resolved { complaint_id: 'k' }",
     "complaint",
     "k",
     "complaint_id",
     "resolved"},
    {53,
     {kComplaint, "complaint_resolved { complaint_id: 'k' }"},
     "complaint_reopened { complaint_id: 'k' }",
     "complaint",
     "k",
     "complaint_id",
     "open"},
    {60, {kEngagement}, kChange, "change", "s", "", "exists"},
    {61,
     {kEngagement, kChange},
     "scope_change_quoted { change_id: 's' }",
     "change",
     "s",
     "change_id",
     "ok"},
    {62,
     {kEngagement, kChange},
     "scope_change_agreed { change_id: 's' }",
     "change",
     "s",
     "change_id",
     "agreed"},
    {63,
     {kEngagement, kChange},
     "scope_change_absorbed { change_id: 's' }",
     "change",
     "s",
     "change_id",
     "absorbed"},
    {64,
     {kEngagement, kChange},
     "scope_change_declined { change_id: 's' }",
     "change",
     "s",
     "change_id",
     "declined"},
    {65,
     {kEngagement, kChange},
     "scope_change_withdrawn { change_id: 's' }",
     "change",
     "s",
     "change_id",
     "withdrawn"},
    {70, {}, "conduct_reported { incident_id: 'n' }", "incident", "n", "", "exists"},
    {72, {}, "advice_given { advice_id: 'a' }", "advice", "a", "", "exists"},
    {73,
     {"advice_given { advice_id: 'a' }"},
     "advice_outcome_noted { advice_id: 'a' }",
     "advice",
     "a",
     "advice_id",
     "ok"},
    {80, {}, "action_proposed { proposal_id: 'o' }", "proposal", "o", "", "exists"},
    {81,
     {"action_proposed { proposal_id: 'o' }"},
     "action_decided { proposal_id: 'o' }",
     "proposal",
     "o",
     "proposal_id",
     "decided"},
    {82, {}, "service_refused { refusal_id: 'r' }", "refusal", "r", "", "exists"},
    {83, {}, kParting, "parting", "q", "", "exists"},
    {84, {kParting}, kThanked, "parting", "q", "parting_id", "thanked"},
    {85,
     {kParting, kThanked, kReframed, kRefunded, kOffered},
     "parting_closed { parting_id: 'q' }",
     "parting",
     "q",
     "parting_id",
     "closed"},
    {86,
     {kParting},
     "parting_feedback_noted { parting_id: 'q' }",
     "parting",
     "q",
     "parting_id",
     "ok"},
    {103, {}, "hold_placed { hold_id: 'h' }", "hold", "h", "", "exists"},
    {104,
     {"hold_placed { hold_id: 'h' }"},
     "hold_released { hold_id: 'h' }",
     "hold",
     "h",
     "hold_id",
     "released"},
};

void RecordAll(const std::string_view (&facts)[5], std::string_view client,
               ObligationLedger* ledger) {
  for (const std::string_view fact : facts) {
    if (!fact.empty()) ledger->Must(fact, client);
  }
}

TEST(ObligationFactsTest, EveryTypeOnceAndTwice) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.fact);
    ASSERT_EQ(FactTypeOf(FactFromText(c.fact)), c.type);
    const std::string path = std::string(FactTypeName(c.type)) + "." + std::string(c.field);
    ObligationLedger ledger;
    if (!c.field.empty()) {
      ExpectObligation(ledger.Record(c.fact), c.kind, c.id, "", path);
      // Another client's obligation of that name is another one.
      RecordAll(c.before, "other", &ledger);
      ExpectObligation(ledger.Record(c.fact), c.kind, c.id, "", path);
    }
    RecordAll(c.before, "c", &ledger);
    const uint64_t position = ledger.Must(c.fact);
    const absl::Status again = ledger.Record(c.fact);
    if (c.again == "ok") {
      EXPECT_TRUE(again.ok()) << again.ToString();
    } else if (c.again == "exists") {
      ExpectExists(again, c.kind, c.id, "open", position);
    } else {
      ExpectObligation(again, c.kind, c.id, c.again, path);
    }
  }
}

// The others: no obligations, mere references, or about events, which have tests of their own.
TEST(ObligationFactsTest, TheCasesCoverEveryType) {
  std::vector<uint16_t> types = {6, 7, 8, 9, 10, 71, 87, 100, 101, 102, 105, 106, 107, 120, 121};
  for (const Case& c : kCases) types.push_back(c.type);
  std::sort(types.begin(), types.end());
  EXPECT_EQ(types, AllFactTypes());
}

TEST(ObligationFactsTest, FactsWithoutObligationsTouchNothing) {
  for (const uint16_t type : {6, 7, 8, 9, 10, 87, 105, 107, 120, 121}) {
    ObligationLedger ledger;
    EXPECT_TRUE(ledger.Record(SampleFact(type)).ok());
    EXPECT_EQ(ledger.table.finds + ledger.table.puts, 0) << FactTypeName(type);
  }
  ObligationLedger ledger;
  ledger.Must("effort_logged {}");
  EXPECT_EQ(ledger.table.finds + ledger.table.puts, 0);
}

// Facts that name something else, which must be known, and for some of them open.
TEST(ObligationFactsTest, References) {
  struct Reference {
    std::string_view opener, closer, fact, kind, id, state, field;
  };
  constexpr std::string_view kCloseE = "engagement_closed { engagement_id: 'e' }";
  constexpr std::string_view kCancel = "invoice_cancelled { invoice_id: 'i' }";
  constexpr std::string_view kWriteOff = "invoice_written_off { invoice_id: 'i' }";
  const Reference references[] = {
      {kEngagement, kCloseE, "invoice_issued { invoice_id: 'j' engagement_id: 'e' }", "engagement",
       "e", "", "invoice_issued.engagement_id"},
      {kEngagement, kCloseE, "effort_logged { engagement_id: 'e' }", "engagement", "e", "",
       "effort_logged.engagement_id"},
      {kEngagement, kCloseE, "complaint_raised { complaint_id: 'k' engagement_id: 'e' }",
       "engagement", "e", "", "complaint_raised.engagement_id"},
      {kEngagement, kCloseE, "advice_given { advice_id: 'a' engagement_id: 'e' }", "engagement",
       "e", "", "advice_given.engagement_id"},
      {kEngagement, kCloseE, kChange, "engagement", "e", "",
       "scope_change_requested.engagement_id"},
      {kEngagement, kCloseE, "promise_made { promise_id: 'p' engagement_id: 'e' }", "engagement",
       "e", "", "promise_made.engagement_id"},
      {kEngagement, kCloseE, "price_contested { engagement_id: 'e' }", "engagement", "e", "",
       "price_contested.engagement_id"},
      {kInvoice, kCancel, "promise_made { promise_id: 'p' kind: KIND_PAYMENT invoice_id: 'i' }",
       "invoice", "i", "", "promise_made.invoice_id"},
      {kInvoice, kCancel, "payment_received { payment_id: 'm' allocations { invoice_id: 'i' } }",
       "invoice", "i", "cancelled", "payment_received.allocations[0].invoice_id"},
      {kInvoice, kWriteOff, "payment_received { payment_id: 'm' allocations { invoice_id: 'i' } }",
       "invoice", "i", "written_off", "payment_received.allocations[0].invoice_id"},
      {kInvoice, kCancel, "credit_granted { credit_id: 'g' invoice_id: 'i' }", "invoice", "i",
       "cancelled", "credit_granted.invoice_id"},
      {kInvoice, kCancel, "credit_granted { credit_id: 'g' invoice_id: 'i' refunded: true }",
       "invoice", "i", "", "credit_granted.invoice_id"},
      {kInvoice, kWriteOff, "dispute_opened { dispute_id: 'd' invoice_id: 'i' }", "invoice", "i",
       "written_off", "dispute_opened.invoice_id"},
      {kInvoice, kWriteOff, "reminder_sent { invoice_id: 'i' }", "invoice", "i", "written_off",
       "reminder_sent.invoice_id"},
      {kInvoice, kCancel, "payment_refused { invoice_id: 'i' }", "invoice", "i", "cancelled",
       "payment_refused.invoice_id"},
      {"advice_given { advice_id: 'a' }", "",
       "complaint_raised { complaint_id: 'k' advice_id: 'a' }", "advice", "a", "",
       "complaint_raised.advice_id"},
  };
  for (const Reference& r : references) {
    SCOPED_TRACE(r.fact);
    ObligationLedger ledger;
    ExpectObligation(ledger.Record(r.fact), r.kind, r.id, "", r.field);
    ledger.Must(r.opener);
    if (!r.closer.empty()) ledger.Must(r.closer);
    const absl::Status status = ledger.Record(r.fact);
    if (r.state.empty()) {
      EXPECT_TRUE(status.ok()) << status.ToString();
    } else {
      ExpectObligation(status, r.kind, r.id, r.state, r.field);
    }
  }
}

TEST(ObligationFactsTest, APaymentNamesTheAllocationThatFails) {
  ObligationLedger ledger;
  ledger.Must(kInvoice);
  const absl::Status status = ledger.Record(
      "payment_received { payment_id: 'm' allocations { invoice_id: 'i' } "
      "allocations { invoice_id: 'j' } }");
  ExpectObligation(status, "invoice", "j", "", "payment_received.allocations[1].invoice_id");
  EXPECT_NE(status.ToString().find("it becomes money on account"), std::string::npos);
  // Nothing of the rejected payment stayed.
  ledger.Must("payment_received { payment_id: 'm' }");
}

TEST(ObligationFactsTest, PaymentsDoNotMakeAnInvoiceGrow) {
  ObligationLedger ledger;
  ledger.Must(kInvoice);
  for (int i = 0; i < 1'000; ++i) {
    ledger.Must("payment_received { payment_id: 'm" + std::to_string(i) +
                "' allocations { invoice_id: 'i' } }");
  }
  EXPECT_LE(ledger.table.values[ObligationKey("c", ObligationKind::kInvoice, "i")].size(), 10u);
}

TEST(ObligationFactsTest, PromisesToPayAreSettledByPayments) {
  ObligationLedger ledger;
  ledger.Must(
      "promise_made { promise_id: 'p' kind: KIND_PAYMENT "
      "amount { currency_code: 'EUR' minor_units: 1 } }");
  ExpectObligation(ledger.Record("promise_kept { promise_id: 'p' }"), "promise", "p",
                   "settled_by_payments", "promise_kept.promise_id");
  ExpectObligation(ledger.Record("promise_broken { promise_id: 'p' }"), "promise", "p",
                   "settled_by_payments", "promise_broken.promise_id");
  ledger.Must("promise_rescheduled { promise_id: 'p' }");
  ledger.Must("promise_waived { promise_id: 'p' }");
  ExpectObligation(ledger.Record("promise_rescheduled { promise_id: 'p' }"), "promise", "p",
                   "waived", "promise_rescheduled.promise_id");
  ledger.Must("promise_made { promise_id: 'q' kind: KIND_PAYMENT }");
  ledger.Must("promise_kept { promise_id: 'q' }");
}

TEST(ObligationFactsTest, ComplaintsGoRoundAndRound) {
  ObligationLedger ledger;
  ledger.Must(kComplaint);
  for (int i = 0; i < 20; ++i) {
    ledger.Must("complaint_escalated { complaint_id: 'k' }");
    ledger.Must("complaint_resolved { complaint_id: 'k' }");
    ExpectObligation(ledger.Record("complaint_escalated { complaint_id: 'k' }"), "complaint", "k",
                     "resolved", "complaint_escalated.complaint_id");
    ledger.Must("complaint_reopened { complaint_id: 'k' }");
  }
  EXPECT_LE(ledger.table.values[ObligationKey("c", ObligationKind::kComplaint, "k")].size(), 40u);
}

TEST(ObligationFactsTest, PartingsGoStepByStep) {
  const std::vector<std::string_view> steps = {kThanked, kReframed, kRefunded, kOffered,
                                               "parting_closed { parting_id: 'q' }"};
  const std::string_view states[] = {
      "open", "thanked", "reframed", "refunded", "alternative_offered", "closed"};
  ObligationLedger ledger;
  ledger.Must(kParting);
  for (size_t done = 0; done <= steps.size(); ++done) {
    for (size_t i = 0; i < steps.size(); ++i) {
      if (i == done) continue;
      ExpectObligation(ledger.Record(steps[i]), "parting", "q", states[done],
                       i == 4 ? "parting_closed.parting_id" : "parting_step_taken.parting_id");
    }
    ledger.Must("parting_feedback_noted { parting_id: 'q' }");
    if (done < steps.size()) ledger.Must(steps[done]);
  }
}

TEST(ObligationFactsTest, PolicyVersionsCountUp) {
  ObligationLedger ledger;
  const auto adopt = [&](int version) {
    return ledger.Record("policy_adopted { version: " + std::to_string(version) + " }", "c");
  };
  ExpectObligation(adopt(2), "policy", "policy", "version_0", "policy_adopted.version");
  EXPECT_TRUE(adopt(1).ok());
  ExpectObligation(adopt(1), "policy", "policy", "version_1", "policy_adopted.version");
  ExpectObligation(adopt(3), "policy", "policy", "version_1", "policy_adopted.version");
  EXPECT_TRUE(adopt(2).ok());
}

}  // namespace
}  // namespace pledger::testing
