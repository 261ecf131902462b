// kill −9 at random moments under load: what was acknowledged is there, once, and nothing is half
// there.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/e2e/kill_audit.h"
#include "tests/e2e/kill_load.h"
#include "tests/e2e/ledger_fixture.h"

namespace pledger::testing {
namespace {

constexpr int kRoundsDefault = 10;
constexpr int kAppenders = 6;
// How long after the start of the load the server may live.
constexpr uint64_t kLifeMsMax = 250;
// How many appends of a round are compared field by field.
constexpr size_t kContentsPerRound = 20;

int NumberFromEnvironment(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  int number = 0;
  return text != nullptr && absl::SimpleAtoi(text, &number) ? number : otherwise;
}

class KillE2eTest : public LedgerTest {
 protected:
  KillE2eTest()
      : seed_(NumberFromEnvironment("PLEDGER_SEED", static_cast<int>(std::random_device()() >> 1))),
        random_(seed_) {
    std::printf("PLEDGER_SEED=%d\n", seed_);
    for (int i = 0; i < kAppenders; ++i) {
      appenders_.push_back(
          std::make_unique<KillAppender>(absl::StrCat("appender-", i), i % 2 == 1, random_()));
    }
  }

  // Loads the server and kills it at a random moment.
  void LoadAndKill() {
    std::vector<std::thread> threads;
    for (const auto& appender : appenders_) {
      threads.emplace_back([&] { appender->Run(server_.process().address()); });
    }
    const absl::Duration life = absl::Milliseconds(1 + random_() % kLifeMsMax);
    EXPECT_TRUE(absl::IsDeadlineExceeded(server_.process().AwaitExit(life).status()))
        << "the server ended by itself: " << server_.process().Log();
    server_.process().Kill();
    for (std::thread& thread : threads) thread.join();
  }

  // What was acknowledged is there, what was not is whole or absent, and sending it again records
  // it once.
  void CheckRound() {
    for (const auto& appender : appenders_) {
      ASSERT_EQ(appender->trouble, "");
      for (const AckedAppend& append : appender->acked) {
        const absl::Status status = audit_.Acknowledge(append.request, append.response);
        ASSERT_TRUE(status.ok()) << status;
      }
    }
    absl::Status status = audit_.Check(client());
    ASSERT_TRUE(status.ok()) << status;
    std::vector<const v1::AppendRequest*> appends;
    for (const auto& appender : appenders_) {
      for (const AckedAppend& append : appender->acked) appends.push_back(&append.request);
      for (const v1::AppendRequest& request : appender->unanswered) {
        status = audit_.CheckWhole(request, false);
        ASSERT_TRUE(status.ok()) << status;
        status = audit_.Acknowledge(request, server_.MustAppend(request));
        ASSERT_TRUE(status.ok()) << status;
        appends.push_back(&request);
      }
    }
    status = audit_.Check(client());
    ASSERT_TRUE(status.ok()) << status;
    for (const v1::AppendRequest* request : appends) {
      status = audit_.CheckWhole(*request, true);
      ASSERT_TRUE(status.ok()) << status;
    }
    for (size_t i = 0; i < kContentsPerRound && !appends.empty(); ++i) {
      status = audit_.CheckContent(client(), *appends[random_() % appends.size()]);
      ASSERT_TRUE(status.ok()) << status;
    }
  }

  size_t CountAcked() const {
    size_t count = 0;
    for (const auto& appender : appenders_) count += appender->acked.size();
    return count;
  }
  size_t CountUnanswered() const {
    size_t count = 0;
    for (const auto& appender : appenders_) count += appender->unanswered.size();
    return count;
  }

  const int seed_;
  std::mt19937_64 random_;
  std::vector<std::unique_ptr<KillAppender>> appenders_;
  KillAudit audit_;
};

TEST_F(KillE2eTest, WhatWasAcknowledgedSurvivesAndNothingIsHalfThere) {
  const int rounds = NumberFromEnvironment("PLEDGER_KILL_ROUNDS", kRoundsDefault);
  size_t acked = 0;
  size_t unanswered = 0;
  for (int round = 1; round <= rounds; ++round) {
    LoadAndKill();
    server_.Start();
    CheckRound();
    if (HasFatalFailure()) {
      std::printf("round %d failed; PLEDGER_SEED=%d\n", round, seed_);
      return;
    }
    acked += CountAcked();
    unanswered += CountUnanswered();
    std::printf(
        "round %d: %zu appends acknowledged, %zu sent again, %llu events, opened in %lld ms\n",
        round, CountAcked(), CountUnanswered(), static_cast<unsigned long long>(audit_.size()),
        static_cast<long long>(absl::ToInt64Milliseconds(server_.process().startup())));
  }
  // Otherwise nothing was tried.
  EXPECT_GT(acked, 0u);
  EXPECT_GT(unanswered, 0u);
  server_.Restart();
  const absl::Status status = audit_.Check(client());
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace
}  // namespace pledger::testing
