#include "server/domain/fact_rules.h"

#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>

#include "google/protobuf/unknown_field_set.h"
#include "gtest/gtest.h"
#include "pledger/v1/ledger.pb.h"
#include "pledger/v1/policy.pb.h"
#include "pledger/v1/reliability.pb.h"
#include "server/domain/errors.h"
#include "server/domain/limits.h"
#include "tests/support/sample_facts.h"

namespace pledger {
namespace {

constexpr auto kInvalid = v1::ERROR_REASON_INVALID_FIELD;
constexpr auto kUnknown = v1::ERROR_REASON_UNKNOWN_FIELD;
constexpr auto kLimit = v1::ERROR_REASON_LIMIT_EXCEEDED;

void ExpectFails(const absl::Status& status, v1::ErrorReason reason, std::string_view field) {
  EXPECT_EQ(ReasonOf(status), reason) << status.ToString();
  EXPECT_EQ(ErrorMetadataValue(status, "field"), field) << status.ToString();
}

v1::ProposedEvent Event(uint16_t type) { return testing::SampleEvent(testing::SampleFact(type)); }

absl::Status Check(const v1::ProposedEvent& event) { return CheckRules(event, "events[3]"); }

TEST(FactRulesTest, EverySamplePasses) {
  for (const v1::Fact& fact : testing::SampleFacts()) {
    const absl::Status status = Check(testing::SampleEvent(fact));
    EXPECT_TRUE(status.ok()) << status.ToString();
  }
}

TEST(FactRulesTest, RequiredFieldsAreRequired) {
  ExpectFails(Check({}), kInvalid, "events[3].event_id");
  ExpectFails(CheckRules(v1::ProposedEvent(), ""), kInvalid, "event_id");
  v1::ProposedEvent event = Event(v1::FACT_TYPE_INVOICE_ISSUED);
  event.mutable_fact()->mutable_invoice_issued()->clear_amount();
  ExpectFails(Check(event), kInvalid, "events[3].fact.invoice_issued.amount");
  event = Event(v1::FACT_TYPE_INVOICE_ISSUED);
  event.mutable_fact()->mutable_invoice_issued()->clear_due_time();
  ExpectFails(Check(event), kInvalid, "events[3].fact.invoice_issued.due_time");
  event = Event(v1::FACT_TYPE_ENQUIRY_CLOSED);
  event.mutable_fact()->mutable_enquiry_closed()->clear_outcome();
  ExpectFails(Check(event), kInvalid, "events[3].fact.enquiry_closed.outcome");
  event = Event(v1::FACT_TYPE_PARTING_OPENED);
  event.mutable_fact()->mutable_parting_opened()->clear_reason_codes();
  ExpectFails(Check(event), kInvalid, "events[3].fact.parting_opened.reason_codes");
  event = Event(v1::FACT_TYPE_REMINDER_SENT);
  event.mutable_fact()->mutable_reminder_sent()->set_level(0);
  ExpectFails(Check(event), kInvalid, "events[3].fact.reminder_sent.level");
  event.clear_fact();
  ExpectFails(Check(event), kInvalid, "events[3].fact");
}

TEST(FactRulesTest, TextsHaveTheirShapes) {
  v1::ProposedEvent event = Event(v1::FACT_TYPE_INVOICE_ISSUED);
  for (const char* id : {"a b", "a/b", "a@b.example", "ä", "a\n"}) {
    event.set_client_id(id);
    ExpectFails(Check(event), kInvalid, "events[3].client_id");
  }
  event.set_client_id("Az09._~-");
  EXPECT_TRUE(Check(event).ok());
  auto* invoice = event.mutable_fact()->mutable_invoice_issued();
  for (const char* id : {"a b", "\x7f", "ä", "\t"}) {
    invoice->set_invoice_id(id);
    ExpectFails(Check(event), kInvalid, "events[3].fact.invoice_issued.invoice_id");
  }
  invoice->set_invoice_id("!a/b@c~");
  EXPECT_TRUE(Check(event).ok());
  for (const char* code : {"", "EU", "EURO", "eur", "E1R"}) {
    invoice->mutable_amount()->set_currency_code(code);
    ExpectFails(Check(event), kInvalid, "events[3].fact.invoice_issued.amount.currency_code");
  }
  event = Event(v1::FACT_TYPE_EVENT_RETRACTED);
  for (const char* code : {"", "wrong", "A-B", "A B"}) {
    event.mutable_fact()->mutable_event_retracted()->set_reason(code);
    ExpectFails(Check(event), kInvalid, "events[3].fact.event_retracted.reason");
  }
}

TEST(FactRulesTest, TextsHaveLimitsAndNoNul) {
  v1::ProposedEvent event = Event(v1::FACT_TYPE_COMPLAINT_RAISED);
  auto* complaint = event.mutable_fact()->mutable_complaint_raised();
  complaint->set_text(std::string(16'384, 'x'));
  EXPECT_TRUE(Check(event).ok());
  complaint->set_text(std::string(16'385, 'x'));
  const absl::Status status = Check(event);
  ExpectFails(status, kLimit, "events[3].fact.complaint_raised.text");
  EXPECT_EQ(ErrorMetadataValue(status, "limit"), "16384");
  EXPECT_EQ(ErrorMetadataValue(status, "actual"), "16385");
  complaint->set_text(std::string("secret\0", 7));
  ExpectFails(Check(event), kInvalid, "events[3].fact.complaint_raised.text");
  EXPECT_EQ(Check(event).ToString().find("secret"), std::string::npos);
  complaint->clear_text();
  complaint->set_complaint_id(std::string(128, 'x'));
  EXPECT_TRUE(Check(event).ok());
  complaint->set_complaint_id(std::string(129, 'x'));
  ExpectFails(Check(event), kLimit, "events[3].fact.complaint_raised.complaint_id");
}

TEST(FactRulesTest, ListsHaveLimitsAndNoEmptyElements) {
  v1::ProposedEvent event = Event(v1::FACT_TYPE_TERMS_CHANGED);
  auto* codes = event.mutable_fact()->mutable_terms_changed()->mutable_reason_codes();
  codes->Clear();
  for (int i = 0; i < limits::kListItemsMax; ++i) *codes->Add() = "CODE";
  EXPECT_TRUE(Check(event).ok());
  *codes->Add() = "CODE";
  ExpectFails(Check(event), kLimit, "events[3].fact.terms_changed.reason_codes");
  codes->RemoveLast();
  codes->Mutable(5)->clear();
  ExpectFails(Check(event), kInvalid, "events[3].fact.terms_changed.reason_codes[5]");
}

TEST(FactRulesTest, NumbersHaveBounds) {
  const auto sentiment = [](int rating) {
    v1::ProposedEvent event = Event(v1::FACT_TYPE_SENTIMENT_NOTED);
    event.mutable_fact()->mutable_sentiment_noted()->set_rating(rating);
    return Check(event);
  };
  for (const int rating : {-2, 0, 2}) EXPECT_TRUE(sentiment(rating).ok());
  for (const int rating : {-3, 3, INT32_MIN, INT32_MAX}) {
    ExpectFails(sentiment(rating), kInvalid, "events[3].fact.sentiment_noted.rating");
  }
  const auto kept = [](double fraction) {
    v1::ProposedEvent event = Event(v1::FACT_TYPE_PROMISE_KEPT);
    event.mutable_fact()->mutable_promise_kept()->set_fraction(fraction);
    return Check(event);
  };
  EXPECT_TRUE(kept(1).ok());
  for (const double fraction : {0.0, -0.5, 1.01, std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    ExpectFails(kept(fraction), kInvalid, "events[3].fact.promise_kept.fraction");
  }
}

TEST(FactRulesTest, MoneyHasSignAndMagnitude) {
  const auto check = [](uint16_t type, int64_t units) {
    v1::ProposedEvent event = Event(type);
    v1::Money* money = type == v1::FACT_TYPE_INVOICE_ISSUED
                           ? event.mutable_fact()->mutable_invoice_issued()->mutable_amount()
                           : event.mutable_fact()->mutable_scope_change_quoted()->mutable_price();
    money->set_minor_units(units);
    return Check(event);
  };
  constexpr int64_t kMost = 1'000'000'000'000'000;
  EXPECT_TRUE(check(v1::FACT_TYPE_INVOICE_ISSUED, kMost).ok());
  EXPECT_TRUE(check(v1::FACT_TYPE_SCOPE_CHANGE_QUOTED, 0).ok());
  for (const int64_t units : {int64_t{0}, int64_t{-1}, kMost + 1, INT64_MAX, INT64_MIN}) {
    ExpectFails(check(v1::FACT_TYPE_INVOICE_ISSUED, units), kInvalid,
                "events[3].fact.invoice_issued.amount.minor_units");
  }
  ExpectFails(check(v1::FACT_TYPE_SCOPE_CHANGE_QUOTED, -1), kInvalid,
              "events[3].fact.scope_change_quoted.price.minor_units");
}

TEST(FactRulesTest, EnumsAreKnown) {
  v1::ProposedEvent event = Event(v1::FACT_TYPE_TERMS_CHANGED);
  event.mutable_fact()->mutable_terms_changed()->clear_channel();
  EXPECT_TRUE(Check(event).ok());
  for (const int value : {3, -1, INT32_MAX, INT32_MIN}) {
    event.mutable_fact()->mutable_terms_changed()->set_channel(
        static_cast<v1::TermsChanged::Channel>(value));
    ExpectFails(Check(event), kInvalid, "events[3].fact.terms_changed.channel");
  }
  v1::EventFilter filter;
  filter.add_fact_types(v1::FACT_TYPE_CUSTOM_FACT);
  filter.add_fact_types(v1::FACT_TYPE_CLIENT_OPENED);
  EXPECT_TRUE(CheckRules(filter, "").ok());
  for (const int value : {0, 11, 108, -7}) {
    filter.set_fact_types(1, static_cast<v1::FactType>(value));
    ExpectFails(CheckRules(filter, "filter"), kInvalid, "filter.fact_types[1]");
  }
}

TEST(FactRulesTest, TimesAreValidAndNearOurs) {
  const auto check = [](int64_t seconds, int32_t nanos) {
    v1::ProposedEvent event = Event(v1::FACT_TYPE_INVOICE_ISSUED);
    auto* due = event.mutable_fact()->mutable_invoice_issued()->mutable_due_time();
    due->set_seconds(seconds);
    due->set_nanos(nanos);
    return Check(event);
  };
  EXPECT_TRUE(check(-2'208'988'800, 0).ok());
  EXPECT_TRUE(check(7'258'118'400, 0).ok());
  EXPECT_TRUE(check(0, 999'999'999).ok());
  for (const auto& [seconds, nanos] : {std::pair<int64_t, int32_t>{-2'208'988'801, 999'999'999},
                                       {7'258'118'400, 1},
                                       {INT64_MAX, 0},
                                       {INT64_MIN, 0},
                                       {0, -1},
                                       {0, 1'000'000'000}}) {
    ExpectFails(check(seconds, nanos), kInvalid, "events[3].fact.invoice_issued.due_time");
  }
}

TEST(FactRulesTest, UnknownFieldsAreNamed) {
  const auto add = [](google::protobuf::Message* message) {
    message->GetReflection()->MutableUnknownFields(message)->AddVarint(999, 1);
  };
  const auto expect = [](const v1::ProposedEvent& event, std::string_view path) {
    const absl::Status status = Check(event);
    ExpectFails(status, kUnknown, path);
    EXPECT_EQ(ErrorMetadataValue(status, "number"), "999");
  };
  v1::ProposedEvent event = Event(v1::FACT_TYPE_PAYMENT_RECEIVED);
  add(event.mutable_fact()->mutable_payment_received()->mutable_allocations(1)->mutable_amount());
  expect(event, "events[3].fact.payment_received.allocations[1].amount");
  event = Event(v1::FACT_TYPE_PAYMENT_RECEIVED);
  add(event.mutable_occur_time());
  expect(event, "events[3].occur_time");
  // A fact of a later version: nothing is set that this version knows.
  event.clear_occur_time();
  event = Event(v1::FACT_TYPE_PAYMENT_RECEIVED);
  event.mutable_fact()->Clear();
  add(event.mutable_fact());
  expect(event, "events[3].fact");
  add(&event);
  expect(event, "events[3]");
  v1::GetStatusRequest request;
  add(&request);
  ExpectFails(CheckRules(request, ""), kUnknown, "");
}

TEST(FactRulesTest, AChoiceSaysSomething) {
  v1::ExpectedRevision expected;
  expected.set_client_id("c");
  EXPECT_TRUE(CheckRules(expected, "").ok());
  expected.set_no_stream(false);
  ExpectFails(CheckRules(expected, "e"), kInvalid, "e.no_stream");
  expected.set_some_stream(false);
  ExpectFails(CheckRules(expected, "e"), kInvalid, "e.some_stream");
  expected.set_some_stream(true);
  EXPECT_TRUE(CheckRules(expected, "").ok());
  expected.set_revision(0);
  EXPECT_TRUE(CheckRules(expected, "").ok());
  v1::ProposedEvent event = Event(v1::FACT_TYPE_DISPUTE_OPENED);
  event.mutable_fact()->mutable_dispute_opened()->set_invoice_id("");
  ExpectFails(Check(event), kInvalid, "events[3].fact.dispute_opened.invoice_id");
  event.mutable_fact()->mutable_dispute_opened()->set_event_position(0);
  EXPECT_TRUE(Check(event).ok());
}

TEST(FactRulesTest, RequestsAreCheckedThrough) {
  v1::AppendRequest append;
  ExpectFails(CheckRules(append, ""), kInvalid, "events");
  *append.add_events() = Event(v1::FACT_TYPE_SENTIMENT_NOTED);
  EXPECT_TRUE(CheckRules(append, "").ok());
  append.mutable_events(0)->set_source("a b");
  ExpectFails(CheckRules(append, ""), kInvalid, "events[0].source");
  v1::GetReliabilityRequest request;
  request.set_client_id("c");
  auto* policy = request.mutable_perspective()->mutable_draft_policy();
  policy->mutable_conduct()->add_severity_weights(1);
  policy->mutable_conduct()->add_severity_weights(0);
  EXPECT_TRUE(CheckRules(request, "").ok());
  policy->mutable_conduct()->set_severity_weights(1, std::nan(""));
  ExpectFails(CheckRules(request, ""), kInvalid,
              "perspective.draft_policy.conduct.severity_weights[1]");
  policy->mutable_conduct()->set_severity_weights(1, 0);
  policy->mutable_solvency()->add_payment_days(0);
  policy->mutable_solvency()->add_payment_days(30);
  EXPECT_TRUE(CheckRules(request, "").ok());
  policy->mutable_solvency()->set_payment_days(1, -1);
  ExpectFails(CheckRules(request, ""), kInvalid,
              "perspective.draft_policy.solvency.payment_days[1]");
}

TEST(FactRulesTest, EndlessNestingIsALimit) {
  v1::ProposedEvent event = Event(v1::FACT_TYPE_EVENT_CORRECTED);
  v1::Fact* fact = event.mutable_fact();
  for (int i = 0; i < 60; ++i) fact = fact->mutable_event_corrected()->mutable_replacement();
  EXPECT_EQ(ReasonOf(Check(event)), kLimit);
}

TEST(FactRulesTest, UuidsRoundTrip) {
  const auto uuid = ParseUuid("018F3a2e-7c00-7abc-8def-0123456789AB");
  ASSERT_TRUE(uuid.has_value());
  EXPECT_EQ((*uuid)[0], 0x01);
  EXPECT_EQ((*uuid)[15], 0xab);
  EXPECT_EQ(FormatUuid(*uuid), "018f3a2e-7c00-7abc-8def-0123456789ab");
  EXPECT_TRUE(ParseUuid("00000000-0000-0000-0000-000000000000").has_value());
  for (const char* text :
       {"", "018f3a2e7c007abc8def0123456789ab", "018f3a2e-7c00-7abc-8def-0123456789a",
        "018f3a2e-7c00-7abc-8def-0123456789abc", "018f3a2e-7c00-7abc-8def-0123456789ag",
        "018f3a2e-7c00-7abc-8def0-123456789ab", "{18f3a2e-7c00-7abc-8def-0123456789a}"}) {
    EXPECT_FALSE(ParseUuid(text).has_value()) << text;
  }
}

TEST(FactRulesTest, NanosRoundTrip) {
  for (const int64_t ns : {int64_t{0}, int64_t{-1}, int64_t{1}, limits::kOccurTimeMinNs,
                           limits::kTimeMaxNs, int64_t{-1'500'000'000}}) {
    EXPECT_EQ(ToNanos(FromNanos(ns)), ns);
    EXPECT_GE(FromNanos(ns).nanos(), 0);
  }
}

}  // namespace
}  // namespace pledger
