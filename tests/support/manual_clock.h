// A clock that stands until it is moved.
#ifndef PLEDGER_TESTS_SUPPORT_MANUAL_CLOCK_H_
#define PLEDGER_TESTS_SUPPORT_MANUAL_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "server/domain/clock.h"

namespace pledger::testing {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(int64_t now_ns) : now_ns_(now_ns) {}

  int64_t NowNs() const override { return now_ns_.load(); }
  void Set(int64_t now_ns) { now_ns_.store(now_ns); }
  void Advance(int64_t by_ns) { now_ns_.fetch_add(by_ns); }

 private:
  std::atomic<int64_t> now_ns_;
};

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_SUPPORT_MANUAL_CLOCK_H_
