#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "storage/merkle/compact_range.h"
#include "storage/merkle/hash.h"
#include "tests/unit/merkle_reference.h"

namespace pledger::storage::merkle {
namespace {

// The leaves that Certificate Transparency's own tests use, and the roots of their prefixes.
const std::vector<std::string> kLeavesHex = {"",
                                             "00",
                                             "10",
                                             "2021",
                                             "3031",
                                             "40414243",
                                             "5051525354555657",
                                             "606162636465666768696a6b6c6d6e6f"};

const std::vector<std::string> kRootsHex = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

// Goal: Sha256 is SHA-256 (FIPS 180-2, appendix B), also over more than a block.
TEST(MerkleHashTest, Sha256KnowsItsPublishedVectors) {
  EXPECT_EQ(Sha256("abc"),
            FromHex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  EXPECT_EQ(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            FromHex("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
  EXPECT_EQ(Sha256(std::string(1'000'000, 'a')),
            FromHex("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
}

// Goal: leaves, nodes and roots are those of every other RFC 6962 implementation.
TEST(MerkleHashTest, RootsAreThePublishedOnes) {
  CompactRange range;
  EXPECT_EQ(EmptyRoot(), FromHex(kRootsHex[0]));
  EXPECT_EQ(range.Root(), FromHex(kRootsHex[0]));
  for (size_t i = 0; i < kLeavesHex.size(); ++i) {
    range.Append(LeafHash(absl::HexStringToBytes(kLeavesHex[i])));
    EXPECT_EQ(range.Root(), FromHex(kRootsHex[i + 1])) << "at size " << i + 1;
  }
}

// Goal: a node's input, recorded as a leaf, doesn't pass for the node.
TEST(MerkleHashTest, LeavesAndNodesAreKeptApart) {
  const Hash left = LeafHash("left");
  const Hash right = LeafHash("right");
  std::string joined(AsChars(left));
  joined += AsChars(right);
  EXPECT_EQ(NodeHash(left, right), Sha256("\1" + joined));
  EXPECT_NE(NodeHash(left, right), LeafHash(joined));
  EXPECT_NE(NodeHash(left, right), NodeHash(right, left));
}

}  // namespace
}  // namespace pledger::storage::merkle
