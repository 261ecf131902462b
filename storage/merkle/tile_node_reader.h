// The nodes of a tree that is kept as full tiles and an edge.
#ifndef PLEDGER_STORAGE_MERKLE_TILE_NODE_READER_H_
#define PLEDGER_STORAGE_MERKLE_TILE_NODE_READER_H_

#include <functional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/merkle/proofs.h"
#include "storage/merkle/tiles.h"

namespace pledger::storage::merkle {

// Serves proofs for any size up to the edge's. Keeps every tile it has read, so make one for each
// proof, or for a batch of neighbouring ones; a proof reads at most two tiles of each level. Not
// thread-safe.
class TileNodeReader : public NodeReader {
 public:
  using ReadTile = std::function<absl::StatusOr<std::vector<Hash>>(TileId id)>;

  // `edge` must outlive the reader. `read_tile` must know every tile that is full at the edge's
  // size.
  TileNodeReader(const TreeEdge& edge, ReadTile read_tile);

  // OUT_OF_RANGE beyond the edge's size, DATA_LOSS for a tile that isn't full or an edge that
  // doesn't fit its size, else the status of `read_tile`.
  [[nodiscard]] absl::StatusOr<Hash> Node(uint8_t level, uint64_t index) override;

 private:
  // The hashes of a tile, all of it or as much as there is.
  [[nodiscard]] absl::StatusOr<absl::Span<const Hash>> Tile(TileId id);

  const TreeEdge& edge_;
  const ReadTile read_tile_;
  absl::flat_hash_map<TileId, std::vector<Hash>> tiles_;
};

}  // namespace pledger::storage::merkle

#endif  // PLEDGER_STORAGE_MERKLE_TILE_NODE_READER_H_
