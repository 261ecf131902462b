// What a history keeps, refuses and ignores; and the policy that it is judged by.
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "server/domain/errors.h"
#include "server/domain/reliability/portfolio.h"
#include "tests/unit/reliability_story.h"

namespace pledger::reliability {
namespace {

TEST(ReliabilityHistoryTest, UninterestingEventsCountWhetherParsedOrNot) {
  Story story;
  story.On("2024-01-01").Custom().Invoice("A", 100, "2024-02-01").Custom();
  story.On("2023-01-01").Custom();
  ClientHistory skipped;
  for (const StoryEvent& event : story.events()) {
    if (ClientHistory::Matters(static_cast<uint16_t>(event.fact.fact_case()))) {
      ASSERT_TRUE(
          skipped.Add({event.position, event.record_time_ns, event.occur_time_ns, event.fact})
              .ok());
    } else {
      skipped.AddUninteresting(event.position, event.record_time_ns, event.occur_time_ns);
    }
  }
  std::string bytes, expected;
  skipped.EncodeTo(&bytes);
  story.History().EncodeTo(&expected);
  EXPECT_EQ(bytes, expected);
  const v1::ClientReliability at = story.At("2024-01-01");
  EXPECT_EQ(at.events(), 4);
  EXPECT_EQ(at.first_occur_time().seconds(), NoonOf("2023-01-01") / 1'000'000'000);
  EXPECT_EQ(at.last_occur_time().seconds(), NoonOf("2024-01-01") / 1'000'000'000);
  // As of 2023, only the last of them had occurred.
  EXPECT_EQ(story.At("2023-06-01").events(), 1);
  EXPECT_EQ(story.At("2022-06-01").events(), 0);
}

TEST(ReliabilityHistoryTest, TheTierIsThatOfThePerspective) {
  Story story;
  story.On("2024-01-01").Opened("standard");
  Story right;
  right.Opened("premium");
  story.Correct(0, right.events()[0].fact);
  EXPECT_EQ(story.At("2024-01-01").tier(), "premium");
  EXPECT_EQ(story.At("2023-01-01").tier(), "");
  Perspective perspective;
  perspective.as_of_ns = NoonOf("2024-02-01");
  perspective.known_at_position = 0;
  EXPECT_EQ(Assess("c", story.History(), Resolved({}), perspective, AssessDetail::kFull).tier(),
            "standard");
}

TEST(ReliabilityHistoryTest, NothingIsKnownBeforeTheFirstRecord) {
  Story story;
  story.On("2024-01-01").Custom().Opened("x");
  std::vector<StoryEvent> events(story.events().begin() + 1, story.events().end());
  const ClientHistory history = Story::HistoryOf(events);
  Perspective perspective;
  EXPECT_TRUE(history.AnyKnown(perspective));
  perspective.known_at_position = 0;
  EXPECT_FALSE(history.AnyKnown(perspective));
  EXPECT_FALSE(ClientHistory().AnyKnown({}));
}

TEST(ReliabilityHistoryTest, AnUnfoldableFactIsNamedAndLeavesTheHistoryAsItWas) {
  Story story;
  story.On("2024-01-01").Invoice("A", 100, "2024-02-01");
  ClientHistory history = story.History();
  std::string before, after;
  history.EncodeTo(&before);
  v1::Fact fact = story.events()[0].fact;
  fact.mutable_invoice_issued()->set_invoice_id("B");
  const int64_t now_ns = NoonOf("2030-01-02");
  fact.mutable_invoice_issued()->mutable_amount()->set_minor_units(
      std::numeric_limits<int64_t>::max());
  absl::Status status = history.Add({7, now_ns, now_ns, fact});
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ErrorMetadataValue(status, "position"), "7");
  fact.mutable_invoice_issued()->mutable_amount()->set_minor_units(1);
  fact.mutable_invoice_issued()->mutable_due_time()->set_seconds(
      std::numeric_limits<int64_t>::max());
  EXPECT_FALSE(history.Add({7, now_ns, now_ns, fact}).ok());
  EXPECT_FALSE(history.Add({7, now_ns, std::numeric_limits<int64_t>::min(), fact}).ok());
  history.EncodeTo(&after);
  EXPECT_EQ(before, after);
}

TEST(ReliabilityHistoryTest, MemoryGrowsWithFacts) {
  Story story;
  story.On("2024-01-01");
  for (int i = 0; i < 100; ++i) story.Invoice("invoice" + std::to_string(i), 1, "2024-02-01");
  EXPECT_GT(story.History().memory_bytes(), 100 * sizeof(HistoryFact));
}

TEST(ReliabilityPolicyTest, DefaultsAreThoseOfTheDomain) {
  const Policy policy = Resolved({});
  EXPECT_DOUBLE_EQ(policy.WeightOfAge(0), 1);
  EXPECT_DOUBLE_EQ(policy.WeightOfAge(365), 0.5);
  EXPECT_DOUBLE_EQ(policy.WeightOfAge(3650), 1.0 / 1024);
  const std::pair<int, double> curve[] = {{-400, 100}, {-30, 100}, {-20, 90}, {0, 80},  {15, 70},
                                          {22, 60},    {30, 50},   {60, 40},  {90, 30}, {120, 20},
                                          {180, 0},    {1000, 0},  {-25, 95}, {3, 78},  {150, 10}};
  for (const auto& [days, score] : curve) EXPECT_DOUBLE_EQ(policy.PaymentScore(days), score);
  EXPECT_DOUBLE_EQ(policy.prior_alpha(), 1.6);
  EXPECT_NEAR(policy.prior_beta(), 0.4, 1e-15);
}

TEST(ReliabilityPolicyTest, DaysBeginAtMidnightOfTheZone) {
  constexpr int64_t kHourNs = int64_t{3'600} * 1'000'000'000;
  const Policy utc = Resolved({});
  EXPECT_EQ(utc.DayOf(0), 0);
  EXPECT_EQ(utc.DayOf(-1), -1);
  EXPECT_EQ(utc.DayOf(-24 * kHourNs), -1);
  EXPECT_EQ(utc.DayOf(-24 * kHourNs - 1), -2);
  EXPECT_EQ(utc.DayOf(24 * kHourNs - 1), 0);
  v1::Policy policy;
  policy.set_time_zone("Asia/Tokyo");  // Nine hours ahead.
  EXPECT_EQ(Resolved(policy).DayOf(15 * kHourNs - 1), 0);
  EXPECT_EQ(Resolved(policy).DayOf(15 * kHourNs), 1);
}

TEST(ReliabilityPolicyTest, WhatCannotBeIsNamed) {
  const auto field = [](const v1::Policy& policy) {
    const absl::Status status = Policy::Resolve(policy).status();
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_FIELD);
    return ErrorMetadataValue(status, "field");
  };
  v1::Policy policy;
  policy.set_time_zone("Mars/Olympus");
  EXPECT_EQ(field(policy), "time_zone");
  policy.Clear();
  policy.mutable_evidence()->set_half_life_days(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(field(policy), "evidence.half_life_days");
  policy.Clear();
  policy.mutable_payment()->add_score_by_days_late()->set_y(101);
  EXPECT_EQ(field(policy), "payment.score_by_days_late[0].y");
  policy.Clear();
  policy.mutable_payment()->add_score_by_days_late()->set_x(1);
  policy.mutable_payment()->add_score_by_days_late()->set_x(1);
  EXPECT_EQ(field(policy), "payment.score_by_days_late[1].x");
  policy.Clear();
  policy.mutable_promises()->set_tolerance(1.5);
  EXPECT_EQ(field(policy), "promises.tolerance");
  policy.Clear();
  policy.add_exchange_rates()->set_currency_code("usd");
  EXPECT_EQ(field(policy), "exchange_rates[0].currency_code");
}

TEST(ReliabilityPortfolioTest, CountsEveryPortionOfEveryClientOfThePerspective) {
  Story one, two, later;
  one.On("2024-01-01").Invoice("A", 300, "2024-01-31").On("2024-01-31").Pay("p", 300);
  two.On("2024-01-01").Invoice("A", 100, "2024-01-31").On("2024-03-01").Pay("p", 100);
  later.On("2024-05-01").Invoice("A", 100, "2024-05-31");
  const Policy policy = Resolved(PlainPolicy());
  Perspective perspective;
  perspective.as_of_ns = NoonOf("2024-04-01");
  PortfolioAccumulator portfolio(policy, perspective, {});
  for (const Story* story : {&one, &two, &later}) portfolio.Add("client", story->History());
  v1::GetPortfolioResponse answer;
  portfolio.Fill(&answer);
  EXPECT_EQ(answer.clients(), 2);
  // (300·80 + 100·50) / 400.
  EXPECT_DOUBLE_EQ(answer.payment_dimension().score().value(), 72.5);
  EXPECT_EQ(ReasonsOf(answer.payment_dimension()), "PAID_ON_TIME -15 x1; PAID_LATE -12.5 x1");
  EXPECT_EQ(answer.payment().portions(), 2);
  EXPECT_EQ(answer.payment().tradeline(), "");
}

}  // namespace
}  // namespace pledger::reliability
