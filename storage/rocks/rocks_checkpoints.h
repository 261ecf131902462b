// Checkpoints in a column family of the log's database.
#ifndef PLEDGER_STORAGE_ROCKS_ROCKS_CHECKPOINTS_H_
#define PLEDGER_STORAGE_ROCKS_ROCKS_CHECKPOINTS_H_

#include <functional>
#include <utility>
#include <vector>

#include "rocksdb/db.h"
#include "storage/checkpoint_store.h"

namespace pledger::storage {

class RocksCheckpoints final : public CheckpointStore {
 public:
  // `db` and `column` must outlive it. `check_space` says whether there is room to write.
  RocksCheckpoints(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& column,
                   std::function<absl::Status()> check_space)
      : db_(db), column_(column), check_space_(std::move(check_space)) {}

  absl::Status PutCheckpoint(const StoredCheckpoint& checkpoint) override;
  absl::StatusOr<std::optional<StoredCheckpoint>> FindCheckpoint(uint64_t size) override;
  absl::StatusOr<std::vector<StoredCheckpoint>> ListCheckpoints(uint64_t from, Direction direction,
                                                                size_t limit) override;

 private:
  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle& column_;
  const std::function<absl::Status()> check_space_;
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_ROCKS_ROCKS_CHECKPOINTS_H_
