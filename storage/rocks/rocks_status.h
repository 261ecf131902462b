// What RocksDB's errors mean to the store's callers.
#ifndef PLEDGER_STORAGE_ROCKS_ROCKS_STATUS_H_
#define PLEDGER_STORAGE_ROCKS_ROCKS_STATUS_H_

#include <string_view>

#include "absl/status/status.h"
#include "rocksdb/status.h"

namespace pledger::storage {

// For reads: DATA_LOSS for corruption, INTERNAL for anything else. OK stays OK.
absl::Status ReadStatus(const rocksdb::Status& status, std::string_view what);

// For writes: RESOURCE_EXHAUSTED for a full disk, DATA_LOSS for corruption, UNAVAILABLE for
// anything else. OK stays OK.
absl::Status WriteStatus(const rocksdb::Status& status, std::string_view what);

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_ROCKS_ROCKS_STATUS_H_
