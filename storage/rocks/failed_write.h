// What it takes for a database with a write-ahead log to write again after it failed to.
#ifndef PLEDGER_STORAGE_ROCKS_FAILED_WRITE_H_
#define PLEDGER_STORAGE_ROCKS_FAILED_WRITE_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "rocksdb/db.h"

namespace pledger::storage {

// Of one database. Not thread-safe.
class FailedWrite {
 public:
  // A write has failed since Resume() was last OK, so that none may be tried.
  bool noted() const { return log_number_.has_value(); }
  // To be called after a write that failed.
  void Note(rocksdb::DB& db);
  // OK if it can write again. RESOURCE_EXHAUSTED if the disk is still full; UNAVAILABLE if only
  // opening it anew can help. `what` begins the message.
  absl::Status Resume(rocksdb::DB& db, std::string_view what);

 private:
  // The write-ahead log that was being written to; 0 if that can't be said.
  std::optional<uint64_t> log_number_;
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_ROCKS_FAILED_WRITE_H_
