#include "server/audit/client_directory.h"

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "storage/find_revision.h"
#include "storage/format/big_endian.h"
#include "storage/format/index_keys.h"
#include "storage/format/record.h"
#include "storage/format/text.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/proofs.h"
#include "storage/merkle/tile_node_reader.h"

namespace pledger::audit {
namespace {

using storage::Direction;
using storage::Hash;
using storage::Position;
using storage::ViewStore;
using storage::merkle::DirectoryEntry;
using storage::merkle::DirectoryLeaf;
using storage::merkle::DirectoryProof;
using storage::merkle::TileBuilder;
using storage::merkle::TileId;

// What the keys in the store begin with. Clients: index, stream head. Indexes: client id. Tiles as
// in the index of events; the edge by level; the summary: number of clients, root.
constexpr char kClientKey = 'c';
constexpr char kIndexKey = 'i';
constexpr char kTileKey = 't';
constexpr char kEdgeKey = 'e';
constexpr char kSummaryKey = 's';

// How many clients are read, and entries written, at once.
constexpr size_t kClientsAtOnce = 1'000;
constexpr size_t kEntriesAtOnce = 4'096;

std::string ClientKey(std::string_view client_id) {
  return absl::StrCat(std::string(1, kClientKey), ToAbsl(client_id));
}

std::string IndexKey(uint64_t index) {
  std::string key(1, kIndexKey);
  storage::AppendBig64(index, &key);
  return key;
}

std::string TileKeyOf(TileId id) {
  return absl::StrCat(std::string(1, kTileKey), storage::TileKey(id.level, id.index));
}

std::string EdgeKey(size_t level) { return {kEdgeKey, static_cast<char>(level)}; }

std::string EncodeHashes(absl::Span<const Hash> hashes) {
  std::string bytes;
  bytes.reserve(hashes.size() * sizeof(Hash));
  for (const Hash& hash : hashes) bytes.append(storage::AsChars(hash));
  return bytes;
}

absl::Status Damaged() {
  return absl::DataLossError("the stored directory of clients is damaged; delete its folder");
}

absl::StatusOr<std::vector<Hash>> DecodeHashes(std::string_view bytes) {
  if (bytes.size() % sizeof(Hash) != 0) return Damaged();
  std::vector<Hash> hashes(bytes.size() / sizeof(Hash));
  std::memcpy(hashes.data(), bytes.data(), bytes.size());
  return hashes;
}

class Builder {
 public:
  Builder(storage::EventStore& store, Position position, ViewStore& out,
          const std::atomic<bool>& stop)
      : store_(store), position_(position), out_(out), stop_(stop), scanned_(position) {}

  absl::StatusOr<DirectorySummary> Run() {
    std::string after;
    while (true) {
      const auto clients = store_.ListClients(after, kClientsAtOnce);
      if (!clients.ok()) return clients.status();
      if (clients->empty()) break;
      if (absl::Status status = AddPage(*clients); !status.ok()) return status;
      after = clients->back();
    }
    return Finish();
  }

 private:
  absl::Status AddPage(const std::vector<std::string>& clients) {
    if (stop_.load(std::memory_order_relaxed)) return absl::CancelledError("stopping");
    std::vector<std::optional<storage::StreamHead>> heads;
    for (const std::string& client : clients) {
      auto head = store_.FindIndexedHead(client);
      if (!head.ok()) return head.status();
      heads.push_back(*head);
    }
    // After the heads were read: whatever they have that is too new is noticed.
    if (absl::Status status = NoteGrown(); !status.ok()) return status;
    for (size_t i = 0; i < clients.size(); ++i) {
      if (grown_.contains(clients[i])) {
        if (absl::Status status = FindHeadThen(clients[i], &heads[i]); !status.ok()) return status;
      }
      if (!heads[i].has_value()) continue;
      absl::Status status = Add({clients[i], heads[i]->revision, heads[i]->leaf_hash});
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status NoteGrown() {
    const Position indexed = store_.indexed_position();
    const auto cursor = store_.ReadLog(scanned_, indexed, Direction::kForward);
    while (cursor->Next()) {
      const auto client = storage::BodyClientId(cursor->view().body);
      if (!client.ok()) {
        return storage::Corrupt(cursor->view().header.position,
                                FromAbsl(client.status().message()));
      }
      grown_.emplace(*client);
    }
    scanned_ = indexed;
    return cursor->status();
  }

  // The client's head as it was at the position.
  absl::Status FindHeadThen(const std::string& client, std::optional<storage::StreamHead>* head) {
    const auto count = storage::FindRevision(store_, client, position_);
    if (!count.ok()) return count.status();
    head->reset();
    if (*count == 0) return absl::OkStatus();
    const auto cursor =
        store_.ReadClient(client, *count - 1, Direction::kForward, storage::ReadTier::kAnywhere);
    if (!cursor->Next()) return cursor->status();
    *head = {*count - 1, storage::merkle::LeafHash(cursor->record())};
    return absl::OkStatus();
  }

  absl::Status Add(const DirectoryEntry& entry) {
    const uint64_t index = tree_.size();
    std::string value;
    storage::AppendBig64(index, &value);
    value += storage::EncodeStreamHead({entry.last_revision, entry.last_leaf_hash});
    entries_.emplace_back(ClientKey(entry.client_id), std::move(value));
    entries_.emplace_back(IndexKey(index), entry.client_id);
    tree_.Append(storage::merkle::LeafHash(EncodeDirectoryEntry(entry)),
                 [this](TileId id, absl::Span<const Hash> hashes) {
                   entries_.emplace_back(TileKeyOf(id), EncodeHashes(hashes));
                 });
    if (entries_.size() < kEntriesAtOnce) return absl::OkStatus();
    // Unfinished as long as the checkpoint is 0.
    absl::Status written = out_.Write(entries_, 0);
    entries_.clear();
    return written;
  }

  absl::StatusOr<DirectorySummary> Finish() {
    const DirectorySummary summary = {position_, tree_.size(), tree_.Root()};
    const auto& levels = tree_.edge().levels;
    for (size_t level = 0; level < levels.size(); ++level) {
      entries_.emplace_back(EdgeKey(level), EncodeHashes(levels[level]));
    }
    std::string value;
    storage::AppendBig64(summary.client_count, &value);
    value.append(storage::AsChars(summary.root));
    entries_.emplace_back(std::string(1, kSummaryKey), std::move(value));
    if (absl::Status written = out_.Write(entries_, position_); !written.ok()) return written;
    return summary;
  }

  storage::EventStore& store_;
  const Position position_;
  ViewStore& out_;
  const std::atomic<bool>& stop_;
  // Clients with a record at the position or behind it, as far as the log was looked at.
  absl::flat_hash_set<std::string> grown_;
  Position scanned_;
  TileBuilder tree_;
  ViewStore::Entries entries_;
};

}  // namespace

absl::StatusOr<DirectorySummary> ClientDirectory::Build(storage::EventStore& store,
                                                        Position position, ViewStore& out,
                                                        const std::atomic<bool>& stop) {
  return Builder(store, position, out, stop).Run();
}

absl::StatusOr<std::unique_ptr<ClientDirectory>> ClientDirectory::Open(
    std::unique_ptr<ViewStore> store) {
  std::unique_ptr<ClientDirectory> directory(new ClientDirectory(std::move(store)));
  const ViewStore& entries = *directory->store_;
  if (entries.checkpoint() == 0) return absl::NotFoundError("the directory was not finished");
  const auto value = entries.Find(std::string(1, kSummaryKey));
  if (!value.ok()) return value.status();
  if (!value->has_value() || (*value)->size() != 40) return Damaged();
  DirectorySummary& summary = directory->summary_;
  summary.next_position = entries.checkpoint();
  summary.client_count = storage::GetBig64((*value)->data());
  std::memcpy(summary.root.data(), (*value)->data() + 8, sizeof(Hash));
  directory->edge_.size = summary.client_count;
  for (size_t level = 0; level < storage::merkle::kTileLevels; ++level) {
    const auto hashes = entries.Find(EdgeKey(level));
    if (!hashes.ok()) return hashes.status();
    if (!hashes->has_value()) break;
    auto decoded = DecodeHashes(**hashes);
    if (!decoded.ok()) return decoded.status();
    directory->edge_.levels.push_back(*std::move(decoded));
  }
  return directory;
}

absl::StatusOr<DirectoryLeaf> ClientDirectory::Leaf(std::string_view client_id,
                                                    std::string_view value) const {
  if (value.size() != 48) return Damaged();
  const auto head = storage::DecodeStreamHead(value.substr(8));
  if (!head.ok()) return head.status();
  DirectoryLeaf leaf;
  leaf.index = storage::GetBig64(value.data());
  leaf.entry = {std::string(client_id), head->revision, head->leaf_hash};
  storage::merkle::TileNodeReader nodes(edge_,
                                        [this](TileId id) -> absl::StatusOr<std::vector<Hash>> {
                                          const auto hashes = store_->Find(TileKeyOf(id));
                                          if (!hashes.ok()) return hashes.status();
                                          if (!hashes->has_value()) return Damaged();
                                          return DecodeHashes(**hashes);
                                        });
  auto path = storage::merkle::InclusionProof(leaf.index, summary_.client_count, nodes);
  if (!path.ok()) return path.status();
  leaf.path = *std::move(path);
  return leaf;
}

absl::StatusOr<DirectoryLeaf> ClientDirectory::LeafAt(uint64_t index) const {
  const auto client = store_->Find(IndexKey(index));
  if (!client.ok()) return client.status();
  if (!client->has_value()) return Damaged();
  const auto value = store_->Find(ClientKey(**client));
  if (!value.ok()) return value.status();
  if (!value->has_value()) return Damaged();
  return Leaf(**client, **value);
}

absl::StatusOr<DirectoryProof> ClientDirectory::Prove(std::string_view client_id) const {
  DirectoryProof proof;
  const std::string key = ClientKey(client_id);
  const auto own = store_->Find(key);
  if (!own.ok()) return own.status();
  if (own->has_value()) {
    auto leaf = Leaf(client_id, **own);
    if (!leaf.ok()) return leaf.status();
    proof.leaves.push_back(*std::move(leaf));
    return proof;
  }
  const auto next = store_->List(key, 1);
  if (!next.ok()) return next.status();
  uint64_t place = summary_.client_count;
  if (!next->empty() && next->front().first.front() == kClientKey) {
    if (next->front().second.size() != 48) return Damaged();
    place = storage::GetBig64(next->front().second.data());
  }
  for (uint64_t index = place == 0 ? 0 : place - 1; index < summary_.client_count && index <= place;
       ++index) {
    auto leaf = LeafAt(index);
    if (!leaf.ok()) return leaf.status();
    proof.leaves.push_back(*std::move(leaf));
  }
  return proof;
}

}  // namespace pledger::audit
