// The client library against a server that fails in every way that it must survive.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/lib/appender.h"
#include "client/lib/client.h"
#include "client/lib/errors.h"
#include "client/lib/retry.h"
#include "client/lib/subscription.h"
#include "client/lib/uuid.h"
#include "tests/unit/client_fakes.h"

namespace pledger::client {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

const grpc::Status kDown(grpc::StatusCode::UNAVAILABLE, "down");

std::vector<uint64_t> Counting(uint64_t end) {
  std::vector<uint64_t> numbers;
  for (uint64_t i = 0; i < end; ++i) numbers.push_back(i);
  return numbers;
}

v1::AppendRequest OneEvent(const std::string& client_id, int number) {
  v1::AppendRequest request;
  *request.add_events() = SomeEvent(client_id, absl::StrCat("invoice-", number));
  return request;
}

TEST(Uuid, HasVersionAndVariantAndTime) {
  FakeEnvironment environment;
  environment.SetNow(absl::FromUnixMillis(0x0190a6c07d1e));
  UuidV7Generator ids(environment);
  EXPECT_THAT(ids.Next(),
              MatchesRegex("0190a6c0-7d1e-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
}

TEST(Uuid, GrowsThoughTheClockStandsStillOrGoesBack) {
  FakeEnvironment environment;
  UuidV7Generator ids(environment);
  std::string last = ids.Next();
  for (int i = 0; i < 10'000; ++i) {
    if (i == 5'000) environment.SetNow(environment.Now() - absl::Hours(1));
    const std::string next = ids.Next();
    ASSERT_LT(last, next);
    last = next;
  }
}

TEST(Uuid, ThreadsNeverGetTheSame) {
  FakeEnvironment environment;
  UuidV7Generator ids(environment);
  std::vector<std::vector<std::string>> made(4);
  std::vector<std::thread> threads;
  for (auto& mine : made) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1'000; ++i) mine.push_back(ids.Next());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& mine : made) all.insert(mine.begin(), mine.end());
  EXPECT_THAT(all, SizeIs(4'000));
}

TEST(Retry, WaitsGrowWithinTheirJitterUpToTheMost) {
  FakeEnvironment environment;
  const absl::Notification never;
  RetryLoop retry({.initial_backoff = absl::Milliseconds(100),
                   .backoff_max = absl::Milliseconds(400),
                   .jitter = 0.5},
                  environment, absl::InfiniteFuture());
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(retry.WaitToRetry(absl::UnavailableError(""), never));
  const std::vector<absl::Duration> sleeps = environment.sleeps();
  const int expected_ms[] = {100, 200, 400, 400};
  for (int i = 0; i < 4; ++i) {
    EXPECT_LE(sleeps[i], absl::Milliseconds(expected_ms[i]));
    EXPECT_GE(sleeps[i], absl::Milliseconds(expected_ms[i]) / 2);
  }
}

TEST(Retry, StopsAtEveryLimit) {
  FakeEnvironment environment;
  const absl::Notification never;
  RetryLoop by_attempts({.attempts_max = 3}, environment, absl::InfiniteFuture());
  EXPECT_TRUE(by_attempts.WaitToRetry(absl::UnavailableError(""), never));
  EXPECT_TRUE(by_attempts.WaitToRetry(absl::UnavailableError(""), never));
  EXPECT_FALSE(by_attempts.WaitToRetry(absl::UnavailableError(""), never));
  RetryLoop by_deadline({}, environment, environment.Now() + absl::Milliseconds(10));
  EXPECT_FALSE(by_deadline.WaitToRetry(absl::UnavailableError(""), never));
  RetryLoop by_time({.give_up_after = absl::Seconds(1)}, environment, absl::InfiniteFuture());
  EXPECT_TRUE(by_time.WaitToRetry(absl::UnavailableError(""), never));
  environment.SetNow(environment.Now() + absl::Seconds(1));
  EXPECT_FALSE(by_time.WaitToRetry(absl::UnavailableError(""), never));
}

TEST(Client, ErrorsKeepWhatTheServerSaid) {
  FakeEnvironment environment;
  FakeLedger ledger;
  ledger.FailNext(TypedError(grpc::StatusCode::ABORTED, v1::ERROR_REASON_WRONG_REVISION, "stale",
                             {{"expected", "3"}, {"actual", "4"}}));
  const auto response = ledger.NewClient(environment)->Append(OneEvent("acme", 1));
  EXPECT_EQ(response.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(response.status().message(), "stale");
  EXPECT_EQ(ReasonOf(response.status()), v1::ERROR_REASON_WRONG_REVISION);
  EXPECT_EQ(ErrorMetadataOf(response.status(), "actual"), "4");
  EXPECT_EQ(ErrorMetadataOf(response.status(), "none"), "");
  EXPECT_EQ(ledger.calls(), 1) << "somebody else's append is no transient failure";
}

TEST(Client, RetriesCarryTheSameIds) {
  FakeEnvironment environment;
  FakeLedger ledger;
  ledger.FailNext(kDown, 3);
  ASSERT_TRUE(ledger.NewClient(environment)->Append(OneEvent("acme", 1)).ok());
  EXPECT_THAT(ledger.append_ids(), SizeIs(4));
  EXPECT_THAT(ledger.append_ids(), Each(ledger.append_ids()[0]));
  EXPECT_THAT(ledger.recorded(), SizeIs(1));
}

TEST(Client, HonoursTheDelayThatTheServerAsksFor) {
  FakeEnvironment environment;
  FakeLedger ledger;
  ledger.FailNext(TypedError(grpc::StatusCode::RESOURCE_EXHAUSTED, v1::ERROR_REASON_BUSY, "busy",
                             {}, absl::Seconds(2)));
  ASSERT_TRUE(ledger.NewClient(environment)->Append(OneEvent("acme", 1)).ok());
  EXPECT_THAT(environment.sleeps(), ElementsAre(absl::Seconds(2)));
}

TEST(Client, GivesUpAtTheDeadlineWithTheLastError) {
  FakeEnvironment environment;
  FakeLedger ledger;
  ledger.FailNext(kDown, 1'000);
  const auto client =
      ledger.NewClient(environment, {.deadline = absl::Seconds(10), .retry = {}, .token = {}});
  const absl::Time begun_at = environment.Now();
  EXPECT_TRUE(absl::IsUnavailable(client->GetStatus().status()));
  EXPECT_LE(environment.Now() - begun_at, absl::Seconds(10));
  EXPECT_GT(ledger.calls(), 3);
}

TEST(Client, ReadsOnAcrossCutsWithoutGapOrDuplicate) {
  FakeEnvironment environment;
  FakeLedger ledger;
  ledger.Record("acme", 20);
  ledger.CutStreams(2, 3);
  std::vector<uint64_t> positions;
  const absl::Status status =
      ledger.NewClient(environment)->ReadEvents({}, [&](const v1::ReadEventsResponse& batch) {
        for (const v1::Event& event : batch.events()) {
          positions.push_back(event.position());
        }
        return absl::OkStatus();
      });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(positions, Counting(20));
  EXPECT_EQ(ledger.calls(), 4);
}

TEST(Client, ALimitCountsAcrossCuts) {
  FakeEnvironment environment;
  FakeLedger ledger;
  ledger.Record("acme", 20);
  ledger.CutStreams(1, 100);
  v1::ReadEventsRequest request;
  request.set_limit(6);
  uint64_t events = 0;
  const absl::Status status =
      ledger.NewClient(environment)->ReadEvents(request, [&](const v1::ReadEventsResponse& batch) {
        events += batch.events_size();
        return absl::OkStatus();
      });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(events, 6);
}

TEST(Client, ReadingStopsWhereTheReaderSaysSo) {
  FakeEnvironment environment;
  FakeLedger ledger;
  ledger.Record("acme", 20);
  const absl::Status status =
      ledger.NewClient(environment)->ReadEvents({}, [](const v1::ReadEventsResponse&) {
        return absl::FailedPreconditionError("enough");
      });
  EXPECT_EQ(status.message(), "enough");
}

TEST(Subscription, ResumesAcrossCutsWithoutGapOrDuplicate) {
  FakeEnvironment environment;
  FakeLedger ledger;
  ledger.Record("acme", 20);
  ledger.CutStreams(1, 5);
  const auto client = ledger.NewClient(environment);
  Subscription subscription(*client, {});
  std::vector<uint64_t> positions;
  while (positions.size() < 20) {
    const auto message = subscription.Next();
    ASSERT_TRUE(message.ok()) << message.status();
    for (const v1::Event& event : message->batch().events()) positions.push_back(event.position());
  }
  ledger.Record("acme", 4);
  // The stand-in ends its stream once caught up; a subscription does not.
  while (positions.size() < 24) {
    const auto message = subscription.Next();
    ASSERT_TRUE(message.ok()) << message.status();
    for (const v1::Event& event : message->batch().events()) positions.push_back(event.position());
  }
  EXPECT_EQ(positions, Counting(24));
}

TEST(Subscription, CancelEndsIt) {
  FakeEnvironment environment;
  FakeLedger ledger;
  const auto client = ledger.NewClient(environment);
  Subscription subscription(*client, {});
  subscription.Cancel();
  EXPECT_TRUE(absl::IsCancelled(subscription.Next().status()));
}

TEST(Subscription, AnErrorThatStaysIsReturned) {
  FakeEnvironment environment;
  FakeLedger ledger;
  ledger.FailNext(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no such client"));
  const auto client = ledger.NewClient(environment);
  Subscription subscription(*client, {});
  EXPECT_EQ(subscription.Next().status().message(), "no such client");
  EXPECT_EQ(subscription.Next().status().message(), "no such client");
}

// What an appender reported, in order.
struct Outcomes {
  absl::Mutex mutex;
  std::vector<std::string> invoices ABSL_GUARDED_BY(mutex);
  std::vector<absl::StatusCode> codes ABSL_GUARDED_BY(mutex);

  Appender::Done Note() {
    return [this](const v1::AppendRequest& request, const auto& answer) {
      absl::MutexLock lock(&mutex);
      invoices.push_back(request.events(0).fact().invoice_issued().invoice_id());
      codes.push_back(answer.status().code());
    };
  }
};

TEST(Appender, RecordsEachOnceInOrderThoughStreamsAreCut) {
  FakeEnvironment environment;
  FakeLedger ledger;
  ledger.CutStreams(7, 6);
  const auto client = ledger.NewClient(environment);
  Outcomes outcomes;
  Appender appender(*client, {.in_flight_max = 16});
  std::vector<std::string> expected;
  for (int i = 0; i < 200; ++i) {
    expected.push_back(absl::StrCat("invoice-", i));
    ASSERT_TRUE(appender.Append(OneEvent("acme", i), outcomes.Note()).ok());
  }
  ASSERT_TRUE(appender.Flush().ok());
  std::vector<std::string> recorded;
  for (const v1::ProposedEvent& event : ledger.recorded()) {
    recorded.push_back(event.fact().invoice_issued().invoice_id());
  }
  EXPECT_EQ(recorded, expected);
  absl::MutexLock lock(&outcomes.mutex);
  EXPECT_EQ(outcomes.invoices, expected);
  EXPECT_THAT(outcomes.codes, Each(absl::StatusCode::kOk));
}

TEST(Appender, ARejectedRequestEndsNothing) {
  FakeEnvironment environment;
  FakeLedger ledger;
  const auto client = ledger.NewClient(environment);
  Outcomes outcomes;
  Appender appender(*client);
  ASSERT_TRUE(appender.Append(OneEvent("acme", 1), outcomes.Note()).ok());
  ASSERT_TRUE(appender.Append(OneEvent("bad", 2), outcomes.Note()).ok());
  ASSERT_TRUE(appender.Append(OneEvent("acme", 3), outcomes.Note()).ok());
  ASSERT_TRUE(appender.Flush().ok());
  absl::MutexLock lock(&outcomes.mutex);
  EXPECT_THAT(outcomes.codes,
              ElementsAre(absl::StatusCode::kOk, absl::StatusCode::kFailedPrecondition,
                          absl::StatusCode::kOk));
}

TEST(Appender, ABusyServerIsAskedAgainInTheSameOrder) {
  FakeEnvironment environment;
  FakeLedger ledger;
  ledger.FailNext(TypedError(grpc::StatusCode::RESOURCE_EXHAUSTED, v1::ERROR_REASON_BUSY, "busy",
                             {}, absl::Seconds(1)));
  const auto client = ledger.NewClient(environment);
  Outcomes outcomes;
  Appender appender(*client);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(appender.Append(OneEvent("acme", i), outcomes.Note()).ok());
  }
  ASSERT_TRUE(appender.Flush().ok());
  EXPECT_THAT(ledger.recorded(), SizeIs(5));
  EXPECT_THAT(environment.sleeps(), ElementsAre(absl::Seconds(1)));
  absl::MutexLock lock(&outcomes.mutex);
  EXPECT_THAT(outcomes.invoices,
              ElementsAre("invoice-0", "invoice-1", "invoice-2", "invoice-3", "invoice-4"));
  EXPECT_THAT(outcomes.codes, Each(absl::StatusCode::kOk));
}

TEST(Appender, WhatCannotBePlacedIsReportedAndSoIsEverythingAfter) {
  FakeEnvironment environment;
  const auto client = Client::Connect("127.0.0.1:1", {}, environment);
  Outcomes outcomes;
  Appender appender(*client, {.retry = {.attempts_max = 3}});
  ASSERT_TRUE(appender.Append(OneEvent("acme", 1), outcomes.Note()).ok());
  EXPECT_TRUE(absl::IsUnavailable(appender.Flush()));
  EXPECT_TRUE(absl::IsUnavailable(appender.Append(OneEvent("acme", 2), outcomes.Note())));
  absl::MutexLock lock(&outcomes.mutex);
  EXPECT_THAT(outcomes.codes, ElementsAre(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace pledger::client
