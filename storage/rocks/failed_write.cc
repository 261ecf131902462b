#include "storage/rocks/failed_write.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "rocksdb/transaction_log.h"
#include "storage/format/text.h"
#include "storage/rocks/rocks_status.h"

namespace pledger::storage {
namespace {

uint64_t LogNumber(rocksdb::DB& db) {
  std::unique_ptr<rocksdb::LogFile> file;
  return db.GetCurrentWalFile(&file).ok() ? file->LogNumber() : 0;
}

}  // namespace

void FailedWrite::Note(rocksdb::DB& db) {
  // A write that is refused because an earlier one failed must not hide that one's log.
  if (!noted()) log_number_ = LogNumber(db);
}

absl::Status FailedWrite::Resume(rocksdb::DB& db, std::string_view what) {
  if (!noted()) return absl::OkStatus();
  const rocksdb::Status status = db.Resume();
  if (!status.ok()) return WriteStatus(status, what);
  // RocksDB begins another log, and leaves behind what the failed write has left in this one, only
  // if it found something to flush; else its next write would end the process.
  const uint64_t now = LogNumber(db);
  if (now == 0 || now == *log_number_) {
    return absl::UnavailableError(absl::StrCat(ToAbsl(what), " until it is opened anew"));
  }
  log_number_.reset();
  return absl::OkStatus();
}

}  // namespace pledger::storage
