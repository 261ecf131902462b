// The access log in a RocksDB of its own, with a thread that writes what waits, together.
#ifndef PLEDGER_STORAGE_ROCKS_ROCKS_ACCESS_LOG_H_
#define PLEDGER_STORAGE_ROCKS_ROCKS_ACCESS_LOG_H_

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "rocksdb/db.h"
#include "storage/access_log.h"
#include "storage/merkle/tiles.h"
#include "storage/rocks/failed_write.h"
#include "storage/rocks/rocks_options.h"

namespace pledger::storage {

class RocksAccessLog final : public AccessLog {
 public:
  // FAILED_PRECONDITION for a format that isn't known. The tree is restored from its full tiles.
  static absl::StatusOr<std::unique_ptr<RocksAccessLog>> Open(const std::string& path,
                                                              const RocksTuning& tuning);
  // Writes what waits first.
  ~RocksAccessLog() override;

  void Append(std::string entry, std::function<void(absl::Status)> done) override;
  Head head() const override;
  absl::StatusOr<std::vector<std::string>> Read(uint64_t from, size_t limit) override;
  absl::StatusOr<merkle::Proof> ProveConsistency(uint64_t size1, uint64_t size2) override;

 private:
  struct Waiting {
    std::string entry;
    std::function<void(absl::Status)> done;
  };

  explicit RocksAccessLog(rocksdb::DB* db, std::vector<rocksdb::ColumnFamilyHandle*> columns)
      : db_(db), columns_(std::move(columns)) {}

  absl::Status Restore();
  absl::StatusOr<uint64_t> FindSize();
  absl::StatusOr<std::vector<Hash>> ReadTile(merkle::TileId id);
  void Run();
  absl::Status Write(const std::vector<Waiting>& batch);

  rocksdb::ColumnFamilyHandle* entries() const { return columns_[1]; }
  rocksdb::ColumnFamilyHandle* tiles() const { return columns_[2]; }

  const std::unique_ptr<rocksdb::DB> db_;
  const std::vector<rocksdb::ColumnFamilyHandle*> columns_;
  // Of the writing thread.
  FailedWrite failed_write_;

  mutable absl::Mutex mutex_;
  // Over what is on disk.
  merkle::TileBuilder tree_ ABSL_GUARDED_BY(mutex_);
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_ROCKS_ROCKS_ACCESS_LOG_H_
