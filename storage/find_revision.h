// Where a position lies in a client's stream.
#ifndef PLEDGER_STORAGE_FIND_REVISION_H_
#define PLEDGER_STORAGE_FIND_REVISION_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "storage/event_store.h"

namespace pledger::storage {

// How many of the client's indexed records lie below `position`: the revision of the first one that
// doesn't. A handful of reads, as deep as `tier` allows. Errors are the store's.
inline absl::StatusOr<Revision> FindRevision(EventStore& store, std::string_view client_id,
                                             Position position,
                                             ReadTier tier = ReadTier::kAnywhere) {
  if (position == 0) return Revision{0};
  const auto head = store.FindIndexedHead(client_id);
  if (!head.ok()) return head.status();
  if (!head->has_value()) return Revision{0};
  // Positions rise with the revision.
  Revision low = 0;
  Revision high = (*head)->revision + 1;
  while (low < high) {
    const Revision middle = low + (high - low) / 2;
    const auto cursor = store.ReadClient(client_id, middle, Direction::kForward, tier);
    const bool found = cursor->Next();
    if (!cursor->status().ok()) return cursor->status();
    if (!found || cursor->view().header.position >= position) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_FIND_REVISION_H_
