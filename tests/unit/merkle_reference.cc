#include "tests/unit/merkle_reference.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace pledger::storage::merkle {
namespace {

Hash Digest(std::string_view bytes) {
  Hash hash;
  EVP_Digest(bytes.data(), bytes.size(), hash.data(), nullptr, EVP_sha256(), nullptr);
  return hash;
}

// "The largest power of two smaller than n."
uint64_t Split(uint64_t n) {
  uint64_t k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

}  // namespace

Hash FromHex(std::string_view hex) {
  const std::string bytes = absl::HexStringToBytes(std::string(hex));
  Hash hash{};
  EXPECT_EQ(bytes.size(), hash.size());
  std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
  return hash;
}

std::vector<Hash> TestLeaves(uint64_t count) {
  std::vector<Hash> leaves;
  for (uint64_t i = 0; i < count; ++i) {
    leaves.push_back(Digest(absl::StrCat(std::string(1, '\0'), "record ", i)));
  }
  return leaves;
}

Hash ReferenceTree::Root(uint64_t begin, uint64_t end) {
  if (begin == end) return Digest("");
  if (end - begin == 1) return leaves_.at(begin);
  const auto known = roots_.find({begin, end});
  if (known != roots_.end()) return known->second;
  const uint64_t middle = begin + Split(end - begin);
  std::string node = "\1";
  node += AsChars(Root(begin, middle));
  node += AsChars(Root(middle, end));
  const Hash root = Digest(node);
  roots_[{begin, end}] = root;
  return root;
}

Proof ReferenceTree::Path(uint64_t index, uint64_t size) { return SubPath(index, 0, size); }

Proof ReferenceTree::SubPath(uint64_t index, uint64_t begin, uint64_t end) {
  if (end - begin == 1) return {};
  const uint64_t k = Split(end - begin);
  Proof path;
  if (index < k) {
    path = SubPath(index, begin, begin + k);
    path.push_back(Root(begin + k, end));
  } else {
    path = SubPath(index - k, begin + k, end);
    path.push_back(Root(begin, begin + k));
  }
  return path;
}

Proof ReferenceTree::Consistency(uint64_t size1, uint64_t size2) {
  return SubProof(size1, 0, size2, true);
}

Proof ReferenceTree::SubProof(uint64_t size1, uint64_t begin, uint64_t end, bool complete) {
  if (size1 == end - begin) return complete ? Proof{} : Proof{Root(begin, end)};
  const uint64_t k = Split(end - begin);
  Proof proof;
  if (size1 <= k) {
    proof = SubProof(size1, begin, begin + k, complete);
    proof.push_back(Root(begin + k, end));
  } else {
    proof = SubProof(size1 - k, begin + k, end, false);
    proof.push_back(Root(begin, begin + k));
  }
  return proof;
}

absl::StatusOr<Hash> ReferenceNodes::Node(uint8_t level, uint64_t index) {
  const uint64_t end = (index + 1) << level;
  if (end > tree_.leaves().size()) return absl::OutOfRangeError("beyond the tree");
  return tree_.Root(index << level, end);
}

void TileMap::Put(TileId id, absl::Span<const Hash> hashes) {
  const bool added = tiles_.emplace(id, std::vector<Hash>(hashes.begin(), hashes.end())).second;
  EXPECT_TRUE(added) << ToString(id) << " was given twice";
}

absl::StatusOr<std::vector<Hash>> TileMap::Read(TileId id) const {
  const auto found = tiles_.find(id);
  if (found == tiles_.end()) return absl::NotFoundError("no such tile");
  return found->second;
}

}  // namespace pledger::storage::merkle
