// Subscribe: everything once, in order, with word of where the reader stands.
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/e2e/ledger_fixture.h"

namespace pledger::testing {
namespace {

using Content = v1::SubscribeResponse;

class SubscribeE2eTest : public LedgerTest {
 protected:
  // `count` small events of the client, one append.
  v1::AppendResponse AppendSome(const std::string& client_id, int count) {
    v1::AppendRequest request;
    for (int i = 0; i < count; ++i) *request.add_events() = EffortEvent(client_id, i + 1);
    return server_.MustAppend(request);
  }
};

// That these are the events from `first` on, without gap or duplicate.
void ExpectGapless(const std::vector<v1::Event>& events, uint64_t first) {
  for (size_t i = 0; i < events.size(); ++i) ASSERT_EQ(events[i].position(), first + i);
}

TEST_F(SubscribeE2eTest, CatchesUpAndGoesOnLiveWhileSeveralAppend) {
  constexpr int kThreads = 4;
  constexpr int kAppends = 80;
  AppendSome("ada", 500);
  std::vector<std::thread> threads;
  std::atomic<uint64_t> total{500};
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      const PlainClient own(server_.process().address());
      for (int j = 0; j < kAppends; ++j) {
        v1::AppendRequest request;
        for (int k = 0; k <= j % 5; ++k) {
          *request.add_events() = EffortEvent(absl::StrCat("client-", i + k));
        }
        if (own.Append(request).ok()) total += request.events_size();
      }
    });
  }
  OpenSubscription subscription(client(), {});
  std::vector<v1::Event> events;
  const auto caught_up = subscription.ReadUntil(Content::kCaughtUp, &events);
  ASSERT_TRUE(caught_up.ok()) << caught_up.status();
  EXPECT_GE(events.size(), 500u);
  EXPECT_EQ(caught_up->resume_position(), events.size());
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(total, 500u + kThreads * kAppends * 3);
  const absl::Status status = subscription.ReadEvents(total, &events);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(events.size(), total);
  ExpectGapless(events, 0);
}

TEST_F(SubscribeE2eTest, SaysExactlyOnceThatItHasCaughtUp) {
  v1::SubscribeRequest request;
  request.set_heartbeat_interval_ms(100);
  OpenSubscription subscription(client(), request);
  auto message = subscription.Next();
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_TRUE(message->has_caught_up());
  EXPECT_EQ(message->resume_position(), 0u);
  for (uint64_t i = 1; i <= 3; ++i) {
    AppendSome("ada", 1);
    message = subscription.NextNews();
    ASSERT_TRUE(message.ok()) << message.status();
    ASSERT_TRUE(message->has_batch()) << message->ShortDebugString();
    EXPECT_EQ(message->batch().events(0).position(), i - 1);
    EXPECT_EQ(message->resume_position(), i);
  }
  message = subscription.Next();
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_TRUE(message->has_heartbeat()) << message->ShortDebugString();
  EXPECT_EQ(message->resume_position(), 3u);
}

TEST_F(SubscribeE2eTest, FromAPositionATimeAndTheEnd) {
  const v1::AppendResponse appended = AppendSome("ada", 10);
  v1::SubscribeRequest by_position;
  by_position.set_from_position(4);
  v1::SubscribeRequest by_time;
  *by_time.mutable_from_record_time() = appended.events(4).record_time();
  for (const v1::SubscribeRequest& request : {by_position, by_time}) {
    OpenSubscription subscription(client(), request);
    std::vector<v1::Event> events;
    const auto caught_up = subscription.ReadUntil(Content::kCaughtUp, &events);
    ASSERT_TRUE(caught_up.ok()) << caught_up.status();
    EXPECT_EQ(events.size(), 6u);
    ExpectGapless(events, 4);
    EXPECT_EQ(caught_up->resume_position(), 10u);
  }
  v1::SubscribeRequest from_end;
  from_end.set_from_end(true);
  OpenSubscription subscription(client(), from_end);
  const auto first = subscription.Next();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_TRUE(first->has_caught_up());
  EXPECT_EQ(first->resume_position(), 10u);
  AppendSome("bob", 2);
  std::vector<v1::Event> events;
  const absl::Status status = subscription.ReadEvents(2, &events);
  ASSERT_TRUE(status.ok()) << status;
  ExpectGapless(events, 10);
}

TEST_F(SubscribeE2eTest, ASlowReaderIsToldThatItFellBehindAndMissesNothing) {
  constexpr int kAppends = 20;
  constexpr int kEventsPerAppend = 1'000;
  grpc::ChannelArguments narrow;
  // What the reader does not take waits at the server, not in windows and buffers on the way.
  narrow.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  narrow.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 64 << 10);
  const PlainClient slow(server_.process().address(), narrow);
  AppendSome("ada", 1);
  OpenSubscription subscription(slow, {});
  std::vector<v1::Event> events;
  auto message = subscription.ReadUntil(Content::kCaughtUp, &events);
  ASSERT_TRUE(message.ok()) << message.status();
  for (int i = 0; i < kAppends; ++i) {
    server_.MustAppend(LargeAppend(absl::StrCat("client-", i), kEventsPerAppend, 1'000));
  }
  message = subscription.ReadUntil(Content::kFellBehind, &events);
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(message->resume_position(), events.size());
  EXPECT_LT(events.size(), kAppends * kEventsPerAppend - 10'000u);
  message = subscription.ReadUntil(Content::kCaughtUp, &events);
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(message->resume_position(), events.size());
  EXPECT_EQ(events.size(), 1u + kAppends * kEventsPerAppend);
  ExpectGapless(events, 0);
  AppendSome("ada", 1);
  const absl::Status status = subscription.ReadEvents(events.size() + 1, &events);
  ASSERT_TRUE(status.ok()) << status;
  ExpectGapless(events, 0);
}

TEST_F(SubscribeE2eTest, HeartbeatsMoveTheResumePositionPastWhatWasFilteredOut) {
  v1::SubscribeRequest request;
  request.set_heartbeat_interval_ms(100);
  request.mutable_filter()->add_client_ids("bob");
  OpenSubscription filtered(client(), request);
  request.clear_filter();
  request.set_client_id("bob");
  OpenSubscription of_one_client(client(), request);
  AppendSome("ada", 25);
  for (OpenSubscription* subscription : {&filtered, &of_one_client}) {
    uint64_t last = 0;
    while (last < 25) {
      const auto message = subscription->Next();
      ASSERT_TRUE(message.ok()) << message.status();
      EXPECT_FALSE(message->has_batch());
      EXPECT_GE(message->resume_position(), last);
      last = message->resume_position();
    }
  }
  AppendSome("bob", 1);
  for (OpenSubscription* subscription : {&filtered, &of_one_client}) {
    std::vector<v1::Event> events;
    const absl::Status status = subscription->ReadEvents(1, &events);
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(events[0].position(), 25u);
  }
}

// Goal: a reader whose filter passes nothing hears where it stands, however fast the ledger grows.
TEST_F(SubscribeE2eTest, HeartbeatsComeWhileOthersFillTheLedger) {
  v1::SubscribeRequest request;
  request.set_heartbeat_interval_ms(100);
  request.mutable_filter()->add_client_ids("bob");
  OpenSubscription subscription(client(), request);
  auto message = subscription.Next();
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_TRUE(message->has_caught_up());
  std::atomic<bool> enough{false};
  std::thread others([&] {
    while (!enough) AppendSome("ada", 1);
  });
  uint64_t last = 0;
  for (int i = 0; i < 3; ++i) {
    message = subscription.Next();
    if (!message.ok()) break;
    EXPECT_TRUE(message->has_heartbeat()) << message->ShortDebugString();
    EXPECT_GT(message->resume_position(), last);
    last = message->resume_position();
  }
  enough = true;
  others.join();
  EXPECT_TRUE(message.ok()) << message.status();
}

TEST_F(SubscribeE2eTest, FiltersAndTheRawView) {
  v1::AppendRequest append;
  for (int i = 0; i < 30; ++i) {
    v1::ProposedEvent event = i % 3 == 0 ? NoteEvent("ada", "note") : EffortEvent("bob");
    if (i % 2 == 0) event.set_correlation_id("order-1");
    *append.add_events() = event;
  }
  server_.MustAppend(append);
  v1::SubscribeRequest request;
  request.mutable_filter()->add_fact_types(v1::FACT_TYPE_SENTIMENT_NOTED);
  request.mutable_filter()->set_correlation_id("order-1");
  request.mutable_filter()->add_client_ids("ada");
  std::vector<v1::Event> events;
  OpenSubscription typed(client(), request);
  ASSERT_TRUE(typed.ReadUntil(Content::kCaughtUp, &events).ok());
  ASSERT_EQ(events.size(), 5u);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(events[i].position(), 6u * i);
    EXPECT_EQ(events[i].fact().sentiment_noted().note(), "note");
  }
  request.set_view(v1::EVENT_VIEW_RAW);
  OpenSubscription raw(client(), request);
  const auto batch = raw.Next();
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->batch().records_size(), 5);
  EXPECT_EQ(batch->batch().events_size(), 0);
  EXPECT_FALSE(batch->batch().records(0).sealed().empty());
}

TEST_F(SubscribeE2eTest, ResumesAfterADisconnectAndAfterARestart) {
  std::vector<v1::Event> events;
  uint64_t resume = 0;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 5; ++i) server_.MustAppend(LargeAppend("ada", 100, 1'000));
    v1::SubscribeRequest request;
    request.set_from_position(resume);
    {
      // Two batches of several; the rest is cut off.
      OpenSubscription subscription(client(), request);
      for (int batches = 0; batches < 2;) {
        const auto message = subscription.NextNews();
        ASSERT_TRUE(message.ok()) << message.status();
        batches += message->has_batch() ? 1 : 0;
        for (const v1::Event& event : message->batch().events()) events.push_back(event);
        resume = message->resume_position();
      }
    }
    if (round == 1) server_.Restart();
  }
  v1::SubscribeRequest request;
  request.set_from_position(resume);
  OpenSubscription subscription(client(), request);
  ASSERT_TRUE(subscription.ReadUntil(Content::kCaughtUp, &events).ok());
  EXPECT_EQ(events.size(), 2'000u);
  ExpectGapless(events, 0);
}

}  // namespace
}  // namespace pledger::testing
