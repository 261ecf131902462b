// What must hold of everything that is said of a client, over seeded random histories: signals,
// growth points, actions and partings included; and in which direction each fact may move a score.
// A failure names its seed.
#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/domain/reliability/assessment.h"
#include "tests/unit/reliability_random_story.h"
#include "tests/unit/reliability_story.h"

namespace pledger::reliability {
namespace {

constexpr uint64_t kSeeds = 150;
constexpr char kToday[] = "2023-09-01";

v1::Policy WithRates() {
  v1::Policy policy;
  policy.set_reporting_currency("EUR");
  v1::ExchangeRate* dollar = policy.add_exchange_rates();
  dollar->set_currency_code("USD");
  dollar->set_rate_ppm(900'000);
  policy.mutable_economy()->mutable_loaded_hourly_rate()->set_currency_code("EUR");
  policy.mutable_economy()->mutable_loaded_hourly_rate()->set_minor_units(600);
  return policy;
}

v1::ClientReliability Whole(const ClientHistory& history, const Perspective& perspective) {
  v1::ClientReliability whole;
  AssessWhole("client", history, Resolved(WithRates()), perspective, {}, AssessDetail::kExplain,
              &whole);
  return whole;
}

Perspective AsOf(const std::string& date) {
  Perspective perspective;
  perspective.as_of_ns = NoonOf(date);
  return perspective;
}

// Positions name the order of recording.
std::string WithoutPositions(v1::ClientReliability whole) {
  std::vector<v1::DimensionAssessment*> dimensions = {whole.mutable_our_reliability(),
                                                      whole.mutable_our_complaints()};
  for (v1::DimensionAssessment& dimension : *whole.mutable_dimensions()) {
    dimensions.push_back(&dimension);
  }
  for (v1::DimensionAssessment* dimension : dimensions) {
    for (v1::Reason& reason : *dimension->mutable_reasons()) reason.clear_positions();
  }
  v1::ClientAssessment& assessment = *whole.mutable_assessment();
  for (v1::Signal& signal : *assessment.mutable_signals()) signal.clear_positions();
  for (v1::GrowthPoint& point : *assessment.mutable_growth_points()) point.clear_positions();
  for (v1::RecommendedAction& action : *assessment.mutable_actions()) action.clear_positions();
  whole.clear_disputed_positions();
  return whole.SerializeAsString();
}

TEST(ReliabilityAssessmentPropertiesTest, TheOrderOfRecordingDoesNotMatter) {
  int with_signals = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    const Story story = RandomStory(seed, {.facts = 100, .amendments = false});
    std::vector<StoryEvent> shuffled = story.events();
    std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937_64(seed));
    // A dispute of an event names its position.
    std::vector<uint64_t> moved_to(shuffled.size());
    for (size_t i = 0; i < shuffled.size(); ++i) moved_to[shuffled[i].position] = i;
    for (size_t i = 0; i < shuffled.size(); ++i) {
      StoryEvent& event = shuffled[i];
      event.position = i;
      event.record_time_ns = NoonOf("2030-01-01") + static_cast<int64_t>(i);
      v1::DisputeOpened* dispute =
          event.fact.has_dispute_opened() ? event.fact.mutable_dispute_opened() : nullptr;
      if (dispute != nullptr && dispute->has_event_position() &&
          dispute->event_position() < moved_to.size()) {
        dispute->set_event_position(moved_to[dispute->event_position()]);
      }
    }
    const v1::ClientReliability told = Whole(story.History(), AsOf(kToday));
    with_signals += told.assessment().signals().empty() ? 0 : 1;
    ASSERT_TRUE(WithoutPositions(told) ==
                WithoutPositions(Whole(Story::HistoryOf(shuffled), AsOf(kToday))));
  }
  // Else it would say nothing of signals.
  EXPECT_GT(with_signals, 100);
}

TEST(ReliabilityAssessmentPropertiesTest, AsOfAndKnownAtEqualTheHistoryUpToThen) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    const std::vector<StoryEvent> events = RandomStory(seed, {.amendments = false}).events();
    const size_t known = events.size() * 2 / 3;
    Perspective perspective = AsOf("2022-10-01");
    perspective.known_at_position = events[known - 1].position;
    std::vector<StoryEvent> until;
    for (size_t i = 0; i < known; ++i) {
      if (events[i].occur_time_ns <= perspective.as_of_ns) until.push_back(events[i]);
    }
    ASSERT_TRUE(Whole(Story::HistoryOf(events), perspective).SerializeAsString() ==
                Whole(Story::HistoryOf(until), AsOf("2022-10-01")).SerializeAsString());
  }
}

TEST(ReliabilityAssessmentPropertiesTest, NoSignalIsPresentWithoutEvidenceOrRecovery) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    const v1::ClientReliability whole =
        Whole(RandomStory(seed, {.facts = 120}).History(), AsOf(kToday));
    for (const v1::Signal& signal : whole.assessment().signals()) {
      if (signal.positive() || signal.code() == "DRIFT") continue;
      SCOPED_TRACE(signal.code());
      ASSERT_NE(signal.segment(), v1::SEGMENT_UNSPECIFIED);
      ASSERT_FALSE(signal.statement().empty());
      ASSERT_TRUE(signal.has_since_time());
      if (signal.state() == v1::SIGNAL_STATE_PRESENT && !signal.recovering()) {
        ASSERT_FALSE(signal.positions().empty());
      }
      ASSERT_TRUE(!signal.suppressed() || signal.state() == v1::SIGNAL_STATE_WATCH);
    }
  }
}

TEST(ReliabilityAssessmentPropertiesTest, AnErasedPersonalFieldChangesNothing) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::vector<StoryEvent> events = RandomStory(seed).events();
    const v1::ClientReliability erased = Whole(Story::HistoryOf(events), AsOf(kToday));
    std::string bytes_erased;
    Story::HistoryOf(events).EncodeTo(&bytes_erased);
    for (StoryEvent& event : events) {
      if (event.fact.has_promise_made()) event.fact.mutable_promise_made()->set_text("tomorrow");
      if (event.fact.has_promise_broken()) event.fact.mutable_promise_broken()->set_reason("ill");
      if (event.fact.has_payment_refused()) event.fact.mutable_payment_refused()->set_text("never");
      if (event.fact.has_complaint_raised()) event.fact.mutable_complaint_raised()->set_text("bad");
      if (event.fact.has_conduct_reported()) event.fact.mutable_conduct_reported()->set_text("!!");
      if (event.fact.has_advice_given()) event.fact.mutable_advice_given()->set_text("rather not");
      if (event.fact.has_client_opened()) {
        event.fact.mutable_client_opened()->set_display_name("Ada");
      }
      if (event.fact.has_engagement_agreed()) {
        event.fact.mutable_engagement_agreed()->set_summary("a sign");
      }
      if (event.fact.has_scope_change_requested()) {
        event.fact.mutable_scope_change_requested()->set_summary("a larger sign");
      }
    }
    std::string bytes;
    Story::HistoryOf(events).EncodeTo(&bytes);
    ASSERT_TRUE(bytes == bytes_erased);
    ASSERT_TRUE(Whole(Story::HistoryOf(events), AsOf(kToday)).SerializeAsString() ==
                erased.SerializeAsString());
  }
}

// What one more fact may do to its dimension.
struct Direction {
  const char* what;
  v1::Dimension dimension;
  // 1: never lowers it; −1: never raises it.
  int sign;
  // What both stories tell, and what one of them adds.
  std::function<void(Story&)> both;
  std::function<void(Story&)> more;
};

std::vector<Direction> Directions() {
  const auto nothing = [](Story&) {};
  const auto engagement = [](Story& story) {
    story.On("2022-02-01").Agree("own", v1::EngagementAgreed::PRICING_FIXED_PRICE, 600);
    for (const char* id : {"own 1", "own 2", "own 3"}) {
      story.Request(id, "own", v1::ScopeChangeRequested::KIND_ALTERATION);
    }
  };
  const auto invoice = [](Story& story) {
    story.On("2023-08-01").Invoice("own", 70'000, "2024-01-01");
  };
  return {
      {"an invoice refused before it was due", v1::DIMENSION_PAYMENT, -1, invoice,
       [](Story& story) { story.On("2023-08-20").Refuse("own"); }},
      {"a promise kept", v1::DIMENSION_PROMISES, 1, nothing,
       [](Story& story) {
         story.On("2022-03-01").Promise("own", "2022-06-01").On("2022-05-01").Keep("own");
       }},
      {"work done for free", v1::DIMENSION_SCOPE, -1, engagement,
       [](Story& story) { story.On("2022-03-01").Absorb("own 1", 90); }},
      {"an alteration too many", v1::DIMENSION_SCOPE, -1, engagement,
       [](Story& story) {
         story.On("2022-03-01").Request("own 4", "own", v1::ScopeChangeRequested::KIND_ALTERATION);
       }},
      {"a change order", v1::DIMENSION_SCOPE, 1, engagement,
       [](Story& story) { story.On("2022-03-01").AgreeChange("own 1", 90); }},
      {"an incident", v1::DIMENSION_CONDUCT, -1, nothing,
       [](Story& story) {
         story.On("2022-03-01")
             .Incident("own", v1::ConductReported::KIND_INSULT, 3,
                       v1::ConductReported::EVIDENCE_WITNESSED);
       }},
      {"a complaint that was unfounded", v1::DIMENSION_COMPLAINTS, -1, nothing,
       [](Story& story) {
         story.On("2022-03-01")
             .Complain("own")
             .On("2022-03-05")
             .ResolveComplaint("own", v1::ComplaintResolved::VERDICT_UNFOUNDED,
                               v1::ComplaintResolved::FAULT_CLIENT);
       }},
      {"a complaint that was founded", v1::DIMENSION_COMPLAINTS, 1, nothing,
       [](Story& story) {
         story.On("2022-03-01")
             .Complain("own")
             .On("2022-03-05")
             .ResolveComplaint("own", v1::ComplaintResolved::VERDICT_FOUNDED,
                               v1::ComplaintResolved::FAULT_US);
       }},
      {"advice ignored", v1::DIMENSION_COOPERATION, -1, nothing,
       [](Story& story) {
         story.On("2022-03-01")
             .Advise("own")
             .AdviceOutcome("own", v1::AdviceOutcomeNoted::DEGREE_IGNORED);
       }},
      {"advice followed", v1::DIMENSION_COOPERATION, 1, nothing,
       [](Story& story) {
         story.On("2022-03-01")
             .Advise("own")
             .AdviceOutcome("own", v1::AdviceOutcomeNoted::DEGREE_FOLLOWED);
       }},
      {"more effort", v1::DIMENSION_ECONOMY, -1,
       [](Story& story) { story.On("2022-03-01").Effort("kim", 10); },
       [](Story& story) { story.On("2022-03-01").Effort("kim", 300); }},
      {"a payment on account", v1::DIMENSION_ECONOMY, 1, nothing,
       [](Story& story) { story.On("2023-08-31").Pay("own", 900); }},
  };
}

TEST(ReliabilityAssessmentPropertiesTest, ScoresMoveInTheObviousDirection) {
  for (const Direction& direction : Directions()) {
    int compared = 0;
    for (uint64_t seed = 0; seed < kSeeds; ++seed) {
      SCOPED_TRACE(absl::StrCat(direction.what, ", seed ", seed));
      Story story = RandomStory(seed, {.facts = 90});
      direction.both(story);
      const v1::ClientReliability before = story.At(kToday, WithRates());
      direction.more(story);
      const v1::ClientReliability after = story.At(kToday, WithRates());
      bool others_same = true;
      for (int i = 0; i < before.dimensions_size(); ++i) {
        const v1::Score& was = before.dimensions(i).score();
        const v1::Score& is = after.dimensions(i).score();
        others_same = others_same && was.has_value() == is.has_value();
        if (before.dimensions(i).dimension() != direction.dimension) {
          others_same = others_same && was.value() == is.value();
          continue;
        }
        if (!was.has_value() || !is.has_value()) continue;
        ++compared;
        ASSERT_GE(direction.sign * (is.value() - was.value()), -1e-9)
            << before.economy().ShortDebugString() << "\n"
            << after.economy().ShortDebugString();
      }
      // One that comes into being, or moves the other way, may raise or lower the whole.
      if (!others_same || !before.overall().has_value()) continue;
      ASSERT_GE(direction.sign * (after.overall().value() - before.overall().value()), -1e-9);
    }
    EXPECT_GT(compared, 20) << direction.what;
  }
}

}  // namespace
}  // namespace pledger::reliability
