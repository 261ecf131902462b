#include "storage/merkle/tlog_tiles.h"

#include <cassert>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "storage/format/big_endian.h"
#include "storage/format/text.h"

namespace pledger::storage::merkle {
namespace {

constexpr size_t kLengthBytes = 2;

// "x001/x234/067", and ".p/5" where the width is below 256.
std::string IndexPath(uint64_t index, size_t width) {
  assert(width > 0 && width <= kTileHashes);
  std::string path = absl::StrFormat("%03d", index % 1000);
  while (index >= 1000) {
    index /= 1000;
    path = absl::StrCat(absl::StrFormat("x%03d", index % 1000), "/", path);
  }
  if (width < kTileHashes) absl::StrAppend(&path, ".p/", width);
  return path;
}

}  // namespace

std::string TilePath(TileId id, size_t width) {
  return absl::StrCat("tile/", id.level, "/", IndexPath(id.index, width));
}

std::string EntriesPath(uint64_t index, size_t width) {
  return absl::StrCat("tile/entries/", IndexPath(index, width));
}

size_t TileWidth(uint64_t size, TileId id) {
  if (id.level >= kTileLevels) return 0;
  const uint64_t full = FullTileCount(size, id.level);
  if (id.index < full) return kTileHashes;
  return id.index > full ? 0 : (size >> (kTileHeight * id.level)) % kTileHashes;
}

absl::Status ForEachTile(uint64_t size,
                         absl::FunctionRef<absl::Status(TileId id, size_t width)> visit) {
  for (uint8_t level = 0; level < kTileLevels; ++level) {
    for (TileId id = {level, 0};; ++id.index) {
      const size_t width = TileWidth(size, id);
      if (width == 0) break;
      if (absl::Status status = visit(id, width); !status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

std::string EncodeTile(absl::Span<const Hash> hashes) {
  std::string bytes;
  bytes.reserve(hashes.size() * sizeof(Hash));
  for (const Hash& hash : hashes) bytes += AsChars(hash);
  return bytes;
}

absl::StatusOr<std::vector<Hash>> DecodeTile(std::string_view bytes, size_t width) {
  if (bytes.size() != width * sizeof(Hash)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a tile of ", width, " hashes has ", width * sizeof(Hash), " bytes, not ", bytes.size()));
  }
  std::vector<Hash> hashes(width);
  if (width > 0) std::memcpy(hashes.data(), bytes.data(), bytes.size());
  return hashes;
}

void AppendBundleEntry(std::string_view entry, std::string* bundle) {
  assert(entry.size() <= kBundleEntryBytesMax);
  char length[kLengthBytes];
  PutBig16(static_cast<uint16_t>(entry.size()), length);
  bundle->append(length, sizeof length);
  bundle->append(entry);
}

absl::StatusOr<std::vector<std::string_view>> DecodeBundle(std::string_view bytes, size_t width) {
  std::vector<std::string_view> entries;
  entries.reserve(width);
  while (!bytes.empty() && entries.size() < width) {
    if (bytes.size() < kLengthBytes) break;
    const size_t length = GetBig16(bytes.data());
    if (bytes.size() - kLengthBytes < length) break;
    entries.push_back(bytes.substr(kLengthBytes, length));
    bytes.remove_prefix(kLengthBytes + length);
  }
  if (entries.size() != width || !bytes.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("a bundle of ", width, " entries has ",
                                                   entries.size(), " whole ones and then ",
                                                   bytes.size(), " more bytes"));
  }
  return entries;
}

}  // namespace pledger::storage::merkle
