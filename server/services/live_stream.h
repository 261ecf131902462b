// What the calls have in common that follow the ledger as it grows: they wait, write, send
// heartbeats, and end when the reader goes, is too slow, or the server goes down.
#ifndef PLEDGER_SERVER_SERVICES_LIVE_STREAM_H_
#define PLEDGER_SERVER_SERVICES_LIVE_STREAM_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/domain/clock.h"
#include "server/services/executor.h"
#include "server/services/stream_ticker.h"
#include "storage/commit_signal.h"
#include "storage/format/types.h"

namespace pledger::services {

// Exactly one party acts at a time: the executor (working), gRPC (writing), or the ledger's signal
// (waiting). A subclass does its work on the executor and ends each piece of it with one of the
// functions under "What comes next". Deletes itself when gRPC is done with it.
class LiveStream : public grpc::ServerWriteReactor<grpc::ByteBuffer>, public TickedStream {
 public:
  void OnWriteDone(bool ok) final;
  void OnCancel() final;
  void OnDone() final;
  void OnTick(int64_t now_ns) final;
  void OnShutdown() final;

 protected:
  // What it works with; all outlive it.
  struct Parts {
    Executor& executor;
    StreamTicker& ticker;
    storage::CommitSignal& signal;
    const Clock& clock;
  };

  LiveStream(const Parts& parts, grpc::CallbackServerContext* call) : parts_(parts), call_(call) {}

  // To be called once, before anything below but End(). INVALID_ARGUMENT for an interval, in
  // milliseconds, that is neither 0, which means the default, nor long enough; otherwise the
  // ticker's.
  absl::Status StartTicking(int heartbeat_interval_ms);

  // --- The subclass's own; none may block.

  // Decides what comes next, now that nobody else acts.
  virtual void Continue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) = 0;
  // Nothing was written for as long as the reader wants to hear something: writes something, or
  // begins to work on it.
  virtual void OnHeartbeatDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) = 0;
  // Says where to resume.
  virtual absl::Status ShutdownStatus() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) = 0;

  // --- What comes next.

  // Ends if the reader is gone or the server goes down, else Continue().
  void Proceed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Proceeds when it is written.
  void Write(std::string message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Proceeds on the executor when more than `seen` events are recorded.
  void AwaitGrowth(storage::Position seen) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void End(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  bool is_going_down() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return shutdown_; }

  const Parts parts_;
  grpc::CallbackServerContext* const call_;
  absl::Mutex mutex_;

 private:
  enum class State { kWorking, kWriting, kWaiting, kEnded };

  // True if the signal will not come: the caller acts instead.
  bool StopWaiting() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndAs(const grpc::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  int64_t heartbeat_ns_ = 0;
  // Lives while it is being written.
  grpc::ByteBuffer buffer_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kWorking;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool shutdown_ ABSL_GUARDED_BY(mutex_) = false;
  // When it last began to write. Not when it began to wait: heartbeats come whether the ledger
  // grows meanwhile, by what this reader does not want to see, or not.
  int64_t written_ns_ ABSL_GUARDED_BY(mutex_) = 0;
  storage::CommitSignal::WaiterId waiter_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_LIVE_STREAM_H_
