// Where signed checkpoints are kept: beside the log that they are about, by size.
#ifndef PLEDGER_STORAGE_CHECKPOINT_STORE_H_
#define PLEDGER_STORAGE_CHECKPOINT_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/event_store.h"

namespace pledger::storage {

struct StoredCheckpoint {
  // How many events it covers.
  uint64_t size = 0;
  // When it was signed, in nanoseconds since 1970.
  int64_t time_ns = 0;
  // The signed note. Opaque to the store.
  std::string note;

  bool operator==(const StoredCheckpoint&) const = default;
};

// The largest note that is stored.
inline constexpr size_t kCheckpointNoteBytesMax = 64 << 10;

// Thread-safe; may block. Reads: DATA_LOSS for what was not written so, INTERNAL where the disk
// fails. Writes: UNAVAILABLE, and RESOURCE_EXHAUSTED on a full disk.
class CheckpointStore {
 public:
  virtual ~CheckpointStore() = default;

  // Replaces the one of the same size, if there is one. On disk on return.
  virtual absl::Status PutCheckpoint(const StoredCheckpoint& checkpoint) = 0;

  virtual absl::StatusOr<std::optional<StoredCheckpoint>> FindCheckpoint(uint64_t size) = 0;

  // Up to `limit`: forward from the first one of `from` or larger, backward from the last one of
  // `from` or smaller.
  virtual absl::StatusOr<std::vector<StoredCheckpoint>> ListCheckpoints(uint64_t from,
                                                                        Direction direction,
                                                                        size_t limit) = 0;
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_CHECKPOINT_STORE_H_
