// Reads that open personal fields stand in the access log first: one entry a call, and no answer
// where it can't be written.

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "client/lib/errors.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "pledger/v1/ledger.grpc.pb.h"
#include "server/ledger/embedded_sequencer.h"
#include "server/services/access_log_call.h"
#include "server/services/ledger_service.h"
#include "storage/access_log.h"
#include "storage/commit_signal.h"
#include "storage/memory/memory_event_store.h"
#include "tests/support/sample_facts.h"
#include "tests/support/test_ledger.h"

namespace pledger::services {
namespace {

// In memory; fails, or keeps everybody waiting, on demand.
class FakeAccessLog final : public storage::AccessLog {
 public:
  void Append(std::string entry, std::function<void(absl::Status)> done) override {
    absl::Status outcome;
    {
      absl::MutexLock lock(&mutex_);
      if (hold_) {
        held_.push_back(std::move(done));
        return;
      }
      outcome = failure_;
      if (outcome.ok()) entries_.push_back(std::move(entry));
    }
    done(outcome);
  }
  Head head() const override {
    absl::MutexLock lock(&mutex_);
    return {entries_.size(), {}};
  }
  absl::StatusOr<std::vector<std::string>> Read(uint64_t from, size_t limit) override {
    absl::MutexLock lock(&mutex_);
    const size_t begin = std::min<size_t>(from, entries_.size());
    const size_t end = std::min(begin + limit, entries_.size());
    return std::vector<std::string>(entries_.begin() + begin, entries_.begin() + end);
  }
  absl::StatusOr<storage::merkle::Proof> ProveConsistency(uint64_t, uint64_t) override {
    return storage::merkle::Proof();
  }

  void Fail(absl::Status failure) {
    absl::MutexLock lock(&mutex_);
    failure_ = std::move(failure);
  }
  void Hold() {
    absl::MutexLock lock(&mutex_);
    hold_ = true;
  }
  // Lets those go that wait, with a failure.
  void Release() {
    std::deque<std::function<void(absl::Status)>> held;
    {
      absl::MutexLock lock(&mutex_);
      hold_ = false;
      held.swap(held_);
    }
    for (const auto& done : held) done(absl::UnavailableError("never written"));
  }

 private:
  mutable absl::Mutex mutex_;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  bool hold_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::string> entries_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::function<void(absl::Status)>> held_ ABSL_GUARDED_BY(mutex_);
};

class AccessReadTest : public ::testing::Test {
 protected:
  AccessReadTest() {
    machine_ = *ledger::LedgerMachine::Create(store_, signal_);
    sequencer_ = std::make_unique<ledger::EmbeddedSequencer>(*machine_, absl::Seconds(1));
    context_.reset(new LedgerContext{store_, preparer_, *sequencer_, *machine_, guard_, signal_,
                                     personal_, principals_, access_, executor_, ticker_, clock_,
                                     "test.example/ledger", "test", [] { return 0; },
                                     [](v1::GetStatusResponse*) { return absl::OkStatus(); }});
    service_ = MakeLedgerService(*context_);
    grpc::ServerBuilder builder;
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = v1::LedgerService::NewStub(server_->InProcessChannel({}));
    v1::AppendRequest request;
    *request.add_events() = testing::SampleEvent(testing::SampleFact(v1::Fact::kClientOpened));
    event_id_ = request.events(0).event_id();
    client_id_ = request.events(0).client_id();
    name_ = request.events(0).fact().client_opened().display_name();
    grpc::ClientContext call;
    v1::AppendResponse response;
    const grpc::Status appended = stub_->Append(&call, request, &response);
    EXPECT_TRUE(appended.ok()) << appended.error_message();
  }
  ~AccessReadTest() override {
    log_.Release();
    ticker_.Shutdown();
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
    sequencer_->Stop();
  }

  // Each of the four reads of events: its error, and how many events with a name came.
  struct Outcome {
    absl::Status status;
    int names = 0;
  };
  Outcome Get(v1::PersonalFields fields, absl::Duration patience = absl::Seconds(60)) {
    grpc::ClientContext call;
    call.set_deadline(absl::ToChronoTime(absl::Now() + patience));
    v1::GetEventRequest request;
    request.set_event_id(event_id_);
    request.set_personal_fields(fields);
    v1::GetEventResponse response;
    Outcome outcome;
    outcome.status = client::FromGrpc(stub_->GetEvent(&call, request, &response));
    if (outcome.status.ok()) Count(response.event(), &outcome);
    return outcome;
  }
  Outcome List(v1::PersonalFields fields) {
    grpc::ClientContext call;
    v1::ListClientEventsRequest request;
    request.set_client_id(client_id_);
    request.set_personal_fields(fields);
    v1::ListClientEventsResponse response;
    Outcome outcome;
    outcome.status = client::FromGrpc(stub_->ListClientEvents(&call, request, &response));
    for (const v1::Event& event : response.events()) Count(event, &outcome);
    return outcome;
  }
  Outcome Read(v1::PersonalFields fields) {
    grpc::ClientContext call;
    v1::ReadEventsRequest request;
    request.set_client_id(client_id_);
    request.set_personal_fields(fields);
    Outcome outcome;
    const auto stream = stub_->ReadEvents(&call, request);
    v1::ReadEventsResponse batch;
    while (stream->Read(&batch)) {
      for (const v1::Event& event : batch.events()) Count(event, &outcome);
    }
    outcome.status = client::FromGrpc(stream->Finish());
    return outcome;
  }
  // Until it has caught up.
  Outcome Follow(v1::PersonalFields fields) {
    grpc::ClientContext call;
    v1::SubscribeRequest request;
    request.set_client_id(client_id_);
    request.set_personal_fields(fields);
    Outcome outcome;
    const auto stream = stub_->Subscribe(&call, request);
    v1::SubscribeResponse message;
    while (stream->Read(&message)) {
      for (const v1::Event& event : message.batch().events()) Count(event, &outcome);
      if (!message.has_caught_up()) continue;
      call.TryCancel();
      (void)stream->Finish();  // It says "cancelled", our own doing.
      return outcome;
    }
    outcome.status = client::FromGrpc(stream->Finish());
    return outcome;
  }
  void Count(const v1::Event& event, Outcome* outcome) {
    if (event.fact().client_opened().display_name() == name_) ++outcome->names;
  }

  v1::AccessEntry Entry(uint64_t index) {
    v1::ReadAccessLogRequest request;
    request.set_from_index(index);
    request.set_page_size(1);
    const auto read = ReadAccessLog(log_, request);
    EXPECT_TRUE(read.ok() && read->records_size() == 1) << read.status();
    return read->records(0).entry();
  }

  testing::ManualClock clock_{testing::kSampleTimeNs};
  storage::keys::SeededRandomSource random_{3};
  storage::keys::MemoryKeyStore key_store_;
  storage::keys::KeyVault keys_{key_store_, storage::keys::KeyEncryptionKey(), random_, 16};
  storage::MemoryEventStore store_;
  storage::CommitSignal signal_;
  ledger::AppendPreparer preparer_{"test.example/ledger", clock_, keys_, random_};
  ledger::ErasureGuard guard_;
  std::unique_ptr<ledger::LedgerMachine> machine_;
  std::unique_ptr<ledger::EmbeddedSequencer> sequencer_;
  PersonalReader personal_{"test.example/ledger", store_, keys_};
  Principals principals_;
  FakeAccessLog log_;
  AccessRecorder access_{log_, clock_};
  Executor executor_{1, 100};
  StreamTicker ticker_{clock_, absl::Milliseconds(50)};
  std::unique_ptr<LedgerContext> context_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::LedgerService::Stub> stub_;
  std::string event_id_;
  std::string client_id_;
  std::string name_;
};

// Goal: each read that opens names leaves one entry, that says who read what and how.
TEST_F(AccessReadTest, EachReadLeavesOneEntry) {
  constexpr auto kInclude = v1::PERSONAL_FIELDS_INCLUDE;
  EXPECT_EQ(Get(kInclude).names, 1);
  EXPECT_EQ(List(kInclude).names, 1);
  EXPECT_EQ(Read(kInclude).names, 1);
  EXPECT_EQ(Follow(kInclude).names, 1);
  ASSERT_EQ(log_.head().size, 4u);
  const char* methods[] = {"GetEvent", "ListClientEvents", "ReadEvents", "Subscribe"};
  for (int i = 0; i < 4; ++i) {
    const v1::AccessEntry entry = Entry(i);
    EXPECT_EQ(entry.method(), methods[i]);
    EXPECT_EQ(entry.kind(), v1::AccessEntry::KIND_PERSONAL_FIELDS);
    EXPECT_EQ(entry.principal(), "local");
    EXPECT_EQ(entry.time().seconds(), testing::kSampleTimeNs / 1'000'000'000);
    EXPECT_EQ(entry.client_id(), i == 0 ? "" : client_id_);
    EXPECT_EQ(entry.event_id(), i == 0 ? event_id_ : "");
  }
}

// Goal: without the log nothing personal is read, and everything else is.
TEST_F(AccessReadTest, WithoutTheLogNothingPersonalIsRead) {
  log_.Fail(absl::ResourceExhaustedError("no space left"));
  for (const v1::PersonalFields fields :
       {v1::PERSONAL_FIELDS_UNSPECIFIED, v1::PERSONAL_FIELDS_OMIT, v1::PERSONAL_FIELDS_INCLUDE}) {
    for (const Outcome& outcome : {Get(fields), List(fields), Read(fields), Follow(fields)}) {
      EXPECT_EQ(outcome.names, 0);
      if (fields != v1::PERSONAL_FIELDS_INCLUDE) {
        EXPECT_TRUE(outcome.status.ok()) << outcome.status;
        continue;
      }
      EXPECT_EQ(outcome.status.code(), absl::StatusCode::kUnavailable);
      EXPECT_EQ(client::ReasonOf(outcome.status), v1::ERROR_REASON_ACCESS_LOG_UNAVAILABLE);
      EXPECT_EQ(client::ErrorMetadataOf(outcome.status, "cause"), "no space left");
    }
  }
  EXPECT_EQ(log_.head().size, 0u);
  log_.Fail(absl::OkStatus());
  EXPECT_EQ(Get(v1::PERSONAL_FIELDS_INCLUDE).names, 1);
}

// Goal: nothing is answered before the entry is on disk, however long that takes.
TEST_F(AccessReadTest, TheAnswerWaitsForTheEntry) {
  log_.Hold();
  const Outcome waiting = Get(v1::PERSONAL_FIELDS_INCLUDE, absl::Milliseconds(300));
  EXPECT_EQ(waiting.status.code(), absl::StatusCode::kDeadlineExceeded) << waiting.status;
  EXPECT_TRUE(Get(v1::PERSONAL_FIELDS_OMIT).status.ok());
}

}  // namespace
}  // namespace pledger::services
