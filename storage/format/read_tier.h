// Where a read may look.
#ifndef PLEDGER_STORAGE_FORMAT_READ_TIER_H_
#define PLEDGER_STORAGE_FORMAT_READ_TIER_H_

#include "absl/status/status.h"

namespace pledger::storage {

// One that reads from memory alone never waits for the disk: it ends with NotInMemory() where it
// would have to.
enum class ReadTier { kAnywhere, kMemory };

inline absl::Status NotInMemory() {
  return absl::UnavailableError("what is to be read is not in memory");
}
inline bool IsNotInMemory(const absl::Status& status) { return absl::IsUnavailable(status); }

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_FORMAT_READ_TIER_H_
