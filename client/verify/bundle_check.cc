#include "client/verify/bundle_check.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/files/durable_file.h"
#include "client/verify/pack.h"
#include "storage/format/text.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/tlog_tiles.h"

namespace pledger::verify {
namespace {

using storage::Hash;
using storage::merkle::kTileHashes;

// Reads a file of the pack; says so in the bundle's damage where it can't.
bool ReadPart(const std::string& folder, const std::string& path, size_t bytes_max,
              std::string* bytes, CheckedBundle* out) {
  const absl::Status status = client::ReadFileInto(PathIn(folder, path), bytes_max, bytes);
  if (status.ok()) return true;
  const bool missing = absl::IsNotFound(status);
  out->damage.push_back(
      {missing ? absl::StrCat(path, " is missing") : absl::StrCat(path, ": ", status.message()),
       std::nullopt, missing});
  return false;
}

std::vector<Hash> ReadLeafTile(const std::string& folder, uint64_t index, CheckedBundle* out) {
  const std::string path = storage::merkle::TilePath({0, index}, out->width);
  if (!ReadPart(folder, path, kTileHashes * sizeof(Hash), &out->tile_bytes, out)) return {};
  auto tile = storage::merkle::DecodeTile(out->tile_bytes, out->width);
  if (tile.ok()) return *std::move(tile);
  out->damage.push_back({absl::StrCat(path, ": ", tile.status().message()), std::nullopt, false});
  return {};
}

std::vector<std::string_view> ReadEntries(const std::string& folder, uint64_t index,
                                          CheckedBundle* out) {
  const std::string path = storage::merkle::EntriesPath(index, out->width);
  if (!ReadPart(folder, path, storage::merkle::kBundleBytesMax, &out->bytes, out)) return {};
  auto entries = storage::merkle::DecodeBundle(out->bytes, out->width);
  if (entries.ok()) return *std::move(entries);
  out->damage.push_back(
      {absl::StrCat(path, ": ", entries.status().message()), std::nullopt, false});
  return {};
}

void CheckRecord(size_t i, std::string_view bytes, CheckedBundle* out) {
  CheckedRecord& record = out->records[i];
  const auto view = storage::DecodeRecord(bytes);
  const auto body = view.ok() ? storage::ScanBody(view->body) : view.status();
  record.is_record = body.ok();
  if (!body.ok()) {
    out->damage.push_back({absl::StrCat("is no record: ", body.status().message()), i, false});
    return;
  }
  record.fact_type = view->header.fact_type;
  record.position = view->header.position;
  record.revision = view->header.revision;
  record.record_time_ns = view->header.record_time_ns;
  record.client_hash = absl::Hash<absl::string_view>()(ToAbsl(body->client_id));
  record.previous_leaf_hash = view->header.previous_leaf_hash;
  record.client_id = body->client_id;
  record.fact = body->fact;
}

}  // namespace

void CheckBundle(const std::string& folder, uint64_t size, uint64_t index, CheckedBundle* out) {
  out->first = index * kTileHashes;
  out->width = std::min<uint64_t>(kTileHashes, size - out->first);
  out->damage.clear();
  out->root.reset();
  const std::vector<std::string_view> entries = ReadEntries(folder, index, out);
  std::vector<Hash> tile = ReadLeafTile(folder, index, out);
  out->records.assign(entries.size(), CheckedRecord());
  out->leaves.resize(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    out->leaves[i] = storage::merkle::LeafHash(entries[i]);
    if (!tile.empty() && out->leaves[i] != tile[i]) {
      out->damage.push_back(
          {"the record does not hash to its leaf in the tree: one or the other "
           "was changed",
           i, false});
      out->leaves[i] = tile[i];
    }
    CheckRecord(i, entries[i], out);
  }
  if (entries.empty()) out->leaves = std::move(tile);
  if (out->leaves.size() == kTileHashes) out->root = storage::merkle::SubtreeRoot(out->leaves);
}

}  // namespace pledger::verify
