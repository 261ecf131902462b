// The directory of clients: a Merkle tree over all clients in the order of their ids, by which it
// can be proved where a client's stream ends, and that there is no client of some id.
//
// A leaf is an entry: the client id ‖ 0x00 ‖ the revision of its last record (8 bytes, big-endian)
// ‖ the leaf hash of that record (32). The tree is that of RFC 6962 (hash.h); no entry can be taken
// for a record, which begins with another byte. The root and the number of clients of a directory
// are recorded as an event, by which they are in the log's own tree. The ledger's own stream,
// ~ledger, is a client like the others.
//
// Proofs bind neither root nor size: take both from that event. Values are thread-compatible, free
// functions thread-safe; verifiers take hostile input.
#ifndef PLEDGER_STORAGE_MERKLE_DIRECTORY_TREE_H_
#define PLEDGER_STORAGE_MERKLE_DIRECTORY_TREE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/format/types.h"
#include "storage/merkle/compact_range.h"
#include "storage/merkle/proofs.h"

namespace pledger::storage::merkle {

struct DirectoryEntry {
  std::string client_id;
  Revision last_revision = 0;
  Hash last_leaf_hash{};

  bool operator==(const DirectoryEntry&) const = default;
};

// The leaf's bytes.
std::string EncodeDirectoryEntry(const DirectoryEntry& entry);

// INVALID_ARGUMENT for what EncodeDirectoryEntry() never gave.
[[nodiscard]] absl::StatusOr<DirectoryEntry> DecodeDirectoryEntry(std::string_view bytes);

// The root alone, in the memory of a compact range, of entries that come in ascending order.
class DirectoryRoot {
 public:
  // INVALID_ARGUMENT unless the id is above the last one's, byte by byte; nothing is added then.
  [[nodiscard]] absl::Status Add(const DirectoryEntry& entry);

  uint64_t size() const { return range_.size(); }
  Hash Root() const { return range_.Root(); }

 private:
  CompactRange range_;
  std::string last_client_id_;
};

// An entry at its place.
struct DirectoryLeaf {
  uint64_t index = 0;
  DirectoryEntry entry;
  Proof path;
};

// Of a client that is there: the one leaf. Of one that isn't: the leaf before its place and the one
// after, either missing at the end of the directory and both if it is empty.
struct DirectoryProof {
  std::vector<DirectoryLeaf> leaves;
};

// All entries in memory: the entries, and 64 bytes for each.
class Directory {
 public:
  // INVALID_ARGUMENT unless the entries are in ascending order of their ids, each once.
  [[nodiscard]] static absl::StatusOr<Directory> Build(std::vector<DirectoryEntry> entries);

  // Whether the client is there or not.
  DirectoryProof Prove(std::string_view client_id) const;

  uint64_t size() const { return entries_.size(); }
  Hash Root() const;

 private:
  Directory() = default;
  DirectoryLeaf Leaf(uint64_t index) const;

  std::vector<DirectoryEntry> entries_;
  // By height; levels_[0] are the leaves. Only complete subtrees have a node.
  std::vector<std::vector<Hash>> levels_;
};

// The client's entry, or none if the proof shows that it isn't in the directory of this size and
// root. INVALID_ARGUMENT if the proof can't be one for this client: leaves that aren't neighbours,
// or don't lie on both sides of it; DATA_LOSS if a leaf leads to another root.
[[nodiscard]] absl::StatusOr<std::optional<DirectoryEntry>> VerifyDirectoryProof(
    std::string_view client_id, uint64_t size, const Hash& root, const DirectoryProof& proof);

}  // namespace pledger::storage::merkle

#endif  // PLEDGER_STORAGE_MERKLE_DIRECTORY_TREE_H_
