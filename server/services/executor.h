// Threads for what may block: reads of the store, keys, views. Reactions of gRPC never do either.
#ifndef PLEDGER_SERVER_SERVICES_EXECUTOR_H_
#define PLEDGER_SERVER_SERVICES_EXECUTOR_H_

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace pledger::services {

// Thread-safe.
class Executor {
 public:
  Executor(int threads, size_t queue_max);
  // Runs what is queued, then ends.
  ~Executor();

  // BUSY if as much waits as may.
  [[nodiscard]] absl::Status Post(std::function<void()> task);

  // For the next step of work that was let in already, whose number is bounded elsewhere: a
  // stream's next page. Never refuses.
  void PostNext(std::function<void()> task);

 private:
  void Run();

  const size_t queue_max_;
  absl::Mutex mutex_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_EXECUTOR_H_
