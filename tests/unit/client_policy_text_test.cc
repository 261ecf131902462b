// Policies line by line.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

#include "client/cli/policy_text.h"

namespace pledger::client {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

v1::Policy Parse(const std::string& text) {
  v1::Policy policy;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &policy));
  return policy;
}

auto Line(const std::string& name, const std::string& value) {
  return AllOf(Field(&PolicyLine::name, name), Field(&PolicyLine::value, value));
}

auto Difference(const std::string& name, const std::string& before, const std::string& after) {
  return AllOf(Field(&PolicyDifference::name, name), Field(&PolicyDifference::before, before),
               Field(&PolicyDifference::after, after));
}

TEST(PolicyText, HasALineForEachNumber) {
  EXPECT_THAT(
      PolicyLines(Parse(R"pb(
        time_zone: "Europe/Berlin"
        payment {
          score_by_days_late { x: -30 y: 100 }
          score_by_days_late { x: 0 y: 80 }
        }
        economy { loaded_hourly_rate { currency_code: "EUR" minor_units: 4500 } }
        overall { weights { dimension: "PAYMENT" weight: 30 } }
        signals { signal: "DRIFT" min_count: 2 threshold: 0.5 }
        action_rules {
          signals: "DRIFT"
          signals: "LATE_PAYER"
          action: ACTION_ESCALATE
          try_first: ACTION_KEEP
        })pb")),
      ElementsAre(Line("time_zone", "Europe/Berlin"),
                  Line("payment.score_by_days_late", "(-30, 100) (0, 80)"),
                  Line("economy.loaded_hourly_rate", "45.00 EUR"),
                  Line("overall.weights", "(PAYMENT, 30)"), Line("signals[DRIFT].min_count", "2"),
                  Line("signals[DRIFT].threshold", "0.5"),
                  Line("action_rules[0]", "([DRIFT LATE_PAYER], ESCALATE, [KEEP])")));
}

TEST(PolicyText, DifferencesAreWhatChangedCameOrWent) {
  const v1::Policy before = Parse("promises { grace_days: 3 tolerance: 0.95 }");
  EXPECT_THAT(DiffPolicies(before, before), IsEmpty());
  EXPECT_THAT(
      DiffPolicies(before, Parse("time_zone: \"UTC\" promises { grace_days: 5 }")),
      ElementsAre(Difference("time_zone", "", "UTC"), Difference("promises.grace_days", "3", "5"),
                  Difference("promises.tolerance", "0.95", "")));
}

TEST(PolicyText, AnOverlayReplacesListsAndMergesSignals) {
  const v1::Policy base = Parse(R"pb(
    promises { grace_days: 3 tolerance: 0.95 }
    overall { band_floors: 80 band_floors: 65 above_worst: 30 }
    signals { signal: "DRIFT" min_count: 3 window_days: 730 }
    signals { signal: "QUIET" min_count: 1 })pb");
  const v1::Policy resolved = Overlay(base, Parse(R"pb(
                                        promises { grace_days: 5 }
                                        overall { band_floors: 90 }
                                        signals { signal: "DRIFT" min_count: 2 }
                                        signals { signal: "NEW" min_count: 9 })pb"));
  EXPECT_THAT(
      PolicyLines(resolved),
      ElementsAre(Line("promises.tolerance", "0.95"), Line("promises.grace_days", "5"),
                  Line("overall.above_worst", "30"), Line("overall.band_floors", "90"),
                  Line("signals[DRIFT].min_count", "2"), Line("signals[DRIFT].window_days", "730"),
                  Line("signals[QUIET].min_count", "1"), Line("signals[NEW].min_count", "9")));
  EXPECT_THAT(DiffPolicies(base, Overlay(base, v1::Policy())), IsEmpty());
}

}  // namespace
}  // namespace pledger::client
