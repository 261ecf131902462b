#include "tests/fault/store_on_fault.h"

namespace pledger::testing {

FaultyDisk::FaultyDisk()
    : faults_(std::make_shared<FaultFileSystem>()), env_(NewFaultEnv(faults_)) {
  options_.path = folder_.path();
  options_.origin = "test.example/ledger";
  options_.free_bytes_min = 0;
  options_.tuning.env = env_.get();
  options_.tuning.block_cache_bytes = 8 << 20;
}

absl::StatusOr<std::unique_ptr<storage::RocksEventStore>> FaultyDisk::OpenStore(
    storage::StateDeriver& deriver) {
  return storage::RocksEventStore::Open(options_, deriver);
}

}  // namespace pledger::testing
