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
#include "server/projections/reliability_watch.h"
#include "server/services/live_stream.h"
#include "server/services/permissions.h"
#include "server/services/perspective.h"
#include "server/services/request_parsing.h"
#include "storage/position_waiters.h"

namespace pledger::services {
namespace {

class WatchCall final : public LiveStream {
 public:
  WatchCall(ReliabilityContext& context, grpc::CallbackServerContext* call)
      : LiveStream({context.executor, context.ticker, context.signal, context.clock}, call),
        context_(context) {}

  void Begin(const grpc::ByteBuffer& bytes) {
    const auto caller = context_.principals.Of(*call_);
    absl::Status status = caller.status();
    if (status.ok()) status = ParseRequest(bytes, &request_);
    if (status.ok()) status = CheckRead(**caller, Right::kReadFigures, request_.client_id());
    if (status.ok()) status = FindBeginning();
    if (status.ok()) status = StartTicking(request_.heartbeat_interval_ms());
    if (status.ok()) {
      status = context_.executor.Post([this] {
        absl::MutexLock lock(&mutex_);
        Proceed();
      });
    }
    if (status.ok()) return;
    absl::MutexLock lock(&mutex_);
    End(status);
  }

 private:
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

  void Continue() override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
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

  // Time has passed, which may have changed something, too.
  void OnHeartbeatDue() override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    tells_ = true;
    Proceed();
  }

  absl::Status ShutdownStatus() const override {
    return Error(v1::ERROR_REASON_SHUTTING_DOWN,
                 "the server is going down; go on from the last response's basis");
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
    // Nobody waits for the view any longer then: the reader is told the cause.
    is_going_down() ? Proceed() : End(status);
  }

  // On the executor.
  void Compare() {
    v1::WatchReliabilityResponse response;
    *response.mutable_as_of_time() = comparing_to_->basis.as_of();
    const auto done = watch_->Next(&response);
    absl::MutexLock lock(&mutex_);
    if (!done.ok()) return End(done.status());
    if (*done) {
      told_ = *std::move(comparing_to_);
      comparing_to_.reset();
    }
    const bool caught_up = *done && told_.basis.next_position() == context_.store.next_position();
    if (!response.moves().empty() || (caught_up && tells_)) return Send(caught_up, &response);
    if (!caught_up) return Proceed();
    AwaitGrowth(told_.basis.next_position());
  }

  void Send(bool caught_up, v1::WatchReliabilityResponse* response)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    *response->mutable_basis() = told_.basis;
    response->set_caught_up(caught_up);
    if (caught_up) tells_ = false;
    Write(response->SerializeAsString());
  }

  ReliabilityContext& context_;
  v1::WatchReliabilityRequest request_;
  // These three are used by one thread at a time: the one that compares.
  std::optional<projections::ReliabilityWatch> watch_;
  // Everything until then was told.
  projections::ResolvedPerspective told_;
  // What it is being compared with, while it is.
  std::optional<projections::ResolvedPerspective> comparing_to_;
  // A response is due although nothing may have changed.
  bool tells_ ABSL_GUARDED_BY(mutex_) = true;
};

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* StartWatchReliability(ReliabilityContext& context,
                                                                  grpc::CallbackServerContext* call,
                                                                  const grpc::ByteBuffer* request) {
  auto* watch = new WatchCall(context, call);
  watch->Begin(*request);
  return watch;
}

}  // namespace pledger::services
