// Where a projection keeps what it derived: values by key, and how far it has got. Disposable.
#ifndef PLEDGER_STORAGE_VIEW_STORE_H_
#define PLEDGER_STORAGE_VIEW_STORE_H_

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

// Reads are thread-safe and may run beside one Write(). DATA_LOSS for what was not written so,
// INTERNAL where the disk fails; for writes UNAVAILABLE, and RESOURCE_EXHAUSTED on a full disk.
class ViewStore {
 public:
  using Entries = std::vector<std::pair<std::string, std::string>>;

  virtual ~ViewStore() = default;

  // Everything below it is in the view as it was last written; 0 for an empty one.
  virtual Position checkpoint() const = 0;

  // Replaces the entries and moves the checkpoint, together or not at all. Not synced: after a
  // crash the view may stand at an earlier checkpoint, never between two.
  virtual absl::Status Write(const Entries& entries, Position checkpoint) = 0;

  virtual absl::StatusOr<std::optional<std::string>> Find(std::string_view key) const = 0;

  // Up to `limit` entries in the order of their keys, beginning behind `after`.
  virtual absl::StatusOr<Entries> List(std::string_view after, size_t limit) const = 0;

  // Calls `visit` for every entry in the order of the keys, all as they stood at one checkpoint,
  // which is returned; what is written meanwhile is not seen. An error of `visit` ends it and is
  // returned. Views live as long as the call of `visit`.
  virtual absl::StatusOr<Position> VisitAll(
      absl::FunctionRef<absl::Status(std::string_view key, std::string_view value)> visit)
      const = 0;
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_VIEW_STORE_H_
