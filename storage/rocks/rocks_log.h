// The log: records by position, their sealed parts, and keys that came with them, in a RocksDB with
// synced writes.
//
// Threads: Append() and TryResume() on one thread; the others on any. Errors as in event_store.h.
#ifndef PLEDGER_STORAGE_ROCKS_ROCKS_LOG_H_
#define PLEDGER_STORAGE_ROCKS_ROCKS_LOG_H_

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rocksdb/db.h"
#include "rocksdb/write_batch.h"
#include "storage/event_store.h"
#include "storage/rocks/failed_write.h"
#include "storage/rocks/rocks_checkpoints.h"
#include "storage/rocks/rocks_options.h"

namespace pledger::storage {

class RocksLog {
 public:
  // Opens the log in `path`, or makes one that is named `origin`. FAILED_PRECONDITION for a format
  // that is not known.
  static absl::StatusOr<std::unique_ptr<RocksLog>> Open(
      const std::string& path, std::string_view origin, uint64_t free_bytes_min,
      const RocksTuning& tuning, const std::shared_ptr<rocksdb::Cache>& cache);
  ~RocksLog();

  absl::Status Append(const CommitBatch& batch);
  absl::Status TryResume();

  absl::StatusOr<std::vector<NewKey>> ReadNewKeys() const;
  absl::Status ForgetNewKeys(absl::Span<const std::string> client_ids);

  // The name that the log was made with.
  const std::string& origin() const { return origin_; }
  Position next_position() const { return next_position_.load(std::memory_order_acquire); }
  absl::StatusOr<std::string> ReadRecord(Position position) const;
  absl::StatusOr<std::string> ReadSealed(Position position, const Hash& sealed_hash,
                                         ReadTier tier) const;
  std::unique_ptr<RecordCursor> Read(Position from, Position end, Direction direction) const;

  // Lives as long as the log.
  CheckpointStore& checkpoints() { return *checkpoints_; }

 private:
  RocksLog(std::string path, uint64_t free_bytes_min)
      : path_(std::move(path)), free_bytes_min_(free_bytes_min) {}
  absl::Status LoadMeta(std::string_view origin);
  absl::Status LoadNextPosition();
  absl::Status CheckFreeSpace(uint64_t wanted) const;

  const std::string path_;
  const uint64_t free_bytes_min_;
  std::string origin_;
  std::unique_ptr<rocksdb::DB> db_;
  rocksdb::ColumnFamilyHandle* default_ = nullptr;
  rocksdb::ColumnFamilyHandle* events_ = nullptr;
  rocksdb::ColumnFamilyHandle* sealed_ = nullptr;
  rocksdb::ColumnFamilyHandle* new_keys_ = nullptr;
  rocksdb::ColumnFamilyHandle* meta_ = nullptr;
  rocksdb::ColumnFamilyHandle* checkpoints_column_ = nullptr;
  std::unique_ptr<RocksCheckpoints> checkpoints_;
  // Kept for its memory.
  rocksdb::WriteBatch batch_;
  FailedWrite failed_write_;
  std::atomic<Position> next_position_{0};
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_ROCKS_ROCKS_LOG_H_
