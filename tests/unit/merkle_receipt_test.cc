#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/tlog_proof.h"
#include "storage/merkle/tlog_tiles.h"
#include "tests/unit/merkle_reference.h"

namespace pledger::storage::merkle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

NoteSigner LogKey() {
  return NoteSigner::Create("example.com/log", NoteKeyType::kEd25519, Ed25519Seed{9}).value();
}

std::string Record(uint64_t index) { return absl::StrCat("record ", index); }

// A tree of records, and receipts from it.
class ReceiptTest : public testing::Test {
 protected:
  static constexpr uint64_t kRecords = 20;

  ReceiptTest() : tree_(Leaves()), nodes_(tree_) {}

  static std::vector<Hash> Leaves() {
    std::vector<Hash> leaves;
    for (uint64_t i = 0; i < kRecords; ++i) leaves.push_back(LeafHash(Record(i)));
    return leaves;
  }

  TlogProof Receipt(uint64_t index, uint64_t size) {
    const Checkpoint checkpoint = {"example.com/log", size, tree_.Root(size), {}};
    return {Record(index), index, InclusionProof(index, size, nodes_).value(),
            FormatNote(SignCheckpoint(checkpoint, {LogKey()}))};
  }

  // As whoever is given a receipt verifies it.
  static absl::Status Verify(std::string_view bytes) {
    const auto proof = ParseTlogProof(bytes);
    if (!proof.ok()) return proof.status();
    if (!proof->extra) return absl::InvalidArgumentError("no record");
    return VerifyTlogProof(*proof, LeafHash(*proof->extra), {LogKey().verifier()}).status();
  }

  ReferenceTree tree_;
  ReferenceNodes nodes_;
};

// Goal: receipts for every record of every tree verify, and read and write to the same bytes.
TEST_F(ReceiptTest, EveryOneVerifies) {
  for (uint64_t size = 1; size <= kRecords; ++size) {
    for (uint64_t index = 0; index < size; ++index) {
      const std::string bytes = FormatTlogProof(Receipt(index, size));
      EXPECT_TRUE(Verify(bytes).ok()) << Verify(bytes);
      EXPECT_EQ(FormatTlogProof(ParseTlogProof(bytes).value()), bytes);
    }
  }
}

// Goal: whatever single bit is turned, of record, index, path, size, root or signature, the receipt
// is refused. (A path alone does not bind the size of its tree: the signature does.)
TEST_F(ReceiptTest, EveryBitCounts) {
  for (const auto& [index, size] :
       {std::pair<uint64_t, uint64_t>{0, 1}, {0, 5}, {4, 5}, {6, 7}, {3, 8}, {15, 17}, {16, 20}}) {
    std::string bytes = FormatTlogProof(Receipt(index, size));
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      bytes[bit / 8] ^= static_cast<char>(1 << (bit % 8));
      EXPECT_FALSE(Verify(bytes).ok()) << "bit " << bit << " of " << index << " in " << size;
      bytes[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    }
    EXPECT_TRUE(Verify(bytes).ok());
  }
}

// Goal: the form is the specification's: its lines in its order, an empty one before the note.
TEST_F(ReceiptTest, HasTheLinesOfTheSpecification) {
  const TlogProof receipt = Receipt(2, 3);
  const std::string bytes = FormatTlogProof(receipt);
  EXPECT_TRUE(bytes.starts_with("c2sp.org/tlog-proof@v1\nextra cmVjb3JkIDI=\nindex 2\n")) << bytes;
  EXPECT_THAT(bytes, HasSubstr("=\n\nexample.com/log\n3\n"));
  TlogProof bare = receipt;
  bare.extra.reset();
  EXPECT_EQ(ParseTlogProof(FormatTlogProof(bare))->extra, std::nullopt);
  bare.extra = "";
  EXPECT_EQ(ParseTlogProof(FormatTlogProof(bare))->extra, "");
  const struct {
    std::string bytes;
    const char* message;
  } cases[] = {{"", "line 1"},
               {"c2sp.org/tlog-proof@v2\n", "line 1"},
               {"c2sp.org/tlog-proof@v1\nextra *\nindex 0\n\n", "line 2"},
               {"c2sp.org/tlog-proof@v1\nindex 00\n\n", "line 2"},
               {"c2sp.org/tlog-proof@v1\nindex 0\nxx\n\n", "line 3"},
               {"c2sp.org/tlog-proof@v1\nindex 0\n", "line 3"}};
  for (const auto& c : cases) {
    const auto proof = ParseTlogProof(c.bytes);
    EXPECT_EQ(proof.status().code(), absl::StatusCode::kInvalidArgument) << c.bytes;
    EXPECT_THAT(std::string(proof.status().message()), HasSubstr(c.message));
  }
}

// Goal: paths are those of the specification.
TEST(TlogTilesTest, PathsArePublishedOnes) {
  EXPECT_EQ(TilePath({0, 1'234'067}), "tile/0/x001/x234/067");
  EXPECT_EQ(TilePath({2, 0}, 1), "tile/2/000.p/1");
  EXPECT_EQ(EntriesPath(1'234'067), "tile/entries/x001/x234/067");
  EXPECT_EQ(EntriesPath(999, 255), "tile/entries/999.p/255");
  EXPECT_EQ(EntriesPath(1000), "tile/entries/x001/000");
}

// Goal: a tree of 70,000 and one of 256 have the tiles that the specification lists.
TEST(TlogTilesTest, TilesArePublishedOnes) {
  // By level and width, how many.
  std::map<std::pair<int, size_t>, int> counts;
  const auto count = [&](TileId id, size_t width) {
    ++counts[{id.level, width}];
    return absl::OkStatus();
  };
  ASSERT_TRUE(ForEachTile(70'000, count).ok());
  EXPECT_EQ(counts, (decltype(counts){
                        {{0, 256}, 273}, {{0, 112}, 1}, {{1, 256}, 1}, {{1, 17}, 1}, {{2, 1}, 1}}));
  counts.clear();
  ASSERT_TRUE(ForEachTile(256, count).ok());
  EXPECT_EQ(counts, (decltype(counts){{{0, 256}, 1}, {{1, 1}, 1}}));
  counts.clear();
  ASSERT_TRUE(ForEachTile(0, count).ok());
  EXPECT_TRUE(counts.empty());
  EXPECT_EQ(TileWidth(UINT64_MAX, {7, 0}), 255u);
  EXPECT_EQ(TileWidth(70'000, {8, 0}), 0u);
  EXPECT_EQ(ForEachTile(1, [](TileId, size_t) { return absl::InternalError("x"); }).code(),
            absl::StatusCode::kInternal);
}

// Goal: bundles and tiles come back as they were; cut, longer or of another count they are refused.
TEST(TlogTilesTest, BundlesAndTilesAreExact) {
  std::string bundle;
  AppendBundleEntry("ab", &bundle);
  AppendBundleEntry("", &bundle);
  AppendBundleEntry(std::string(kBundleEntryBytesMax, 'x'), &bundle);
  EXPECT_EQ(bundle.substr(0, 6), std::string("\0\2ab\0\0", 6));
  EXPECT_THAT(DecodeBundle(bundle, 3).value(),
              ElementsAre("ab", "", std::string(kBundleEntryBytesMax, 'x')));
  EXPECT_FALSE(DecodeBundle(bundle, 2).ok());
  EXPECT_FALSE(DecodeBundle(bundle, 4).ok());
  EXPECT_FALSE(DecodeBundle(bundle + '\0', 3).ok());
  EXPECT_FALSE(DecodeBundle(bundle.substr(0, bundle.size() - 1), 3).ok());
  const std::vector<Hash> hashes = TestLeaves(3);
  EXPECT_EQ(DecodeTile(EncodeTile(hashes), 3).value(), hashes);
  EXPECT_FALSE(DecodeTile(EncodeTile(hashes), 2).ok());
  EXPECT_FALSE(DecodeTile(EncodeTile(hashes) + "x", 3).ok());
}

}  // namespace
}  // namespace pledger::storage::merkle
