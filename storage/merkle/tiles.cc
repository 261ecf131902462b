#include "storage/merkle/tiles.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>

#include "absl/strings/str_cat.h"
#include "storage/merkle/hash.h"

namespace pledger::storage::merkle {
namespace {

// How many complete subtrees of a level's height there are.
uint64_t NodeCount(uint64_t size, uint8_t level) { return size >> (kTileHeight * level); }

// Appends the roots that the nodes of one level of the edge contribute to a compact range.
void AppendRangeHashes(absl::Span<const Hash> nodes, std::vector<Hash>* hashes) {
  while (!nodes.empty()) {
    const size_t count = std::bit_floor(nodes.size());
    hashes->push_back(SubtreeRoot(nodes.first(count)));
    nodes.remove_prefix(count);
  }
}

}  // namespace

std::string ToString(TileId id) { return absl::StrCat("tile ", id.level, "/", id.index); }

uint64_t FullTileCount(uint64_t size, uint8_t level) {
  // A shift by 64 bits isn't defined, and no tile of the last level can be full.
  return level + 1 >= kTileLevels ? 0 : NodeCount(size, level + 1);
}

Hash SubtreeRoot(absl::Span<const Hash> nodes) {
  assert(std::has_single_bit(nodes.size()) && nodes.size() <= kTileHashes);
  if (nodes.size() == 1) return nodes[0];
  std::array<Hash, kTileHashes / 2> above;
  size_t count = nodes.size() / 2;
  for (size_t i = 0; i < count; ++i) above[i] = NodeHash(nodes[2 * i], nodes[2 * i + 1]);
  while (count > 1) {
    count /= 2;
    for (size_t i = 0; i < count; ++i) above[i] = NodeHash(above[2 * i], above[2 * i + 1]);
  }
  return above[0];
}

absl::StatusOr<std::vector<Hash>> ReadFullTile(TileId id, TileReader tiles) {
  absl::StatusOr<std::vector<Hash>> hashes = tiles(id);
  if (!hashes.ok()) {
    return absl::Status(hashes.status().code(),
                        absl::StrCat(ToString(id), ": ", hashes.status().message()));
  }
  if (hashes->size() != kTileHashes) {
    return absl::DataLossError(
        absl::StrCat(ToString(id), " must be full but has ", hashes->size(), " hashes"));
  }
  return hashes;
}

std::vector<Hash>& TileBuilder::Level(uint8_t level) {
  while (edge_.levels.size() <= level) edge_.levels.emplace_back().reserve(kTileHashes);
  return edge_.levels[level];
}

void TileBuilder::Append(const Hash& leaf, TileSink sink) {
  range_.Append(leaf, [&](uint8_t height, const Hash& node) {
    if (height % kTileHeight != 0) return;
    const uint8_t level = height / kTileHeight;
    std::vector<Hash>& hashes = Level(level);
    hashes.push_back(node);
    if (hashes.size() < kTileHashes) return;
    sink({level, NodeCount(edge_.size, level) / kTileHashes}, hashes);
    hashes.clear();
  });
  ++edge_.size;
}

absl::Status TileBuilder::RestoreLeaves(LeafReader leaves) {
  const uint64_t count = edge_.size % kTileHashes;
  if (count == 0) return absl::OkStatus();
  const uint64_t begin = edge_.size - count;
  const absl::StatusOr<std::vector<Hash>> hashes = leaves(begin, edge_.size);
  if (!hashes.ok()) return hashes.status();
  if (hashes->size() != count) {
    return absl::DataLossError(absl::StrCat("the leaves from ", begin, " to ", edge_.size,
                                            " were read as ", hashes->size(), " hashes"));
  }
  std::vector<Hash>& level = Level(0);
  level.insert(level.end(), hashes->begin(), hashes->end());
  return absl::OkStatus();
}

absl::Status TileBuilder::RestoreLevel(uint8_t level, TileReader tiles) {
  // Each hash of this level is the root of a full tile of the level below.
  const uint64_t end = NodeCount(edge_.size, level);
  std::vector<Hash>& hashes = Level(level);
  for (uint64_t index = end - end % kTileHashes; index < end; ++index) {
    const auto tile = ReadFullTile({static_cast<uint8_t>(level - 1), index}, tiles);
    if (!tile.ok()) return tile.status();
    hashes.push_back(SubtreeRoot(*tile));
  }
  return absl::OkStatus();
}

absl::StatusOr<TileBuilder> TileBuilder::Restore(uint64_t size, TileReader tiles,
                                                 LeafReader leaves) {
  TileBuilder builder;
  builder.edge_.size = size;
  if (absl::Status status = builder.RestoreLeaves(leaves); !status.ok()) return status;
  for (uint8_t level = 1; level < kTileLevels && NodeCount(size, level) > 0; ++level) {
    if (absl::Status status = builder.RestoreLevel(level, tiles); !status.ok()) return status;
  }
  std::vector<Hash> hashes;
  for (size_t level = builder.edge_.levels.size(); level-- > 0;) {
    AppendRangeHashes(builder.edge_.levels[level], &hashes);
  }
  absl::StatusOr<CompactRange> range = CompactRange::FromHashes(size, std::move(hashes));
  if (!range.ok()) return range.status();
  builder.range_ = *std::move(range);
  return builder;
}

absl::StatusOr<CompactRange> RestoreCompactRange(uint64_t size, TileReader tiles,
                                                 LeafReader leaves) {
  const absl::StatusOr<TileBuilder> builder = TileBuilder::Restore(size, tiles, leaves);
  if (!builder.ok()) return builder.status();
  return builder->range();
}

}  // namespace pledger::storage::merkle
