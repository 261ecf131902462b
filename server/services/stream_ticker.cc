#include "server/services/stream_ticker.h"

#include "server/domain/errors.h"
#include "server/domain/limits.h"
#include "storage/format/this_thread.h"

namespace pledger::services {

bool IsSlowReader(int64_t began_ns, int64_t now_ns) {
  return now_ns - began_ns >= int64_t{limits::kSlowReaderMs} * 1'000'000;
}

StreamTicker::StreamTicker(const Clock& clock, absl::Duration interval)
    : clock_(clock), interval_(interval), thread_([this] { Run(); }) {}

StreamTicker::~StreamTicker() {
  {
    absl::MutexLock lock(&mutex_);
    stop_ = true;
  }
  thread_.join();
}

absl::Status StreamTicker::Add(TickedStream* stream) {
  absl::MutexLock lock(&mutex_);
  if (shut_down_) return Error(v1::ERROR_REASON_SHUTTING_DOWN, "the server is going down");
  if (streams_.size() >= limits::kStreamsMax) {
    return Error(v1::ERROR_REASON_BUSY, "too many streams are open; close some or try again later",
                 {{"resource", "streams"}});
  }
  streams_.insert(stream);
  return absl::OkStatus();
}

void StreamTicker::Remove(TickedStream* stream) {
  absl::MutexLock lock(&mutex_);
  streams_.erase(stream);
}

void StreamTicker::Shutdown() {
  absl::MutexLock lock(&mutex_);
  shut_down_ = true;
  for (TickedStream* stream : streams_) stream->OnShutdown();
}

void StreamTicker::Run() {
  NameThisThread("ticker");
  absl::MutexLock lock(&mutex_);
  const auto stopped = [this] {
    mutex_.AssertReaderHeld();
    return stop_;
  };
  while (!mutex_.AwaitWithTimeout(absl::Condition(&stopped), interval_)) {
    const int64_t now_ns = clock_.NowNs();
    for (TickedStream* stream : streams_) stream->OnTick(now_ns);
  }
}

}  // namespace pledger::services
