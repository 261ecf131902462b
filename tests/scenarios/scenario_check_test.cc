// That a scenario can fail: expectations that are wrong are seen to be, each of them.
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/ledger_fixture.h"
#include "tests/scenarios/answers.h"
#include "tests/scenarios/check.h"
#include "tests/scenarios/replay.h"
#include "tests/scenarios/scenario.h"

namespace pledger::scenarios {
namespace {

using ::testing::HasSubstr;

constexpr char kFacts[] = R"(scenario -: wrong on purpose
client anna
2025-01-01 @bill invoice I-1 100.00 EUR due 2025-01-31
2025-01-31 @money payment P-1 100.00 EUR for I-1
2025-02-01 invoice I-2 100.00 EUR due 2025-03-03
2025-03-03 payment P-2 100.00 EUR for I-2
as of 2025-03-31
)";

constexpr char kWrong[] = R"(
expect payment 81.0
expect payment 80.0 recent 79.0
expect payment 80.0 lifetime INSUFFICIENT_DATA
expect payment 80.0 undisputed 80.0
expect payment 80.0 items 3
expect payment INSUFFICIENT_DATA
expect promises 80.0
expect our reliability 80.0
expect overall 79.0
expect overall none
expect band B
expect confidence HIGH
expect confidence HIGH of payment
expect segment PRICE
expect signal LATE_PAYER PRESENT
expect drift 2024-05
expect action PART
expect growth WE_BREAK_PROMISES
expect reason payment PAID_LATE
expect reason payment PAID_ON_TIME count 3
expect reason payment PAID_ON_TIME points 1
expect no reason PAID_ON_TIME
expect figure payment.portions 1
expect figure payment.no_such_field 1
expect solvency payment.portions 1
expect portfolio clients 2
expect row invoices 1
expect moved payment by @bill
expect changed payment since @money from 1.0
expect month 2025-02 payment 10.0
expect disputed @bill
expect amended @bill
expect statement @money on @bill
expect not found
)";

TEST(ScenarioCheckTest, EveryWrongExpectationIsSeen) {
  const absl::StatusOr<Scenario> scenario = ParseScenario("wrong", absl::StrCat(kFacts, kWrong));
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  testing::LedgerServer server;
  Replay replay(*scenario, server.client());
  ASSERT_TRUE(replay.Record(FileOrder(*scenario)).ok());
  Answers answers(*scenario, replay, server.process().address());
  for (const ExpectLine& expected : scenario->expectations) {
    EXPECT_THAT(Mismatch(expected, answers),
                HasSubstr(absl::StrCat("wrong:", expected.line, ": ", expected.text)));
  }
}

TEST(ScenarioCheckTest, AFactThatIsRecordedAgainstExpectationIsSeen) {
  const absl::StatusOr<Scenario> scenario = ParseScenario(
      "wrong", absl::StrCat("scenario -: wrong on purpose\nclient anna\n2025-01-01 enquiry Q-1\n",
                            "  expect error OBLIGATION_EXISTS\nas of 2025-03-31\nexpect band A\n"));
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  testing::LedgerServer server;
  Replay replay(*scenario, server.client());
  const absl::Status recorded = replay.Record(FileOrder(*scenario));
  EXPECT_THAT(std::string(recorded.message()), HasSubstr("wrong:3: "));
  EXPECT_THAT(std::string(recorded.message()), HasSubstr("it was recorded"));
}

TEST(ScenarioCheckTest, AFactThatIsRejectedAgainstExpectationIsSeen) {
  const absl::StatusOr<Scenario> scenario = ParseScenario(
      "wrong", absl::StrCat("scenario -: wrong on purpose\nclient anna\n2025-01-01 enquiry closed ",
                            "Q-1 lost\nas of 2025-03-31\nexpect band A\n"));
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  testing::LedgerServer server;
  Replay replay(*scenario, server.client());
  EXPECT_THAT(std::string(replay.Record(FileOrder(*scenario)).message()), HasSubstr("wrong:3: "));
}

}  // namespace
}  // namespace pledger::scenarios
