// What the client library takes from the world: the time, chance, and waiting.
//
// Injected, so that tests neither sleep nor depend on a seed. Implementations are thread-safe.
#ifndef PLEDGER_CLIENT_LIB_ENVIRONMENT_H_
#define PLEDGER_CLIENT_LIB_ENVIRONMENT_H_

#include <cstdint>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace pledger::client {

class Environment {
 public:
  virtual ~Environment() = default;

  virtual absl::Time Now() = 0;

  // 64 bits that nobody can guess.
  virtual uint64_t Random() = 0;

  // Returns after `duration`, or sooner once `cancelled` is notified.
  virtual void Sleep(absl::Duration duration, const absl::Notification& cancelled) = 0;

  // The real world. Lives for ever.
  static Environment& System();
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_LIB_ENVIRONMENT_H_
