#include "client/verify/pack.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/files/durable_file.h"
#include "storage/format/text.h"
#include "storage/merkle/checkpoint.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/tlog_tiles.h"

namespace pledger::verify {

using client::WriteFile;
using storage::Hash;
using storage::Position;
using storage::merkle::TileId;

std::string PathIn(const std::string& folder, std::string_view name) {
  return absl::StrCat(folder, "/", ToAbsl(name));
}

absl::StatusOr<PackWriter> PackWriter::Create(std::string folder) {
  const auto names = client::ListFolder(folder);
  if (!names.ok()) return names.status();
  if (!names->empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(folder, " is not empty; name a new folder for the pack"));
  }
  return PackWriter(std::move(folder));
}

absl::Status PackWriter::AddRecord(std::string_view record) {
  if (record.size() > storage::merkle::kBundleEntryBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat("a record of ", record.size(), " bytes"));
  }
  storage::merkle::AppendBundleEntry(record, &bundle_);
  absl::Status status;
  tree_.Append(storage::merkle::LeafHash(record), [&](TileId id, absl::Span<const Hash> hashes) {
    status.Update(WriteFile(PathIn(folder_, storage::merkle::TilePath(id)),
                            storage::merkle::EncodeTile(hashes)));
    if (id.level == 0) status.Update(WriteBundle());
  });
  return status;
}

absl::Status PackWriter::WriteBundle() {
  const uint64_t index = tree_.size() / storage::merkle::kTileHashes;
  const std::string path = storage::merkle::EntriesPath(index);
  absl::Status status = WriteFile(PathIn(folder_, path), bundle_);
  bundle_.clear();
  return status;
}

absl::Status PackWriter::FinishRecords() {
  const uint64_t size = tree_.size();
  for (uint8_t level = 0; level < tree_.edge().levels.size(); ++level) {
    const std::vector<Hash>& hashes = tree_.edge().levels[level];
    if (hashes.empty()) continue;
    const TileId id = {level, storage::merkle::FullTileCount(size, level)};
    absl::Status status = WriteFile(PathIn(folder_, storage::merkle::TilePath(id, hashes.size())),
                                    storage::merkle::EncodeTile(hashes));
    if (!status.ok()) return status;
  }
  const size_t left = size % storage::merkle::kTileHashes;
  if (left == 0) return absl::OkStatus();
  const std::string path = storage::merkle::EntriesPath(size / storage::merkle::kTileHashes, left);
  return WriteFile(PathIn(folder_, path), bundle_);
}

absl::Status PackWriter::WriteCheckpoint(std::string_view note) {
  return Write(kCheckpointFile, note);
}

absl::Status PackWriter::AddCheckpoint(std::string_view note) {
  const auto parsed = storage::merkle::ParseNote(note);
  if (!parsed.ok()) return parsed.status();
  const auto checkpoint = storage::merkle::ParseCheckpoint(parsed->text);
  if (!checkpoint.ok()) return checkpoint.status();
  const std::string root =
      absl::BytesToHexString(ToAbsl(storage::AsChars(checkpoint->root).substr(0, 4)));
  return Write(absl::StrCat(ToAbsl(kCheckpointsFolder), "/",
                            absl::StrFormat("%020u", checkpoint->size), "-", root),
               note);
}

absl::Status PackWriter::Write(std::string_view name, std::string_view contents) {
  return WriteFile(PathIn(folder_, name), contents);
}

absl::StatusOr<std::vector<CheckpointFile>> ReadCheckpoints(const std::string& folder) {
  const auto names = client::ListFolder(PathIn(folder, kCheckpointsFolder));
  if (!names.ok()) return names.status();
  std::vector<CheckpointFile> files;
  for (const std::string& name : *names) {
    std::string source = absl::StrCat(ToAbsl(kCheckpointsFolder), "/", name);
    auto note = client::ReadFile(PathIn(folder, source), storage::merkle::kNoteBytesMax);
    if (!note.ok()) return note.status();
    files.push_back({std::move(source), *std::move(note)});
  }
  return files;
}

absl::Status ForEachRecord(
    const std::string& folder, uint64_t size, Position begin, Position end,
    absl::FunctionRef<absl::Status(Position position, std::string_view record)> take) {
  std::string bytes;
  uint64_t index = begin / storage::merkle::kTileHashes;
  for (; index * storage::merkle::kTileHashes < end; ++index) {
    const Position first = index * storage::merkle::kTileHashes;
    const size_t width = std::min<uint64_t>(storage::merkle::kTileHashes, size - first);
    const std::string path = storage::merkle::EntriesPath(index, width);
    absl::Status status =
        client::ReadFileInto(PathIn(folder, path), storage::merkle::kBundleBytesMax, &bytes);
    if (!status.ok()) return status;
    const auto records = storage::merkle::DecodeBundle(bytes, width);
    if (!records.ok()) {
      return absl::DataLossError(absl::StrCat(path, ": ", records.status().message()));
    }
    for (size_t i = 0; i < records->size(); ++i) {
      if (first + i < begin || first + i >= end) continue;
      status = take(first + i, (*records)[i]);
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace pledger::verify
