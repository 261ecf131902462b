// Work that may be prepared in any order, by several threads, and is finished in one.
#ifndef PLEDGER_CLIENT_VERIFY_ORDERED_WORK_H_
#define PLEDGER_CLIENT_VERIFY_ORDERED_WORK_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace pledger::verify {

// Calls prepare(i, &item) for each i below `count`, on this thread and `threads` − 1 others, and
// finish(i, item) on this thread, in order. At most a few items for each thread exist at a time and
// are used again: `prepare` gets an item as `finish` left it.
template <typename Item>
class OrderedWork {
 public:
  explicit OrderedWork(size_t threads)
      : threads_(std::max<size_t>(threads, 1)), slots_(kSlotsPerThread * threads_) {}

  template <typename Prepare, typename Finish>
  void Run(uint64_t count, const Prepare& prepare, const Finish& finish) {
    count_ = count;
    std::vector<std::thread> helpers;
    for (size_t i = 1; i < threads_; ++i) {
      helpers.emplace_back([&] {
        while (PrepareOne(prepare, /*wait=*/true)) {
        }
      });
    }
    for (uint64_t i = 0; i < count; ++i) {
      Slot& slot = slots_[i % slots_.size()];
      // While others prepare what is next, there may be something after it.
      while (!IsReady(slot) && PrepareOne(prepare, /*wait=*/false)) {
      }
      AwaitReady(slot);
      finish(i, slot.item);
      Release(slot, i + 1);
    }
    for (std::thread& helper : helpers) helper.join();
  }

 private:
  static constexpr size_t kSlotsPerThread = 4;

  struct Slot {
    Item item;
    bool ready = false;
  };

  bool CanClaim() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return claimed_ < std::min<uint64_t>(count_, finished_ + slots_.size());
  }

  // Whether there was one to prepare.
  template <typename Prepare>
  bool PrepareOne(const Prepare& prepare, bool wait) {
    uint64_t index = 0;
    {
      absl::MutexLock lock(&mutex_);
      const auto can_go_on = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return CanClaim() || claimed_ == count_;
      };
      if (wait) mutex_.Await(absl::Condition(&can_go_on));
      if (!CanClaim()) return false;
      index = claimed_++;
    }
    Slot& slot = slots_[index % slots_.size()];
    prepare(index, &slot.item);
    absl::MutexLock lock(&mutex_);
    slot.ready = true;
    return true;
  }

  bool IsReady(const Slot& slot) {
    absl::MutexLock lock(&mutex_);
    return slot.ready;
  }

  void AwaitReady(const Slot& slot) {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&slot.ready));
  }

  void Release(Slot& slot, uint64_t finished) {
    absl::MutexLock lock(&mutex_);
    slot.ready = false;
    finished_ = finished;
  }

  const size_t threads_;
  absl::Mutex mutex_;
  uint64_t count_ = 0;
  uint64_t claimed_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t finished_ ABSL_GUARDED_BY(mutex_) = 0;
  // A slot's item belongs to whoever claimed it until it is ready, then to Run().
  std::vector<Slot> slots_;
};

}  // namespace pledger::verify

#endif  // PLEDGER_CLIENT_VERIFY_ORDERED_WORK_H_
