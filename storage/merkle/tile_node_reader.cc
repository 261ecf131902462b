#include "storage/merkle/tile_node_reader.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace pledger::storage::merkle {

TileNodeReader::TileNodeReader(const TreeEdge& edge, ReadTile read_tile)
    : edge_(edge), read_tile_(std::move(read_tile)) {}

absl::StatusOr<absl::Span<const Hash>> TileNodeReader::Tile(TileId id) {
  if (id.index >= FullTileCount(edge_.size, id.level)) {
    if (id.level >= edge_.levels.size()) return absl::Span<const Hash>();
    return absl::MakeConstSpan(edge_.levels[id.level]);
  }
  if (const auto found = tiles_.find(id); found != tiles_.end()) {
    return absl::MakeConstSpan(found->second);
  }
  absl::StatusOr<std::vector<Hash>> hashes = ReadFullTile(id, read_tile_);
  if (!hashes.ok()) return hashes.status();
  return absl::MakeConstSpan(tiles_.emplace(id, *std::move(hashes)).first->second);
}

absl::StatusOr<Hash> TileNodeReader::Node(uint8_t level, uint64_t index) {
  if (level >= 64 || index >= edge_.size >> level) {
    return absl::OutOfRangeError(
        absl::StrCat("no node ", index, " of height ", level, " among ", edge_.size, " leaves"));
  }
  const int height = level % kTileHeight;
  const uint64_t first = index << height;
  const TileId id = {static_cast<uint8_t>(level / kTileHeight), first / kTileHashes};
  const absl::StatusOr<absl::Span<const Hash>> tile = Tile(id);
  if (!tile.ok()) return tile.status();
  const size_t offset = first % kTileHashes;
  const size_t count = size_t{1} << height;
  if (offset + count > tile->size()) {
    return absl::DataLossError(absl::StrCat("the edge of ", edge_.size, " leaves has only ",
                                            tile->size(), " hashes of ", ToString(id)));
  }
  return SubtreeRoot(tile->subspan(offset, count));
}

}  // namespace pledger::storage::merkle
