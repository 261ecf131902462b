// The directory of clients at a position, kept so that it can be proved from: all clients in the
// order of their ids, and the tiles of the tree over them (storage/merkle/directory_tree.h).
//
// It takes the client streams as they are in the index and goes back, for those that grew since, to
// the position; so it costs those who append nothing, and memory only for what is recorded while it
// is built.
#ifndef PLEDGER_SERVER_AUDIT_CLIENT_DIRECTORY_H_
#define PLEDGER_SERVER_AUDIT_CLIENT_DIRECTORY_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/event_store.h"
#include "storage/merkle/directory_tree.h"
#include "storage/merkle/tiles.h"
#include "storage/view_store.h"

namespace pledger::audit {

struct DirectorySummary {
  // Every event below it was taken into account.
  storage::Position next_position = 0;
  uint64_t client_count = 0;
  storage::Hash root{};

  bool operator==(const DirectorySummary&) const = default;
};

// Thread-safe; may block.
class ClientDirectory {
 public:
  // Builds the directory at `position`, which must be indexed and above 0, in `out`, which must be
  // empty. CANCELLED once `stop` is set; or the stores' errors.
  static absl::StatusOr<DirectorySummary> Build(storage::EventStore& store,
                                                storage::Position position, storage::ViewStore& out,
                                                const std::atomic<bool>& stop);

  // Opens what Build() finished. NOT_FOUND if it didn't finish.
  static absl::StatusOr<std::unique_ptr<ClientDirectory>> Open(
      std::unique_ptr<storage::ViewStore> store);

  const DirectorySummary& summary() const { return summary_; }

  // That the client is there, or isn't. DATA_LOSS if the store is damaged.
  absl::StatusOr<storage::merkle::DirectoryProof> Prove(std::string_view client_id) const;

 private:
  explicit ClientDirectory(std::unique_ptr<storage::ViewStore> store) : store_(std::move(store)) {}

  absl::StatusOr<storage::merkle::DirectoryLeaf> Leaf(std::string_view client_id,
                                                      std::string_view value) const;
  absl::StatusOr<storage::merkle::DirectoryLeaf> LeafAt(uint64_t index) const;

  const std::unique_ptr<storage::ViewStore> store_;
  DirectorySummary summary_;
  storage::merkle::TreeEdge edge_;
};

}  // namespace pledger::audit

#endif  // PLEDGER_SERVER_AUDIT_CLIENT_DIRECTORY_H_
