// Cohorts are made once for many answers, and again when they may have changed.
#include "server/projections/cohort_book.h"

#include <memory>
#include <utility>

#include "gtest/gtest.h"
#include "tests/unit/reliability_story.h"

namespace pledger::projections {
namespace {

using reliability::CohortEvents;
using reliability::NoonOf;
using reliability::Perspective;
using reliability::Story;

// A growing ledger is looked at anew at most sixteen times while it doubles, and never as it stood
// long ago.
TEST(CohortEventsTest, LeavesOutFewOfManyAndNoneOfFew) {
  for (uint64_t next = 0; next < 4'096; ++next) ASSERT_EQ(CohortEvents(next), next);
  int steps = 0;
  uint64_t last = CohortEvents(1 << 20);
  for (uint64_t next = 1 << 20; next < 1 << 21; ++next) {
    const uint64_t events = CohortEvents(next);
    ASSERT_LE(events, next);
    ASSERT_GT(16 * events, 15 * next - 16);
    ASSERT_EQ(CohortEvents(events), events);
    steps += events != last ? 1 : 0;
    last = events;
  }
  EXPECT_EQ(steps, 15);
  EXPECT_LE(CohortEvents(~uint64_t{0}), ~uint64_t{0});
}

class CohortBookTest : public ::testing::Test {
 protected:
  // What it comes to, and whether the clients had to be looked at.
  std::pair<CohortBook::CohortsPtr, bool> Get(const Perspective& at) {
    bool looked = false;
    const auto cohorts = book_.Get(at, policy_, [&](const Perspective&, CohortBook::Visit visit) {
      looked = true;
      visit(client_);
      return absl::OkStatus();
    });
    EXPECT_TRUE(cohorts.ok()) << cohorts.status();
    return {*cohorts, looked};
  }

  static Perspective At(const char* date, uint64_t position = 5'000) {
    Perspective at;
    at.as_of_ns = NoonOf(date);
    at.known_at_position = position;
    return at;
  }

  std::shared_ptr<const reliability::Policy> policy_ =
      std::make_shared<const reliability::Policy>(reliability::Resolved({}));
  const reliability::ClientHistory client_ = Story()
                                                 .On("2024-01-01")
                                                 .Opened("low")
                                                 .On("2024-03-31")
                                                 .Pay("p", 100)
                                                 .On("2024-04-02")
                                                 .Pay("q", 100)
                                                 .History();
  CohortBook book_;
};

TEST_F(CohortBookTest, OneLookServesAMonthAndAFewMoreEvents) {
  EXPECT_EQ(book_.Find(At("2024-04-01"), policy_), nullptr);
  EXPECT_TRUE(Get(At("2024-04-01")).second);
  EXPECT_NE(book_.Find(At("2024-04-30"), policy_), nullptr);
  EXPECT_FALSE(Get(At("2024-04-30")).second);
  EXPECT_FALSE(Get(At("2024-04-30", 5'010)).second);
  EXPECT_TRUE(Get(At("2024-05-01")).second);
  EXPECT_TRUE(Get(At("2024-04-30", 6'000)).second);
  EXPECT_TRUE(Get(At("2024-04-30", 10)).second);
}

TEST_F(CohortBookTest, AnotherPolicyOrMomentOfKnowingIsAnotherCohort) {
  EXPECT_TRUE(Get(At("2024-04-01")).second);
  Perspective earlier = At("2024-04-01");
  earlier.known_at_record_time_ns = NoonOf("2024-02-01");
  EXPECT_TRUE(Get(earlier).second);
  policy_ = std::make_shared<const reliability::Policy>(reliability::Resolved({}));
  EXPECT_TRUE(Get(At("2024-04-01")).second);
}

TEST_F(CohortBookTest, WhatHappenedThisMonthIsNotCompared) {
  const auto [april, looked] = Get(At("2024-04-30"));
  ASSERT_NE(april->Find("low"), nullptr);
  EXPECT_EQ(april->Find("low")->payments_20th, 1);
  EXPECT_EQ(april->Find("low")->days_since_payment_80th, 0);
  EXPECT_EQ(april->Find("premium"), nullptr);
  const auto [may, looked_again] = Get(At("2024-05-15"));
  EXPECT_EQ(may->Find("low")->payments_20th, 2);
  EXPECT_EQ(may->Find("low")->days_since_payment_80th, 28);
}

}  // namespace
}  // namespace pledger::projections
