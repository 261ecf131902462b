// Building the reliability view from nothing: one client after the other.
//
// The log mixes all clients, so that folding it needs them all at once, in memory or read and
// written again and again. The index holds the same records client by client. Folding those, a
// client is read, folded and written, and is done: in the memory of a few clients, whatever the
// length of history, and as fast as there are processors.
#ifndef PLEDGER_SERVER_PROJECTIONS_VIEW_BUILDER_H_
#define PLEDGER_SERVER_PROJECTIONS_VIEW_BUILDER_H_

#include <atomic>
#include <cstddef>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "storage/event_store.h"
#include "storage/view_store.h"

namespace pledger::projections {

// One build at a time. Stop() may be called from any thread.
class ViewBuilder {
 public:
  // All must outlive it.
  ViewBuilder(storage::EventStore& store, storage::ViewStore& views)
      : store_(store), views_(views) {}

  // Replaces every client's entry by what the events below `end` make of it, and moves the view's
  // checkpoint there. `end` must be at most indexed_position(). Meanwhile `tick` is called on this
  // thread every `interval`.
  //
  // CANCELLED after Stop(). DATA_LOSS for a record that is corrupt, or if the index does not hold
  // exactly as many events below `end` as the log does. The view store's errors. After any of them
  // the checkpoint stands where it stood.
  absl::Status Run(storage::Position end, absl::Duration interval, absl::FunctionRef<void()> tick);

  // From now on Run() ends soon.
  void Stop() { stop_.store(true, std::memory_order_relaxed); }

 private:
  // Clients that one thread does at once: behind `after`, up to and including `last`.
  struct Clients {
    std::string after;
    std::string last;
  };
  class Reader;

  void Work(storage::Position end, storage::ViewWrite& write);
  // False if there was no client left.
  absl::StatusOr<bool> BuildNext(storage::Position end, storage::ViewWrite& write);
  absl::StatusOr<Clients> TakeClients();

  storage::EventStore& store_;
  storage::ViewStore& views_;
  std::atomic<bool> stop_{false};
  std::atomic<uint64_t> events_{0};
  absl::Mutex mutex_;
  // The last client that was given to a thread.
  std::string last_ ABSL_GUARDED_BY(mutex_);
  size_t working_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pledger::projections

#endif  // PLEDGER_SERVER_PROJECTIONS_VIEW_BUILDER_H_
