// Records directories of clients now and then, and answers from the latest.
//
// A directory is built in a store of its own, recorded as a fact, and only then takes the place of
// the one before it. After a crash one that was not recorded is thrown away, and one that was
// recorded but is no longer there is built again, to the same root.
#ifndef PLEDGER_SERVER_AUDIT_DIRECTORY_KEEPER_H_
#define PLEDGER_SERVER_AUDIT_DIRECTORY_KEEPER_H_

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "server/audit/client_directory.h"
#include "server/audit/own_facts.h"
#include "storage/event_store.h"

namespace pledger::audit {

// Where the stores of directories are kept, by the directory's position.
class DirectoryStores {
 public:
  virtual ~DirectoryStores() = default;

  // Opens it, or makes an empty one.
  virtual absl::StatusOr<std::unique_ptr<storage::ViewStore>> Open(storage::Position position) = 0;
  // With all that is in it. Must not be open.
  virtual absl::Status Remove(storage::Position position) = 0;
  virtual std::vector<storage::Position> List() = 0;
};

// A directory and the fact that recorded it.
struct RecordedDirectory {
  storage::Position position = 0;
  int64_t record_time_ns = 0;
  DirectorySummary summary;
};

// Thread-safe.
class DirectoryKeeper {
 public:
  // All must outlive the keeper.
  DirectoryKeeper(storage::EventStore& store, OwnFactRecorder& recorder, DirectoryStores& stores)
      : store_(store), recorder_(recorder), stores_(stores) {}

  // Takes up the latest recorded directory. Builds it if it is not there. Blocks as long as that
  // takes; what Record() does first, if it wasn't done. The errors of the stores.
  absl::Status TakeUp();

  // Records a directory of all that is recorded, unless nothing but the latest directory's own fact
  // was recorded since that was built: then that one. Blocks as long as it takes. CLIENT_NOT_FOUND
  // for a ledger without events; READ_ONLY and others of recording, CANCELLED after Stop(), or the
  // errors of the stores.
  absl::StatusOr<RecordedDirectory> Record();

  // From now on nothing is built; what is under way ends soon.
  void Stop() { stop_.store(true, std::memory_order_relaxed); }

  struct Latest {
    RecordedDirectory recorded;
    std::shared_ptr<const ClientDirectory> directory;
  };
  // None if none is recorded, or it is not taken up yet.
  std::optional<Latest> latest() const;

 private:
  absl::StatusOr<std::optional<RecordedDirectory>> FindRecorded() const;
  absl::StatusOr<std::shared_ptr<const ClientDirectory>> OpenOrBuild(storage::Position position)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(building_);
  absl::StatusOr<std::unique_ptr<ClientDirectory>> Rebuild(storage::Position position);
  absl::Status TakeUpLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(building_);
  absl::StatusOr<RecordedDirectory> RecordFact(const DirectorySummary& summary);
  void Set(Latest latest);
  void RemoveAllBut(storage::Position position) ABSL_EXCLUSIVE_LOCKS_REQUIRED(building_);

  storage::EventStore& store_;
  OwnFactRecorder& recorder_;
  DirectoryStores& stores_;
  std::atomic<bool> stop_{false};
  absl::Mutex building_ ABSL_ACQUIRED_BEFORE(mutex_);
  bool taken_up_ ABSL_GUARDED_BY(building_) = false;
  // Those that may still be read.
  std::map<storage::Position, std::weak_ptr<const ClientDirectory>> opened_
      ABSL_GUARDED_BY(building_);
  mutable absl::Mutex mutex_;
  std::optional<Latest> latest_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pledger::audit

#endif  // PLEDGER_SERVER_AUDIT_DIRECTORY_KEEPER_H_
