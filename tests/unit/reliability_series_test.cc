// The reliability history, comparisons, and what must hold of scores as facts are added.
#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/domain/reliability/comparison.h"
#include "server/domain/reliability/history_series.h"
#include "tests/unit/reliability_random_story.h"
#include "tests/unit/reliability_story.h"

namespace pledger::reliability {
namespace {

constexpr int64_t kHourNs = int64_t{3'600} * 1'000'000'000;

Perspective AsOf(const std::string& date) {
  Perspective perspective;
  perspective.as_of_ns = NoonOf(date) + kHourNs;
  return perspective;
}

v1::GetReliabilityHistoryResponse SeriesOf(const Story& story, const std::string& date,
                                           const SeriesOptions& options = {},
                                           const v1::Policy& policy = {}) {
  v1::GetReliabilityHistoryResponse series;
  FillSeries(story.History(), Resolved(policy), AsOf(date), options, &series);
  return series;
}

TEST(ReliabilitySeriesTest, HasAPointForEachFactThatMovedADimension) {
  Story story;
  story.On("2024-01-01").Invoice("A", 100, "2024-01-31").Invoice("B", 100, "2024-01-31");
  story.On("2024-01-31").Pay("p", 100, {{"A", 100}});
  story.Custom();
  story.On("2024-02-15").Refuse("B");
  const auto series =
      SeriesOf(story, "2024-06-01", {.dimensions = 1 << v1::DIMENSION_PAYMENT}, PlainPolicy());
  ASSERT_EQ(series.points_size(), 2);
  // On the day it was due, B was not yet late: A alone, at 80.
  EXPECT_FALSE(series.points(0).has_before());
  EXPECT_DOUBLE_EQ(series.points(0).after(), 80);
  EXPECT_EQ(series.points(0).reason_code(), "PAID_ON_TIME");
  // 15 days late and open it scores 70, which time alone did; refused, 0.
  EXPECT_EQ(series.points(1).position(), 4u);
  EXPECT_DOUBLE_EQ(series.points(1).before(), 75);
  EXPECT_DOUBLE_EQ(series.points(1).after(), 40);
  EXPECT_DOUBLE_EQ(series.points(1).points(), -35);
  EXPECT_EQ(series.points(1).reason_code(), "PAYMENT_REFUSED");
}

TEST(ReliabilitySeriesTest, EveryPointIsWhatAnAssessmentSaysBeforeAndAfter) {
  for (uint64_t seed = 0; seed < 25; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Story story = RandomStory(seed, {.facts = 90, .amendments = false});
    const auto series = SeriesOf(story, "2025-01-01");
    const ClientHistory history = story.History();
    ASSERT_GT(series.points_size(), 0);
    for (const v1::HistoryPoint& point : series.points()) {
      const StoryEvent& moved = story.events()[point.position()];
      Perspective at;
      at.as_of_ns = moved.occur_time_ns;
      const v1::ClientReliability after =
          Assess("c", history, Resolved({}), at, AssessDetail::kSummary);
      if (point.dimension() == v1::DIMENSION_OVERALL) {
        ASSERT_EQ(after.overall().has_value(), point.has_after());
        ASSERT_NEAR(after.overall().value(), point.after(), 1e-9);
        ASSERT_EQ(after.overall().band(), point.band());
        continue;
      }
      const v1::Score& score = after.dimensions(point.dimension() - 1).score();
      ASSERT_EQ(score.has_value(), point.has_after());
      ASSERT_NEAR(score.value(), point.after(), 1e-9);
      // Without the fact, on the same day.
      std::vector<StoryEvent> others = story.events();
      others.erase(others.begin() + static_cast<ptrdiff_t>(point.position()));
      const v1::Score before =
          Assess("c", Story::HistoryOf(others), Resolved({}), at, AssessDetail::kSummary)
              .dimensions(point.dimension() - 1)
              .score();
      ASSERT_EQ(before.has_value(), point.has_before());
      ASSERT_NEAR(before.value(), point.before(), 1e-9);
    }
    ASSERT_TRUE(SeriesOf(story, "2025-01-01").SerializeAsString() == series.SerializeAsString());
  }
}

TEST(ReliabilitySeriesTest, MonthEndsAreAssessmentsAtMonthEnds) {
  const Story story = RandomStory(3, {.facts = 100, .amendments = false});
  const auto series = SeriesOf(story, "2023-05-10", {.mode = v1::HISTORY_MODE_MONTH_ENDS});
  ASSERT_GT(series.points_size(), 10);
  for (const v1::HistoryPoint& point : series.points()) {
    Perspective at;
    at.as_of_ns = point.occur_time().seconds() * 1'000'000'000 + point.occur_time().nanos();
    const v1::ClientReliability then =
        Assess("c", story.History(), Resolved({}), at, AssessDetail::kSummary);
    if (point.dimension() == v1::DIMENSION_OVERALL) {
      ASSERT_NEAR(then.overall().value(), point.after(), 1e-9);
    } else {
      ASSERT_NEAR(then.dimensions(point.dimension() - 1).score().value(), point.after(), 1e-9);
    }
  }
  EXPECT_EQ(series.points(series.points_size() - 1).occur_time().seconds(),
            AsOf("2023-05-10").as_of_ns / 1'000'000'000);
}

TEST(ReliabilitySeriesTest, ANarrowerSpanGivesTheSamePointsOfThatSpan) {
  const Story story = RandomStory(5, {.facts = 100});
  SeriesOptions options;
  options.from_ns = NoonOf("2022-06-01");
  options.to_ns = NoonOf("2022-12-01");
  v1::GetReliabilityHistoryResponse expected;
  const v1::GetReliabilityHistoryResponse whole = SeriesOf(story, "2025-01-01");
  for (const v1::HistoryPoint& point : whole.points()) {
    const int64_t at_ns = point.occur_time().seconds() * 1'000'000'000 + point.occur_time().nanos();
    if (at_ns >= options.from_ns && at_ns < options.to_ns) *expected.add_points() = point;
  }
  ASSERT_GT(expected.points_size(), 0);
  EXPECT_TRUE(SeriesOf(story, "2025-01-01", options).SerializeAsString() ==
              expected.SerializeAsString());
}

TEST(ReliabilityComparisonTest, ChangesAddUpToTheDifference) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const ClientHistory history = RandomStory(seed, {.facts = 120}).History();
    v1::Policy other;
    other.mutable_evidence()->set_half_life_days(100);
    const Policy first = Resolved({}), last = Resolved(seed % 2 == 0 ? v1::Policy() : other);
    v1::CompareReliabilityResponse compared;
    FillComparison(history, {first, AsOf("2022-09-01")}, {last, AsOf("2023-09-01")}, &compared);
    ASSERT_EQ(compared.dimensions_size(), 8);
    for (const v1::DimensionChange& change : compared.dimensions()) {
      if (!change.has_before() || !change.has_after()) continue;
      double points = 0;
      for (const v1::ReliabilityChange& one : change.changes()) points += one.points();
      ASSERT_NEAR(points, change.after() - change.before(), 1e-6)
          << v1::Dimension_Name(change.dimension());
    }
  }
}

TEST(ReliabilityComparisonTest, WhatWasBelievedThenAndIsKnownNow) {
  Story story;
  story.On("2024-01-01").Invoice("A", 100, "2024-01-31");
  story.On("2024-03-31").Pay("p", 100);
  Story right;
  right.On("2024-01-01").Invoice("A", 100, "2024-03-31");
  story.Correct(0, right.events()[0].fact);
  Perspective believed = AsOf("2024-06-01"), known = AsOf("2024-06-01");
  believed.known_at_position = 1;
  const Policy policy = Resolved(PlainPolicy());
  v1::CompareReliabilityResponse compared;
  FillComparison(story.History(), {policy, believed}, {policy, known}, &compared);
  const v1::DimensionChange& payment = compared.dimensions(0);
  EXPECT_DOUBLE_EQ(payment.before(), 40);
  EXPECT_DOUBLE_EQ(payment.after(), 80);
  ASSERT_EQ(payment.changes_size(), 2);
  EXPECT_EQ(payment.changes(0).code(), "PAID_LATE_OVER_30");
  EXPECT_DOUBLE_EQ(payment.changes(0).points(), 60);
}

// What one more fact may never do, over random histories.
template <typename Tell>
void ExpectNeverRaises(v1::Dimension dimension, Tell tell) {
  int compared = 0;
  for (uint64_t seed = 0; seed < 120; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Story story = RandomStory(seed, {.facts = 100});
    const v1::Score before = story.At("2023-09-01").dimensions(dimension - 1).score();
    tell(&story);
    const v1::Score after = story.At("2023-09-01").dimensions(dimension - 1).score();
    if (!before.has_value()) continue;
    ++compared;
    ASSERT_LE(after.value(), before.value() + 1e-9);
  }
  EXPECT_GT(compared, 20);
}

TEST(ReliabilityMonotoneTest, OneMoreIncidentNeverRaisesConduct) {
  ExpectNeverRaises(v1::DIMENSION_CONDUCT, [](Story* story) {
    story->On("2023-01-01")
        .Incident("one more", v1::ConductReported::KIND_PRESSURE, 1,
                  v1::ConductReported::EVIDENCE_SELF_REPORT);
  });
}

TEST(ReliabilityMonotoneTest, AbsorbedMinutesNeverRaiseScope) {
  ExpectNeverRaises(v1::DIMENSION_SCOPE, [](Story* story) {
    story->On("2023-08-01").Request("one more", "E0", v1::ScopeChangeRequested::KIND_ADDITION);
    story->Absorb("one more", 45);
  });
}

TEST(ReliabilityMonotoneTest, OneMoreAlterationNeverRaisesScope) {
  ExpectNeverRaises(v1::DIMENSION_SCOPE, [](Story* story) {
    story->On("2023-08-01").Request("one more", "E0", v1::ScopeChangeRequested::KIND_ALTERATION);
  });
}

TEST(ReliabilityMonotoneTest, OneMoreUnfoundedComplaintNeverRaisesComplaints) {
  ExpectNeverRaises(v1::DIMENSION_COMPLAINTS, [](Story* story) {
    story->On("2023-01-01").Complain("one more");
    story->ResolveComplaint("one more", v1::ComplaintResolved::VERDICT_UNFOUNDED,
                            v1::ComplaintResolved::FAULT_CLIENT);
  });
}

TEST(ReliabilityMonotoneTest, AFoundedComplaintNeverLowersComplaints) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Story story = RandomStory(seed, {.facts = 100});
    const v1::Score before = story.At("2023-09-01").dimensions(4).score();
    story.On("2023-01-01").Complain("one more");
    story.ResolveComplaint("one more", v1::ComplaintResolved::VERDICT_FOUNDED,
                           v1::ComplaintResolved::FAULT_US);
    if (!before.has_value()) continue;
    ASSERT_GE(story.At("2023-09-01").dimensions(4).score().value(), before.value() - 1e-9);
  }
}

TEST(ReliabilityMonotoneTest, IgnoredAdviceNeverRaisesCooperation) {
  ExpectNeverRaises(v1::DIMENSION_COOPERATION, [](Story* story) {
    story->On("2023-01-01").Advise("one more");
    story->AdviceOutcome("one more", v1::AdviceOutcomeNoted::DEGREE_IGNORED);
  });
}

// Personal fields are erased with a client's keys: nothing may hang on them.
TEST(ReliabilityErasureTest, APersonalFieldChangesNoFigure) {
  Story story;
  story.On("2024-01-01")
      .Incident("1", v1::ConductReported::KIND_INSULT, 3, v1::ConductReported::EVIDENCE_RECORDED);
  story.Invoice("A", 100, "2024-01-31").Refuse("A").Promise("W", "2024-02-01").Break("W");
  std::vector<StoryEvent> told = story.events();
  told[0].fact.mutable_conduct_reported()->set_text("what was said");
  told[2].fact.mutable_payment_refused()->set_text("why not");
  told[3].fact.mutable_promise_made()->set_text("what was promised");
  told[4].fact.mutable_promise_broken()->set_reason("an excuse");
  std::string with, without;
  Story::HistoryOf(told).EncodeTo(&with);
  story.History().EncodeTo(&without);
  EXPECT_EQ(with, without);
}

}  // namespace
}  // namespace pledger::reliability
