#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>

#include "storage/merkle/hash.h"
#include "storage/merkle/tile_node_reader.h"
#include "storage/merkle/tiles.h"
#include "tests/unit/merkle_reference.h"

namespace pledger::storage::merkle {
namespace {

// A tree of many leaves, all of its full tiles, and the leaves themselves.
class MerkleTilesTest : public testing::Test {
 protected:
  void Build(uint64_t size) {
    leaves_ = TestLeaves(size);
    for (const Hash& leaf : leaves_) builder_.Append(leaf, Sink(&tiles_));
  }

  static std::function<void(TileId, absl::Span<const Hash>)> Sink(TileMap* tiles) {
    return [tiles](TileId id, absl::Span<const Hash> hashes) { tiles->Put(id, hashes); };
  }

  absl::StatusOr<TileBuilder> Restore(uint64_t size) {
    return TileBuilder::Restore(
        size,
        [&](TileId id) -> absl::StatusOr<std::vector<Hash>> {
          EXPECT_LT(id.index, FullTileCount(size, id.level)) << ToString(id) << " isn't full";
          ++tile_reads_;
          return tiles_.Read(id);
        },
        [&](uint64_t begin, uint64_t end) -> absl::StatusOr<std::vector<Hash>> {
          EXPECT_EQ(end, size);
          EXPECT_LT(begin, end);
          EXPECT_LT(end - begin, kTileHashes);
          return std::vector<Hash>(leaves_.begin() + begin, leaves_.begin() + end);
        });
  }

  // Expects two builders to be in the same state; levels without hashes don't count.
  static void ExpectSame(const TileBuilder& a, const TileBuilder& b) {
    ASSERT_EQ(a.range(), b.range());
    ASSERT_EQ(a.size(), b.edge().size);
    ASSERT_EQ(b.size(), a.edge().size);
    const size_t levels = std::max(a.edge().levels.size(), b.edge().levels.size());
    for (size_t level = 0; level < levels; ++level) {
      const auto of = [level](const TreeEdge& edge) {
        return level < edge.levels.size() ? edge.levels[level] : std::vector<Hash>();
      };
      ASSERT_EQ(of(a.edge()), of(b.edge())) << "at level " << level;
    }
  }

  // Restores at `size` and appends as many leaves as there are until `end`.
  void ExpectContinuesIdentically(uint64_t size, uint64_t end) {
    absl::StatusOr<TileBuilder> restored = Restore(size);
    ASSERT_TRUE(restored.ok()) << restored.status() << " at size " << size;
    TileBuilder expected;
    TileMap ignored;
    for (uint64_t i = 0; i < size; ++i) expected.Append(leaves_[i], Sink(&ignored));
    ExpectSame(*restored, expected);
    TileMap again;
    for (uint64_t i = size; i < end; ++i) restored->Append(leaves_[i], Sink(&again));
    size_t full = 0;
    for (uint8_t level = 0; level < kTileLevels; ++level) {
      full += FullTileCount(end, level) - FullTileCount(size, level);
    }
    EXPECT_EQ(again.tiles().size(), full);
    for (const auto& [id, hashes] : again.tiles()) EXPECT_EQ(hashes, *tiles_.Read(id));
  }

  std::vector<Hash> leaves_;
  TileMap tiles_;
  TileBuilder builder_;
  uint64_t tile_reads_ = 0;
};

// Goal: level 0 holds the leaf hashes, level 1 the roots of 256 leaves each, by the definition.
TEST_F(MerkleTilesTest, HoldTheRootsOfCompleteSubtrees) {
  Build(66'000);
  ReferenceTree tree(leaves_);
  EXPECT_EQ(builder_.Root(), tree.Root(66'000));
  EXPECT_EQ(tiles_.tiles().size(), 257u + 1u);
  for (const auto& [id, hashes] : tiles_.tiles()) {
    const int height = kTileHeight * id.level;
    for (uint64_t j = 0; j < kTileHashes; ++j) {
      const uint64_t node = id.index * kTileHashes + j;
      ASSERT_EQ(hashes[j], tree.Root(node << height, (node + 1) << height)) << ToString(id);
    }
  }
  ASSERT_EQ(builder_.edge().levels.size(), 3u);
  EXPECT_EQ(builder_.edge().levels[0].size(), 66'000u % 256);
  EXPECT_EQ(builder_.edge().levels[1].size(), 1u);
  EXPECT_EQ(builder_.edge().levels[2], std::vector<Hash>{tree.Root(65'536)});
}

// Goal: a restart is invisible: whatever the size, the same state, and the same tiles after it.
TEST_F(MerkleTilesTest, RestoredAtAnySizeContinuesIdentically) {
  Build(1500);
  for (uint64_t size = 0; size <= 1100; ++size) {
    ASSERT_NO_FATAL_FAILURE(ExpectContinuesIdentically(size, size + 300)) << "at size " << size;
  }
}

// Goal: the same where level 1 fills and level 2 begins; and the cost is as bounded as promised.
TEST_F(MerkleTilesTest, RestoredWhereLevelTwoBeginsContinuesIdentically) {
  Build(66'500);
  for (const uint64_t size : {65'279, 65'280, 65'535, 65'536, 65'537, 65'791, 65'792, 65'793}) {
    tile_reads_ = 0;
    ASSERT_NO_FATAL_FAILURE(ExpectContinuesIdentically(size, 66'500)) << "at size " << size;
    EXPECT_LE(tile_reads_, 256u) << "at size " << size;
  }
  const auto range = RestoreCompactRange(
      65'793, [&](TileId id) { return tiles_.Read(id); },
      [&](uint64_t begin, uint64_t end) -> absl::StatusOr<std::vector<Hash>> {
        return std::vector<Hash>(leaves_.begin() + begin, leaves_.begin() + end);
      });
  ASSERT_TRUE(range.ok()) << range.status();
  EXPECT_EQ(range->Root(), ReferenceTree(leaves_).Root(65'793));
}

// Goal: a level 2 tile fills at 2^24 leaves. With equal leaves all nodes of a level are equal too,
// so that so large a tree can be known without being built.
TEST_F(MerkleTilesTest, LevelTwoTileFillsAtItsLastLeaf) {
  std::vector<Hash> node_of_level = {LeafHash("the same")};
  while (node_of_level.size() <= 24) {
    node_of_level.push_back(NodeHash(node_of_level.back(), node_of_level.back()));
  }
  const uint64_t full = uint64_t{1} << 24;
  absl::StatusOr<TileBuilder> builder = TileBuilder::Restore(
      full - 1,
      [&](TileId id) -> absl::StatusOr<std::vector<Hash>> {
        return std::vector<Hash>(kTileHashes, node_of_level[kTileHeight * id.level]);
      },
      [&](uint64_t begin, uint64_t end) -> absl::StatusOr<std::vector<Hash>> {
        return std::vector<Hash>(end - begin, node_of_level[0]);
      });
  ASSERT_TRUE(builder.ok()) << builder.status();
  TileMap filled;
  builder->Append(node_of_level[0], Sink(&filled));
  EXPECT_EQ(builder->Root(), node_of_level[24]);
  const std::map<TileId, std::vector<Hash>> expected = {
      {{0, 65'535}, std::vector<Hash>(kTileHashes, node_of_level[0])},
      {{1, 255}, std::vector<Hash>(kTileHashes, node_of_level[8])},
      {{2, 0}, std::vector<Hash>(kTileHashes, node_of_level[16])}};
  EXPECT_EQ(filled.tiles(), expected);
  EXPECT_EQ(FullTileCount(full, 2), 1u);
  EXPECT_EQ(FullTileCount(full - 1, 2), 0u);
  EXPECT_EQ(FullTileCount(UINT64_MAX, 7), 0u);
}

// Goal: what the readers get wrong is told, and says which tile.
TEST_F(MerkleTilesTest, RestoreTellsOfTilesAndLeavesThatAreMissing) {
  Build(700);
  const auto tiles = [&](TileId id) { return tiles_.Read(id); };
  const auto no_tiles = [](TileId) -> absl::StatusOr<std::vector<Hash>> {
    return absl::NotFoundError("gone");
  };
  const auto short_tiles = [](TileId) -> absl::StatusOr<std::vector<Hash>> {
    return std::vector<Hash>(255);
  };
  const auto leaves = [&](uint64_t begin, uint64_t end) -> absl::StatusOr<std::vector<Hash>> {
    return std::vector<Hash>(leaves_.begin() + begin, leaves_.begin() + end);
  };
  const auto short_leaves = [](uint64_t, uint64_t) -> absl::StatusOr<std::vector<Hash>> {
    return std::vector<Hash>(3);
  };
  EXPECT_TRUE(TileBuilder::Restore(700, tiles, leaves).ok());
  const absl::Status missing = TileBuilder::Restore(700, no_tiles, leaves).status();
  EXPECT_EQ(missing, absl::NotFoundError("tile 0/0: gone"));
  EXPECT_EQ(TileBuilder::Restore(700, short_tiles, leaves).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(TileBuilder::Restore(700, tiles, short_leaves).status().code(),
            absl::StatusCode::kDataLoss);
}

// Goal: a node read from tiles and edge is the one of the definition, and nothing is beyond the
// end.
TEST_F(MerkleTilesTest, NodeReaderGivesEveryCompleteSubtree) {
  Build(66'000);
  ReferenceTree tree(leaves_);
  TileNodeReader nodes(builder_.edge(), [&](TileId id) { return tiles_.Read(id); });
  for (uint8_t level = 0; level < 17; ++level) {
    const uint64_t count = 66'000u >> level;
    for (uint64_t index = 0; index < count; index += 1 + count / 400) {
      const auto node = nodes.Node(level, index);
      ASSERT_TRUE(node.ok()) << node.status();
      ASSERT_EQ(*node, tree.Root(index << level, (index + 1) << level));
    }
    ASSERT_TRUE(nodes.Node(level, count - 1).ok());
    EXPECT_EQ(nodes.Node(level, count).status().code(), absl::StatusCode::kOutOfRange);
  }
  EXPECT_EQ(nodes.Node(64, 0).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(nodes.Node(63, UINT64_MAX).status().code(), absl::StatusCode::kOutOfRange);
}

// Goal: a lost tile, or an edge that isn't the size's, is an error and never a wrong hash.
TEST_F(MerkleTilesTest, NodeReaderTellsOfWhatIsMissing) {
  Build(700);
  TileNodeReader no_tiles(builder_.edge(), [](TileId) -> absl::StatusOr<std::vector<Hash>> {
    return absl::NotFoundError("gone");
  });
  EXPECT_EQ(no_tiles.Node(0, 0).status().code(), absl::StatusCode::kNotFound);
  TreeEdge edge = builder_.edge();
  edge.levels[0].pop_back();
  TileNodeReader short_edge(edge, [&](TileId id) { return tiles_.Read(id); });
  EXPECT_TRUE(short_edge.Node(0, 698).ok());
  EXPECT_EQ(short_edge.Node(0, 699).status().code(), absl::StatusCode::kDataLoss);
  edge.levels.clear();
  EXPECT_EQ(short_edge.Node(0, 698).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace pledger::storage::merkle
