// The access log: who read what. Entries are opaque; they are the leaves of a Merkle tree of their
// own (RFC 6962), so that nobody can take one out unnoticed.
#ifndef PLEDGER_STORAGE_ACCESS_LOG_H_
#define PLEDGER_STORAGE_ACCESS_LOG_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/format/types.h"
#include "storage/merkle/proofs.h"

namespace pledger::storage {

// Thread-safe.
class AccessLog {
 public:
  virtual ~AccessLog() = default;

  // Appends the entry and calls `done` once, when it is on disk: on the log's own thread, so that
  // it must not block. Those that come while others are being written share a write.
  // RESOURCE_EXHAUSTED for a full disk, after which it is tried anew; UNAVAILABLE for any other
  // failure to write, and while too many entries wait. An entry that was answered with an error may
  // still be there after the log is opened anew.
  virtual void Append(std::string entry, std::function<void(absl::Status)> done) = 0;

  // The tree over the entries that are on disk.
  struct Head {
    uint64_t size = 0;
    Hash root{};
  };
  virtual Head head() const = 0;

  // Up to `limit` entries from index `from` on, below head().size. May block. DATA_LOSS for one
  // that is missing or damaged.
  virtual absl::StatusOr<std::vector<std::string>> Read(uint64_t from, size_t limit) = 0;

  // That the first `size1` entries are the beginning of the first `size2`; see merkle/proofs.h. May
  // block. OUT_OF_RANGE unless size1 <= size2 <= head().size.
  virtual absl::StatusOr<merkle::Proof> ProveConsistency(uint64_t size1, uint64_t size2) = 0;
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_ACCESS_LOG_H_
