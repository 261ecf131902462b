// The server's life: starting, refusing to start, serving, going down, coming back.
#include <sched.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "client/lib/errors.h"
#include "gmock/gmock.h"
#include "grpcpp/impl/codegen/rpc_method.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/sync_stream.h"
#include "gtest/gtest.h"
#include "tests/e2e/kill_audit.h"
#include "tests/e2e/kill_load.h"
#include "tests/e2e/ledger_fixture.h"

namespace pledger::testing {
namespace {

using ::testing::HasSubstr;
using Bytes = grpc::ByteBuffer;

// grpc.health.v1.HealthCheckResponse, serialised: its field 1 is SERVING or NOT_SERVING.
constexpr char kServing[] = "\x08\x01";
constexpr char kNotServing[] = "\x08\x02";

constexpr absl::Duration kExitPatience = absl::Seconds(60);

std::string TextOf(const Bytes& bytes) {
  grpc::Slice slice;
  if (!bytes.DumpToSingleSlice(&slice).ok()) return "";
  return std::string(reinterpret_cast<const char*>(slice.begin()), slice.size());
}

// A subscription on a thread of its own that counts what comes until the server ends it.
class Follower {
 public:
  explicit Follower(const std::string& address)
      : client_(address), subscription_(client_, {}), thread_([this] { Run(); }) {}
  ~Follower() {
    if (thread_.joinable()) thread_.join();
  }

  void AwaitCaughtUp() { caught_up_.WaitForNotification(); }
  // How the server ended it.
  absl::Status Join() {
    thread_.join();
    return end_;
  }
  // After Join().
  bool gapless() const { return gapless_; }
  uint64_t count() const { return count_; }

 private:
  void Run() {
    while (true) {
      const auto message = subscription_.Next();
      if (!message.ok()) {
        end_ = message.status();
        break;
      }
      for (const v1::Event& event : message->batch().events()) {
        gapless_ = gapless_ && event.position() == count_;
        ++count_;
      }
      if (message->has_caught_up() && !caught_up_.HasBeenNotified()) caught_up_.Notify();
    }
    if (!caught_up_.HasBeenNotified()) caught_up_.Notify();
  }

  const PlainClient client_;
  OpenSubscription subscription_;
  absl::Notification caught_up_;
  absl::Status end_;
  bool gapless_ = true;
  uint64_t count_ = 0;
  std::thread thread_;
};

using LifecycleE2eTest = LedgerTest;

TEST_F(LifecycleE2eTest, HealthSaysServingAndThenNot) {
  const auto checked = client().CallRaw("/grpc.health.v1.Health/Check", "");
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(*checked, kServing);
  const grpc::internal::RpcMethod watch("/grpc.health.v1.Health/Watch",
                                        grpc::internal::RpcMethod::SERVER_STREAMING);
  grpc::ClientContext context;
  SetPatience(context, kCallPatience);
  const grpc::Slice nothing;
  const Bytes request(&nothing, 1);
  const std::unique_ptr<grpc::ClientReader<Bytes>> stream(
      grpc::internal::ClientReaderFactory<Bytes>::Create(&client().channel(), watch, &context,
                                                         request));
  Bytes answer;
  ASSERT_TRUE(stream->Read(&answer));
  EXPECT_EQ(TextOf(answer), kServing);
  server_.process().Terminate();
  ASSERT_TRUE(stream->Read(&answer));
  EXPECT_EQ(TextOf(answer), kNotServing);
  context.TryCancel();
  (void)stream->Finish();  // It says "cancelled".
  const auto code = server_.process().AwaitExit(kExitPatience);
  ASSERT_TRUE(code.ok()) << code.status();
  EXPECT_EQ(*code, 0);
}

TEST_F(LifecycleE2eTest, ReflectionListsTheServices) {
  const grpc::internal::RpcMethod method(
      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
      grpc::internal::RpcMethod::BIDI_STREAMING);
  grpc::ClientContext context;
  SetPatience(context, kCallPatience);
  const std::unique_ptr<grpc::ClientReaderWriter<Bytes, Bytes>> stream(
      grpc::internal::ClientReaderWriterFactory<Bytes, Bytes>::Create(&client().channel(), method,
                                                                      &context));
  // ServerReflectionRequest, serialised: its field 7, list_services, is "*".
  const grpc::Slice request(std::string("\x3a\x01*"));
  ASSERT_TRUE(stream->Write(Bytes(&request, 1)));
  Bytes answer;
  ASSERT_TRUE(stream->Read(&answer));
  for (const char* service :
       {"pledger.v1.LedgerService", "pledger.v1.ReliabilityService", "grpc.health.v1.Health"}) {
    EXPECT_THAT(TextOf(answer), HasSubstr(service));
  }
  stream->WritesDone();
  const grpc::Status status = stream->Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(LifecycleE2eTest, TerminatedUnderLoadItKeepsAndSendsWhatItAcknowledged) {
  std::vector<std::unique_ptr<KillAppender>> appenders;
  std::vector<std::thread> threads;
  Follower follower(server_.process().address());
  follower.AwaitCaughtUp();
  for (int i = 0; i < 4; ++i) {
    appenders.push_back(std::make_unique<KillAppender>(absl::StrCat("a-", i), i % 2 == 1, i));
    threads.emplace_back([&, i] { appenders[i]->Run(server_.process().address()); });
  }
  EXPECT_TRUE(
      absl::IsDeadlineExceeded(server_.process().AwaitExit(absl::Milliseconds(300)).status()));
  server_.process().Terminate();
  const auto code = server_.process().AwaitExit(kExitPatience);
  ASSERT_TRUE(code.ok()) << code.status();
  EXPECT_EQ(*code, 0) << server_.process().Log();
  for (std::thread& thread : threads) thread.join();
  const absl::Status end = follower.Join();
  EXPECT_TRUE(IsError(end, absl::StatusCode::kUnavailable, v1::ERROR_REASON_SHUTTING_DOWN,
                      {{"position", absl::StrCat(follower.count())}}));
  EXPECT_TRUE(follower.gapless());
  EXPECT_GT(follower.count(), 0u);
  server_.Start();
  KillAudit audit;
  for (const auto& appender : appenders) {
    EXPECT_EQ(appender->trouble, "");
    EXPECT_FALSE(appender->acked.empty());
    for (const AckedAppend& append : appender->acked) {
      const absl::Status status = audit.Acknowledge(append.request, append.response);
      ASSERT_TRUE(status.ok()) << status;
    }
  }
  const absl::Status status = audit.Check(client());
  ASSERT_TRUE(status.ok()) << status;
  for (const auto& appender : appenders) {
    for (const v1::AppendRequest& request : appender->unanswered) {
      const absl::Status whole = audit.CheckWhole(request, false);
      EXPECT_TRUE(whole.ok()) << whole;
    }
  }
}

TEST_F(LifecycleE2eTest, ACallThatWaitsForTheViewDoesNotHoldUpTheEnd) {
  server_.MustAppend(AppendOf({EffortEvent("ada")}));
  absl::Status ended;
  std::thread waiting([&] {
    v1::GetReliabilityRequest request;
    request.set_client_id("ada");
    request.mutable_perspective()->set_min_position(1'000);
    ended = PlainClient(server_.process().address())
                .GetReliability(request, absl::Seconds(100))
                .status();
  });
  // Time for the call to arrive; where it has not, it must end all the same.
  EXPECT_TRUE(
      absl::IsDeadlineExceeded(server_.process().AwaitExit(absl::Milliseconds(200)).status()));
  server_.process().Terminate();
  const auto code = server_.process().AwaitExit(absl::Seconds(20));
  server_.process().Kill();
  waiting.join();
  ASSERT_TRUE(code.ok()) << code.status();
  EXPECT_EQ(*code, 0);
  EXPECT_TRUE(absl::IsUnavailable(ended) || absl::IsCancelled(ended)) << ended;
}

TEST_F(LifecycleE2eTest, ASecondServerOnTheSameFolderRefuses) {
  server_.MustAppend(AppendOf({EffortEvent("ada")}));
  const auto second = ServerProcess::Start({.data = server_.data()});
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("cannot start"));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("another"));
  server_.MustAppend(AppendOf({EffortEvent("ada")}));
}

TEST_F(LifecycleE2eTest, RefusesToListenBeyondThisMachine) {
  const TemporaryFolder folder;
  for (const char* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:7430", "example.com:7430", ":0"}) {
    const auto started = ServerProcess::Start({.data = folder.path() + "/data", .listen = address});
    ASSERT_FALSE(started.ok()) << address;
    EXPECT_THAT(std::string(started.status().message()), HasSubstr("loopback")) << address;
  }
}

TEST_F(LifecycleE2eTest, WritesItsPort) {
  int port = 0;
  std::ifstream(server_.data() + ".port") >> port;
  EXPECT_GT(port, 0);
  const PlainClient by_port(absl::StrCat("127.0.0.1:", port));
  EXPECT_TRUE(by_port.GetStatus().ok());
}

// A tenth of the appends that a busy machine can take; see InterruptNobody().
TEST_F(LifecycleE2eTest, NoThreadOfItInterruptsAnother) {
  server_.MustAppend(AppendOf({EffortEvent("ada")}));
  int threads = 0;
  const std::string tasks = absl::StrCat("/proc/", server_.process().pid(), "/task");
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    const int policy = sched_getscheduler(std::stoi(task.path().filename()));
    // It may have ended meanwhile.
    if (policy < 0) continue;
    EXPECT_EQ(policy, SCHED_BATCH) << task.path();
    ++threads;
  }
  EXPECT_GT(threads, 4);
}

// Everything that is answered from the index or the view.
std::string Answers(const PlainClient& client) {
  std::string answers;
  const auto add = [&](const auto& answer) {
    EXPECT_TRUE(answer.ok()) << answer.status();
    if (answer.ok()) absl::StrAppend(&answers, answer->DebugString());
  };
  v1::ListClientsRequest clients;
  clients.mutable_perspective()->mutable_as_of()->set_seconds(1'800'000'000);
  clients.mutable_perspective()->set_min_position(client.GetStatus()->next_position() - 1);
  const auto page = client.ListClients(clients);
  add(page);
  if (!page.ok()) return answers;
  for (const v1::ClientSummary& one : page->clients()) {
    v1::ExplainRequest explain;
    explain.set_client_id(one.client_id());
    *explain.mutable_perspective() = clients.perspective();
    add(client.Explain(explain));
    v1::ListClientEventsRequest list;
    list.set_client_id(one.client_id());
    add(client.ListClientEvents(list));
  }
  const auto status = client.GetStatus();
  return status.ok() ? absl::StrCat(answers, status->next_position(), status->root_hash()) : "";
}

TEST_F(LifecycleE2eTest, TheIndexAndTheViewsCanBeLost) {
  v1::AppendRequest request;
  for (int i = 0; i < 300; ++i) {
    const std::string client_id = absl::StrCat("client-", i % 11);
    *request.add_events() = NewEvent(
        client_id, absl::StrCat("invoice_issued { invoice_id: 'i-", i,
                                "' amount { currency_code: ", "'EUR' minor_units: ", i + 1,
                                " } due_time { seconds: ", 1'714'600'000 + i * 90'000, " } }"));
    if (i % 3 != 0) *request.add_events() = NoteEvent(client_id, absl::StrCat("note ", i));
  }
  const v1::AppendResponse first = server_.MustAppend(request);
  const std::string answers = Answers(client());
  for (const std::vector<std::string>& lost :
       std::vector<std::vector<std::string>>{{"index"}, {"views"}, {"index", "views"}}) {
    server_.Stop();
    for (const std::string& folder : lost) {
      ASSERT_GT(std::filesystem::remove_all(absl::StrCat(server_.data(), "/", folder)), 0u);
    }
    server_.Start();
    EXPECT_EQ(Answers(client()), answers);
    // Ids and obligations are known again.
    const v1::AppendResponse again = server_.MustAppend(request);
    ASSERT_EQ(again.events_size(), first.events_size());
    for (int i = 0; i < again.events_size(); ++i) {
      EXPECT_TRUE(again.events(i).duplicate());
      EXPECT_EQ(again.events(i).position(), first.events(i).position());
    }
    v1::ProposedEvent anew = request.events(0);
    anew.set_event_id(NextEventId());
    EXPECT_TRUE(IsError(client().Append(AppendOf({anew})).status(),
                        absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_OBLIGATION_EXISTS,
                        {{"obligation_id", "i-0"}}));
  }
}

TEST_F(LifecycleE2eTest, WithoutRoomItIsReadOnlyAndReadingGoesOn) {
  server_.MustAppend(AppendOf({NoteEvent("ada", "kept")}));
  server_.Stop();
  // More than any disk has: a full disk as far as the server can tell.
  server_.set_arguments({"--free-bytes-min", "4611686018427387904"});
  server_.Start();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(IsError(client().Append(AppendOf({EffortEvent("ada")})).status(),
                        absl::StatusCode::kUnavailable, v1::ERROR_REASON_READ_ONLY));
  }
  const auto status = client().GetStatus();
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_NE(status->read_only_cause(), "");
  EXPECT_EQ(status->next_position(), 1u);
  const auto event = client().GetEvent(0);
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->fact().sentiment_noted().note(), "kept");
  server_.Stop();
  server_.set_arguments({});
  server_.Start();
  server_.MustAppend(AppendOf({EffortEvent("ada")}));
  EXPECT_EQ(server_.NextPosition(), 2u);
}

}  // namespace
}  // namespace pledger::testing
