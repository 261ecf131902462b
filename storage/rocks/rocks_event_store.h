// The real store: a log and an index, each a RocksDB.
#ifndef PLEDGER_STORAGE_ROCKS_ROCKS_EVENT_STORE_H_
#define PLEDGER_STORAGE_ROCKS_ROCKS_EVENT_STORE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "storage/checkpoint_store.h"
#include "storage/event_store.h"
#include "storage/rocks/rocks_options.h"

namespace pledger::storage {

struct RocksStoreOptions {
  // The folder; `ledger` and `index` lie in it.
  std::string path;
  // Names a new log; see RocksLog::origin().
  std::string origin;
  // Below this much free space the store does not write.
  uint64_t free_bytes_min = 256 << 20;
  RocksTuning tuning;
};

class RocksEventStore : public EventStore {
 public:
  // Opens what is there, or makes it. `deriver` is used only here. DATA_LOSS if recorded events are
  // missing; FAILED_PRECONDITION for a format that is not known; UNAVAILABLE or INTERNAL if the
  // folder can't be used, for example because another process has it open.
  static absl::StatusOr<std::unique_ptr<RocksEventStore>> Open(const RocksStoreOptions& options,
                                                               StateDeriver& deriver);

  // The name that the log was made with.
  virtual const std::string& origin() const = 0;

  // The log's checkpoints; live as long as the store.
  virtual CheckpointStore& checkpoints() = 0;
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_ROCKS_ROCKS_EVENT_STORE_H_
