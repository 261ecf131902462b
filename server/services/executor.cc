#include "server/services/executor.h"

#include <utility>

#include "server/domain/errors.h"
#include "storage/format/this_thread.h"

namespace pledger::services {

Executor::Executor(int threads, size_t queue_max) : queue_max_(queue_max) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

Executor::~Executor() {
  {
    absl::MutexLock lock(&mutex_);
    stop_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
}

absl::Status Executor::Post(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  if (queue_.size() >= queue_max_) {
    return Error(v1::ERROR_REASON_BUSY, "too many reads wait for a thread; try again later",
                 {{"resource", "read_queue"}});
  }
  queue_.push_back(std::move(task));
  return absl::OkStatus();
}

void Executor::PostNext(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  queue_.push_back(std::move(task));
}

void Executor::Run() {
  NameThisThread("reader");
  while (true) {
    std::function<void()> task;
    {
      absl::MutexLock lock(&mutex_);
      const auto has_work = [this] {
        mutex_.AssertReaderHeld();
        return stop_ || !queue_.empty();
      };
      mutex_.Await(absl::Condition(&has_work));
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task();
  }
}

}  // namespace pledger::services
