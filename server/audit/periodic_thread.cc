#include "server/audit/periodic_thread.h"

#include <utility>

#include "storage/format/this_thread.h"

namespace pledger::audit {

PeriodicThread::PeriodicThread(const char* name, std::function<absl::Duration()> work)
    : work_(std::move(work)), thread_([this, name] { Run(name); }) {}

PeriodicThread::~PeriodicThread() {
  {
    absl::MutexLock lock(&mutex_);
    stop_ = true;
  }
  thread_.join();
}

void PeriodicThread::Wake() {
  absl::MutexLock lock(&mutex_);
  woken_ = true;
}

void PeriodicThread::Run(const char* name) {
  NameThisThread(name);
  while (true) {
    const absl::Duration pause = work_();
    absl::MutexLock lock(&mutex_);
    const auto wakes = [this] {
      mutex_.AssertReaderHeld();
      return woken_ || stop_;
    };
    mutex_.AwaitWithTimeout(absl::Condition(&wakes), pause);
    if (stop_) return;
    woken_ = false;
  }
}

}  // namespace pledger::audit
