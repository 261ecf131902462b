// How the two databases are tuned, and why.
#ifndef PLEDGER_STORAGE_ROCKS_ROCKS_OPTIONS_H_
#define PLEDGER_STORAGE_ROCKS_ROCKS_OPTIONS_H_

#include <cstdint>
#include <memory>

#include "rocksdb/cache.h"
#include "rocksdb/env.h"
#include "rocksdb/options.h"

namespace pledger::storage {

struct RocksTuning {
  // For tests that inject faults; null means the default.
  rocksdb::Env* env = nullptr;
  // Shared by both databases.
  size_t block_cache_bytes = 256 << 20;
  // What the index may hold unflushed, and so what opening may have to derive again.
  size_t index_unflushed_bytes_max = 64 << 20;
};

rocksdb::DBOptions LogDbOptions(const RocksTuning& tuning);
rocksdb::DBOptions IndexDbOptions(const RocksTuning& tuning);

// Sequential keys, written once, read in ranges.
rocksdb::ColumnFamilyOptions LogColumnOptions(const std::shared_ptr<rocksdb::Cache>& cache);
// Random keys of which most are asked for in vain.
rocksdb::ColumnFamilyOptions PointColumnOptions(const std::shared_ptr<rocksdb::Cache>& cache);
// Keys that begin with a client id and kClientEnd, read in ranges of one client.
rocksdb::ColumnFamilyOptions StreamColumnOptions(const std::shared_ptr<rocksdb::Cache>& cache);

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_ROCKS_ROCKS_OPTIONS_H_
