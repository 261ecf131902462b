// Who changes band, and which signals come and go, from one moment to the next.
//
// Nothing is kept of clients between two moments: a client is assessed as of both, from what was
// known at either, so that a watch can go on from any moment of the past. Looked at are the clients
// of whom something was recorded in between, or of whom something recorded earlier has occurred by
// now; those who referred one of them; and all where the civil day, the policy or the cohorts are
// others.
#ifndef PLEDGER_SERVER_PROJECTIONS_RELIABILITY_WATCH_H_
#define PLEDGER_SERVER_PROJECTIONS_RELIABILITY_WATCH_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/projections/reliability_queries.h"

namespace pledger::projections {

// For one thread at a time. May block.
class ReliabilityWatch {
 public:
  // Both must outlive it. `client_id` is the one to watch; empty: all.
  ReliabilityWatch(storage::EventStore& store, ReliabilityQueries& queries, std::string client_id)
      : store_(store), queries_(queries), client_id_(std::move(client_id)) {}

  // Begins to tell what changed from `before` to `after`, which is not earlier. Who there is must
  // be indexed until `after`.
  absl::Status Advance(ResolvedPerspective before, ResolvedPerspective after);

  // Appends what it finds about the next few clients; true if that was all since Advance(). Clients
  // in quarantine are passed over.
  absl::StatusOr<bool> Next(v1::WatchReliabilityResponse* out);

 private:
  absl::Status FindReferrers();
  absl::StatusOr<bool> ConcernsEveryone() const;
  absl::Status FindConcerned();
  absl::Status TakeNextClients();
  absl::Status Compare(const std::string& client_id, v1::WatchReliabilityResponse* out);

  storage::EventStore& store_;
  ReliabilityQueries& queries_;
  const std::string client_id_;
  ResolvedPerspective before_;
  ResolvedPerspective after_;
  // Who referred whom: the former by the latter.
  absl::flat_hash_map<std::string, std::vector<std::string>> referrers_;
  bool referrers_known_ = false;
  // What was recorded ahead of its time, and of whom.
  std::vector<std::pair<int64_t, std::string>> upcoming_;
  // Those still to be looked at, and whether there are more behind the last of them.
  std::vector<std::string> clients_;
  size_t next_client_ = 0;
  bool everyone_ = false;
};

}  // namespace pledger::projections

#endif  // PLEDGER_SERVER_PROJECTIONS_RELIABILITY_WATCH_H_
