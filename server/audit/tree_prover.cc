#include "server/audit/tree_prover.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"
#include "storage/leaf_hashes.h"
#include "storage/merkle/compact_range.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/tile_node_reader.h"

namespace pledger::audit {
namespace {

using storage::Hash;
using storage::Position;
using storage::merkle::Proof;
using storage::merkle::TileBuilder;
using storage::merkle::TileId;
using storage::merkle::TileNodeReader;

// Up to so many new leaves an edge is carried on; behind more it is cheaper to restore it.
constexpr uint64_t kExtendMax = 4'096;

TileNodeReader::ReadTile TilesOf(storage::EventStore& store) {
  return [&store](TileId id) { return store.ReadTile(id.level, id.index); };
}

}  // namespace

absl::StatusOr<Hash> RootOf(uint64_t size, storage::merkle::NodeReader& nodes) {
  std::vector<Hash> hashes;
  for (int level = 63; level >= 0; --level) {
    if ((size >> level & 1) == 0) continue;
    // The subtrees before this one are larger, so their leaves are a multiple of its own.
    const uint64_t index = (size >> level) - 1;
    const auto node = nodes.Node(static_cast<uint8_t>(level), index);
    if (!node.ok()) return node.status();
    hashes.push_back(*node);
  }
  auto range = storage::merkle::CompactRange::FromHashes(size, std::move(hashes));
  if (!range.ok()) return range.status();
  return range->Root();
}

absl::StatusOr<Hash> TreeProver::Root(uint64_t size) {
  const auto edge = EdgeOf(size);
  if (!edge.ok()) return edge.status();
  if ((*edge)->size() == size) return (*edge)->Root();
  TileNodeReader nodes((*edge)->edge(), TilesOf(store_));
  return RootOf(size, nodes);
}

absl::StatusOr<Proof> TreeProver::Inclusion(Position position, uint64_t size) {
  const auto edge = EdgeOf(size);
  if (!edge.ok()) return edge.status();
  if (position >= size) {
    return Error(v1::ERROR_REASON_EVENT_NOT_FOUND,
                 absl::StrCat("the tree of size ", size, " has no event at position ", position,
                              "; ask for a larger one"),
                 {{"position", absl::StrCat(position)}});
  }
  TileNodeReader nodes((*edge)->edge(), TilesOf(store_));
  return storage::merkle::InclusionProof(position, size, nodes);
}

absl::StatusOr<Proof> TreeProver::Consistency(uint64_t first, uint64_t second) {
  if (first > second) {
    return Error(v1::ERROR_REASON_TREE_SIZE_UNKNOWN, "first_size: must be at most second_size",
                 {{"field", "first_size"}, {"size", absl::StrCat(first)}});
  }
  const auto edge = EdgeOf(second);
  if (!edge.ok()) return edge.status();
  TileNodeReader nodes((*edge)->edge(), TilesOf(store_));
  return storage::merkle::ConsistencyProof(first, second, nodes);
}

absl::StatusOr<TreeProver::Edge> TreeProver::EdgeOf(uint64_t size) {
  const Position indexed = store_.indexed_position();
  if (size > indexed) {
    return Error(v1::ERROR_REASON_TREE_SIZE_UNKNOWN,
                 absl::StrCat("the ledger has ", indexed, " events, and no tree of size ", size),
                 {{"field", "size"},
                  {"size", absl::StrCat(size)},
                  {"next_position", absl::StrCat(indexed)}});
  }
  Edge known;
  {
    absl::MutexLock lock(&mutex_);
    known = edge_;
  }
  if (known != nullptr && known->size() >= size) return known;
  auto edge =
      known != nullptr && size - known->size() <= kExtendMax ? Extend(*known, size) : Restore(size);
  if (!edge.ok()) return edge.status();
  absl::MutexLock lock(&mutex_);
  if (edge_ == nullptr || edge_->size() < size) edge_ = *edge;
  return *std::move(edge);
}

absl::StatusOr<TreeProver::Edge> TreeProver::Extend(const TileBuilder& from, uint64_t size) {
  const auto leaves =
      storage::ReadLeafHashes(*store_.ReadLog(from.size(), size, storage::Direction::kForward));
  if (!leaves.ok()) return leaves.status();
  auto edge = std::make_shared<TileBuilder>(from);
  // The index has the tiles that become full.
  for (const Hash& leaf : *leaves) edge->Append(leaf, [](TileId, absl::Span<const Hash>) {});
  return edge;
}

absl::StatusOr<TreeProver::Edge> TreeProver::Restore(uint64_t size) {
  auto restored = TileBuilder::Restore(size, TilesOf(store_), [this](uint64_t begin, uint64_t end) {
    return storage::ReadLeafHashes(*store_.ReadLog(begin, end, storage::Direction::kForward));
  });
  if (!restored.ok()) return restored.status();
  return std::make_shared<const TileBuilder>(*std::move(restored));
}

}  // namespace pledger::audit
