#include "storage/rocks/rocks_options.h"

#include <cstring>

#include "rocksdb/filter_policy.h"
#include "rocksdb/listener.h"
#include "rocksdb/slice_transform.h"
#include "rocksdb/table.h"
#include "storage/format/index_keys.h"

namespace pledger::storage {
namespace {

constexpr size_t kLogMemtableBytes = 32 << 20;
// A column takes memory in pieces of this size; RocksDB's own choice would count most of the
// index's budget as used before anything is in it.
constexpr size_t kArenaBytes = 512 << 10;
// Bounds what opening replays.
constexpr size_t kLogWalBytesMax = 64 << 20;

// The client id and its end: all keys of one client have it in common.
class ClientPrefix final : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "pledger.ClientPrefix"; }
  bool InDomain(const rocksdb::Slice& key) const override { return End(key) != nullptr; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return {key.data(), static_cast<size_t>(End(key) - key.data() + 1)};
  }

 private:
  static const char* End(const rocksdb::Slice& key) {
    return static_cast<const char*>(std::memchr(key.data(), kClientEnd, key.size()));
  }
};

// All keys have the empty prefix in common, so that a memtable keeps one hint: the place of the key
// that was put last. Keys come sorted, and the next one belongs close behind it: looking from there
// is several times cheaper than from the top, where every step misses the cache.
class OnePrefix final : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "pledger.OnePrefix"; }
  bool InDomain(const rocksdb::Slice&) const override { return true; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override { return {key.data(), 0}; }
};

rocksdb::BlockBasedTableOptions TableOptions(const std::shared_ptr<rocksdb::Cache>& cache,
                                             size_t block_bytes) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = block_bytes;
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  // Indexes and filters live in the cache, so that memory stays bounded whatever the history.
  table.cache_index_and_filter_blocks = true;
  // Those of the newest files are asked for again and again; looking them up in the cache each time
  // would cost as much as they save.
  table.metadata_cache_options.unpartitioned_pinning = rocksdb::PinningTier::kFlushedAndSimilar;
  return table;
}

// RocksDB would go on by itself once there is room on the disk, in a thread of its own, and would
// refuse to meanwhile when it is asked. When to go on is for the writer to say, which alone knows
// what it has acknowledged.
class NoAutoRecovery final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
};

rocksdb::DBOptions CommonOptions(const RocksTuning& tuning) {
  rocksdb::DBOptions options;
  options.listeners.push_back(std::make_shared<NoAutoRecovery>());
  options.max_bgerror_resume_count = 0;
  if (tuning.env != nullptr) options.env = tuning.env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  options.max_background_jobs = 2;
  options.bytes_per_sync = 1 << 20;
  options.max_open_files = 512;
  options.keep_log_file_num = 4;
  options.max_log_file_size = 8 << 20;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  // There is one writer; what lets several insert side by side only costs.
  options.allow_concurrent_memtable_write = false;
  options.enable_write_thread_adaptive_yield = false;
  return options;
}

}  // namespace

rocksdb::DBOptions LogDbOptions(const RocksTuning& tuning) {
  rocksdb::DBOptions options = CommonOptions(tuning);
  options.max_total_wal_size = kLogWalBytesMax;
  // Drops an incomplete record at the very end, which was never acknowledged, and refuses to open
  // for damage anywhere else, with CheckLogFiles()'s help. The other modes would drop acknowledged
  // events in silence.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.track_and_verify_wals_in_manifest = true;
  return options;
}

rocksdb::DBOptions IndexDbOptions(const RocksTuning& tuning) {
  rocksdb::DBOptions options = CommonOptions(tuning);
  // No write-ahead log: all columns must be flushed together or a checkpoint would lie.
  options.atomic_flush = true;
  options.db_write_buffer_size = tuning.index_unflushed_bytes_max;
  return options;
}

rocksdb::ColumnFamilyOptions LogColumnOptions(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = kLogMemtableBytes;
  options.arena_block_size = kArenaBytes;
  options.memtable_insert_with_hint_prefix_extractor = std::make_shared<OnePrefix>();
  options.compression = rocksdb::kLZ4Compression;
  // Files never overlap, so compaction only moves them; large ones keep their number small.
  options.target_file_size_base = 256 << 20;
  options.max_bytes_for_level_base = 1 << 30;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(TableOptions(cache, 16 << 10)));
  return options;
}

rocksdb::ColumnFamilyOptions PointColumnOptions(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = 64 << 20;
  options.arena_block_size = kArenaBytes;
  options.memtable_insert_with_hint_prefix_extractor = std::make_shared<OnePrefix>();
  options.level0_file_num_compaction_trigger = 8;
  // Hashes and ids do not compress.
  options.compression = rocksdb::kNoCompression;
  options.memtable_whole_key_filtering = true;
  options.memtable_prefix_bloom_size_ratio = 0.02;
  rocksdb::BlockBasedTableOptions table = TableOptions(cache, 4 << 10);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

rocksdb::ColumnFamilyOptions StreamColumnOptions(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = 64 << 20;
  options.arena_block_size = kArenaBytes;
  options.memtable_insert_with_hint_prefix_extractor = std::make_shared<OnePrefix>();
  // What was just flushed is soon written again, below; compressing it twice is for nothing.
  options.compression_per_level = {rocksdb::kNoCompression, rocksdb::kLZ4Compression};
  options.prefix_extractor = std::make_shared<ClientPrefix>();
  options.level0_file_num_compaction_trigger = 8;
  options.max_bytes_for_level_base = 512 << 20;
  rocksdb::BlockBasedTableOptions table = TableOptions(cache, 8 << 10);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.whole_key_filtering = false;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace pledger::storage
