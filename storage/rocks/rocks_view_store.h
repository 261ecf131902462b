// A view in a RocksDB of its own.
#ifndef PLEDGER_STORAGE_ROCKS_ROCKS_VIEW_STORE_H_
#define PLEDGER_STORAGE_ROCKS_ROCKS_VIEW_STORE_H_

#include <atomic>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "rocksdb/db.h"
#include "rocksdb/write_batch.h"
#include "storage/rocks/rocks_options.h"
#include "storage/view_store.h"

namespace pledger::storage {

class RocksViewStore final : public ViewStore {
 public:
  // `path` should name the view and the version of its code: another version's view is another one.
  // A crash of the process costs at most what was written since it came to so many bytes: that is
  // flushed before Finish() returns.
  static constexpr size_t kUnflushedBytesMax = 8 << 20;

  static absl::StatusOr<std::unique_ptr<RocksViewStore>> Open(const std::string& path,
                                                              const RocksTuning& tuning);
  ~RocksViewStore() override;

  Position checkpoint() const override { return checkpoint_.load(std::memory_order_acquire); }
  Position ahead_until() const override { return ahead_until_.load(std::memory_order_acquire); }
  absl::StatusOr<std::unique_ptr<ViewWrite>> BeginWrite(Position checkpoint) override;
  absl::StatusOr<std::optional<std::string>> Find(std::string_view key) const override;
  absl::StatusOr<Entries> List(std::string_view after, size_t limit) const override;
  absl::StatusOr<Position> VisitAll(
      absl::FunctionRef<absl::Status(std::string_view key, std::string_view value)> visit)
      const override;

 private:
  class Writing;

  RocksViewStore() = default;
  absl::Status LoadPositions();
  absl::StatusOr<Position> ReadPosition(const rocksdb::ReadOptions& options,
                                        rocksdb::Slice key) const;
  absl::Status WriteBatch(rocksdb::WriteBatch& batch);
  absl::Status WritePosition(rocksdb::Slice key, Position position);
  absl::Status Flush();
  void EndWrite();

  std::unique_ptr<rocksdb::DB> db_;
  rocksdb::ColumnFamilyHandle* default_ = nullptr;
  rocksdb::ColumnFamilyHandle* entries_ = nullptr;
  std::atomic<Position> checkpoint_{0};
  std::atomic<Position> ahead_until_{0};
  // RocksDB has refused to write since.
  std::atomic<bool> write_failed_{false};
  std::atomic<size_t> unflushed_bytes_{0};
  mutable absl::Mutex mutex_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_ROCKS_ROCKS_VIEW_STORE_H_
