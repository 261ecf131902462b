// Event ids: RFC 9562 UUIDs of version 7, which sort by the time they were made.
#ifndef PLEDGER_CLIENT_LIB_UUID_H_
#define PLEDGER_CLIENT_LIB_UUID_H_

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/numeric/int128.h"
#include "absl/synchronization/mutex.h"
#include "client/lib/environment.h"

namespace pledger::client {

// The canonical text, "0190a6c0-7d1e-7a63-8f0e-3b5f3c9c2b11", of a UUID's 128 bits.
std::string FormatUuid(absl::uint128 uuid);

// Makes ids that are greater than every one that it made before, even within one millisecond and
// when the clock goes back. Thread-safe. `environment` must outlive it.
class UuidV7Generator {
 public:
  explicit UuidV7Generator(Environment& environment) : environment_(environment) {}

  std::string Next() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  Environment& environment_;
  absl::Mutex mutex_;
  // Milliseconds since 1970 in the upper 48 of 122 bits, then 74 bits of chance: a UUID without
  // its version and variant.
  absl::uint128 last_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_LIB_UUID_H_
