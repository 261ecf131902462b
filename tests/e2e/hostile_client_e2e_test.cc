// Clients that behave badly: no longer there, no gRPC at all, never reading.
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/e2e/ledger_fixture.h"
#include "tests/e2e/raw_connection.h"

namespace pledger::testing {
namespace {

constexpr char kAppendMethod[] = "/pledger.v1.LedgerService/Append";

using HostileClientE2eTest = LedgerTest;

v1::AppendRequest TenEvents(int number) {
  v1::AppendRequest request;
  for (int i = 0; i < 10; ++i) {
    const std::string client_id = absl::StrCat("client-", (number + i) % 5);
    *request.add_events() = i % 2 == 0 ? EffortEvent(client_id) : NoteEvent(client_id, "a note");
  }
  return request;
}

TEST_F(HostileClientE2eTest, AnAppendThatArrivesAfterItsDeadlineIsNotRecorded) {
  const std::string request = TenEvents(0).SerializeAsString();
  const int port = server_.process().port();
  RawConnection(port).CallUnary(kAppendMethod, "1n", RawConnection::Sending::kLate, request);
  EXPECT_EQ(server_.NextPosition(), 0u);
  // The same way with time enough: what was refused was the deadline.
  RawConnection(port).CallUnary(kAppendMethod, "50S", RawConnection::Sending::kAtOnce, request);
  EXPECT_EQ(server_.NextPosition(), 10u);
}

TEST_F(HostileClientE2eTest, AnAppendThatRunsOutOfTimeIsWholeOrAbsent) {
  uint64_t whole = 0;
  int refused = 0;
  for (int i = 0; i < 300; ++i) {
    const v1::AppendRequest request = TenEvents(i);
    const auto response = client().Append(request, absl::Microseconds(10 * i));
    if (!response.ok()) {
      ++refused;
      ASSERT_TRUE(absl::IsDeadlineExceeded(response.status())) << response.status();
    }
    // What was given up by its caller may still have been recorded; then a retry says where.
    const v1::AppendResponse again = server_.MustAppend(request);
    ASSERT_EQ(again.events_size(), 10);
    const bool duplicate = again.events(0).duplicate();
    EXPECT_TRUE(duplicate || !response.ok());
    for (int j = 0; j < 10; ++j) {
      EXPECT_EQ(again.events(j).duplicate(), duplicate);
      EXPECT_EQ(again.events(j).position(), again.events(0).position() + j);
    }
    whole += 10;
  }
  EXPECT_GT(refused, 0);
  EXPECT_EQ(server_.NextPosition(), whole);
}

TEST_F(HostileClientE2eTest, GarbageOnThePortHarmsNobody) {
  const unsigned seed = std::random_device()();
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 20; ++i) {
    RawConnection connection(server_.process().port());
    // Half of them begin as a client would.
    std::string bytes = i % 2 == 0 ? "" : "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    for (int j = 0; j < 5'000; ++j) bytes.push_back(static_cast<char>(random()));
    connection.Send(bytes);
    connection.EndSending();
    connection.AwaitClose();
  }
  RawConnection(server_.process().port()).Send("GET / HTTP/1.1\r\n\r\n");
  server_.MustAppend(AppendOf({EffortEvent("ada")}));
  EXPECT_EQ(server_.NextPosition(), 1u);
}

TEST_F(HostileClientE2eTest, ReadersThatNeverReadHoldUpNobodyAndCostLittle) {
  constexpr int kReaders = 25;
  constexpr int64_t kGrowthBytesMax = int64_t{400} << 20;
  for (int i = 0; i < 8; ++i) server_.MustAppend(LargeAppend("ada", 60, 60'000));
  const int64_t before = server_.process().ResidentBytes();
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::ReadEventsResponse>>> readers;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::SubscribeResponse>>> subscribers;
  for (int i = 0; i < kReaders; ++i) {
    for (int j = 0; j < 2; ++j) {
      contexts.push_back(std::make_unique<grpc::ClientContext>());
      SetPatience(*contexts.back(), kCallPatience);
    }
    readers.push_back(client().ledger().ReadEvents(contexts[2 * i].get(), {}));
    subscribers.push_back(client().ledger().Subscribe(contexts[2 * i + 1].get(), {}));
    readers.back()->WaitForInitialMetadata();
    subscribers.back()->WaitForInitialMetadata();
  }
  // On a connection of its own: that of the readers is full.
  const PlainClient other(server_.process().address());
  for (int i = 0; i < 4; ++i) {
    const auto appended = other.Append(LargeAppend("bob", 60, 60'000));
    ASSERT_TRUE(appended.ok()) << appended.status();
  }
  const auto status = other.GetStatus();
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->next_position(), 720u);
  // What they have not read is 2 GB.
  const int64_t growth = server_.process().ResidentBytes() - before;
  std::printf("memory grew by %lld MiB\n", static_cast<long long>(growth >> 20));
  EXPECT_LT(growth, kGrowthBytesMax);
  for (const auto& context : contexts) context->TryCancel();
  for (const auto& reader : readers) (void)reader->Finish();  // They say "cancelled".
  for (const auto& subscriber : subscribers) (void)subscriber->Finish();
}

}  // namespace
}  // namespace pledger::testing
