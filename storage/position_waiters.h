// Callers that wait until something has reached a position.
#ifndef PLEDGER_STORAGE_POSITION_WAITERS_H_
#define PLEDGER_STORAGE_POSITION_WAITERS_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "storage/format/types.h"

namespace pledger::storage {

// Not thread-safe: guarded by its owner's mutex, who calls what it takes out after letting go of
// it.
class PositionWaiters {
 public:
  using Done = std::function<void(absl::Status)>;
  static constexpr int64_t kNoDeadline = std::numeric_limits<int64_t>::max();

  void Add(Position position, int64_t deadline_ns, Done done) {
    waiters_.push_back({position, deadline_ns, std::move(done)});
  }
  bool empty() const { return waiters_.empty(); }

  // Those that wait for `position` or less.
  std::vector<Done> TakeReached(Position position) {
    return Take([position](const Waiter& waiter) { return waiter.position <= position; });
  }
  // Those whose deadline is before `now_ns`.
  std::vector<Done> TakeExpired(int64_t now_ns) {
    return Take([now_ns](const Waiter& waiter) { return waiter.deadline_ns < now_ns; });
  }
  std::vector<Done> TakeAll() {
    return Take([](const Waiter&) { return true; });
  }

 private:
  struct Waiter {
    Position position;
    int64_t deadline_ns;
    Done done;
  };

  template <typename Wanted>
  std::vector<Done> Take(Wanted wanted) {
    const auto first = std::stable_partition(waiters_.begin(), waiters_.end(),
                                             [&](const Waiter& waiter) { return !wanted(waiter); });
    std::vector<Done> taken;
    for (auto waiter = first; waiter != waiters_.end(); ++waiter) {
      taken.push_back(std::move(waiter->done));
    }
    waiters_.erase(first, waiters_.end());
    return taken;
  }

  std::vector<Waiter> waiters_;
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_POSITION_WAITERS_H_
