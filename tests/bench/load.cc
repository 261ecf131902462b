#include "tests/bench/load.h"

#include <grpcpp/generic/generic_stub.h>

#include <chrono>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "pledger/v1/ledger.pb.h"
#include "tests/bench/load_control.h"

namespace pledger::bench {
namespace {

using Clock = std::chrono::steady_clock;

void Tally(WorkerTally* tally, Clock::time_point call_start) {
  const Clock::time_point now = Clock::now();
  ++tally->calls;
  tally->last_answer = now;
  tally->latencies_us.push_back(static_cast<uint32_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(now - call_start).count()));
}

// One call in flight: when a call ends, the next one begins in the same place.
class UnarySlot final : public grpc::ClientUnaryReactor {
 public:
  UnarySlot(const std::shared_ptr<grpc::Channel>& channel, const Load& load, LoadControl* control)
      : stub_(channel), method_(load.method), control_(control) {}

  void CallNext() {
    const grpc::ByteBuffer* request = control_->Next();
    if (request == nullptr) {
      control_->WorkerDone();
      return;
    }
    context_.emplace();
    response_.Clear();
    call_start_ = Clock::now();
    stub_.PrepareUnaryCall(&*context_, method_, {}, request, &response_, this);
    StartCall();
  }

  // The library is done with the reactor here, so it may serve the next call.
  void OnDone(const grpc::Status& status) override {
    if (status.ok()) {
      Tally(&tally_, call_start_);
      ++tally_.response_messages;
      tally_.response_bytes += static_cast<int64_t>(response_.Length());
    } else {
      control_->Fail(status);
    }
    CallNext();
  }

  const WorkerTally& tally() const { return tally_; }

 private:
  grpc::GenericStub stub_;
  const std::string method_;
  LoadControl* control_;
  std::optional<grpc::ClientContext> context_;
  grpc::ByteBuffer response_;
  Clock::time_point call_start_;
  WorkerTally tally_;
};

// One server-streaming call in flight.
class ReadSlot final : public grpc::ClientReadReactor<grpc::ByteBuffer> {
 public:
  ReadSlot(std::shared_ptr<grpc::Channel> channel, const Load& load, LoadControl* control)
      : channel_(std::move(channel)), method_(load.method), control_(control) {}

  void CallNext() {
    const grpc::ByteBuffer* request = control_->Next();
    if (request == nullptr) {
      control_->WorkerDone();
      return;
    }
    context_.emplace();
    call_start_ = Clock::now();
    // What the generated stub does, with bytes for messages: the generic stub knows unary and
    // bidirectional calls only, and a bidirectional one costs a batch more.
    grpc::internal::ClientCallbackReaderFactory<grpc::ByteBuffer>::Create(
        channel_.get(),
        grpc::internal::RpcMethod(method_.c_str(), grpc::internal::RpcMethod::SERVER_STREAMING),
        &*context_, request, this);
    StartRead(&response_);
    StartCall();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    ++tally_.response_messages;
    tally_.response_bytes += static_cast<int64_t>(response_.Length());
    StartRead(&response_);
  }

  void OnDone(const grpc::Status& status) override {
    if (status.ok()) {
      Tally(&tally_, call_start_);
    } else {
      control_->Fail(status);
    }
    CallNext();
  }

  const WorkerTally& tally() const { return tally_; }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const std::string method_;
  LoadControl* control_;
  std::optional<grpc::ClientContext> context_;
  grpc::ByteBuffer response_;
  Clock::time_point call_start_;
  WorkerTally tally_;
};

// Whether an AppendStreamResponse says `appended`, told without parsing what it says of it.
bool SaysAppended(const grpc::ByteBuffer& response) {
  constexpr uint8_t kSequenceTag = 1 << 3;
  constexpr uint8_t kAppendedTag = 2 << 3 | 2;
  grpc::Slice slice;
  // Where the message came in several pieces, there is no single slice to look at.
  if (!response.TrySingleSlice(&slice).ok() && !response.DumpToSingleSlice(&slice).ok())
    return false;
  const uint8_t* at = slice.begin();
  if (at != slice.end() && *at == kSequenceTag) {
    ++at;
    while (at != slice.end() && (*at & 0x80) != 0) ++at;
    if (at != slice.end()) ++at;
  }
  return at != slice.end() && *at == kAppendedTag;
}

// One stream, kept `window` messages full.
class BidiSlot final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  BidiSlot(const std::shared_ptr<grpc::Channel>& channel, const Load& load, LoadControl* control)
      : stub_(channel), load_(load), control_(control) {}

  void Start() {
    stub_.PrepareBidiStreamingCall(&context_, load_.method, {}, this);
    // Writes begin in OnReadDone as well as in OnWriteDone.
    AddHold();
    StartRead(&response_);
    StartCall();
    absl::MutexLock lock(&mutex_);
    WriteNext();
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (ok) WriteNext();
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      absl::MutexLock lock(&mutex_);
      StopWriting();
      return;
    }
    if (load_.check_appended && !SaysAppended(response_)) {
      control_->Fail(grpc::Status(grpc::StatusCode::ABORTED, "an append was rejected"));
    }
    ++tally_.calls;
    ++tally_.response_messages;
    tally_.response_bytes += static_cast<int64_t>(response_.Length());
    tally_.last_answer = Clock::now();
    StartRead(&response_);
    absl::MutexLock lock(&mutex_);
    --unanswered_;
    if (!writing_) WriteNext();
  }

  void OnDone(const grpc::Status& status) override {
    if (!status.ok()) control_->Fail(status);
    control_->WorkerDone();
  }

  const WorkerTally& tally() const { return tally_; }

 private:
  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (stopped_ || unanswered_ >= load_.window) return;
    const grpc::ByteBuffer* request = control_->Next();
    if (request == nullptr) {
      StartWritesDone();
      StopWriting();
      return;
    }
    writing_ = true;
    ++unanswered_;
    StartWrite(request);
  }

  void StopWriting() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (stopped_) return;
    stopped_ = true;
    RemoveHold();
  }

  grpc::GenericStub stub_;
  const Load& load_;
  LoadControl* control_;
  grpc::ClientContext context_;
  grpc::ByteBuffer response_;
  WorkerTally tally_;
  absl::Mutex mutex_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  int unanswered_ ABSL_GUARDED_BY(mutex_) = 0;
};

template <typename Slot, typename Begin>
absl::StatusOr<LoadResult> Run(const Load& load, Begin begin) {
  if (load.requests->empty()) return absl::InvalidArgumentError("a load without requests");
  std::vector<std::unique_ptr<Slot>> slots;
  LoadControl control(load, load.in_flight);
  for (int i = 0; i < load.in_flight; ++i) {
    const auto& channel = (*load.channels)[static_cast<size_t>(i) % load.channels->size()];
    slots.push_back(std::make_unique<Slot>(channel, load, &control));
  }
  for (const auto& slot : slots) begin(*slot);
  if (absl::Status status = control.Await(); !status.ok()) return status;
  std::vector<const WorkerTally*> tallies;
  for (const auto& slot : slots) tallies.push_back(&slot->tally());
  return control.Sum(tallies);
}

}  // namespace

absl::StatusOr<Channels> Connect(const std::string& address, int count) {
  Channels channels;
  for (int i = 0; i < count; ++i) {
    grpc::ChannelArguments arguments;
    // Without it all channels to one address share one connection.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetMaxReceiveMessageSize(-1);
    channels.push_back(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
    if (!channels.back()->WaitForConnected(std::chrono::system_clock::now() +
                                           std::chrono::seconds(30))) {
      return absl::UnavailableError(absl::StrCat("no connection to ", address));
    }
  }
  return channels;
}

grpc::ByteBuffer ToByteBuffer(absl::string_view bytes) {
  const grpc::Slice slice(bytes.data(), bytes.size());
  return grpc::ByteBuffer(&slice, 1);
}

absl::StatusOr<LoadResult> RunUnaryCalls(const Load& load) {
  return Run<UnarySlot>(load, [](UnarySlot& slot) { slot.CallNext(); });
}

absl::StatusOr<LoadResult> RunReadCalls(const Load& load) {
  return Run<ReadSlot>(load, [](ReadSlot& slot) { slot.CallNext(); });
}

absl::StatusOr<LoadResult> RunBidiStreams(const Load& load) {
  return Run<BidiSlot>(load, [](BidiSlot& slot) { slot.Start(); });
}

}  // namespace pledger::bench
