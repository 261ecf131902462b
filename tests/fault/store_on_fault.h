// The real store on a disk that can fail, in a folder of its own.
#ifndef PLEDGER_TESTS_FAULT_STORE_ON_FAULT_H_
#define PLEDGER_TESTS_FAULT_STORE_ON_FAULT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "rocksdb/env.h"
#include "storage/rocks/rocks_event_store.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/temp_folder.h"

namespace pledger::testing {

// A store must be closed before its disk is destroyed.
class FaultyDisk {
 public:
  FaultyDisk();

  absl::StatusOr<std::unique_ptr<storage::RocksEventStore>> OpenStore(
      storage::StateDeriver& deriver);

  FaultFileSystem& faults() { return *faults_; }
  const std::string& path() const { return folder_.path(); }
  // What to open a store with; may be changed before OpenStore().
  storage::RocksStoreOptions& options() { return options_; }

 private:
  TempFolder folder_;
  const std::shared_ptr<FaultFileSystem> faults_;
  const std::unique_ptr<rocksdb::Env> env_;
  storage::RocksStoreOptions options_;
};

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_FAULT_STORE_ON_FAULT_H_
