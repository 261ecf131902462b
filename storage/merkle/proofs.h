// Merkle proofs: making them and checking them (RFC 6962, section 2.1; RFC 9162, sections 2.1.3
// and 2.1.4).
//
// An inclusion proof shows that a record is the leaf at an index of the tree with a given root. A
// consistency proof shows that a tree is the beginning of a later one: nothing in it was changed,
// removed or moved. Free functions are thread-safe. The verifiers take hostile input; a proof binds
// neither the size nor the index by itself, so take both from a checkpoint that is trusted.
#ifndef PLEDGER_STORAGE_MERKLE_PROOFS_H_
#define PLEDGER_STORAGE_MERKLE_PROOFS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/format/types.h"

namespace pledger::storage::merkle {

// The nodes of a tree, by place.
class NodeReader {
 public:
  virtual ~NodeReader() = default;

  // The root of the complete subtree over the leaves [index << level, (index + 1) << level).
  // OUT_OF_RANGE if the tree doesn't have all of them; other statuses are the implementation's.
  [[nodiscard]] virtual absl::StatusOr<Hash> Node(uint8_t level, uint64_t index) = 0;
};

// At most 64 hashes, from the leaf to the root.
using Proof = std::vector<Hash>;

// That the leaf at `index` is in the tree of the first `size` leaves. The reader's tree may be
// larger. OUT_OF_RANGE unless index < size; other statuses are the reader's.
[[nodiscard]] absl::StatusOr<Proof> InclusionProof(uint64_t index, uint64_t size,
                                                   NodeReader& nodes);

// That the first `size1` leaves are the beginning of the first `size2`. Empty if the sizes are
// equal or `size1` is 0. OUT_OF_RANGE unless size1 <= size2; other statuses are the reader's.
[[nodiscard]] absl::StatusOr<Proof> ConsistencyProof(uint64_t size1, uint64_t size2,
                                                     NodeReader& nodes);

// OK if the proof holds. INVALID_ARGUMENT if it can't be one: the index is not below the size, or
// the number of hashes is not the one that such a proof has. DATA_LOSS if it leads to another root.
[[nodiscard]] absl::Status VerifyInclusion(uint64_t index, uint64_t size, const Hash& leaf_hash,
                                           absl::Span<const Hash> proof, const Hash& root);

// OK if the proof holds. INVALID_ARGUMENT if it can't be one: size1 is above size2, or the number
// of hashes is not the one that such a proof has. DATA_LOSS if it leads to another root than
// `root1` or `root2`. Of the tree without leaves only the root is checked, which must be
// EmptyRoot().
[[nodiscard]] absl::Status VerifyConsistency(uint64_t size1, uint64_t size2,
                                             absl::Span<const Hash> proof, const Hash& root1,
                                             const Hash& root2);

}  // namespace pledger::storage::merkle

#endif  // PLEDGER_STORAGE_MERKLE_PROOFS_H_
