// One thread that looks after all open streams: heartbeats, readers that take nothing, shutdown.
#ifndef PLEDGER_SERVER_SERVICES_STREAM_TICKER_H_
#define PLEDGER_SERVER_SERVICES_STREAM_TICKER_H_

#include <cstdint>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/domain/clock.h"

namespace pledger::services {

class TickedStream {
 public:
  virtual ~TickedStream() = default;

  // Called every tick, on the ticker's thread. Must not block, end the stream's life, or call the
  // ticker.
  virtual void OnTick(int64_t now_ns) = 0;

  // The server is going down: end soon, and tell the reader where to resume. As OnTick().
  virtual void OnShutdown() = 0;
};

// Whether a write that began at `began_ns` has waited for its reader for as long as one may.
bool IsSlowReader(int64_t began_ns, int64_t now_ns);

// Thread-safe.
class StreamTicker {
 public:
  // `clock` must outlive it.
  StreamTicker(const Clock& clock, absl::Duration interval);
  ~StreamTicker();

  // BUSY if there are as many streams as may be, SHUTTING_DOWN after Shutdown().
  [[nodiscard]] absl::Status Add(TickedStream* stream);
  // Returns when the stream is not being ticked and never will be again. Does nothing for a stream
  // that was not added.
  void Remove(TickedStream* stream);

  // Calls OnShutdown() on all streams.
  void Shutdown();

  int64_t now_ns() const { return clock_.NowNs(); }

 private:
  void Run();

  const Clock& clock_;
  const absl::Duration interval_;
  absl::Mutex mutex_;
  absl::flat_hash_set<TickedStream*> streams_ ABSL_GUARDED_BY(mutex_);
  bool shut_down_ ABSL_GUARDED_BY(mutex_) = false;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_STREAM_TICKER_H_
