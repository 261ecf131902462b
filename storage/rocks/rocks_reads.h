// What reads of all the databases have in common.
#ifndef PLEDGER_STORAGE_ROCKS_ROCKS_READS_H_
#define PLEDGER_STORAGE_ROCKS_ROCKS_READS_H_

#include <string_view>

#include "rocksdb/options.h"
#include "rocksdb/slice.h"
#include "storage/event_store.h"

namespace pledger::storage {

inline rocksdb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }

// For one key that may be asked for again.
inline rocksdb::ReadOptions PointRead(ReadTier tier = ReadTier::kAnywhere) {
  rocksdb::ReadOptions options;
  options.read_tier = tier == ReadTier::kMemory ? rocksdb::kBlockCacheTier : rocksdb::kReadAllTier;
  options.verify_checksums = true;
  options.fill_cache = true;
  return options;
}

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_ROCKS_ROCKS_READS_H_
