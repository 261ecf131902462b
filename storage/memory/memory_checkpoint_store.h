// The reference model of a checkpoint store: a map. Gone with the process.
#ifndef PLEDGER_STORAGE_MEMORY_MEMORY_CHECKPOINT_STORE_H_
#define PLEDGER_STORAGE_MEMORY_MEMORY_CHECKPOINT_STORE_H_

#include <map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/checkpoint_store.h"

namespace pledger::storage {

// Never fails.
class MemoryCheckpointStore final : public CheckpointStore {
 public:
  absl::Status PutCheckpoint(const StoredCheckpoint& checkpoint) override;
  absl::StatusOr<std::optional<StoredCheckpoint>> FindCheckpoint(uint64_t size) override;
  absl::StatusOr<std::vector<StoredCheckpoint>> ListCheckpoints(uint64_t from, Direction direction,
                                                                size_t limit) override;

 private:
  absl::Mutex mutex_;
  std::map<uint64_t, StoredCheckpoint> checkpoints_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_MEMORY_MEMORY_CHECKPOINT_STORE_H_
