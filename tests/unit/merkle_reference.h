// What the tests compare the Merkle tree with: RFC 6962's recursive definitions, written down as
// they stand there, over a hash function of their own.
#ifndef PLEDGER_TESTS_UNIT_MERKLE_REFERENCE_H_
#define PLEDGER_TESTS_UNIT_MERKLE_REFERENCE_H_

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/format/types.h"
#include "storage/merkle/proofs.h"
#include "storage/merkle/tiles.h"

namespace pledger::storage::merkle {

// A hash from its hexadecimal digits.
Hash FromHex(std::string_view hex);

// The leaf hash of a distinct record for each index.
std::vector<Hash> TestLeaves(uint64_t count);

// RFC 6962, section 2.1, over leaf hashes.
class ReferenceTree {
 public:
  explicit ReferenceTree(std::vector<Hash> leaves) : leaves_(std::move(leaves)) {}

  const std::vector<Hash>& leaves() const { return leaves_; }

  // MTH(D[begin:end]).
  Hash Root(uint64_t begin, uint64_t end);
  Hash Root(uint64_t size) { return Root(0, size); }

  // PATH(index, D[0:size]).
  Proof Path(uint64_t index, uint64_t size);

  // PROOF(size1, D[0:size2]).
  Proof Consistency(uint64_t size1, uint64_t size2);

 private:
  Proof SubPath(uint64_t index, uint64_t begin, uint64_t end);
  Proof SubProof(uint64_t size1, uint64_t begin, uint64_t end, bool complete);

  const std::vector<Hash> leaves_;
  std::map<std::pair<uint64_t, uint64_t>, Hash> roots_;
};

// The nodes of a reference tree.
class ReferenceNodes : public NodeReader {
 public:
  // `tree` must outlive it.
  explicit ReferenceNodes(ReferenceTree& tree) : tree_(tree) {}

  [[nodiscard]] absl::StatusOr<Hash> Node(uint8_t level, uint64_t index) override;

 private:
  ReferenceTree& tree_;
};

// Full tiles as a builder gave them out. A tile given twice fails the test.
class TileMap {
 public:
  void Put(TileId id, absl::Span<const Hash> hashes);
  [[nodiscard]] absl::StatusOr<std::vector<Hash>> Read(TileId id) const;
  const std::map<TileId, std::vector<Hash>>& tiles() const { return tiles_; }

 private:
  std::map<TileId, std::vector<Hash>> tiles_;
};

}  // namespace pledger::storage::merkle

#endif  // PLEDGER_TESTS_UNIT_MERKLE_REFERENCE_H_
