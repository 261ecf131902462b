#include "storage/view_store.h"

namespace pledger::storage {

absl::Status ViewStore::Write(const Entries& entries, Position checkpoint) {
  const auto write = BeginWrite(checkpoint);
  if (!write.ok()) return write.status();
  absl::Status added = (*write)->Add([&entries](ViewWrite::Put put) {
    for (const auto& [key, value] : entries) put(key, value);
  });
  return added.ok() ? (*write)->Finish() : added;
}

}  // namespace pledger::storage
