#include <gtest/gtest.h>

#include "storage/merkle/hash.h"
#include "storage/merkle/proofs.h"
#include "storage/merkle/tile_node_reader.h"
#include "tests/unit/merkle_reference.h"

namespace pledger::storage::merkle {
namespace {

constexpr uint64_t kSizeMax = 300;
// Up to here every single bit of a proof is turned.
constexpr uint64_t kBitFlipSizeMax = 40;

// Calls `check` once with each single bit of `hash` turned.
template <typename Check>
void WithEachBitTurned(Hash* hash, const Check& check) {
  for (size_t bit = 0; bit < hash->size() * 8; ++bit) {
    (*hash)[bit / 8] ^= 1 << (bit % 8);
    check();
    (*hash)[bit / 8] ^= 1 << (bit % 8);
  }
}

std::vector<Hash> PublishedLeaves() {
  using std::string_view_literals::operator""sv;
  std::vector<Hash> leaves;
  for (const std::string_view record : {""sv, "\x00"sv, "\x10"sv, "\x20\x21"sv, "\x30\x31"sv,
                                        "@ABC"sv, "PQRSTUVW"sv, "`abcdefghijklmno"sv}) {
    leaves.push_back(LeafHash(record));
  }
  return leaves;
}

class MerkleProofsTest : public testing::Test {
 protected:
  MerkleProofsTest() : tree_(TestLeaves(kSizeMax)), nodes_(tree_) {}

  ReferenceTree tree_;
  ReferenceNodes nodes_;
};

// Goal: the proofs are those of every other implementation (Certificate Transparency's vectors).
TEST_F(MerkleProofsTest, AreThePublishedOnes) {
  ReferenceTree tree(PublishedLeaves());
  ReferenceNodes nodes(tree);
  const Hash leaf0 = FromHex("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  const Hash leaf1 = FromHex("96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7");
  const Hash leaf4 = FromHex("bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b");
  const Hash from0to2 = FromHex("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
  const Hash from2to4 = FromHex("5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e");
  const Hash from4to6 = FromHex("0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a");
  const Hash from6to8 = FromHex("ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0");
  const Hash from0to4 = FromHex("d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
  const Hash from4to8 = FromHex("6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4");
  EXPECT_EQ(*InclusionProof(0, 1, nodes), (Proof{}));
  EXPECT_EQ(*InclusionProof(0, 8, nodes), (Proof{leaf1, from2to4, from4to8}));
  EXPECT_EQ(*InclusionProof(5, 8, nodes), (Proof{leaf4, from6to8, from0to4}));
  EXPECT_EQ(*InclusionProof(2, 3, nodes), (Proof{from0to2}));
  EXPECT_EQ(*InclusionProof(1, 5, nodes), (Proof{leaf0, from2to4, leaf4}));
  EXPECT_EQ(*ConsistencyProof(1, 1, nodes), (Proof{}));
  EXPECT_EQ(*ConsistencyProof(1, 8, nodes), (Proof{leaf1, from2to4, from4to8}));
  EXPECT_EQ(*ConsistencyProof(6, 8, nodes), (Proof{from4to6, from6to8, from0to4}));
  EXPECT_EQ(*ConsistencyProof(2, 5, nodes), (Proof{from2to4, leaf4}));
}

// Goal: every leaf of every tree is provable, by the proof that the RFC defines.
TEST_F(MerkleProofsTest, EveryInclusionVerifies) {
  for (uint64_t size = 1; size <= kSizeMax; ++size) {
    for (uint64_t index = 0; index < size; ++index) {
      const auto proof = InclusionProof(index, size, nodes_);
      ASSERT_TRUE(proof.ok()) << proof.status();
      ASSERT_EQ(*proof, tree_.Path(index, size)) << index << " in " << size;
      const absl::Status status =
          VerifyInclusion(index, size, tree_.leaves()[index], *proof, tree_.Root(size));
      ASSERT_TRUE(status.ok()) << status << ": " << index << " in " << size;
    }
  }
}

// Goal: every prefix of every tree is provable, by the proof that the RFC defines.
TEST_F(MerkleProofsTest, EveryConsistencyVerifies) {
  for (uint64_t size2 = 0; size2 <= kSizeMax; ++size2) {
    for (uint64_t size1 = 0; size1 <= size2; ++size1) {
      const auto proof = ConsistencyProof(size1, size2, nodes_);
      ASSERT_TRUE(proof.ok()) << proof.status();
      const Proof expected = size1 == 0 ? Proof{} : tree_.Consistency(size1, size2);
      ASSERT_EQ(*proof, expected) << size1 << " in " << size2;
      const absl::Status status =
          VerifyConsistency(size1, size2, *proof, tree_.Root(size1), tree_.Root(size2));
      ASSERT_TRUE(status.ok()) << status << ": " << size1 << " in " << size2;
    }
  }
}

// Goal: no bit of leaf, proof or root can be turned, and no hash dropped or added.
TEST_F(MerkleProofsTest, InclusionRefusesEveryChange) {
  for (uint64_t size = 1; size <= kBitFlipSizeMax; ++size) {
    for (uint64_t index = 0; index < size; ++index) {
      Proof proof = *InclusionProof(index, size, nodes_);
      Hash leaf = tree_.leaves()[index];
      Hash root = tree_.Root(size);
      const auto refused = [&] {
        ASSERT_EQ(VerifyInclusion(index, size, leaf, proof, root).code(),
                  absl::StatusCode::kDataLoss)
            << index << " in " << size;
      };
      WithEachBitTurned(&leaf, refused);
      WithEachBitTurned(&root, refused);
      for (Hash& hash : proof) WithEachBitTurned(&hash, refused);
      ASSERT_TRUE(VerifyInclusion(index, size, leaf, proof, root).ok());
      proof.push_back(root);
      EXPECT_EQ(VerifyInclusion(index, size, leaf, proof, root).code(),
                absl::StatusCode::kInvalidArgument);
      proof.resize(proof.size() - 1);
      if (proof.empty()) continue;
      proof.pop_back();
      EXPECT_EQ(VerifyInclusion(index, size, leaf, proof, root).code(),
                absl::StatusCode::kInvalidArgument);
    }
  }
}

// Goal: no bit of either root or of the proof can be turned, and no hash dropped or added.
TEST_F(MerkleProofsTest, ConsistencyRefusesEveryChange) {
  for (uint64_t size2 = 2; size2 <= kBitFlipSizeMax; ++size2) {
    for (uint64_t size1 = 1; size1 < size2; ++size1) {
      Proof proof = *ConsistencyProof(size1, size2, nodes_);
      Hash root1 = tree_.Root(size1);
      Hash root2 = tree_.Root(size2);
      const auto code = [&] { return VerifyConsistency(size1, size2, proof, root1, root2).code(); };
      const auto refused = [&] {
        ASSERT_EQ(code(), absl::StatusCode::kDataLoss) << size1 << " in " << size2;
      };
      WithEachBitTurned(&root1, refused);
      WithEachBitTurned(&root2, refused);
      for (Hash& hash : proof) WithEachBitTurned(&hash, refused);
      ASSERT_EQ(code(), absl::StatusCode::kOk);
      proof.push_back(root1);
      EXPECT_EQ(code(), absl::StatusCode::kInvalidArgument);
      proof.resize(proof.size() - 2);
      EXPECT_EQ(code(), absl::StatusCode::kInvalidArgument) << size1 << " in " << size2;
    }
  }
}

// Goal: another leaf's proof, or another place for the same leaf, does not pass.
TEST_F(MerkleProofsTest, InclusionBindsTheIndex) {
  for (const uint64_t size : {2, 7, 8, 33}) {
    for (uint64_t index = 0; index < size; ++index) {
      const Proof proof = *InclusionProof(index, size, nodes_);
      for (uint64_t other = 0; other < size; ++other) {
        if (other == index) continue;
        EXPECT_FALSE(
            VerifyInclusion(other, size, tree_.leaves()[index], proof, tree_.Root(size)).ok());
        EXPECT_FALSE(
            VerifyInclusion(index, size, tree_.leaves()[other], proof, tree_.Root(size)).ok());
      }
    }
  }
}

// Goal: no bit of the index can be turned in any tree, nor one of any hash. (That the size can't be
// either is the signature's matter: see merkle_receipt_test.cc.)
TEST_F(MerkleProofsTest, EveryIndexIsBound) {
  for (uint64_t size = 1; size <= kSizeMax; ++size) {
    for (uint64_t index = 0; index < size; ++index) {
      Proof proof = *InclusionProof(index, size, nodes_);
      const Hash& leaf = tree_.leaves()[index];
      const Hash root = tree_.Root(size);
      for (int bit = 0; bit < 64; ++bit) {
        ASSERT_FALSE(VerifyInclusion(index ^ uint64_t{1} << bit, size, leaf, proof, root).ok());
      }
      // Another bit of each hash in each tree: all of them at each place where they can stand.
      for (Hash& hash : proof) {
        const size_t bit = (index * 7 + size) % 256;
        hash[bit / 8] ^= 1 << (bit % 8);
        ASSERT_FALSE(VerifyInclusion(index, size, leaf, proof, root).ok());
        hash[bit / 8] ^= 1 << (bit % 8);
      }
    }
  }
}

// Goal: the edges of the domain: what can't be proved is refused with its own status.
TEST_F(MerkleProofsTest, RefuseWhatCannotBeAsked) {
  const Hash root = tree_.Root(5);
  EXPECT_EQ(InclusionProof(5, 5, nodes_).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(InclusionProof(0, 0, nodes_).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(InclusionProof(0, kSizeMax + 1, nodes_).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ConsistencyProof(6, 5, nodes_).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(VerifyInclusion(5, 5, root, {}, root).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(VerifyInclusion(0, 0, root, {}, root).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(VerifyConsistency(6, 5, {}, root, root).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(VerifyConsistency(0, 5, {}, root, root).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(VerifyConsistency(5, 5, {}, tree_.Root(4), root).code(), absl::StatusCode::kDataLoss);
  const Proof one = {root};
  EXPECT_EQ(VerifyConsistency(0, 5, one, EmptyRoot(), root).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(VerifyConsistency(5, 5, one, root, root).code(), absl::StatusCode::kInvalidArgument);
}

// Goal: sizes that no tree has, as an attacker may claim, neither loop nor overflow.
TEST_F(MerkleProofsTest, HostileSizesEnd) {
  const Hash hash = tree_.leaves()[0];
  const Proof proof(64, hash);
  for (const uint64_t size : {UINT64_MAX, UINT64_MAX - 1, uint64_t{1} << 63}) {
    EXPECT_FALSE(VerifyInclusion(size - 1, size, hash, proof, hash).ok());
    EXPECT_FALSE(VerifyInclusion(0, size, hash, proof, hash).ok());
    EXPECT_FALSE(VerifyConsistency(size - 1, size, proof, hash, hash).ok());
    EXPECT_FALSE(VerifyConsistency(1, size, proof, hash, hash).ok());
    EXPECT_FALSE(VerifyConsistency(uint64_t{1} << 62, size, {}, hash, hash).ok());
  }
}

// Goal: proofs from tiles and edge verify across the borders of tiles, for old sizes as for new.
TEST_F(MerkleProofsTest, FromTilesVerify) {
  constexpr uint64_t kSize = 66'100;
  TileMap tiles;
  TileBuilder builder;
  ReferenceTree tree(TestLeaves(kSize));
  for (const Hash& leaf : tree.leaves()) {
    builder.Append(leaf, [&](TileId id, absl::Span<const Hash> hashes) { tiles.Put(id, hashes); });
  }
  const std::vector<uint64_t> sizes = {1,      255,    256,    257,    511,    40'000,
                                       65'535, 65'536, 65'537, 65'792, 65'793, kSize};
  for (const uint64_t size2 : sizes) {
    for (const uint64_t size1 : sizes) {
      if (size1 > size2) continue;
      size_t reads = 0;
      TileNodeReader nodes(builder.edge(), [&](TileId id) {
        ++reads;
        return tiles.Read(id);
      });
      const auto inclusion = InclusionProof(size1 - 1, size2, nodes);
      ASSERT_TRUE(inclusion.ok()) << inclusion.status();
      EXPECT_TRUE(
          VerifyInclusion(size1 - 1, size2, tree.leaves()[size1 - 1], *inclusion, tree.Root(size2))
              .ok());
      const auto consistency = ConsistencyProof(size1, size2, nodes);
      ASSERT_TRUE(consistency.ok()) << consistency.status();
      EXPECT_TRUE(
          VerifyConsistency(size1, size2, *consistency, tree.Root(size1), tree.Root(size2)).ok());
      EXPECT_LE(reads, 4u) << size1 << " in " << size2;
    }
  }
}

}  // namespace
}  // namespace pledger::storage::merkle
