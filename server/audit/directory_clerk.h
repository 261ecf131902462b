// Records directories of clients at intervals, and for those who ask.
#ifndef PLEDGER_SERVER_AUDIT_DIRECTORY_CLERK_H_
#define PLEDGER_SERVER_AUDIT_DIRECTORY_CLERK_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/audit/directory_keeper.h"
#include "server/audit/periodic_thread.h"
#include "server/domain/clock.h"

namespace pledger::audit {

// Thread-safe.
class DirectoryClerk {
 public:
  using Done = std::function<void(absl::StatusOr<RecordedDirectory>)>;

  // Both must outlive it. Works on a thread of its own from now on. An interval of zero means: only
  // for those who ask.
  DirectoryClerk(DirectoryKeeper& keeper, const Clock& clock, absl::Duration interval);
  ~DirectoryClerk() { Stop(); }

  // What is under way ends soon, CANCELLED; whoever else waits, or asks from now on, gets
  // UNAVAILABLE.
  void Stop();

  // Records a directory as DirectoryKeeper::Record() does, and calls `done` on the clerk's thread.
  void Record(Done done);

 private:
  absl::Duration Work();
  absl::Duration RecordIfDue();

  DirectoryKeeper& keeper_;
  const Clock& clock_;
  const absl::Duration interval_;
  // When it began, which counts as if a directory had been recorded then.
  const int64_t began_ns_;
  absl::Mutex mutex_;
  std::vector<Done> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<PeriodicThread> thread_;
};

}  // namespace pledger::audit

#endif  // PLEDGER_SERVER_AUDIT_DIRECTORY_CLERK_H_
