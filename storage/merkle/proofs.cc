#include "storage/merkle/proofs.h"

#include <algorithm>
#include <bit>

#include "absl/strings/str_cat.h"
#include "storage/merkle/hash.h"

namespace pledger::storage::merkle {
namespace {

// How many leaves the left part of a tree of `size` > 1 has: the largest power of two below it.
uint64_t LeftSize(uint64_t size) { return std::bit_floor(size - 1); }

// The root over [begin, end), where `begin` is a multiple of a power of two that is not below the
// number of leaves. The tree need not be complete on its right.
absl::StatusOr<Hash> RangeRoot(uint64_t begin, uint64_t end, NodeReader& nodes) {
  Proof roots;
  while (begin < end) {
    const auto level = static_cast<uint8_t>(std::bit_width(end - begin) - 1);
    const absl::StatusOr<Hash> root = nodes.Node(level, begin >> level);
    if (!root.ok()) return root.status();
    roots.push_back(*root);
    begin += uint64_t{1} << level;
  }
  Hash root = roots.back();
  for (size_t i = roots.size() - 1; i-- > 0;) root = NodeHash(roots[i], root);
  return root;
}

absl::Status AppendRangeRoot(uint64_t begin, uint64_t end, NodeReader& nodes, Proof* proof) {
  const absl::StatusOr<Hash> root = RangeRoot(begin, end, nodes);
  if (root.ok()) proof->push_back(*root);
  return root.status();
}

absl::Status WrongLength(size_t count) {
  return absl::InvalidArgumentError(absl::StrCat("no such proof has ", count, " hashes"));
}

absl::Status WrongRoot(uint64_t size) {
  return absl::DataLossError(
      absl::StrCat("the proof does not lead to the root of the first ", size, " leaves"));
}

// Climbs from a node to the root of the tree that it is in, one hash of a proof at a time. `index`
// is the node's place in its level and `last` that of the level's last node.
class Climber {
 public:
  Climber(uint64_t index, uint64_t last) : index_(index), last_(last) {}

  enum class Side { kLeft, kRight };

  bool at_root() const { return last_ == 0; }

  // Where the next hash of the proof stands. Not to be asked at the root.
  Side Next() {
    const bool left = (index_ & 1) != 0 || index_ == last_;
    // The last node of a level that has no sibling moves up unchanged.
    while (left && (index_ & 1) == 0 && index_ != 0) Up();
    Up();
    return left ? Side::kLeft : Side::kRight;
  }

 private:
  void Up() {
    index_ >>= 1;
    last_ >>= 1;
  }

  uint64_t index_;
  uint64_t last_;
};

// The part of VerifyConsistency() that has something to climb: 0 < size1 < size2.
absl::Status VerifyGrowth(uint64_t size1, uint64_t size2, absl::Span<const Hash> proof,
                          const Hash& root1, const Hash& root2) {
  // Where the first tree is complete its root is a node of the second, and the proof leaves it out.
  const bool complete = std::has_single_bit(size1);
  if (!complete && proof.empty()) return WrongLength(0);
  Hash hash1 = complete ? root1 : proof.front();
  Hash hash2 = hash1;
  const int level = std::countr_zero(size1);
  Climber climber((size1 - 1) >> level, (size2 - 1) >> level);
  for (const Hash& hash : proof.subspan(complete ? 0 : 1)) {
    if (climber.at_root()) return WrongLength(proof.size());
    if (climber.Next() == Climber::Side::kLeft) {
      hash1 = NodeHash(hash, hash1);
      hash2 = NodeHash(hash, hash2);
    } else {
      hash2 = NodeHash(hash2, hash);
    }
  }
  if (!climber.at_root()) return WrongLength(proof.size());
  if (hash1 != root1) return WrongRoot(size1);
  if (hash2 != root2) return WrongRoot(size2);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Proof> InclusionProof(uint64_t index, uint64_t size, NodeReader& nodes) {
  if (index >= size) {
    return absl::OutOfRangeError(absl::StrCat("no leaf ", index, " among ", size));
  }
  Proof proof;
  uint64_t begin = 0;
  uint64_t end = size;
  while (end - begin > 1) {
    const uint64_t middle = begin + LeftSize(end - begin);
    const bool left = index < middle;
    absl::Status status =
        AppendRangeRoot(left ? middle : begin, left ? end : middle, nodes, &proof);
    if (!status.ok()) return status;
    (left ? end : begin) = middle;
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

absl::StatusOr<Proof> ConsistencyProof(uint64_t size1, uint64_t size2, NodeReader& nodes) {
  if (size1 > size2) {
    return absl::OutOfRangeError(absl::StrCat(size1, " leaves are no beginning of ", size2));
  }
  Proof proof;
  if (size1 == 0) return proof;
  uint64_t begin = 0;
  uint64_t end = size2;
  while (end != size1) {
    const uint64_t middle = begin + LeftSize(end - begin);
    const bool left = size1 <= middle;
    absl::Status status =
        AppendRangeRoot(left ? middle : begin, left ? end : middle, nodes, &proof);
    if (!status.ok()) return status;
    (left ? end : begin) = middle;
  }
  // From 0 on it is the whole first tree, of which the verifier has the root.
  if (begin != 0) {
    absl::Status status = AppendRangeRoot(begin, end, nodes, &proof);
    if (!status.ok()) return status;
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

absl::Status VerifyInclusion(uint64_t index, uint64_t size, const Hash& leaf_hash,
                             absl::Span<const Hash> proof, const Hash& root) {
  if (index >= size) {
    return absl::InvalidArgumentError(absl::StrCat("no leaf ", index, " among ", size));
  }
  Hash hash = leaf_hash;
  Climber climber(index, size - 1);
  for (const Hash& sibling : proof) {
    if (climber.at_root()) return WrongLength(proof.size());
    hash =
        climber.Next() == Climber::Side::kLeft ? NodeHash(sibling, hash) : NodeHash(hash, sibling);
  }
  if (!climber.at_root()) return WrongLength(proof.size());
  return hash == root ? absl::OkStatus() : WrongRoot(size);
}

absl::Status VerifyConsistency(uint64_t size1, uint64_t size2, absl::Span<const Hash> proof,
                               const Hash& root1, const Hash& root2) {
  if (size1 > size2) {
    return absl::InvalidArgumentError(absl::StrCat(size1, " leaves are no beginning of ", size2));
  }
  if (size1 == 0 && root1 != EmptyRoot()) return WrongRoot(0);
  if (size1 == size2 && root1 != root2) return WrongRoot(size2);
  if (size1 == 0 || size1 == size2) {
    return proof.empty() ? absl::OkStatus() : WrongLength(proof.size());
  }
  return VerifyGrowth(size1, size2, proof, root1, root2);
}

}  // namespace pledger::storage::merkle
