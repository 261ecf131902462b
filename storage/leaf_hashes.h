// The leaves of the Merkle tree, from the records themselves.
#ifndef PLEDGER_STORAGE_LEAF_HASHES_H_
#define PLEDGER_STORAGE_LEAF_HASHES_H_

#include <vector>

#include "absl/status/statusor.h"
#include "storage/event_store.h"
#include "storage/merkle/hash.h"

namespace pledger::storage {

// The leaf hashes of all records that are left to `cursor`. Errors are the cursor's.
inline absl::StatusOr<std::vector<Hash>> ReadLeafHashes(RecordCursor& cursor) {
  std::vector<Hash> hashes;
  while (cursor.Next()) hashes.push_back(merkle::LeafHash(cursor.record()));
  if (!cursor.status().ok()) return cursor.status();
  return hashes;
}

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_LEAF_HASHES_H_
