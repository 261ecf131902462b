// What RocksDB does not check before it opens a database whose write-ahead log is the truth.
#ifndef PLEDGER_STORAGE_ROCKS_LOG_FILES_CHECK_H_
#define PLEDGER_STORAGE_ROCKS_LOG_FILES_CHECK_H_

#include <string>

#include "absl/status/status.h"
#include "rocksdb/env.h"

namespace pledger::storage {

// Looks at the files of the database in `path` before it is opened, which changes them. OK if there
// is none. DATA_LOSS in three cases that RocksDB passes over:
//
//   CURRENT is missing, while there are tables or write-ahead logs: it would begin a new database
//   and delete what the old one had.
//
//   A record at the end of a write-ahead log or MANIFEST was written whole, but its length is
//   damaged so that it points beyond the end: it would take this for a write that was cut off, and
//   drop it with all that follows. One that was really cut off, which nobody was promised, is told
//   from it by its checksum, which does not cover the length.
//
//   A record is of a type that is not used: it would take this for what an earlier use of the file
//   has left, and drop it with all that follows.
//
// Other damage RocksDB finds by itself. INTERNAL where the disk fails. `env` may be null: the
// default.
absl::Status CheckLogFiles(rocksdb::Env* env, const std::string& path);

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_ROCKS_LOG_FILES_CHECK_H_
