// The only source of the present time; injected, so that tests and replays choose it.
#ifndef PLEDGER_SERVER_DOMAIN_CLOCK_H_
#define PLEDGER_SERVER_DOMAIN_CLOCK_H_

#include <cstdint>

namespace pledger {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // Nanoseconds since 1970-01-01T00:00:00Z.
  virtual int64_t NowNs() const = 0;
};

}  // namespace pledger

#endif  // PLEDGER_SERVER_DOMAIN_CLOCK_H_
