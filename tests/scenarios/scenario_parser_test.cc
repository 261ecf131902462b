// The language of scenarios: what its lines mean, and what is said about lines that mean nothing.
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "pledger/v1/assessment.pb.h"
#include "tests/scenarios/fact_phrases.h"
#include "tests/scenarios/figure.h"
#include "tests/scenarios/scenario.h"
#include "tests/scenarios/words.h"
#include "tests/support/sample_facts.h"

namespace pledger::scenarios {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kHead[] = "scenario B5: a title\nclient anna\n";
constexpr char kTail[] = "as of 2025-12-31\nexpect band A\n";

Scenario Parsed(const std::string& body) {
  absl::StatusOr<Scenario> scenario = ParseScenario("test", absl::StrCat(kHead, body, "\n", kTail));
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  return scenario.ok() ? *std::move(scenario) : Scenario();
}

std::string ErrorOf(const std::string& body) {
  const absl::StatusOr<Scenario> scenario =
      ParseScenario("test", absl::StrCat(kHead, body, "\n", kTail));
  return scenario.ok() ? "no error" : std::string(scenario.status().message());
}

std::string FactOf(const std::string& line) {
  const Scenario scenario = Parsed(line);
  return scenario.facts.empty() ? "" : scenario.facts.back().fact.ShortDebugString();
}

std::string Text(const char* fact) { return testing::FactFromText(fact).ShortDebugString(); }

TEST(ScenarioParserTest, DatesCountFromTheFact) {
  EXPECT_EQ(FactOf("2025-03-01 invoice I-1 1200.00 EUR due +30d"),
            Text("invoice_issued { invoice_id: 'I-1' amount { currency_code: 'EUR' minor_units: "
                 "120000 } due_time { seconds: 1743422400 } }"));  // 2025-03-31 12:00 UTC.
  EXPECT_EQ(FactOf("2025-03-01 invoice I-1 1200 JPY due 2025-03-31 08:30"),
            Text("invoice_issued { invoice_id: 'I-1' amount { currency_code: 'JPY' minor_units: "
                 "1200 } due_time { seconds: 1743409800 } }"));
}

TEST(ScenarioParserTest, EveryKindOfFactCanBeSaid) {
  std::set<std::string> said;
  for (const PhraseText& phrase : FactPhrases()) said.insert(phrase.field);
  said.insert({"event_corrected", "policy_adopted"});
  const google::protobuf::Descriptor* fact = v1::Fact::descriptor();
  for (int i = 0; i < fact->field_count(); ++i) {
    EXPECT_EQ(said.count(std::string(fact->field(i)->name())), 1u) << fact->field(i)->name();
  }
}

TEST(ScenarioParserTest, APaymentMayBeForOneInvoiceOrForParts) {
  EXPECT_EQ(FactOf("2025-03-01 payment P-1 100.00 EUR for I-1"),
            Text("payment_received { payment_id: 'P-1' amount { currency_code: 'EUR' minor_units: "
                 "10000 } allocations { invoice_id: 'I-1' amount { currency_code: 'EUR' "
                 "minor_units: 10000 } } }"));
  EXPECT_EQ(
      FactOf("2025-03-01 payment P-1 100.00 EUR part 60.00 EUR for I-1 part 40.00 EUR for I-2"),
      Text("payment_received { payment_id: 'P-1' amount { currency_code: 'EUR' minor_units: "
           "10000 } allocations { invoice_id: 'I-1' amount { currency_code: 'EUR' "
           "minor_units: 6000 } } allocations { invoice_id: 'I-2' amount { currency_code: "
           "'EUR' minor_units: 4000 } } }"));
}

TEST(ScenarioParserTest, OptionsComeInAnyOrder) {
  const std::string promise = Text(
      "promise_made { promise_id: 'W-1' by: PARTY_CLIENT kind: KIND_DECISION due_time { seconds: "
      "1741176000 } blocking: true text: 'on Wednesday' }");
  EXPECT_EQ(FactOf("2025-03-01 promise W-1 by client of decision due 2025-03-05 blocking "
                   "saying \"on Wednesday\""),
            promise);
  EXPECT_EQ(FactOf("2025-03-01 promise W-1 by CLIENT of DECISION due +4d saying \"on Wednesday\" "
                   "blocking  # as ever"),
            promise);
}

TEST(ScenarioParserTest, TimesOfOneDayStandInTheOrderOfTheLines) {
  const Scenario scenario = Parsed(
      "2025-03-01 enquiry A\n2025-03-01 enquiry B\n2025-03-01 09:30 enquiry C\n2025-03-02 enquiry "
      "D");
  ASSERT_EQ(scenario.facts.size(), 4u);
  EXPECT_EQ(TimeText(scenario.facts[0].occur_time), "2025-03-01 12:00:00");
  EXPECT_EQ(TimeText(scenario.facts[1].occur_time), "2025-03-01 12:00:01");
  EXPECT_EQ(TimeText(scenario.facts[2].occur_time), "2025-03-01 09:30:00");
  EXPECT_EQ(TimeText(scenario.facts[3].occur_time), "2025-03-02 12:00:00");
}

TEST(ScenarioParserTest, FactsAboutFactsNameThemByLabel) {
  const Scenario scenario = Parsed(
      "2025-03-01 @bill invoice I-1 100.00 EUR due +30d\n"
      "2025-03-02 correct @bill: invoice I-1 90.00 EUR due 2025-03-31\n"
      "2025-03-03 statement on @bill by client saying \"it was ninety\"");
  ASSERT_EQ(scenario.facts.size(), 3u);
  EXPECT_EQ(scenario.facts[1].target, 0u);
  EXPECT_EQ(scenario.facts[1]
                .fact.event_corrected()
                .replacement()
                .invoice_issued()
                .amount()
                .minor_units(),
            9000);
  EXPECT_EQ(scenario.facts[2].target, 0u);
}

TEST(ScenarioParserTest, RepeatsCountRoundsAndDays) {
  const Scenario scenario = Parsed(
      "repeat 3 monthly from 2025-01-15 as n\n  +0d invoice I-$n 10.00 EUR due +14d\n  +20d "
      "payment P-$n 10.00 EUR for I-$n\nend");
  ASSERT_EQ(scenario.facts.size(), 6u);
  EXPECT_EQ(scenario.facts[4].fact.invoice_issued().invoice_id(), "I-3");
  EXPECT_EQ(TimeText(scenario.facts[4].occur_time), "2025-03-15 12:00:00");
  EXPECT_EQ(TimeText(scenario.facts[5].occur_time), "2025-04-04 12:00:00");
  EXPECT_EQ(scenario.facts[5].line, 5);
}

TEST(ScenarioParserTest, QuestionsKeepTheirMomentUntilAnotherIsNamed) {
  const Scenario scenario = Parsed(
      "2025-03-01 @a enquiry A\n"
      "as of 2025-03-31 known at @a\nexpect payment 74.2 recent INSUFFICIENT_DATA\n"
      "expect signal LATE_PAYER PRESENT citing @a\n"
      "policy draft: evidence { min_evidence: 1 }\nexpect no signal LATE_PAYER");
  ASSERT_EQ(scenario.questions.size(), 3u);
  EXPECT_EQ(scenario.questions[0].known_at, 0u);
  EXPECT_EQ(TimeText(scenario.questions[0].as_of), "2025-03-31 23:59:59");
  EXPECT_FALSE(scenario.questions[0].draft.has_value());
  EXPECT_TRUE(scenario.questions[1].draft.has_value());
  EXPECT_EQ(scenario.expectations[0].expectation.score().dimension(), v1::DIMENSION_PAYMENT);
  EXPECT_EQ(scenario.expectations[1].question, 0u);
  EXPECT_EQ(scenario.expectations[2].question, 1u);
}

TEST(ScenarioParserTest, RejectionsBelongToTheFactBefore) {
  const Scenario scenario =
      Parsed("2025-03-01 promise kept W-1\n  expect error OBLIGATION_UNKNOWN");
  EXPECT_EQ(scenario.facts[0].rejected, v1::ERROR_REASON_OBLIGATION_UNKNOWN);
  EXPECT_THAT(ErrorOf("expect error OBLIGATION_UNKNOWN"), HasSubstr("just before it"));
}

TEST(ScenarioParserTest, ErrorsNameFileAndLineAndWhatWouldBeRight) {
  EXPECT_THAT(ErrorOf("2025-03-01 invoise I-1 100.00 EUR due +30d"),
              ::testing::AllOf(StartsWith("test:3: "), HasSubstr("no phrase begins like")));
  EXPECT_THAT(ErrorOf("\n2025-03-01 invoice I-1 100.00 due +30d"),
              ::testing::AllOf(StartsWith("test:4: "), HasSubstr("no amount of money")));
  EXPECT_THAT(ErrorOf("2025-03-01 invoice I-1 100.00 EUR due soon"),
              HasSubstr("\"soon\" is no day such as 2025-03-01 or +30d"));
  EXPECT_THAT(ErrorOf("2025-03-01 invoice I-1 100.00 EUR due +30d quickly"),
              HasSubstr("\"quickly\" does not belong here; it is \"invoice {invoice_id}"));
  EXPECT_THAT(ErrorOf("2025-02-30 enquiry A"), HasSubstr("begins no line"));
  EXPECT_THAT(ErrorOf("2025-03-01 enquiry closed A forgotten"),
              HasSubstr("\"forgotten\" is none of ORDERED, LOST, WITHDRAWN"));
  EXPECT_THAT(ErrorOf("2025-03-01 retract @nothing MISTAKE"), HasSubstr("has the label @nothing"));
  EXPECT_THAT(ErrorOf("2025-03-01 @a enquiry A\n2025-03-01 @a enquiry B"),
              StartsWith("test:4: @a is the label of an earlier fact"));
  EXPECT_THAT(ErrorOf("2025-03-01 effort 90 delivery by kim"), HasSubstr("90min or 8h"));
  EXPECT_THAT(ErrorOf("as of 2025-03-01\nexpect signal LATE_PAYER LOUD"),
              HasSubstr("\"LOUD\" is none of ABSENT, WATCH, PRESENT"));
  EXPECT_THAT(ErrorOf("as of 2025-03-01\nexpect signal LATE_PAYER WATCH citing @b"),
              HasSubstr("has the label @b"));
  EXPECT_THAT(ErrorOf("repeat 3 monthly from 2025-01-31 as n\nend"), HasSubstr("the 28th"));
  EXPECT_THAT(ErrorOf("repeat 3 as n\n2025-01-01 enquiry A"), StartsWith("test:3: the repeat has"));
  EXPECT_THAT(ErrorOf("2025-03-01 enquiry \"A"), HasSubstr("not closed"));
}

TEST(ScenarioParserTest, AScenarioHasATitleAndExpectsSomething) {
  EXPECT_THAT(std::string(ParseScenario("test", "client anna\n").status().message()),
              StartsWith("test:1: the first line must be"));
  EXPECT_THAT(std::string(ParseScenario("test", kHead).status().message()),
              HasSubstr("nothing is expected"));
}

TEST(FigureTest, RoundsAtTheDecimalsThatAreExpected) {
  EXPECT_TRUE(RoundsTo(74.249, "74.2"));
  EXPECT_TRUE(RoundsTo(74.15, "74.2"));
  EXPECT_FALSE(RoundsTo(74.26, "74.2"));
  EXPECT_TRUE(RoundsTo(-0.2, "-0.20"));
  EXPECT_FALSE(RoundsTo(-0.2, "0.20"));
  EXPECT_TRUE(RoundsTo(1200.4, "1200"));
  EXPECT_FALSE(RoundsTo(1200.6, "1200"));
  EXPECT_FALSE(RoundsTo(0, "none"));
}

TEST(FigureTest, FollowsPaths) {
  v1::ClientReliability answer;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"(payment { largest_open_age_days: 12 on_time_share: 0.5 unconverted_currencies: "JPY"
                   unconverted_currencies: "USD"
                   sums { currency_code: "EUR" open: 5 } sums { currency_code: "USD" open: 7 } }
         overall { band: BAND_C }
         assessment { partings { parting_id: "F-1" closed_time { seconds: 1743465599 }
                                 cost { currency_code: "EUR" minor_units: -105 } } })",
      &answer));
  const auto at = [&](const char* path) { return FigureAt(answer, path).value_or("an error"); };
  EXPECT_EQ(at("payment.largest_open_age_days"), "12");
  EXPECT_EQ(at("payment.on_time_share"), "0.5");
  EXPECT_EQ(at("payment.mean_days_late"), "unset");
  EXPECT_EQ(at("payment.unconverted_currencies"), "JPY,USD");
  EXPECT_EQ(at("payment.sums[currency_code=USD].open"), "7");
  EXPECT_EQ(at("payment.sums[1].open"), "7");
  EXPECT_EQ(at("payment.sums[2].open"), "unset");
  EXPECT_EQ(at("payment.sums.count"), "2");
  EXPECT_EQ(at("overall.band"), "C");
  EXPECT_EQ(at("assessment.partings[parting_id=F-1].closed_time"), "2025-03-31 23:59:59");
  EXPECT_EQ(at("assessment.partings[parting_id=F-1].cost[0]"), "-1.05 EUR");
  EXPECT_EQ(at("economy.margin"), "unset");
  EXPECT_EQ(at("payment.no_such_field"), "an error");
  EXPECT_EQ(at("payment.sums.open"), "an error");
  EXPECT_EQ(at("payment.sums[open].open"), "an error");
  EXPECT_TRUE(FigureIs("2025-03-31 23:59:59", "2025-03"));
  EXPECT_FALSE(FigureIs("2025-03-31 23:59:59", "2025-04"));
  EXPECT_FALSE(FigureIs("unset", "0"));
}

}  // namespace
}  // namespace pledger::scenarios
