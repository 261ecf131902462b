// A view in a RocksDB of its own.
#ifndef PLEDGER_STORAGE_ROCKS_ROCKS_VIEW_STORE_H_
#define PLEDGER_STORAGE_ROCKS_ROCKS_VIEW_STORE_H_

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "rocksdb/db.h"
#include "storage/rocks/rocks_options.h"
#include "storage/view_store.h"

namespace pledger::storage {

class RocksViewStore final : public ViewStore {
 public:
  // `path` should name the view and the version of its code: another version's view is another one.
  static absl::StatusOr<std::unique_ptr<RocksViewStore>> Open(const std::string& path,
                                                              const RocksTuning& tuning);
  ~RocksViewStore() override;

  Position checkpoint() const override { return checkpoint_.load(std::memory_order_acquire); }
  absl::Status Write(const Entries& entries, Position checkpoint) override;
  absl::StatusOr<std::optional<std::string>> Find(std::string_view key) const override;
  absl::StatusOr<Entries> List(std::string_view after, size_t limit) const override;
  absl::StatusOr<Position> VisitAll(
      absl::FunctionRef<absl::Status(std::string_view key, std::string_view value)> visit)
      const override;

 private:
  RocksViewStore() = default;
  absl::Status LoadCheckpoint();
  absl::StatusOr<Position> ReadCheckpoint(const rocksdb::ReadOptions& options) const;

  std::unique_ptr<rocksdb::DB> db_;
  rocksdb::ColumnFamilyHandle* default_ = nullptr;
  rocksdb::ColumnFamilyHandle* entries_ = nullptr;
  std::atomic<Position> checkpoint_{0};
  // RocksDB has refused to write since. Of the one thread that writes.
  bool write_failed_ = false;
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_ROCKS_ROCKS_VIEW_STORE_H_
