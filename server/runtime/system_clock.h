// The machine's clock.
#ifndef PLEDGER_SERVER_RUNTIME_SYSTEM_CLOCK_H_
#define PLEDGER_SERVER_RUNTIME_SYSTEM_CLOCK_H_

#include <chrono>

#include "server/domain/clock.h"

namespace pledger::runtime {

class SystemClock final : public Clock {
 public:
  int64_t NowNs() const override {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

}  // namespace pledger::runtime

#endif  // PLEDGER_SERVER_RUNTIME_SYSTEM_CLOCK_H_
