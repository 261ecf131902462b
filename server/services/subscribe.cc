#include "server/services/subscribe.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"
#include "pledger/v1/ledger.pb.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/domain/limits.h"
#include "server/services/byte_buffers.h"
#include "server/services/event_access.h"
#include "server/services/page_reader.h"
#include "server/services/request_parsing.h"
#include "server/services/status_mapping.h"
#include "storage/format/wire.h"

namespace pledger::services {
namespace {

using storage::Position;
using Reactor = grpc::ServerWriteReactor<grpc::ByteBuffer>;

constexpr int64_t kNsPerMs = 1'000'000;

class SubscribeCall final : public Reactor, public TickedStream {
 public:
  SubscribeCall(LedgerContext& context, grpc::CallbackServerContext* call)
      : context_(context), call_(call) {}

  void Begin(const grpc::ByteBuffer& bytes) {
    const auto caller = context_.principals.Of(*call_);
    absl::Status status = caller.status();
    if (status.ok()) status = ParseRequest(bytes, &request_);
    if (status.ok()) status = CheckEventRead(**caller, request_);
    const int interval = request_.heartbeat_interval_ms();
    if (status.ok() && interval != 0 && interval < limits::kHeartbeatMsMin) {
      status = InvalidField("heartbeat_interval_ms",
                            absl::StrCat("must be 0 or at least ", limits::kHeartbeatMsMin));
    }
    heartbeat_ns_ = (interval == 0 ? limits::kHeartbeatMsDefault : interval) * kNsPerMs;
    start_ = context_.store.next_position();
    if (status.ok()) status = context_.ticker.Add(this);
    if (status.ok() && OpensPersonal(request_)) {
      RecordEventRead(context_.access, **caller, "Subscribe", request_,
                      [this](const absl::Status& recorded) { PostOpen(recorded); });
      return;
    }
    PostOpen(status);
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    if (!ok) {
      End(grpc::Status(grpc::StatusCode::CANCELLED, "the reader has gone"));
      return;
    }
    Produce();
  }

  void OnCancel() override {
    absl::MutexLock lock(&mutex_);
    cancelled_ = true;
    if (state_ == State::kWaiting && StopWaiting()) {
      End(grpc::Status(grpc::StatusCode::CANCELLED, "the reader has gone"));
    }
  }

  void OnDone() override {
    context_.ticker.Remove(this);
    delete this;
  }

  void OnTick(int64_t now_ns) override {
    absl::MutexLock lock(&mutex_);
    const int64_t age_ns = now_ns - since_ns_;
    if (state_ == State::kWriting && age_ns >= int64_t{limits::kSlowReaderMs} * kNsPerMs) {
      call_->TryCancel();
    } else if (state_ == State::kWaiting && age_ns >= heartbeat_ns_ && StopWaiting()) {
      Send(Signal(v1::SubscribeResponse::kHeartbeatFieldNumber));
    }
  }

  void OnShutdown() override {
    absl::MutexLock lock(&mutex_);
    shutdown_ = true;
    if (state_ == State::kWaiting && StopWaiting()) EndForShutdown();
  }

 private:
  void PostOpen(absl::Status status) {
    if (status.ok()) status = context_.executor.Post([this] { Open(); });
    if (status.ok()) return;
    absl::MutexLock lock(&mutex_);
    End(ToGrpcStatus(status));
  }

  // Exactly one party acts at a time: the executor, gRPC's writing, or the ledger's signal.
  enum class State { kReading, kWriting, kWaiting, kEnded };

  // On the executor.
  void Open() {
    PageReader::Options options;
    options.client_id = request_.client_id();
    options.filter = request_.filter();
    const bool raw = request_.view() == v1::EVENT_VIEW_RAW;
    options.view = raw ? v1::EVENT_VIEW_RAW : v1::EVENT_VIEW_TYPED;
    options.with_personal = OpensPersonal(request_);
    Position from = 0;
    absl::Status status;
    if (request_.from_case() == v1::SubscribeRequest::kFromPosition) {
      from = request_.from_position();
    } else if (request_.from_case() == v1::SubscribeRequest::kFromEnd) {
      from = start_;
    } else if (request_.from_case() == v1::SubscribeRequest::kFromRecordTime) {
      const auto found = FindRecordTime(context_.store, ToNanos(request_.from_record_time()));
      status = found.status();
      if (found.ok()) from = *found;
    }
    if (status.ok() && from > context_.store.next_position()) {
      status = Error(v1::ERROR_REASON_OUT_OF_RANGE,
                     absl::StrCat("from_position: nothing is recorded at position ", from,
                                  " yet; the ledger ends at ", context_.store.next_position()),
                     {{"field", "from_position"}});
    }
    reader_.emplace(context_.store, context_.personal, std::move(options));
    absl::MutexLock lock(&mutex_);
    resume_ = from;
    if (!status.ok()) {
      End(ToGrpcStatus(status));
      return;
    }
    Produce();
  }

  // What comes next: a page, word of where the reader stands, or nothing until the ledger grows.
  void Produce() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (cancelled_) {
      End(grpc::Status(grpc::StatusCode::CANCELLED, "the reader has gone"));
      return;
    }
    if (shutdown_) {
      EndForShutdown();
      return;
    }
    const Position next = context_.store.next_position();
    if (resume_ < next) {
      if (caught_up_ && next - resume_ > limits::kFellBehindEvents) {
        caught_up_ = false;
        Send(Signal(v1::SubscribeResponse::kFellBehindFieldNumber));
        return;
      }
      state_ = State::kReading;
      context_.executor.PostNext([this, next] { ReadWhenIndexed(next); });
      return;
    }
    if (!caught_up_) {
      caught_up_ = true;
      Send(Signal(v1::SubscribeResponse::kCaughtUpFieldNumber));
      return;
    }
    state_ = State::kWaiting;
    since_ns_ = context_.clock.NowNs();
    waiter_ = context_.signal.WhenGrown(resume_, [this] {
      // On the writer's thread, or, before this very call returns, on this one: hand it on.
      context_.executor.PostNext([this] { Grown(); });
    });
  }

  void Grown() {
    absl::MutexLock lock(&mutex_);
    state_ = State::kReading;
    Produce();
  }

  // True if the signal will not come: the caller acts instead.
  bool StopWaiting() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!context_.signal.Cancel(waiter_)) return false;
    state_ = State::kReading;
    return true;
  }

  void ReadWhenIndexed(Position end) {
    if (request_.client_id().empty()) {
      Read(end);
      return;
    }
    context_.store.WhenIndexed(end, [this, end](absl::Status indexed) {
      context_.executor.PostNext([this, end, indexed] {
        if (indexed.ok()) {
          Read(end);
          return;
        }
        absl::MutexLock lock(&mutex_);
        End(ToGrpcStatus(indexed));
      });
    });
  }

  // On the executor.
  void Read(Position end) {
    Position from = 0;
    {
      absl::MutexLock lock(&mutex_);
      from = resume_;
    }
    reader_->Seek(from, end);
    auto page = reader_->Next();
    absl::MutexLock lock(&mutex_);
    if (!page.ok()) {
      End(ToGrpcStatus(page.status()));
      return;
    }
    resume_ = reader_->resume_position();
    if (page->bytes.empty()) {
      Produce();
      return;
    }
    std::string message;
    message.reserve(page->bytes.size() + 32);
    storage::AppendWireBytes(v1::SubscribeResponse::kBatchFieldNumber, page->bytes, &message);
    Send(std::move(message));
  }

  // A message of the response's oneof that has no fields.
  static std::string Signal(uint32_t number) {
    std::string message;
    storage::AppendWireBytes(number, "", &message);
    return message;
  }

  void Send(std::string message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    AppendNumber(v1::SubscribeResponse::kResumePositionFieldNumber, resume_, &message);
    buffer_ = ToBuffer(std::move(message));
    state_ = State::kWriting;
    since_ns_ = context_.clock.NowNs();
    StartWrite(&buffer_);
  }

  void EndForShutdown() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const std::string resume = absl::StrCat(resume_);
    End(ToGrpcStatus(Error(v1::ERROR_REASON_SHUTTING_DOWN,
                           absl::StrCat("the server is going down; resume from position ", resume),
                           {{"position", resume}})));
  }

  void End(const grpc::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (state_ == State::kEnded) return;
    state_ = State::kEnded;
    Finish(status);
  }

  LedgerContext& context_;
  grpc::CallbackServerContext* const call_;
  v1::SubscribeRequest request_;
  // Where the ledger stood when the call came.
  Position start_ = 0;
  int64_t heartbeat_ns_ = 0;
  // Used by one thread at a time: the one that reads.
  std::optional<PageReader> reader_;
  grpc::ByteBuffer buffer_;
  absl::Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kReading;
  // Everything before it was sent or filtered out.
  Position resume_ ABSL_GUARDED_BY(mutex_) = 0;
  bool caught_up_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool shutdown_ ABSL_GUARDED_BY(mutex_) = false;
  // Since when it writes or waits.
  int64_t since_ns_ ABSL_GUARDED_BY(mutex_) = 0;
  storage::CommitSignal::WaiterId waiter_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace

Reactor* StartSubscribe(LedgerContext& context, grpc::CallbackServerContext* call,
                        const grpc::ByteBuffer* request) {
  auto* subscription = new SubscribeCall(context, call);
  subscription->Begin(*request);
  return subscription;
}

}  // namespace pledger::services
