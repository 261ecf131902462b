#include <functional>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/domain/fact_types.h"
#include "server/domain/limits.h"
#include "tests/support/sample_facts.h"

namespace pledger {
namespace {

constexpr int64_t kNow = testing::kSampleTimeNs;

absl::Status Check(const v1::ProposedEvent& event) {
  return CheckProposedEvent(event, "events[3]", kNow);
}

absl::Status CheckText(std::string_view fact, std::string_view client = "client-1") {
  v1::ProposedEvent event = testing::SampleEvent(testing::FactFromText(fact));
  event.set_client_id(std::string(client));
  return Check(event);
}

void ExpectInvalid(const absl::Status& status, std::string_view field) {
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_FIELD) << status.ToString();
  EXPECT_EQ(ErrorMetadataValue(status, "field"), std::string("events[3].") + std::string(field));
}

TEST(FactRulesCrossTest, EverySamplePassesButTheLedgersOwn) {
  for (const v1::Fact& fact : testing::SampleFacts()) {
    const absl::Status status = Check(testing::SampleEvent(fact));
    if (!IsRecordedByLedgerOnly(fact.fact_case())) {
      EXPECT_TRUE(status.ok()) << status.ToString();
      continue;
    }
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_FORBIDDEN);
    EXPECT_EQ(ErrorMetadataValue(status, "fact"), FactTypeName(FactTypeOf(fact)));
  }
}

TEST(FactRulesCrossTest, TheEnvelope) {
  v1::ProposedEvent event =
      testing::SampleEvent(testing::SampleFact(v1::FACT_TYPE_SENTIMENT_NOTED));
  event.set_event_id("not-a-uuid");
  ExpectInvalid(Check(event), "event_id");
  event.set_event_id("018F3A2E-7C00-4ABC-8DEF-0123456789AB");
  EXPECT_TRUE(Check(event).ok());
  *event.mutable_occur_time() = FromNanos(kNow + limits::kOccurTimeAheadMaxNs);
  EXPECT_TRUE(Check(event).ok());
  *event.mutable_occur_time() = FromNanos(kNow + limits::kOccurTimeAheadMaxNs + 1);
  ExpectInvalid(Check(event), "occur_time");
  *event.mutable_occur_time() = FromNanos(limits::kOccurTimeMinNs);
  EXPECT_TRUE(Check(event).ok());
  event.mutable_fact()->Clear();
  ExpectInvalid(Check(event), "fact");
  ExpectInvalid(CheckText("event_corrected { replacement {} }"),
                "fact.event_corrected.replacement");
}

std::string Payment(std::string_view allocations) {
  return "payment_received { payment_id: 'p' amount { currency_code: 'EUR' minor_units: 100 } " +
         std::string(allocations) + " }";
}

TEST(FactRulesCrossTest, AllocationsFitTheirPayment) {
  EXPECT_TRUE(CheckText(Payment("")).ok());
  EXPECT_TRUE(CheckText(Payment(R"(
        allocations { invoice_id: "a" amount { currency_code: "EUR" minor_units: 60 } }
        allocations { invoice_id: "b" amount { currency_code: "EUR" minor_units: 40 } })"))
                  .ok());
  ExpectInvalid(CheckText(Payment(R"(
      allocations { invoice_id: "a" amount { currency_code: "EUR" minor_units: 60 } }
      allocations { invoice_id: "b" amount { currency_code: "EUR" minor_units: 41 } })")),
                "fact.payment_received.allocations");
  ExpectInvalid(CheckText(Payment(R"(
      allocations { invoice_id: "a" amount { currency_code: "EUR" minor_units: 1 } }
      allocations { invoice_id: "a" amount { currency_code: "EUR" minor_units: 1 } })")),
                "fact.payment_received.allocations[1].invoice_id");
  ExpectInvalid(CheckText(Payment(R"(
      allocations { invoice_id: "a" amount { currency_code: "USD" minor_units: 1 } })")),
                "fact.payment_received.allocations[0].amount.currency_code");
  // As much as a request can say: the sum must not overflow.
  std::string most;
  for (int i = 0; i < 256; ++i) {
    most += "allocations { invoice_id: '" + std::to_string(i) +
            "' amount { currency_code: 'EUR' minor_units: 1000000000000000 } }";
  }
  ExpectInvalid(CheckText(Payment(most)), "fact.payment_received.allocations");
}

TEST(FactRulesCrossTest, OnlyPromisesToPayNameMoney) {
  const auto promise = [](std::string_view kind, std::string_view more) {
    return CheckText("promise_made { promise_id: 'p' by: PARTY_US due_time { seconds: 9 } kind: " +
                     std::string(kind) + " " + std::string(more) + " }");
  };
  constexpr std::string_view kAmount = "amount { currency_code: 'EUR' minor_units: 1 }";
  EXPECT_TRUE(promise("KIND_PAYMENT", kAmount).ok());
  EXPECT_TRUE(promise("KIND_PAYMENT", "invoice_id: 'i'").ok());
  EXPECT_TRUE(promise("KIND_DELIVERY", "engagement_id: 'e'").ok());
  ExpectInvalid(promise("KIND_DELIVERY", kAmount), "fact.promise_made.amount");
  ExpectInvalid(promise("KIND_OTHER", "invoice_id: 'i'"), "fact.promise_made.invoice_id");
}

TEST(FactRulesCrossTest, FieldsThatNeedEachOther) {
  EXPECT_TRUE(CheckText("terms_changed { channel: CHANNEL_PERSONAL }").ok());
  ExpectInvalid(CheckText("terms_changed { reason_codes: 'X' }"),
                "fact.terms_changed.payment_mode");
  ExpectInvalid(CheckText("dispute_opened { dispute_id: 'd' reason: REASON_PRICE }"),
                "fact.dispute_opened.invoice_id");
  EXPECT_TRUE(CheckText("parting_step_taken { parting_id: 'p' step: STEP_REFUNDED }").ok());
  ExpectInvalid(
      CheckText("parting_step_taken { parting_id: 'p' step: STEP_REFUNDED skipped: true }"),
      "fact.parting_step_taken.skip_reason");
  ExpectInvalid(
      CheckText("parting_step_taken { parting_id: 'p' step: STEP_REFUNDED skip_reason: 'X' }"),
      "fact.parting_step_taken.skip_reason");
  const std::string rush =
      "scope_change_requested { change_id: 'c' engagement_id: 'e' by: PARTY_CLIENT kind: "
      "KIND_RUSH ";
  ExpectInvalid(CheckText(rush + "feasible_time { seconds: 1 } }"),
                "fact.scope_change_requested.requested_time");
  ExpectInvalid(CheckText(rush + "requested_time { seconds: 1 } }"),
                "fact.scope_change_requested.feasible_time");
  ExpectInvalid(CheckText("custom_fact { payload { value: 'x' } }"),
                "fact.custom_fact.payload.type_url");
  ExpectInvalid(CheckText("custom_fact {}"), "fact.custom_fact.payload");
}

TEST(FactRulesCrossTest, AReplacementIsAnOrdinaryFact) {
  for (const v1::Fact& fact : testing::SampleFacts()) {
    v1::Fact correction;
    *correction.mutable_event_corrected()->mutable_replacement() = fact;
    const absl::Status status = Check(testing::SampleEvent(correction));
    const bool corrects = fact.has_event_corrected() || fact.has_event_retracted() ||
                          fact.has_statement_added() || fact.has_hold_placed() ||
                          fact.has_hold_released() || fact.has_policy_adopted() ||
                          IsRecordedByLedgerOnly(fact.fact_case());
    if (corrects) {
      ExpectInvalid(status, "fact.event_corrected.replacement");
    } else {
      EXPECT_TRUE(status.ok()) << status.ToString();
    }
  }
  ExpectInvalid(CheckText("event_corrected { replacement { terms_changed {} } }"),
                "fact.event_corrected.replacement.terms_changed.payment_mode");
}

TEST(FactRulesCrossTest, TheLedgersOwnClients) {
  for (const v1::Fact& fact : testing::SampleFacts()) {
    if (IsRecordedByLedgerOnly(fact.fact_case())) continue;
    v1::ProposedEvent event = testing::SampleEvent(fact);
    SCOPED_TRACE(FactTypeName(FactTypeOf(fact)));
    const bool anywhere =
        fact.has_custom_fact() || fact.has_statement_added() || fact.has_event_retracted();
    event.set_client_id("~other");
    if (anywhere) {
      EXPECT_TRUE(Check(event).ok());
    } else {
      ExpectInvalid(Check(event), "client_id");
    }
    event.set_client_id("~ledger");
    EXPECT_EQ(Check(event).ok(), anywhere || fact.has_policy_adopted());
    event.set_client_id("ledger~");
    EXPECT_EQ(Check(event).ok(), !fact.has_policy_adopted());
  }
  constexpr std::string_view kCustom =
      "event_corrected { replacement { custom_fact { payload { type_url: 'x' } } } }";
  EXPECT_TRUE(CheckText(kCustom, "~ledger").ok());
}

}  // namespace
}  // namespace pledger
