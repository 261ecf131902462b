// Roots and proofs for any size of the ledger's tree, from the index's tiles and the log's tail.
#ifndef PLEDGER_SERVER_AUDIT_TREE_PROVER_H_
#define PLEDGER_SERVER_AUDIT_TREE_PROVER_H_

#include <cstdint>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "storage/event_store.h"
#include "storage/merkle/proofs.h"
#include "storage/merkle/tiles.h"

namespace pledger::audit {

// Thread-safe; may block. TREE_SIZE_UNKNOWN for a size above what is indexed; wait with
// EventStore::WhenIndexed() before asking for what was just recorded. Others are the store's.
class TreeProver {
 public:
  // `store` must outlive it.
  explicit TreeProver(storage::EventStore& store) : store_(store) {}

  absl::StatusOr<storage::Hash> Root(uint64_t size);

  // EVENT_NOT_FOUND unless position < size.
  absl::StatusOr<storage::merkle::Proof> Inclusion(storage::Position position, uint64_t size);

  // TREE_SIZE_UNKNOWN unless first <= second.
  absl::StatusOr<storage::merkle::Proof> Consistency(uint64_t first, uint64_t second);

 private:
  using Edge = std::shared_ptr<const storage::merkle::TileBuilder>;

  // The edge of a tree of at least this size.
  absl::StatusOr<Edge> EdgeOf(uint64_t size);
  absl::StatusOr<Edge> Extend(const storage::merkle::TileBuilder& from, uint64_t size);
  absl::StatusOr<Edge> Restore(uint64_t size);

  storage::EventStore& store_;
  absl::Mutex mutex_;
  // The largest that was asked for, kept for the next.
  Edge edge_ ABSL_GUARDED_BY(mutex_);
};

// The root of the first `size` leaves; the reader's tree may be larger. Statuses are the reader's.
absl::StatusOr<storage::Hash> RootOf(uint64_t size, storage::merkle::NodeReader& nodes);

}  // namespace pledger::audit

#endif  // PLEDGER_SERVER_AUDIT_TREE_PROVER_H_
