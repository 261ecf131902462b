#include "storage/merkle/directory_tree.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/format/big_endian.h"
#include "storage/format/text.h"
#include "storage/merkle/hash.h"

namespace pledger::storage::merkle {
namespace {

constexpr size_t kSuffixBytes = 1 + 8 + sizeof(Hash);

// The nodes of a directory in memory.
class LevelNodes : public NodeReader {
 public:
  explicit LevelNodes(const std::vector<std::vector<Hash>>& levels) : levels_(levels) {}

  [[nodiscard]] absl::StatusOr<Hash> Node(uint8_t level, uint64_t index) override {
    if (level >= levels_.size() || index >= levels_[level].size()) {
      return absl::OutOfRangeError(absl::StrCat("no node ", index, " of height ", level));
    }
    return levels_[level][index];
  }

 private:
  const std::vector<std::vector<Hash>>& levels_;
};

absl::Status NotSorted(std::string_view client_id) {
  return absl::InvalidArgumentError(
      absl::StrCat("the directory is not in ascending order at ", ToAbsl(client_id)));
}

// Whether leaves can prove anything of the client: it alone, or its neighbours.
absl::Status CheckPlaces(std::string_view client_id, uint64_t size,
                         const std::vector<DirectoryLeaf>& leaves) {
  const auto refuse = [](std::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat("the proof ", ToAbsl(why)));
  };
  if (leaves.size() > 2) return refuse("has more than two leaves");
  if (leaves.empty()) {
    return size == 0 ? absl::OkStatus() : refuse("has no leaf of a directory that has some");
  }
  const DirectoryLeaf& first = leaves.front();
  const DirectoryLeaf& last = leaves.back();
  if (leaves.size() == 2) {
    if (last.index != first.index + 1) return refuse("has leaves that are not neighbours");
    const bool between = first.entry.client_id < client_id && client_id < last.entry.client_id;
    return between ? absl::OkStatus() : refuse("has leaves that do not lie on both sides");
  }
  if (first.entry.client_id == client_id) return absl::OkStatus();
  const bool before_all = first.index == 0 && client_id < first.entry.client_id;
  const bool after_all = first.index + 1 == size && first.entry.client_id < client_id;
  return before_all || after_all ? absl::OkStatus() : refuse("has one leaf of another client");
}

}  // namespace

std::string EncodeDirectoryEntry(const DirectoryEntry& entry) {
  std::string bytes = entry.client_id;
  bytes.push_back('\0');
  AppendBig64(entry.last_revision, &bytes);
  bytes += AsChars(entry.last_leaf_hash);
  return bytes;
}

absl::StatusOr<DirectoryEntry> DecodeDirectoryEntry(std::string_view bytes) {
  const absl::Status malformed =
      absl::InvalidArgumentError("a directory entry is a client id, a zero, a revision and a hash");
  if (bytes.size() <= kSuffixBytes) return malformed;
  const size_t id_bytes = bytes.size() - kSuffixBytes;
  if (bytes.find('\0') != id_bytes) return malformed;
  DirectoryEntry entry;
  entry.client_id = bytes.substr(0, id_bytes);
  entry.last_revision = GetBig64(bytes.data() + id_bytes + 1);
  std::copy(bytes.end() - sizeof(Hash), bytes.end(), entry.last_leaf_hash.begin());
  return entry;
}

absl::Status DirectoryRoot::Add(const DirectoryEntry& entry) {
  if (size() > 0 && entry.client_id <= last_client_id_) return NotSorted(entry.client_id);
  range_.Append(LeafHash(EncodeDirectoryEntry(entry)));
  last_client_id_ = entry.client_id;
  return absl::OkStatus();
}

absl::StatusOr<Directory> Directory::Build(std::vector<DirectoryEntry> entries) {
  Directory directory;
  std::vector<Hash>& leaves = directory.levels_.emplace_back();
  leaves.reserve(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i > 0 && entries[i].client_id <= entries[i - 1].client_id) {
      return NotSorted(entries[i].client_id);
    }
    leaves.push_back(LeafHash(EncodeDirectoryEntry(entries[i])));
  }
  while (directory.levels_.back().size() > 1) {
    const std::vector<Hash>& below = directory.levels_.back();
    std::vector<Hash> level(below.size() / 2);
    for (size_t i = 0; i < level.size(); ++i) level[i] = NodeHash(below[2 * i], below[2 * i + 1]);
    directory.levels_.push_back(std::move(level));
  }
  directory.entries_ = std::move(entries);
  return directory;
}

Hash Directory::Root() const {
  // The last node of each level that has an odd number of them is no half of a pair: from the
  // smallest to the largest they make the root.
  std::optional<Hash> root;
  for (const std::vector<Hash>& level : levels_) {
    if (level.size() % 2 == 0) continue;
    root = root ? NodeHash(level.back(), *root) : level.back();
  }
  return root.value_or(EmptyRoot());
}

DirectoryLeaf Directory::Leaf(uint64_t index) const {
  LevelNodes nodes(levels_);
  // Cannot fail: every complete subtree has its node.
  return {index, entries_[index], InclusionProof(index, size(), nodes).value()};
}

DirectoryProof Directory::Prove(std::string_view client_id) const {
  const auto after = std::lower_bound(
      entries_.begin(), entries_.end(), client_id,
      [](const DirectoryEntry& entry, std::string_view id) { return entry.client_id < id; });
  const auto index = static_cast<uint64_t>(after - entries_.begin());
  DirectoryProof proof;
  if (after != entries_.end() && after->client_id == client_id) {
    proof.leaves.push_back(Leaf(index));
    return proof;
  }
  if (index > 0) proof.leaves.push_back(Leaf(index - 1));
  if (index < size()) proof.leaves.push_back(Leaf(index));
  return proof;
}

absl::StatusOr<std::optional<DirectoryEntry>> VerifyDirectoryProof(std::string_view client_id,
                                                                   uint64_t size, const Hash& root,
                                                                   const DirectoryProof& proof) {
  if (absl::Status status = CheckPlaces(client_id, size, proof.leaves); !status.ok()) return status;
  if (size == 0 && root != EmptyRoot()) {
    return absl::DataLossError("the root is not that of an empty directory");
  }
  for (const DirectoryLeaf& leaf : proof.leaves) {
    absl::Status status = VerifyInclusion(
        leaf.index, size, LeafHash(EncodeDirectoryEntry(leaf.entry)), leaf.path, root);
    if (!status.ok()) return status;
  }
  const bool present = proof.leaves.size() == 1 && proof.leaves[0].entry.client_id == client_id;
  if (present) return proof.leaves[0].entry;
  return std::nullopt;
}

}  // namespace pledger::storage::merkle
