// OVERALL, and the policy fields of the dimensions, against arithmetic by hand.
#include <limits>
#include <string>

#include "gtest/gtest.h"
#include "server/domain/errors.h"
#include "tests/unit/reliability_random_story.h"
#include "tests/unit/reliability_story.h"

namespace pledger::reliability {
namespace {

TEST(ReliabilityOverallTest, IsTheWeightedMeanOfWhatHasData) {
  Story story;
  story.On("2024-01-01").Invoice("A", 100, "2024-01-31").Promise("W", "2024-02-01");
  story.On("2024-01-31").Pay("p", 100).Keep("W");
  const v1::OverallAssessment overall = story.At("2024-02-01", PlainPolicy()).overall();
  // PAYMENT 80, weight 30; PROMISES 100·(1 + 1.6)/(1 + 2), weight 20.
  EXPECT_NEAR(overall.value(), (30 * 80 + 20 * 260.0 / 3) / 50, 1e-12);
  EXPECT_EQ(overall.band(), v1::BAND_A);
  EXPECT_FALSE(overall.capped());
  EXPECT_EQ(overall.worst_dimension(), v1::DIMENSION_PAYMENT);
  EXPECT_EQ(overall.confidence(), v1::CONFIDENCE_LOW);
}

TEST(ReliabilityOverallTest, MoneyNeverHidesConduct) {
  Story story;
  story.On("2024-01-01");
  for (int i = 0; i < 20; ++i) {
    story.Invoice("I" + std::to_string(i), 1'000, "2024-02-20");
    story.Pay("p" + std::to_string(i), 1'000);
  }
  for (int i = 0; i < 4; ++i) {
    story.Incident(std::to_string(i), v1::ConductReported::KIND_INSULT, 5,
                   v1::ConductReported::EVIDENCE_RECORDED);
  }
  const v1::OverallAssessment overall = story.At("2024-03-01", PlainPolicy()).overall();
  // CONDUCT = 100·2^(−16/2) = 0.390625, and no more than 30 above it.
  EXPECT_DOUBLE_EQ(overall.value(), 30.390625);
  EXPECT_TRUE(overall.capped());
  EXPECT_EQ(overall.worst_dimension(), v1::DIMENSION_CONDUCT);
  EXPECT_EQ(overall.band(), v1::BAND_E);
  EXPECT_EQ(overall.confidence(), v1::CONFIDENCE_HIGH);
}

TEST(ReliabilityOverallTest, NoDataIsNoScore) {
  Story story;
  story.On("2024-01-01").Opened("premium");
  const v1::OverallAssessment overall = story.At("2024-03-01").overall();
  EXPECT_EQ(overall.standing(), v1::STANDING_INSUFFICIENT_DATA);
  EXPECT_FALSE(overall.has_value());
  EXPECT_EQ(overall.band(), v1::BAND_UNSPECIFIED);
}

TEST(ReliabilityOverallTest, StaysWithinTheDimensionsAndItsInterval) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const v1::ClientReliability at = RandomStory(seed, {.facts = 120}).At("2023-09-01");
    if (!at.overall().has_value()) continue;
    double worst = 100, best = 0;
    for (const v1::DimensionAssessment& dimension : at.dimensions()) {
      if (!dimension.score().has_value()) continue;
      worst = std::min(worst, dimension.score().value());
      best = std::max(best, dimension.score().value());
    }
    ASSERT_GE(at.overall().value(), worst - 1e-9);
    ASSERT_LE(at.overall().value(), std::min(best, worst + 30) + 1e-9);
    ASSERT_LE(at.overall().low(), at.overall().value());
    ASSERT_GE(at.overall().high(), at.overall().value());
  }
}

TEST(ReliabilityOverallTest, WeightsAndBandsAreThePolicys) {
  Story story;
  story.On("2024-01-01").Invoice("A", 100, "2024-01-31").Promise("W", "2024-02-01");
  story.On("2024-01-31").Pay("p", 100).Keep("W");
  v1::Policy policy = PlainPolicy();
  v1::DimensionWeight* weight = policy.mutable_overall()->add_weights();
  weight->set_dimension("PROMISES");
  weight->set_weight(1);
  for (const double floor : {99.0, 98.0, 97.0, 50.0})
    policy.mutable_overall()->add_band_floors(floor);
  const v1::OverallAssessment overall = story.At("2024-02-01", policy).overall();
  EXPECT_NEAR(overall.value(), 260.0 / 3, 1e-12);
  EXPECT_EQ(overall.band(), v1::BAND_D);
}

TEST(ReliabilityPolicyTest, WhatCannotBeInTheDimensionsIsNamed) {
  const auto field = [](const v1::Policy& policy) {
    const absl::Status status = Policy::Resolve(policy).status();
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_FIELD);
    return ErrorMetadataValue(status, "field");
  };
  v1::Policy policy;
  policy.mutable_scope()->set_creep_half(0);
  EXPECT_EQ(field(policy), "scope.creep_half");
  policy.Clear();
  policy.mutable_conduct()->add_severity_weights(1);
  EXPECT_EQ(field(policy), "conduct.severity_weights");
  policy.Clear();
  policy.mutable_conduct()->set_half(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(field(policy), "conduct.half");
  policy.Clear();
  policy.mutable_economy()->set_margin_ceiling(-1);
  EXPECT_EQ(field(policy), "economy.margin_ceiling");
  policy.Clear();
  policy.mutable_economy()->mutable_loaded_hourly_rate()->set_currency_code("euro");
  EXPECT_EQ(field(policy), "economy.loaded_hourly_rate.currency_code");
  policy.Clear();
  policy.mutable_overall()->add_weights()->set_dimension("CHARM");
  EXPECT_EQ(field(policy), "overall.weights[0].dimension");
  policy.Clear();
  for (const double floor : {35.0, 50.0, 65.0, 80.0})
    policy.mutable_overall()->add_band_floors(floor);
  EXPECT_EQ(field(policy), "overall.band_floors");
}

}  // namespace
}  // namespace pledger::reliability
