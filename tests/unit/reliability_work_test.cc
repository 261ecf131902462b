// SCOPE, CONDUCT, COMPLAINTS, COOPERATION, ECONOMY and DRIFT against arithmetic by hand; the
// formulas are those of DOMAIN.md, sections 3 and 5. Facts do not age unless a test says so, and
// one item is enough.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "gtest/gtest.h"
#include "server/domain/reliability/assessment.h"
#include "server/domain/reliability/civil_day.h"
#include "tests/unit/reliability_story.h"

namespace pledger::reliability {
namespace {

constexpr auto kFixed = v1::EngagementAgreed::PRICING_FIXED_PRICE;
constexpr auto kPackage = v1::EngagementAgreed::PRICING_PACKAGE;
constexpr auto kByTheHour = v1::EngagementAgreed::PRICING_TIME_AND_MATERIALS;
constexpr auto kAlteration = v1::ScopeChangeRequested::KIND_ALTERATION;
constexpr auto kRework = v1::ScopeChangeRequested::KIND_REWORK;
constexpr auto kAddition = v1::ScopeChangeRequested::KIND_ADDITION;
constexpr auto kShouting = v1::ConductReported::KIND_SHOUTING;
constexpr auto kRecorded = v1::ConductReported::EVIDENCE_RECORDED;
constexpr auto kFounded = v1::ComplaintResolved::VERDICT_FOUNDED;
constexpr auto kPartly = v1::ComplaintResolved::VERDICT_PARTLY_FOUNDED;
constexpr auto kUnfounded = v1::ComplaintResolved::VERDICT_UNFOUNDED;
constexpr auto kOurs = v1::ComplaintResolved::FAULT_US;
constexpr auto kTheirs = v1::ComplaintResolved::FAULT_CLIENT;
constexpr auto kShared = v1::ComplaintResolved::FAULT_SHARED;

v1::DimensionAssessment In(const v1::ClientReliability& at, v1::Dimension dimension) {
  for (const v1::DimensionAssessment& one : at.dimensions()) {
    if (one.dimension() == dimension) return one;
  }
  return {};
}

v1::DimensionAssessment ScopeOf(const Story& story, const v1::Policy& policy = PlainPolicy()) {
  return In(story.At("2024-12-31", policy), v1::DIMENSION_SCOPE);
}
v1::DimensionAssessment ConductOf(const Story& story, const v1::Policy& policy = PlainPolicy()) {
  return In(story.At("2024-12-31", policy), v1::DIMENSION_CONDUCT);
}
v1::DimensionAssessment ComplaintsOf(const Story& story) {
  return In(story.At("2024-12-31", PlainPolicy()), v1::DIMENSION_COMPLAINTS);
}

TEST(ReliabilityScopeTest, CreepAndChurnHalveTheScore) {
  Story story;
  story.On("2024-01-10").Agree("E", kFixed, 600);
  story.On("2024-02-01").Request("C1", "E", kAddition).Absorb("C1", 150);
  // creep = 150 / 600 = 0.25: one half-life.
  EXPECT_DOUBLE_EQ(ScopeOf(story).score().value(), 50);
  EXPECT_EQ(ReasonsOf(ScopeOf(story)), "ABSORBED_WORK -50 x1; SCOPE_AGREED 0 x1");
  for (int i = 0; i < 6; ++i) story.Request("A" + std::to_string(i), "E", kAlteration);
  // churn = 6 − 2 = 4: another half-life. Of the 75 points lost each has a half.
  EXPECT_DOUBLE_EQ(ScopeOf(story).score().value(), 25);
  EXPECT_EQ(ReasonsOf(ScopeOf(story)),
            "ABSORBED_WORK -37.5 x1; EXCESS_ALTERATION -37.5 x4; CHANGE_REQUESTED 0 x6; "
            "SCOPE_AGREED 0 x1");
  const v1::ScopeFigures scope = story.At("2024-12-31", PlainPolicy()).scope();
  EXPECT_DOUBLE_EQ(scope.creep(), 0.25);
  EXPECT_EQ(scope.alterations(), 6);
  EXPECT_EQ(scope.excess_alterations(), 4);
}

TEST(ReliabilityScopeTest, AChangeOrderIsNeutralAndGrowsTheBaseline) {
  Story story;
  story.On("2024-01-10").Agree("E", kPackage, 600);
  story.On("2024-02-01");
  for (int i = 0; i < 9; ++i) {
    const std::string id = "C" + std::to_string(i);
    story.Request(id, "E", kAlteration).AgreeChange(id, 0);
  }
  EXPECT_DOUBLE_EQ(ScopeOf(story).score().value(), 100);
  story.Request("GROW", "E", kAddition).AgreeChange("GROW", 600);
  story.Request("FREE", "E", kAddition).Absorb("FREE", 300);
  // 300 / (600 + 600).
  EXPECT_DOUBLE_EQ(ScopeOf(story).score().value(), 50);
}

TEST(ReliabilityScopeTest, ByTheHourOrWithoutABaselineNothingIsHeldAgainstTheClient) {
  for (const auto& [pricing, minutes] : {std::pair(kByTheHour, 600), std::pair(kFixed, 0)}) {
    Story story;
    story.On("2024-01-10").Agree("E", pricing, minutes);
    story.Request("C", "E", kAlteration).Absorb("C", 5000);
    EXPECT_EQ(ScopeOf(story).score().standing(), v1::STANDING_INSUFFICIENT_DATA);
  }
}

TEST(ReliabilityScopeTest, OurOwnReworkAndOurOwnWishesDoNotCount) {
  Story story;
  story.On("2024-01-10").Agree("E", kFixed, 600);
  story.On("2024-02-01").Request("R", "E", kRework).Absorb("R", 300);
  EXPECT_DOUBLE_EQ(ScopeOf(story).score().value(), 25);
  story.Request("OURS", "E", kAddition, v1::PARTY_US).Absorb("OURS", 900);
  EXPECT_DOUBLE_EQ(ScopeOf(story).score().value(), 25);
  story.Complain("M", "E").ResolveComplaint("M", kFounded, kOurs);
  EXPECT_DOUBLE_EQ(ScopeOf(story).score().value(), 100);
}

TEST(ReliabilityScopeTest, WhatWasAskedBeforeTheAgreementIsFair) {
  Story story;
  story.On("2024-02-01").Agree("E", kFixed, 600);
  story.On("2024-01-10").Request("C", "E", kAlteration).Absorb("C", 600);
  EXPECT_DOUBLE_EQ(ScopeOf(story).score().value(), 100);
}

TEST(ReliabilityConductTest, SeverityAndEvidenceWeigh) {
  Story story;
  story.On("2024-03-01");
  story.Incident("1", kShouting, 3, kRecorded);  // 1 · 1
  story.Incident("2", v1::ConductReported::KIND_INSULT, 4,
                 v1::ConductReported::EVIDENCE_SELF_REPORT);  // 2 · 0.5
  // x = 2: one half-life.
  EXPECT_DOUBLE_EQ(ConductOf(story).score().value(), 50);
  EXPECT_EQ(ReasonsOf(ConductOf(story)), "INSULT -25 x1; SHOUTING -25 x1");
  story.Incident("3", v1::ConductReported::KIND_THREAT, 5,
                 v1::ConductReported::EVIDENCE_WITNESSED);  // 4 · 0.8
  EXPECT_NEAR(ConductOf(story).score().value(), 100 * std::exp2(-5.2 / 2), 1e-12);
}

TEST(ReliabilityConductTest, IncidentsAge) {
  Story story;
  story.On("2023-12-31")
      .Incident("1", kShouting, 4, kRecorded);  // 366 days before: 2 · 2^(−366/365).
  story.On("2024-12-31").Incident("2", kShouting, 4, kRecorded);
  const double x = 2 * std::exp2(-366.0 / 365) + 2;
  const v1::DimensionAssessment conduct = ConductOf(story, {});
  EXPECT_NEAR(conduct.score().value(), 100 * std::exp2(-x / 2), 1e-12);
  EXPECT_EQ(conduct.recent().items(), 1);
  EXPECT_DOUBLE_EQ(conduct.lifetime().value(), 25);
}

TEST(ReliabilityConductTest, NobodyIsWellBehavedWhomNobodyMet) {
  Story story;
  story.On("2024-03-01").Invoice("A", 100, "2024-04-01").Pay("p", 100);
  EXPECT_EQ(ConductOf(story, {}).score().standing(), v1::STANDING_INSUFFICIENT_DATA);
  // What somebody feels about them is no evidence of how they behave.
  story.Sentiment("anna", -2).Sentiment("ben", -2);
  EXPECT_EQ(ConductOf(story, {}).score().standing(), v1::STANDING_INSUFFICIENT_DATA);
  story.Effort("anna", 10, /*contacts=*/1).Effort("ben", 10, /*contacts=*/1);
  EXPECT_DOUBLE_EQ(ConductOf(story, {}).score().value(), 100);
  EXPECT_LT(ConductOf(story, {}).score().low(), 100);
}

TEST(ReliabilityConductTest, WhatIsDisputedIsLeftOutAndBothScoresAreGiven) {
  Story story;
  story.On("2024-03-01").Incident("1", kShouting, 4, kRecorded);
  story.Incident("2", kShouting, 4, kRecorded);
  story.DisputeEvent("D", 0);
  EXPECT_DOUBLE_EQ(ConductOf(story).score().value(), 50);
  EXPECT_DOUBLE_EQ(ConductOf(story).with_disputed().value(), 25);
  EXPECT_EQ(story.At("2024-12-31").disputed_positions_size(), 1);
  Story for_us = story, for_client = story;
  for_us.Resolve("D", v1::DisputeResolved::IN_FAVOUR_OF_US);
  EXPECT_DOUBLE_EQ(ConductOf(for_us).score().value(), 25);
  EXPECT_FALSE(ConductOf(for_us).has_with_disputed());
  for_client.Resolve("D", v1::DisputeResolved::IN_FAVOUR_OF_CLIENT);
  EXPECT_DOUBLE_EQ(ConductOf(for_client).score().value(), 50);
  EXPECT_FALSE(ConductOf(for_client).has_with_disputed());
}

TEST(ReliabilityConductTest, APaidPriorityIsNoOffence) {
  Story story;
  story.On("2024-03-01");
  story.Incident("1", v1::ConductReported::KIND_PRIORITY_DEMAND, 5, kRecorded, /*paid_sla=*/true);
  EXPECT_DOUBLE_EQ(ConductOf(story).score().value(), 100);
}

TEST(ReliabilityComplaintsTest, OnlyWhatIsNotFoundedIsHeldAgainstTheClient) {
  Story story;
  story.On("2024-03-01");
  story.Complain("1").ResolveComplaint("1", kFounded, kOurs);      // 0
  story.Complain("2").ResolveComplaint("2", kUnfounded, kTheirs);  // 1
  story.Complain("3").ResolveComplaint("3", kPartly, kShared);     // 0.5
  story.Complain("4").ResolveComplaint("4", kPartly, kOurs);       // 0
  story.Complain("5").ResolveComplaint("5", kPartly, kTheirs);     // 1
  story.Complain("6");                                             // Open.
  EXPECT_NEAR(ComplaintsOf(story).score().value(), 100 * std::exp2(-2.5 / 2), 1e-12);
  // Ours: 1 + 0.5·0.5 + 0.5.
  const v1::ClientReliability at = story.At("2024-12-31", PlainPolicy());
  EXPECT_NEAR(at.our_complaints().score().value(), 100 * std::exp2(-1.75 / 2), 1e-12);
  EXPECT_EQ(at.complaints().open(), 1);
  EXPECT_EQ(at.complaints().founded(), 1);
}

TEST(ReliabilityComplaintsTest, TheyCountPerEngagementYear) {
  Story story;
  story.On("2023-01-01").Agree("E", kByTheHour, 0);
  story.On("2024-12-31").Complain("1").ResolveComplaint("1", kUnfounded, kTheirs);
  story.Complain("2").ResolveComplaint("2", kUnfounded, kTheirs);
  // Two in 730 days.
  EXPECT_NEAR(ComplaintsOf(story).score().value(), 100 * std::exp2(-2.0 / 2 / (730.0 / 365)),
              1e-12);
}

TEST(ReliabilityComplaintsTest, AMatterOnWhichAdviceWasIgnoredIsTheClients) {
  Story story;
  story.On("2024-02-01").Advise("A");
  story.On("2024-03-01").AdviceOutcome("A", v1::AdviceOutcomeNoted::DEGREE_IGNORED);
  story.On("2024-04-01").Complain("1", "", "A").ResolveComplaint("1", kPartly, kOurs);
  EXPECT_NEAR(ComplaintsOf(story).score().value(), 100 * std::exp2(-0.5), 1e-12);
  EXPECT_EQ(ReasonsOf(ComplaintsOf(story)).substr(0, 30), "COMPLAINT_AFTER_IGNORED_ADVICE");
  EXPECT_EQ(story.At("2024-12-31").cooperation().complaints_after_ignored_advice(), 1);
  // Followed in the end, after the complaint: that it had been ignored then stays true.
  story.On("2024-05-01").AdviceOutcome("A", v1::AdviceOutcomeNoted::DEGREE_FOLLOWED);
  EXPECT_EQ(story.At("2024-12-31").cooperation().complaints_after_ignored_advice(), 1);
}

TEST(ReliabilityComplaintsTest, AReopenedComplaintIsOpenAndDaysRunToItsLastResolution) {
  Story story;
  story.On("2024-03-01").Complain("1");
  story.On("2024-03-05").ResolveComplaint("1", kUnfounded, kTheirs);
  story.On("2024-03-10").Reopen("1");
  EXPECT_EQ(story.At("2024-12-31").complaints().open(), 1);
  story.On("2024-03-21").ResolveComplaint("1", kFounded, kOurs);
  const v1::ComplaintFigures complaints = story.At("2024-12-31").complaints();
  EXPECT_DOUBLE_EQ(complaints.mean_days_to_resolve(), 20);
  EXPECT_EQ(complaints.reopened(), 1);
  EXPECT_EQ(complaints.founded(), 1);
}

TEST(ReliabilityCooperationTest, IsTheShrunkMeanOfAdviceBlockingPromisesAndTruth) {
  Story story;
  story.On("2024-02-01").Advise("A").AdviceOutcome("A", v1::AdviceOutcomeNoted::DEGREE_FOLLOWED);
  story.Advise("B").AdviceOutcome("B", v1::AdviceOutcomeNoted::DEGREE_PARTLY);
  story.BlockingPromise("W", "2024-03-01").On("2024-02-20").Keep("W");
  story.Promise("V", "2024-03-01").Break("V");
  story.Incident("1", v1::ConductReported::KIND_MISINFORMATION, 1, kRecorded);
  // (1 + 0.5 + 1 + 0 + 1.6) / (4 + 2).
  const v1::DimensionAssessment cooperation =
      In(story.At("2024-12-31", PlainPolicy()), v1::DIMENSION_COOPERATION);
  EXPECT_NEAR(cooperation.score().value(), 100 * 4.1 / 6, 1e-12);
  EXPECT_EQ(cooperation.score().items(), 4);
}

v1::Policy WithRate() {
  v1::Policy policy = PlainPolicy();
  policy.mutable_economy()->mutable_loaded_hourly_rate()->set_currency_code("EUR");
  policy.mutable_economy()->mutable_loaded_hourly_rate()->set_minor_units(6'000);
  return policy;
}

v1::DimensionAssessment EconomyOf(const Story& story, const v1::Policy& policy = WithRate()) {
  return In(story.At("2024-12-31", policy), v1::DIMENSION_ECONOMY);
}

TEST(ReliabilityEconomyTest, MarginIsContributionByPayments) {
  Story story;
  story.On("2024-01-10").Agree("E", kFixed, 600).Pay("p", 100'000);
  EXPECT_FALSE(EconomyOf(story).score().has_value()) << "what was not measured is not free";
  story.Effort("anna", 300, 2, 4).Effort("boris", 300, 1, 1);
  story.Close("E", 15'000).Credit(10'000, "", /*refunded=*/true);
  // 100,000 − 10,000 − 15,000 − 10 h · 6,000 = 15,000: margin 0.15; (0.15 + 0.25) / 0.65.
  EXPECT_NEAR(EconomyOf(story).score().value(), 100 * 0.4 / 0.65, 1e-12);
  const v1::EconomyFigures economy = story.At("2024-12-31", WithRate()).economy();
  EXPECT_EQ(economy.contribution(), 15'000);
  EXPECT_DOUBLE_EQ(economy.margin(), 0.15);
  EXPECT_EQ(economy.effort_minutes(), 600);
  EXPECT_EQ(economy.strain_minutes(), 300 * 4 + 300);
  EXPECT_EQ(economy.distinct_staff(), 2);
  EXPECT_EQ(economy.contacts(), 3);
  EXPECT_FALSE(EconomyOf(story, PlainPolicy()).score().has_value()) << "without a rate";
}

TEST(ReliabilityEconomyTest, MoneyOwedCostsInterestForAsLongAsItIsOwed) {
  Story story;
  story.On("2024-01-01").Invoice("A", 36'500, "2024-01-31").Effort("anna", 60);
  story.On("2024-04-10").Pay("p", 36'500, {{"A", 36'500}});
  v1::Policy policy = WithRate();
  policy.mutable_economy()->set_cost_of_capital(0.1);
  // 36,500 · 100 days / 365 · 10 %.
  EXPECT_EQ(story.At("2024-12-31", policy).economy().cost_of_capital(), 1'000);
}

TEST(ReliabilityEconomyTest, ACurrencyWithoutARateIsFlaggedAndNotDropped) {
  Story story;
  story.On("2024-01-01").Pay("p", 10'000).Effort("anna", 60);
  story.In("JPY").Pay("q", 7);
  const v1::EconomyFigures economy = story.At("2024-12-31", WithRate()).economy();
  EXPECT_EQ(economy.payments(), 20'000);
  ASSERT_EQ(economy.unconverted_currencies_size(), 1);
  EXPECT_EQ(economy.unconverted_currencies(0), "JPY");
}

TEST(ReliabilityWrittenOffTest, IsNeitherOpenNorOverdueButNeverImprovesTheScore) {
  Story story;
  story.On("2024-01-01").Invoice("A", 300, "2024-01-31").Invoice("B", 100, "2024-01-31");
  story.On("2024-01-31").Pay("p", 300, {{"A", 300}});
  const auto payment = [](const Story& told) {
    return In(told.At("2024-12-31", PlainPolicy()), v1::DIMENSION_PAYMENT).score().value();
  };
  const double before = payment(story);
  // 300 at 80, 100 at 0.
  EXPECT_DOUBLE_EQ(before, 60);
  story.On("2024-03-01").WriteOff("B");
  EXPECT_DOUBLE_EQ(payment(story), before);
  const v1::PaymentFigures figures = story.At("2024-12-31").payment();
  EXPECT_EQ(figures.sums(0).open(), 0);
  EXPECT_EQ(figures.sums(0).overdue(), 0);
  EXPECT_EQ(figures.sums(0).written_off(), 100);
  EXPECT_EQ(figures.written_off_invoices(), 1);
  EXPECT_EQ(figures.largest_open_age_days(), 0);
}

// Page's one-sided CUSUM (Biometrika 41, 1954), by hand: S = max(0, S + mean − slack − score), the
// mean that of the items before the run, the slack half of DRIFT's threshold of 20. On the due day
// an invoice scores 80, 15 days late 70, 22 days 60, 60 days 40.
//
//   14 invoices at 80          mean 80    S = max(0, 80 − 10 − 80) = 0
//   22 days late, 60           mean 80    S = 0 + 80 − 10 − 60     = 10   a run begins
//   15 days late, 70                      S = 10 + 80 − 10 − 70    = 10   and goes on
//   on the day, 80                        S = 10 + 80 − 10 − 80    = 0    and is over
//   4 invoices at 80           mean of 21 invoices (19·80 + 60 + 70)/21 = 78.57, S = 0
//   60 days late, 40                      S = 78.57 − 10 − 40      = 28.57, and more with each
//
// So the change begins with the first invoice of the second run, not with the first late one.
TEST(ReliabilityDriftTest, TheChangeIsWhereTheLastRunOfTheCusumBegins) {
  const std::vector<int> days_late = {0, 0, 0, 0, 0, 0,  0,  0,  0,  0,  0,  0,  0,  0,  22, 15,
                                      0, 0, 0, 0, 0, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60};
  Story story;
  const absl::CivilMonth first(2020, 1);
  for (size_t i = 0; i < days_late.size(); ++i) {
    const absl::CivilDay due(first + static_cast<int>(i));
    const std::string id = absl::StrCat("I-", i);
    story.On(absl::FormatCivilTime(due)).Invoice(id, 100'00, absl::FormatCivilTime(due));
    story.On(absl::FormatCivilTime(due + days_late[i]))
        .Pay(absl::StrCat("P-", i), 100'00, {{id, 100'00}});
  }
  Perspective perspective;
  perspective.as_of_ns = NoonOf("2022-12-31");
  v1::ClientReliability answer;
  AssessWhole("client", story.History(), Resolved(PlainPolicy()), perspective, {},
              AssessDetail::kExplain, &answer);
  const auto drift =
      std::find_if(answer.assessment().signals().begin(), answer.assessment().signals().end(),
                   [](const v1::Signal& signal) { return signal.code() == "DRIFT"; });
  ASSERT_TRUE(drift != answer.assessment().signals().end()) << answer.DebugString();
  EXPECT_EQ(drift->state(), v1::SIGNAL_STATE_PRESENT);
  // Due on 1 October 2021, the 22nd month, and paid 60 days later.
  EXPECT_EQ(DateText(drift->change_point_time().seconds() / 86'400), "2021-11-30");
  EXPECT_EQ(drift->positions_size(), 11);
  // Lifetime (19·80 + 60 + 70 + 11·40)/32, recent 40.
  EXPECT_NEAR(drift->measure(), (19 * 80 + 60 + 70 + 11 * 40) / 32.0 - 40, 1e-9);
}

}  // namespace
}  // namespace pledger::reliability
