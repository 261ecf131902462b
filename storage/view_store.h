// Where a projection keeps what it derived: values by key, and how far it has got. Disposable.
#ifndef PLEDGER_STORAGE_VIEW_STORE_H_
#define PLEDGER_STORAGE_VIEW_STORE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/format/types.h"

namespace pledger::storage {

// What a part of a write may well have: enough that handing it over costs little, and not so much
// that several are felt.
inline constexpr size_t kViewPartBytes = 1 << 20;

// A write in progress: entries come in parts, so that a write need not fit into memory, and parts
// may come from several threads. One that ends without Finish() leaves its entries ahead of the
// checkpoint. Must not outlive the store.
class ViewWrite {
 public:
  // Copies an entry into the part.
  using Put = absl::FunctionRef<void(std::string_view key, std::string_view value)>;

  virtual ~ViewWrite() = default;

  // Calls `fill` with what takes the part's entries, and writes them. Thread-safe, as long as no
  // two parts have an entry in common.
  virtual absl::Status Add(absl::FunctionRef<void(Put)> fill) = 0;

  // After all parts: moves the checkpoint.
  virtual absl::Status Finish() = 0;
};

// Reads are thread-safe and may run beside one write. DATA_LOSS for what was not written so,
// INTERNAL where the disk fails; for writes UNAVAILABLE, and RESOURCE_EXHAUSTED on a full disk.
class ViewStore {
 public:
  using Entries = std::vector<std::pair<std::string, std::string>>;

  virtual ~ViewStore() = default;

  // Everything below it is in the view as it was last written; 0 for an empty one.
  virtual Position checkpoint() const = 0;

  // No entry is ahead of it: the checkpoint, or more after a write that did not end, because it
  // failed or the process did.
  virtual Position ahead_until() const = 0;

  // Begins to replace entries by those of a later checkpoint. One write at a time. Not synced:
  // after a crash the view may stand at an earlier checkpoint, with or without entries that are
  // ahead of it; never is there a checkpoint without its entries.
  virtual absl::StatusOr<std::unique_ptr<ViewWrite>> BeginWrite(Position checkpoint) = 0;

  // All of a write in one part.
  absl::Status Write(const Entries& entries, Position checkpoint);

  virtual absl::StatusOr<std::optional<std::string>> Find(std::string_view key) const = 0;

  // Up to `limit` entries in the order of their keys, beginning behind `after`.
  virtual absl::StatusOr<Entries> List(std::string_view after, size_t limit) const = 0;

  // Calls `visit` for every entry in the order of the keys, all as they stood at one checkpoint,
  // which is returned; what is written meanwhile is not seen. Waits for a write in progress.
  // UNAVAILABLE while entries are ahead of the checkpoint. An error of `visit` ends it and is
  // returned. Views live as long as the call of `visit`.
  virtual absl::StatusOr<Position> VisitAll(
      absl::FunctionRef<absl::Status(std::string_view key, std::string_view value)> visit)
      const = 0;
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_VIEW_STORE_H_
