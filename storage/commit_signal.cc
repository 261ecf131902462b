#include "storage/commit_signal.h"

#include <vector>

namespace pledger::storage {

CommitSignal::WaiterId CommitSignal::WhenGrown(Position seen, std::function<void()> grown) {
  {
    absl::MutexLock lock(&mutex_);
    // Announced before it is looked at: the writer either sees the waiter or is seen here.
    has_waiters_.store(true, std::memory_order_seq_cst);
    if (next_.load(std::memory_order_seq_cst) <= seen) {
      waiters_.emplace(++last_id_, std::make_pair(seen, std::move(grown)));
      return last_id_;
    }
  }
  grown();
  return 0;
}

bool CommitSignal::Cancel(WaiterId id) {
  absl::MutexLock lock(&mutex_);
  return waiters_.erase(id) > 0;
}

void CommitSignal::Announce(Position next) {
  next_.store(next, std::memory_order_seq_cst);
  if (!has_waiters_.load(std::memory_order_seq_cst)) return;
  std::vector<std::function<void()>> ready;
  {
    absl::MutexLock lock(&mutex_);
    for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
      if (waiter->second.first < next) {
        ready.push_back(std::move(waiter->second.second));
        waiter = waiters_.erase(waiter);
      } else {
        ++waiter;
      }
    }
    has_waiters_.store(!waiters_.empty(), std::memory_order_seq_cst);
  }
  for (const auto& grown : ready) grown();
}

}  // namespace pledger::storage
