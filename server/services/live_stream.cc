#include "server/services/live_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"
#include "server/domain/limits.h"
#include "server/services/byte_buffers.h"
#include "server/services/request_parsing.h"
#include "server/services/status_mapping.h"

namespace pledger::services {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;

}  // namespace

absl::Status LiveStream::StartTicking(int heartbeat_interval_ms) {
  if (heartbeat_interval_ms != 0 && heartbeat_interval_ms < limits::kHeartbeatMsMin) {
    return InvalidField("heartbeat_interval_ms",
                        absl::StrCat("must be 0 or at least ", limits::kHeartbeatMsMin));
  }
  heartbeat_ns_ =
      (heartbeat_interval_ms == 0 ? limits::kHeartbeatMsDefault : heartbeat_interval_ms) * kNsPerMs;
  {
    absl::MutexLock lock(&mutex_);
    written_ns_ = parts_.clock.NowNs();
  }
  return parts_.ticker.Add(this);
}

void LiveStream::OnWriteDone(bool ok) {
  absl::MutexLock lock(&mutex_);
  if (!ok) return EndAs(ReaderGone());
  state_ = State::kWorking;
  Proceed();
}

void LiveStream::OnCancel() {
  absl::MutexLock lock(&mutex_);
  cancelled_ = true;
  if (state_ == State::kWaiting && StopWaiting()) EndAs(ReaderGone());
}

void LiveStream::OnDone() {
  parts_.ticker.Remove(this);
  delete this;
}

void LiveStream::OnTick(int64_t now_ns) {
  absl::MutexLock lock(&mutex_);
  if (state_ == State::kWriting && IsSlowReader(written_ns_, now_ns)) {
    call_->TryCancel();
  } else if (state_ == State::kWaiting && now_ns - written_ns_ >= heartbeat_ns_ && StopWaiting()) {
    OnHeartbeatDue();
  }
}

void LiveStream::OnShutdown() {
  absl::MutexLock lock(&mutex_);
  shutdown_ = true;
  if (state_ == State::kWaiting && StopWaiting()) Proceed();
}

void LiveStream::Proceed() {
  if (cancelled_) return EndAs(ReaderGone());
  if (shutdown_) return End(ShutdownStatus());
  Continue();
}

void LiveStream::Write(std::string message) {
  buffer_ = ToBuffer(std::move(message));
  state_ = State::kWriting;
  written_ns_ = parts_.clock.NowNs();
  StartWrite(&buffer_);
}

void LiveStream::AwaitGrowth(storage::Position seen) {
  // Whoever went before it waited could not stop it.
  if (cancelled_ || shutdown_) return Proceed();
  state_ = State::kWaiting;
  waiter_ = parts_.signal.WhenGrown(seen, [this] {
    // On the writer's thread, or, before this very call returns, on this one: hand it on.
    parts_.executor.PostNext([this] {
      absl::MutexLock lock(&mutex_);
      state_ = State::kWorking;
      Proceed();
    });
  });
}

void LiveStream::End(const absl::Status& status) { EndAs(ToGrpcStatus(status)); }

bool LiveStream::StopWaiting() {
  if (!parts_.signal.Cancel(waiter_)) return false;
  state_ = State::kWorking;
  return true;
}

void LiveStream::EndAs(const grpc::Status& status) {
  if (state_ == State::kEnded) return;
  state_ = State::kEnded;
  Finish(status);
}

}  // namespace pledger::services
