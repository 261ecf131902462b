// A thread that does a piece of work now and then.
#ifndef PLEDGER_SERVER_AUDIT_PERIODIC_THREAD_H_
#define PLEDGER_SERVER_AUDIT_PERIODIC_THREAD_H_

#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace pledger::audit {

// Thread-safe.
class PeriodicThread {
 public:
  // Calls `work` at once, and again as long after it ended as it said, or when it is woken.
  // `name` is the thread's: at most 15 characters, and a literal.
  PeriodicThread(const char* name, std::function<absl::Duration()> work);
  // Waits for the work under way.
  ~PeriodicThread();

  // The work is done once more, soon.
  void Wake();

 private:
  void Run(const char* name);

  const std::function<absl::Duration()> work_;
  absl::Mutex mutex_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace pledger::audit

#endif  // PLEDGER_SERVER_AUDIT_PERIODIC_THREAD_H_
