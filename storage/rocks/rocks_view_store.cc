#include "storage/rocks/rocks_view_store.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "rocksdb/cache.h"
#include "rocksdb/write_batch.h"
#include "storage/format/big_endian.h"
#include "storage/rocks/rocks_reads.h"
#include "storage/rocks/rocks_status.h"

namespace pledger::storage {
namespace {

constexpr char kCheckpointKey[] = "checkpoint";
constexpr size_t kCacheBytes = 64 << 20;

}  // namespace

absl::StatusOr<std::unique_ptr<RocksViewStore>> RocksViewStore::Open(const std::string& path,
                                                                     const RocksTuning& tuning) {
  std::unique_ptr<RocksViewStore> store(new RocksViewStore());
  rocksdb::ColumnFamilyOptions column = PointColumnOptions(rocksdb::NewLRUCache(kCacheBytes));
  column.compression = rocksdb::kLZ4Compression;
  const std::vector<rocksdb::ColumnFamilyDescriptor> columns = {
      {rocksdb::kDefaultColumnFamilyName, column}, {"entries", column}};
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(IndexDbOptions(tuning), path, columns, &handles, &db);
  if (!status.ok()) {
    return ReadStatus(status, absl::StrCat("cannot open the view in ", path,
                                           " (it may be deleted: it is rebuilt from the log)"));
  }
  store->db_.reset(db);
  store->default_ = handles[0];
  store->entries_ = handles[1];
  if (absl::Status loaded = store->LoadCheckpoint(); !loaded.ok()) return loaded;
  return store;
}

RocksViewStore::~RocksViewStore() {
  if (db_ == nullptr) return;
  rocksdb::FlushOptions options;
  options.wait = true;
  // A failure costs the next start a longer catch-up, no more.
  db_->Flush(options, {default_, entries_}).PermitUncheckedError();
  db_->DestroyColumnFamilyHandle(default_).PermitUncheckedError();
  db_->DestroyColumnFamilyHandle(entries_).PermitUncheckedError();
  db_->Close().PermitUncheckedError();
}

absl::Status RocksViewStore::LoadCheckpoint() {
  std::string value;
  const rocksdb::Status status = db_->Get(PointRead(), default_, kCheckpointKey, &value);
  if (status.IsNotFound()) return absl::OkStatus();
  if (!status.ok()) return ReadStatus(status, "cannot read the view");
  if (value.size() != 8) return absl::DataLossError("the view's checkpoint is malformed");
  checkpoint_.store(GetBig64(value.data()), std::memory_order_release);
  return absl::OkStatus();
}

absl::Status RocksViewStore::Write(const Entries& entries, Position checkpoint) {
  if (write_failed_) {
    const rocksdb::Status resumed = db_->Resume();
    if (!resumed.ok()) return WriteStatus(resumed, "the view cannot be written");
    write_failed_ = false;
  }
  // Room for all of it from the start: a rebuilt view is written at once, tens of megabytes.
  constexpr size_t kEntryOverheadBytes = 16;
  size_t bytes = 0;
  for (const auto& [key, value] : entries) {
    bytes += key.size() + value.size() + kEntryOverheadBytes;
  }
  rocksdb::WriteBatch batch(bytes);
  for (const auto& [key, value] : entries) batch.Put(entries_, key, value);
  std::string value;
  AppendBig64(checkpoint, &value);
  batch.Put(default_, kCheckpointKey, value);
  rocksdb::WriteOptions options;
  options.sync = false;
  options.disableWAL = true;
  const rocksdb::Status status = db_->Write(options, &batch);
  if (!status.ok()) {
    write_failed_ = true;
    return WriteStatus(status, "cannot write the view");
  }
  checkpoint_.store(checkpoint, std::memory_order_release);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> RocksViewStore::Find(std::string_view key) const {
  std::string value;
  const rocksdb::Status status =
      db_->Get(PointRead(), entries_, rocksdb::Slice(key.data(), key.size()), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return ReadStatus(status, "cannot read the view");
  return value;
}

absl::StatusOr<ViewStore::Entries> RocksViewStore::List(std::string_view after,
                                                        size_t limit) const {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator(options, entries_));
  std::string first(after);
  if (!after.empty()) first.push_back('\0');
  Entries entries;
  for (iterator->Seek(first); iterator->Valid() && entries.size() < limit; iterator->Next()) {
    entries.emplace_back(iterator->key().ToString(), iterator->value().ToString());
  }
  if (!iterator->status().ok()) return ReadStatus(iterator->status(), "cannot read the view");
  return entries;
}

}  // namespace pledger::storage
