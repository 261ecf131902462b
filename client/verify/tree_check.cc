#include "client/verify/tree_check.h"

#include <bit>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/files/durable_file.h"
#include "client/verify/pack.h"
#include "storage/merkle/compact_range.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/tlog_tiles.h"

namespace pledger::verify {

using storage::Hash;
using storage::merkle::kTileHashes;
using storage::merkle::TileId;

void TreeCheck::Take(const CheckedBundle& bundle) {
  ++tiles_;
  if (bundle.width < kTileHashes) return;
  if (!bundle.root) {
    is_whole_ = false;
    return;
  }
  if (!is_whole_) return;
  bundles_.Append(*bundle.root, [this](TileId id, absl::Span<const Hash> hashes) {
    Compare({static_cast<uint8_t>(id.level + 1), id.index}, hashes);
  });
}

std::optional<Hash> TreeCheck::RootAt(uint64_t size, const CheckedBundle& next) const {
  const size_t in_bundle = size - next.first;
  if (!is_whole_ || next.leaves.size() < in_bundle) return std::nullopt;
  if (in_bundle == kTileHashes && next.root) {
    storage::merkle::CompactRange range = bundles_.range();
    range.Append(*next.root);
    return range.Root();
  }
  // The roots of the full bundles, and those of the complete subtrees within this one.
  std::vector<Hash> hashes = bundles_.range().hashes();
  absl::Span<const Hash> leaves(next.leaves.data(), in_bundle);
  while (!leaves.empty()) {
    const size_t count = std::bit_floor(leaves.size());
    hashes.push_back(storage::merkle::SubtreeRoot(leaves.first(count)));
    leaves.remove_prefix(count);
  }
  const auto range = storage::merkle::CompactRange::FromHashes(size, std::move(hashes));
  return range.ok() ? std::optional(range->Root()) : std::nullopt;
}

void TreeCheck::Finish() {
  if (!is_whole_) return;
  for (uint8_t level = 0; level < bundles_.edge().levels.size(); ++level) {
    const std::vector<Hash>& hashes = bundles_.edge().levels[level];
    if (hashes.empty()) continue;
    const auto above = static_cast<uint8_t>(level + 1);
    Compare({above, storage::merkle::FullTileCount(size_, above)}, hashes);
  }
}

void TreeCheck::Compare(TileId id, absl::Span<const Hash> hashes) {
  ++tiles_;
  const std::string path = storage::merkle::TilePath(id, hashes.size());
  const auto bytes = client::ReadFile(PathIn(folder_, path), kTileHashes * sizeof(Hash));
  if (!bytes.ok()) {
    const bool missing = absl::IsNotFound(bytes.status());
    report_.Fail(missing ? Aspect::kCompleteness : Aspect::kIntegrity,
                 missing ? absl::StrCat(path, " is missing")
                         : absl::StrCat(path, ": ", bytes.status().message()));
    return;
  }
  const std::string expected = storage::merkle::EncodeTile(hashes);
  if (*bytes == expected) return;
  if (bytes->size() != expected.size()) {
    report_.Fail(Aspect::kIntegrity,
                 absl::StrCat(path, " has ", bytes->size(), " bytes, not ", expected.size()));
    return;
  }
  for (size_t i = 0; i < hashes.size(); ++i) {
    if (bytes->compare(i * sizeof(Hash), sizeof(Hash), expected, i * sizeof(Hash), sizeof(Hash)) ==
        0) {
      continue;
    }
    const int height = storage::merkle::kTileHeight * id.level;
    const uint64_t begin = (id.index * kTileHashes + i) << height;
    report_.Fail(Aspect::kIntegrity,
                 absl::StrCat(path, " says otherwise of positions ", begin, " to ",
                              begin + (uint64_t{1} << height) - 1,
                              " than the leaves below it: one or the other was changed"));
  }
}

}  // namespace pledger::verify
