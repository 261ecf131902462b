// A log as a folder of files (C2SP tlog-tiles): tiles of hashes, and bundles of 256 entries.
//
// Pure and thread-safe; decoders take hostile input.
#ifndef PLEDGER_STORAGE_MERKLE_TLOG_TILES_H_
#define PLEDGER_STORAGE_MERKLE_TLOG_TILES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/format/types.h"
#include "storage/merkle/tiles.h"

namespace pledger::storage::merkle {

// An entry's length takes two bytes, so this is the largest.
inline constexpr size_t kBundleEntryBytesMax = 65'535;
inline constexpr size_t kBundleBytesMax = kTileHashes * (2 + kBundleEntryBytesMax);

// "tile/0/x001/x234/067" or, of a width below 256, "tile/0/x001/x234/067.p/5". `width` is 1 to 256.
std::string TilePath(TileId id, size_t width = kTileHashes);

// "tile/entries/x001/x234/067", with ".p/5" as well where the width is below 256.
std::string EntriesPath(uint64_t index, size_t width = kTileHashes);

// How many hashes the tile has in a tree of `size` leaves: 0 if there is no such tile, 256 if it is
// full.
size_t TileWidth(uint64_t size, TileId id);

// Calls `visit` for every tile of a tree of `size` leaves, full and partial, level by level. The
// bundles of entries have the indexes and widths of level 0. Ends with the first status that isn't
// OK.
[[nodiscard]] absl::Status ForEachTile(
    uint64_t size, absl::FunctionRef<absl::Status(TileId id, size_t width)> visit);

// The bytes of a tile: its hashes one after the other.
std::string EncodeTile(absl::Span<const Hash> hashes);

// INVALID_ARGUMENT unless there are exactly `width` hashes.
[[nodiscard]] absl::StatusOr<std::vector<Hash>> DecodeTile(std::string_view bytes, size_t width);

// Appends an entry to a bundle: its length as two bytes, big-endian, and itself.
// `entry` has at most kBundleEntryBytesMax bytes.
void AppendBundleEntry(std::string_view entry, std::string* bundle);

// The entries of a bundle, which view its bytes. INVALID_ARGUMENT unless it has exactly `width`.
[[nodiscard]] absl::StatusOr<std::vector<std::string_view>> DecodeBundle(std::string_view bytes,
                                                                         size_t width);

}  // namespace pledger::storage::merkle

#endif  // PLEDGER_STORAGE_MERKLE_TLOG_TILES_H_
