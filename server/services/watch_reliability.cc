#include "server/services/watch_reliability.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"
#include "pledger/v1/perspective.pb.h"
#include "pledger/v1/reliability_watch.pb.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/domain/limits.h"
#include "server/projections/reliability_watch.h"
#include "server/services/byte_buffers.h"
#include "server/services/permissions.h"
#include "server/services/perspective.h"
#include "server/services/request_parsing.h"
#include "server/services/status_mapping.h"
#include "storage/position_waiters.h"

namespace pledger::services {
namespace {

using Reactor = grpc::ServerWriteReactor<grpc::ByteBuffer>;

constexpr int64_t kNsPerMs = 1'000'000;

grpc::Status ReaderGone() {
  return grpc::Status(grpc::StatusCode::CANCELLED, "the reader has gone");
}

class WatchCall final : public Reactor, public TickedStream {
 public:
  WatchCall(ReliabilityContext& context, grpc::CallbackServerContext* call)
      : context_(context), call_(call) {}

  void Begin(const grpc::ByteBuffer& bytes) {
    const auto caller = context_.principals.Of(*call_);
    absl::Status status = caller.status();
    if (status.ok()) status = ParseRequest(bytes, &request_);
    if (status.ok()) status = CheckRead(**caller, Right::kReadFigures, request_.client_id());
    const int interval = request_.heartbeat_interval_ms();
    if (status.ok() && interval != 0 && interval < limits::kHeartbeatMsMin) {
      status = InvalidField("heartbeat_interval_ms",
                            absl::StrCat("must be 0 or at least ", limits::kHeartbeatMsMin));
    }
    heartbeat_ns_ = (interval == 0 ? limits::kHeartbeatMsDefault : interval) * kNsPerMs;
    if (status.ok()) status = FindBeginning();
    if (status.ok()) status = context_.ticker.Add(this);
    if (status.ok()) status = context_.executor.Post([this] { Resume(); });
    if (status.ok()) return;
    absl::MutexLock lock(&mutex_);
    End(ToGrpcStatus(status));
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    if (!ok) return End(ReaderGone());
    Continue();
  }

  void OnCancel() override {
    absl::MutexLock lock(&mutex_);
    cancelled_ = true;
    if (state_ == State::kWaiting && StopWaiting()) End(ReaderGone());
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
      // Time has passed, which may have changed something, too.
      tells_ = true;
      Continue();
    }
  }

  void OnShutdown() override {
    absl::MutexLock lock(&mutex_);
    shutdown_ = true;
    if (state_ == State::kWaiting && StopWaiting()) EndForShutdown();
  }

 private:
  // Exactly one party acts at a time: the executor, gRPC's writing, or the ledger's signal.
  enum class State { kComparing, kWriting, kWaiting, kEnded };

  absl::Status FindBeginning() {
    storage::Position position = context_.view.position();
    const int64_t now_ns = context_.clock.NowNs();
    v1::Perspective asked;
    if (request_.has_since()) {
      position = request_.since().next_position();
      if (position > context_.store.next_position()) {
        return Error(v1::ERROR_REASON_OUT_OF_RANGE,
                     absl::StrCat("since.next_position: only ", context_.store.next_position(),
                                  " events are recorded"),
                     {{"field", "since.next_position"}});
      }
      *asked.mutable_as_of() = request_.since().as_of();
      if (ToNanos(asked.as_of()) > now_ns) {
        return Error(v1::ERROR_REASON_OUT_OF_RANGE, "since.as_of: is yet to come",
                     {{"field", "since.as_of"}});
      }
    }
    auto at = ResolvePerspective(asked, position, now_ns, context_.policies);
    if (!at.ok()) return at.status();
    told_ = *std::move(at);
    return absl::OkStatus();
  }

  // On the executor, or where a write or a wait ended.
  void Resume() {
    absl::MutexLock lock(&mutex_);
    Continue();
  }

  // What comes next, now that nobody else acts.
  void Continue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (cancelled_) return End(ReaderGone());
    if (shutdown_) return EndForShutdown();
    state_ = State::kComparing;
    if (comparing_to_.has_value()) {
      context_.executor.PostNext([this] { Compare(); });
      return;
    }
    // Who there is is known to the index.
    const auto then = [this](const absl::Status& status) {
      context_.executor.PostNext([this, status] { Start(status); });
    };
    context_.view.WhenApplied(context_.store.next_position(), storage::PositionWaiters::kNoDeadline,
                              [this, then](absl::Status applied) {
                                if (!applied.ok()) return then(applied);
                                context_.store.WhenIndexed(context_.view.position(), then);
                              });
  }

  // On the executor.
  void Start(absl::Status status) {
    if (status.ok()) {
      auto now = ResolvePerspective({}, context_.view.position(), context_.clock.NowNs(),
                                    context_.policies);
      status = now.status();
      if (now.ok()) {
        if (!watch_.has_value()) {
          watch_.emplace(context_.store, context_.queries, request_.client_id());
        }
        status = watch_->Advance(told_, *now);
        comparing_to_ = *std::move(now);
      }
    }
    if (status.ok()) return Compare();
    absl::MutexLock lock(&mutex_);
    if (shutdown_) return EndForShutdown();
    End(ToGrpcStatus(status));
  }

  // On the executor.
  void Compare() {
    v1::WatchReliabilityResponse response;
    *response.mutable_as_of_time() = comparing_to_->basis.as_of();
    const auto done = watch_->Next(&response);
    absl::MutexLock lock(&mutex_);
    if (!done.ok()) return End(ToGrpcStatus(done.status()));
    if (*done) {
      told_ = *std::move(comparing_to_);
      comparing_to_.reset();
    }
    const bool caught_up = *done && told_.basis.next_position() == context_.store.next_position();
    if (!response.moves().empty() || (caught_up && tells_)) return Send(caught_up, &response);
    if (!caught_up || cancelled_ || shutdown_) return Continue();
    state_ = State::kWaiting;
    // Not since the last growth: heartbeats come whether the ledger grows or not.
    waiter_ = context_.signal.WhenGrown(told_.basis.next_position(), [this] {
      // On the writer's thread, or, before this very call returns, on this one: hand it on.
      context_.executor.PostNext([this] { Resume(); });
    });
  }

  void Send(bool caught_up, v1::WatchReliabilityResponse* response)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    *response->mutable_basis() = told_.basis;
    response->set_caught_up(caught_up);
    if (caught_up) tells_ = false;
    buffer_ = ToBuffer(response->SerializeAsString());
    state_ = State::kWriting;
    since_ns_ = context_.clock.NowNs();
    StartWrite(&buffer_);
  }

  // True if the signal will not come: the caller acts instead.
  bool StopWaiting() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!context_.signal.Cancel(waiter_)) return false;
    state_ = State::kComparing;
    return true;
  }

  void EndForShutdown() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    End(ToGrpcStatus(Error(v1::ERROR_REASON_SHUTTING_DOWN,
                           "the server is going down; go on from the last response's basis")));
  }

  void End(const grpc::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (state_ == State::kEnded) return;
    state_ = State::kEnded;
    Finish(status);
  }

  ReliabilityContext& context_;
  grpc::CallbackServerContext* const call_;
  v1::WatchReliabilityRequest request_;
  int64_t heartbeat_ns_ = 0;
  // These four are used by one thread at a time: the one that compares.
  std::optional<projections::ReliabilityWatch> watch_;
  // Everything until then was told.
  projections::ResolvedPerspective told_;
  // What it is being compared with, while it is.
  std::optional<projections::ResolvedPerspective> comparing_to_;
  grpc::ByteBuffer buffer_;
  absl::Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kComparing;
  // A response is due although nothing may have changed.
  bool tells_ ABSL_GUARDED_BY(mutex_) = true;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool shutdown_ ABSL_GUARDED_BY(mutex_) = false;
  // When it last wrote.
  int64_t since_ns_ ABSL_GUARDED_BY(mutex_) = 0;
  storage::CommitSignal::WaiterId waiter_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace

Reactor* StartWatchReliability(ReliabilityContext& context, grpc::CallbackServerContext* call,
                               const grpc::ByteBuffer* request) {
  auto* watch = new WatchCall(context, call);
  watch->Begin(*request);
  return watch;
}

}  // namespace pledger::services
