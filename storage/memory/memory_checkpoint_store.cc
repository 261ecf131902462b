#include "storage/memory/memory_checkpoint_store.h"

#include <algorithm>

namespace pledger::storage {

absl::Status MemoryCheckpointStore::PutCheckpoint(const StoredCheckpoint& checkpoint) {
  absl::MutexLock lock(&mutex_);
  checkpoints_[checkpoint.size] = checkpoint;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<StoredCheckpoint>> MemoryCheckpointStore::FindCheckpoint(
    uint64_t size) {
  absl::MutexLock lock(&mutex_);
  const auto found = checkpoints_.find(size);
  if (found == checkpoints_.end()) return std::nullopt;
  return found->second;
}

absl::StatusOr<std::vector<StoredCheckpoint>> MemoryCheckpointStore::ListCheckpoints(
    uint64_t from, Direction direction, size_t limit) {
  absl::MutexLock lock(&mutex_);
  std::vector<StoredCheckpoint> wanted;
  for (const auto& [size, checkpoint] : checkpoints_) {
    const bool in_range = direction == Direction::kForward ? size >= from : size <= from;
    if (in_range) wanted.push_back(checkpoint);
  }
  if (direction == Direction::kBackward) std::reverse(wanted.begin(), wanted.end());
  wanted.resize(std::min(wanted.size(), limit));
  return wanted;
}

}  // namespace pledger::storage
