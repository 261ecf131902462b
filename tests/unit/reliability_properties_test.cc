// What must hold of every history, over seeded random ones. A failure names its seed; whole answers
// are compared by ASSERT_TRUE, because two of them in full explain nothing.
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "gtest/gtest.h"
#include "tests/unit/reliability_random_story.h"
#include "tests/unit/reliability_story.h"

namespace pledger::reliability {
namespace {

constexpr uint64_t kSeeds = 150;

std::string Encoded(const ClientHistory& history) {
  std::string bytes;
  history.EncodeTo(&bytes);
  return bytes;
}

Perspective AsOf(int64_t as_of_ns) {
  Perspective perspective;
  perspective.as_of_ns = as_of_ns;
  return perspective;
}

// The built-in policy with what ECONOMY needs.
v1::Policy WithRates() {
  v1::Policy policy;
  policy.mutable_economy()->mutable_loaded_hourly_rate()->set_currency_code("EUR");
  policy.mutable_economy()->mutable_loaded_hourly_rate()->set_minor_units(600);
  policy.mutable_economy()->set_cost_of_capital(0.1);
  return policy;
}

v1::ExplainResponse ExplainAll(const ClientHistory& history, const Perspective& perspective,
                               const v1::Policy& policy = WithRates()) {
  return Explain("client", history, Resolved(policy), perspective, v1::DIMENSION_UNSPECIFIED);
}

// Positions name the order of recording, which some properties change.
std::string WithoutPositions(v1::ExplainResponse explained) {
  for (v1::Evidence& evidence : *explained.mutable_evidence()) evidence.clear_positions();
  v1::ClientReliability* reliability = explained.mutable_reliability();
  for (v1::DimensionAssessment& dimension : *reliability->mutable_dimensions()) {
    for (v1::Reason& reason : *dimension.mutable_reasons()) reason.clear_positions();
  }
  for (v1::DimensionAssessment* ours :
       {reliability->mutable_our_reliability(), reliability->mutable_our_complaints()}) {
    for (v1::Reason& reason : *ours->mutable_reasons()) reason.clear_positions();
  }
  reliability->clear_disputed_positions();
  return explained.SerializeAsString();
}

// Records the events in the order given: they keep their occur times and get new positions.
std::vector<StoryEvent> Rerecorded(std::vector<StoryEvent> events) {
  for (size_t i = 0; i < events.size(); ++i) {
    events[i].position = i;
    events[i].record_time_ns = NoonOf("2030-01-01") + static_cast<int64_t>(i);
  }
  return events;
}

TEST(ReliabilityPropertiesTest, TheOrderOfRecordingDoesNotMatter) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    const Story story = RandomStory(seed, {.facts = 80, .amendments = false});
    std::vector<StoryEvent> events = story.events();
    std::shuffle(events.begin(), events.end(), std::mt19937_64(seed));
    const Perspective perspective = AsOf(NoonOf("2023-09-01"));
    // Evidence that counts at the same time stands in the order of positions.
    v1::ExplainResponse told = ExplainAll(story.History(), perspective);
    v1::ExplainResponse shuffled = ExplainAll(Story::HistoryOf(Rerecorded(events)), perspective);
    for (v1::ExplainResponse* explained : {&told, &shuffled}) {
      for (v1::Evidence& evidence : *explained->mutable_evidence()) evidence.clear_positions();
      std::sort(explained->mutable_evidence()->begin(), explained->mutable_evidence()->end(),
                [](const v1::Evidence& a, const v1::Evidence& b) {
                  return a.SerializeAsString() < b.SerializeAsString();
                });
    }
    ASSERT_TRUE(WithoutPositions(told) == WithoutPositions(shuffled));
  }
}

TEST(ReliabilityPropertiesTest, EncodingLosesNothingAndIsCanonical) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    const ClientHistory history = RandomStory(seed).History();
    const std::string bytes = Encoded(history);
    const absl::StatusOr<ClientHistory> decoded = ClientHistory::Decode(bytes);
    ASSERT_TRUE(decoded.ok());
    ASSERT_TRUE(Encoded(*decoded) == bytes);
    Perspective perspective = AsOf(NoonOf("2023-09-01"));
    for (const uint64_t known : {uint64_t{3}, uint64_t{30}, ~uint64_t{0}}) {
      perspective.known_at_position = known;
      ASSERT_TRUE(ExplainAll(*decoded, perspective).SerializeAsString() ==
                  ExplainAll(history, perspective).SerializeAsString());
    }
  }
}

TEST(ReliabilityPropertiesTest, IncrementalEqualsRebuiltAtEveryPrefixAndRedeliveryIsIgnored) {
  for (uint64_t seed = 0; seed < kSeeds / 5; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    const std::vector<StoryEvent> events = RandomStory(seed).events();
    ClientHistory incremental;
    for (size_t i = 0; i < events.size(); ++i) {
      // Stored and read back between any two events, as a view does.
      incremental = *ClientHistory::Decode(Encoded(incremental));
      for (const size_t delivered : {i, i / 2, i}) {
        const StoryEvent& event = events[delivered];
        ASSERT_TRUE(
            incremental.Add({event.position, event.record_time_ns, event.occur_time_ns, event.fact})
                .ok());
      }
      const std::vector<StoryEvent> prefix(events.begin(), events.begin() + i + 1);
      ASSERT_TRUE(Encoded(incremental) == Encoded(Story::HistoryOf(prefix)));
    }
  }
}

TEST(ReliabilityPropertiesTest, AsOfEqualsTheHistoryUpToThen) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    const std::vector<StoryEvent> events =
        RandomStory(seed, {.facts = 80, .amendments = false}).events();
    const Perspective perspective = AsOf(NoonOf("2022-10-01"));
    std::vector<StoryEvent> until;
    for (const StoryEvent& event : events) {
      if (event.occur_time_ns <= perspective.as_of_ns) until.push_back(event);
    }
    ASSERT_TRUE(ExplainAll(Story::HistoryOf(events), perspective).SerializeAsString() ==
                ExplainAll(Story::HistoryOf(until), perspective).SerializeAsString());
  }
}

TEST(ReliabilityPropertiesTest, KnownAtEqualsTheHistoryRecordedByThen) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    const std::vector<StoryEvent> events = RandomStory(seed).events();
    const size_t known = events.size() / 2;
    const ClientHistory whole = Story::HistoryOf(events);
    const ClientHistory half = Story::HistoryOf({events.begin(), events.begin() + known});
    Perspective by_position = AsOf(NoonOf("2023-09-01"));
    by_position.known_at_position = events[known - 1].position;
    Perspective by_time = AsOf(NoonOf("2023-09-01"));
    by_time.known_at_record_time_ns = events[known - 1].record_time_ns;
    const std::string expected = ExplainAll(half, AsOf(NoonOf("2023-09-01"))).SerializeAsString();
    ASSERT_TRUE(ExplainAll(whole, by_position).SerializeAsString() == expected);
    ASSERT_TRUE(ExplainAll(whole, by_time).SerializeAsString() == expected);
  }
}

TEST(ReliabilityPropertiesTest, PointsSumToTheScore) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    const v1::ClientReliability at =
        RandomStory(seed, {.facts = 120}).At("2023-09-01", WithRates());
    std::vector<v1::DimensionAssessment> dimensions(at.dimensions().begin(), at.dimensions().end());
    dimensions.push_back(at.our_reliability());
    dimensions.push_back(at.our_complaints());
    for (const v1::DimensionAssessment& dimension : dimensions) {
      if (!dimension.score().has_value()) continue;
      SCOPED_TRACE(v1::Dimension_Name(dimension.dimension()));
      double points = 0;
      for (const v1::Reason& reason : dimension.reasons()) points += reason.points();
      ASSERT_NEAR(points, dimension.score().value() - 100, 1e-9);
      ASSERT_LE(dimension.score().low(), dimension.score().value());
      ASSERT_GE(dimension.score().high(), dimension.score().value());
    }
  }
}

TEST(ReliabilityPropertiesTest, MoneyIsNeitherMadeNorLost) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Story story = RandomStory(seed, {.facts = 80, .amendments = false});
    const v1::ClientReliability at = story.At("2025-01-01");
    std::vector<std::string> reversed;
    for (const StoryEvent& event : story.events()) {
      if (event.fact.has_payment_reversed()) {
        reversed.push_back(event.fact.payment_reversed().payment_id());
      }
    }
    for (const v1::PaymentSums& sums : at.payment().sums()) {
      int64_t received = 0;
      for (const StoryEvent& event : story.events()) {
        const v1::PaymentReceived& payment = event.fact.payment_received();
        if (payment.amount().currency_code() == sums.currency_code() &&
            std::count(reversed.begin(), reversed.end(), payment.payment_id()) == 0) {
          received += payment.amount().minor_units();
        }
      }
      ASSERT_EQ(received, sums.settled() + sums.on_account()) << sums.currency_code();
    }
  }
}

// Without ageing: a payment made later also counts as more recent, and weighs more.
TEST(ReliabilityPropertiesTest, PayingLaterNeverRaisesPayment) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    const auto tell = [&](uint64_t seed, int later, int delay_days) {
      std::mt19937_64 same(seed);
      Story story;
      for (int i = 0; i < 8; ++i) {
        const std::string id = absl::StrCat(i);
        const auto amount = static_cast<int64_t>(1 + same() % 1000);
        story.On("2024-01-01").Invoice(id, amount, "2024-03-01");
        const auto days = static_cast<int64_t>(same() % 120) + (i == later ? delay_days : 0);
        story.On(absl::FormatCivilTime(absl::CivilDay(2024, 1, 2) + days));
        story.Pay("p" + id, amount, {{id, amount}});
      }
      return story.At("2025-01-01", PlainPolicy()).dimensions(0).score().value();
    };
    const uint64_t seed = random();
    const auto later = static_cast<int>(random() % 8);
    ASSERT_LE(tell(seed, later, 1 + static_cast<int>(random() % 90)), tell(seed, later, 0) + 1e-9)
        << "seed " << seed;
  }
}

TEST(ReliabilityPropertiesTest, OneMoreBrokenPromiseNeverRaisesPromises) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Story story = RandomStory(seed);
    const v1::Score before = story.At("2023-09-01").dimensions(1).score();
    story.On("2022-03-01").Promise("one more", "2022-06-01").On("2022-05-01").Break("one more");
    const v1::Score after = story.At("2023-09-01").dimensions(1).score();
    if (!before.has_value() || !after.has_value()) continue;
    ASSERT_LE(after.value(), before.value());
  }
}

TEST(ReliabilityPropertiesTest, AnyDamageToStoredBytesIsHarmlessOrDataLoss) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    const std::string bytes = Encoded(RandomStory(seed, {.facts = 25}).History());
    std::mt19937_64 random(seed);
    for (size_t i = 0; i < 2 * bytes.size(); ++i) {
      std::string damaged = bytes;
      if (i < bytes.size()) {
        damaged.resize(i);
      } else {
        damaged[i - bytes.size()] = static_cast<char>(random());
        damaged[random() % damaged.size()] ^= static_cast<char>(1 << (random() % 8));
      }
      const absl::StatusOr<ClientHistory> decoded = ClientHistory::Decode(damaged);
      if (!decoded.ok()) {
        ASSERT_EQ(decoded.status().code(), absl::StatusCode::kDataLoss);
        continue;
      }
      // What decodes is a history like any other.
      ASSERT_TRUE(Encoded(*decoded) == damaged);
      ExplainAll(*decoded, AsOf(NoonOf("2023-09-01")));
    }
  }
}

}  // namespace
}  // namespace pledger::reliability
