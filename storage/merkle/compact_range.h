// The least that must be kept of a Merkle tree to append to it and to know its root.
//
// For a tree of N leaves it holds one hash for each bit set in N: the roots of the complete
// subtrees that the leaves divide into, from the largest (the leftmost) to the smallest.
#ifndef PLEDGER_STORAGE_MERKLE_COMPACT_RANGE_H_
#define PLEDGER_STORAGE_MERKLE_COMPACT_RANGE_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "storage/format/types.h"

namespace pledger::storage::merkle {

// Thread-compatible. A copy takes at most 64 hashes.
class CompactRange {
 public:
  // Told of each complete subtree at the moment that its last leaf arrives, the smallest first: the
  // leaf itself at level 0, and every node above it that it completes. `level` is the height.
  using NodeVisitor = absl::FunctionRef<void(uint8_t level, const Hash& node)>;

  CompactRange() = default;

  // INVALID_ARGUMENT unless there is exactly one hash for each bit set in `size`. Whether they are
  // the right ones, only a comparison of the root with a known one can tell.
  [[nodiscard]] static absl::StatusOr<CompactRange> FromHashes(uint64_t size,
                                                               std::vector<Hash> hashes);

  // One node hash on average. Allocates only where the range needs more hashes than ever before.
  void Append(const Hash& leaf);
  void Append(const Hash& leaf, NodeVisitor on_node);

  // How many leaves there are.
  uint64_t size() const { return size_; }

  // The root of the tree; takes a hash for each bit set in size().
  Hash Root() const;

  const std::vector<Hash>& hashes() const { return hashes_; }

  bool operator==(const CompactRange&) const = default;

 private:
  uint64_t size_ = 0;
  std::vector<Hash> hashes_;
};

}  // namespace pledger::storage::merkle

#endif  // PLEDGER_STORAGE_MERKLE_COMPACT_RANGE_H_
