// Tiles: the Merkle tree cut into blocks of 256 hashes, in the geometry of C2SP tlog-tiles.
//
// Tile `index` of level L holds the roots of 256 consecutive complete subtrees of height 8 L: hash
// j of it covers the leaves [(256 index + j) << 8 L, (256 index + j + 1) << 8 L). A full tile never
// changes, so that each is written once. What is not yet in a full tile is the edge, kept in memory
// and rebuilt from the full tiles and at most 255 leaf hashes.
#ifndef PLEDGER_STORAGE_MERKLE_TILES_H_
#define PLEDGER_STORAGE_MERKLE_TILES_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/format/types.h"
#include "storage/merkle/compact_range.h"

namespace pledger::storage::merkle {

// log2 of the hashes in a tile, and so of how many leaves a level covers more than the one below.
inline constexpr int kTileHeight = 8;
inline constexpr size_t kTileHashes = 1 << kTileHeight;
// Enough for 2^64 leaves.
inline constexpr uint8_t kTileLevels = 8;

struct TileId {
  uint8_t level = 0;
  uint64_t index = 0;

  auto operator<=>(const TileId&) const = default;

  template <typename H>
  friend H AbslHashValue(H state, const TileId& id) {
    return H::combine(std::move(state), id.level, id.index);
  }
};

// "tile 1/42", for messages.
std::string ToString(TileId id);

// How many tiles of `level` are full in a tree of `size` leaves.
uint64_t FullTileCount(uint64_t size, uint8_t level);

// The root of a complete subtree, of which `nodes` are all the nodes of one level: 1, 2, 4 … 256.
Hash SubtreeRoot(absl::Span<const Hash> nodes);

// Takes a full tile. `hashes` lives as long as the call.
using TileSink = absl::FunctionRef<void(TileId id, absl::Span<const Hash> hashes)>;

// Gives a full tile.
using TileReader = absl::FunctionRef<absl::StatusOr<std::vector<Hash>>(TileId id)>;

// Gives the leaf hashes of [begin, end), which are 1 to 255.
using LeafReader =
    absl::FunctionRef<absl::StatusOr<std::vector<Hash>>(uint64_t begin, uint64_t end)>;

// Reads a tile that must be full. Passes on the reader's status; DATA_LOSS if what it gives isn't
// 256 hashes. Both name the tile.
[[nodiscard]] absl::StatusOr<std::vector<Hash>> ReadFullTile(TileId id, TileReader tiles);

// What is not in full tiles: at each level the hashes of the last tile, 0 to 255 of them. A value,
// so that readers can keep the edge of one moment while the tree grows on.
struct TreeEdge {
  // How many leaves the tree has.
  uint64_t size = 0;
  // By level. Levels that never had a hash may be missing.
  std::vector<std::vector<Hash>> levels;
};

// Turns leaf hashes, given in order, into full tiles, and knows the root as it goes: one node hash
// for each leaf does both. Thread-compatible; allocates nothing once it has a level's buffer.
class TileBuilder {
 public:
  TileBuilder() = default;

  // The builder as it stood after `size` leaves. Reads at most 255 leaf hashes, and at most 255
  // tiles of each level below the highest: about 20 ms at worst for four thousand million leaves.
  // Statuses are the readers'; DATA_LOSS if one gives another number of hashes than asked for. It
  // can't tell hashes that are wrong; compare the root with a checkpoint's.
  [[nodiscard]] static absl::StatusOr<TileBuilder> Restore(uint64_t size, TileReader tiles,
                                                           LeafReader leaves);

  // Gives `sink` each tile that the leaf fills, the lowest level first.
  void Append(const Hash& leaf, TileSink sink);

  uint64_t size() const { return range_.size(); }
  Hash Root() const { return range_.Root(); }
  const CompactRange& range() const { return range_; }
  const TreeEdge& edge() const { return edge_; }

 private:
  [[nodiscard]] absl::Status RestoreLeaves(LeafReader leaves);
  [[nodiscard]] absl::Status RestoreLevel(uint8_t level, TileReader tiles);
  std::vector<Hash>& Level(uint8_t level);

  CompactRange range_;
  TreeEdge edge_;
};

// The compact range of the first `size` leaves, at the cost and with the statuses of
// TileBuilder::Restore().
[[nodiscard]] absl::StatusOr<CompactRange> RestoreCompactRange(uint64_t size, TileReader tiles,
                                                               LeafReader leaves);

}  // namespace pledger::storage::merkle

#endif  // PLEDGER_STORAGE_MERKLE_TILES_H_
