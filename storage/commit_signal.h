// Tells who waits that the ledger has grown.
#ifndef PLEDGER_STORAGE_COMMIT_SIGNAL_H_
#define PLEDGER_STORAGE_COMMIT_SIGNAL_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/synchronization/mutex.h"
#include "storage/format/types.h"

namespace pledger::storage {

// Thread-safe. Costs the writer one load while nobody waits.
class CommitSignal {
 public:
  using WaiterId = uint64_t;

  // Calls `grown` once, when more than `seen` events are recorded: at once on this thread, or later
  // on the writer's. `grown` must not block and must not call back into this object, but may be
  // called before WhenGrown() returns. 0 if it was called at once.
  WaiterId WhenGrown(Position seen, std::function<void()> grown);

  // Forgets a waiter. False if it was called, or is being called.
  bool Cancel(WaiterId id);

  // The ledger now has `next` events. Never falls.
  void Announce(Position next);

 private:
  std::atomic<Position> next_{0};
  std::atomic<bool> has_waiters_{false};
  absl::Mutex mutex_;
  WaiterId last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::btree_map<WaiterId, std::pair<Position, std::function<void()>>> waiters_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_COMMIT_SIGNAL_H_
