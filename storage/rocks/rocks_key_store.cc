#include "storage/rocks/rocks_key_store.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rocksdb/cache.h"
#include "rocksdb/write_batch.h"
#include "storage/format/index_keys.h"
#include "storage/format/text.h"
#include "storage/rocks/log_files_check.h"
#include "storage/rocks/rocks_reads.h"
#include "storage/rocks/rocks_status.h"

namespace pledger::storage {
namespace {

using keys::KeyId;

constexpr size_t kCacheBytes = 8 << 20;
constexpr char kErasuresColumn[] = "erasures";
// In that column: the erasure under way, and before each erased key's client and id.
constexpr char kPendingKey[] = "p";
constexpr char kErasedPrefix = 'e';
// How many keys are wrapped anew in one write.
constexpr int kRewrapKeys = 1'024;

// Over many keys.
rocksdb::ReadOptions ScanOptions() {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  options.total_order_seek = true;
  return options;
}

// Up to the key's id.
std::string ErasedKey(std::string_view client_id) {
  std::string key(1, kErasedPrefix);
  key += client_id;
  key += kClientEnd;
  return key;
}

std::string EncodeErasure(const keys::KeyStore::Erasure& erasure) {
  std::string value = erasure.client_id;
  value += kClientEnd;
  value += AsChars(erasure.key_id);
  value += erasure.journal;
  return value;
}

absl::StatusOr<keys::KeyStore::Erasure> DecodeErasure(std::string_view value) {
  const size_t end = value.find(kClientEnd);
  keys::KeyStore::Erasure erasure;
  if (end == std::string_view::npos || value.size() < end + 1 + erasure.key_id.size()) {
    return absl::DataLossError("the erasure under way is malformed");
  }
  erasure.client_id = value.substr(0, end);
  std::memcpy(erasure.key_id.data(), value.data() + end + 1, erasure.key_id.size());
  erasure.journal = value.substr(end + 1 + erasure.key_id.size());
  return erasure;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RocksKeyStore>> RocksKeyStore::Open(const std::string& path,
                                                                   const RocksTuning& tuning) {
  // A key that went missing in silence would look like one that was destroyed.
  if (absl::Status status = CheckLogFiles(tuning.env, path); !status.ok()) return status;
  const auto cache = rocksdb::NewLRUCache(kCacheBytes);
  const std::vector<rocksdb::ColumnFamilyDescriptor> columns = {
      {rocksdb::kDefaultColumnFamilyName, PointColumnOptions(cache)},
      {kErasuresColumn, PointColumnOptions(cache)}};
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DBOptions options = LogDbOptions(tuning);
  // Keys that are put one by one reach the system together, when they are synced: until then the
  // log has those that something relies on.
  options.manual_wal_flush = true;
  const rocksdb::Status status = rocksdb::DB::Open(options, path, columns, &handles, &db);
  if (!status.ok()) return ReadStatus(status, absl::StrCat("cannot open the keys in ", path));
  return std::unique_ptr<RocksKeyStore>(new RocksKeyStore(db, handles[0], handles[1]));
}

RocksKeyStore::~RocksKeyStore() {
  db_->DestroyColumnFamilyHandle(keys_).PermitUncheckedError();
  db_->DestroyColumnFamilyHandle(erasures_).PermitUncheckedError();
  db_->Close().PermitUncheckedError();
}

absl::StatusOr<std::optional<std::string>> RocksKeyStore::FindWrapped(std::string_view client_id,
                                                                      ReadTier tier) {
  std::string wrapped;
  const rocksdb::Status status = db_->Get(PointRead(tier), keys_, ToSlice(client_id), &wrapped);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return ReadStatus(status, "cannot read a client's key");
  return wrapped;
}

absl::Status RocksKeyStore::PutWrapped(std::string_view client_id, std::string_view wrapped) {
  absl::MutexLock lock(&put_mutex_);
  if (absl::Status status = Resume(); !status.ok()) return status;
  const auto existing = FindWrapped(client_id, ReadTier::kAnywhere);
  if (!existing.ok()) return existing.status();
  if (existing->has_value()) {
    return absl::AlreadyExistsError(absl::StrCat("client ", ToAbsl(client_id), " has a key"));
  }
  rocksdb::WriteBatch batch;
  batch.Put(keys_, ToSlice(client_id), ToSlice(wrapped));
  return Write(&batch, true);
}

absl::StatusOr<std::vector<bool>> RocksKeyStore::PutMissing(absl::Span<const ClientKey> keys,
                                                            ReadTier tier) {
  absl::MutexLock lock(&put_mutex_);
  if (failed_write_.noted()) {
    if (tier == ReadTier::kMemory) return NotInMemory();
    if (absl::Status status = Resume(); !status.ok()) return status;
  }
  rocksdb::WriteBatch batch;
  std::vector<bool> stored;
  for (const ClientKey& key : keys) {
    const auto existing = FindWrapped(key.client_id, tier);
    if (!existing.ok()) return existing.status();
    stored.push_back(!existing->has_value());
    if (stored.back()) batch.Put(keys_, ToSlice(key.client_id), key.wrapped);
  }
  if (batch.Count() == 0) return stored;
  const uint64_t put = ++puts_;
  // Before they can be found.
  for (size_t i = 0; i < keys.size(); ++i) {
    if (stored[i]) unsynced_.Add(keys[i].client_id, keys[i].wrapped, put);
  }
  if (absl::Status status = Write(&batch, false); !status.ok()) {
    unsynced_.Remove(put);
    return status;
  }
  return stored;
}

absl::Status RocksKeyStore::Sync() {
  uint64_t puts = 0;
  {
    // Whoever found a key that is just being put waits here until it is written.
    absl::MutexLock lock(&put_mutex_);
    if (absl::Status status = Resume(); !status.ok()) return status;
    puts = puts_;
    if (synced_ >= puts) return absl::OkStatus();
  }
  absl::Status synced = WriteStatus(db_->FlushWAL(true), "cannot sync the clients' keys");
  absl::MutexLock lock(&put_mutex_);
  if (synced.ok()) {
    synced_ = std::max(synced_, puts);
    unsynced_.DropUpTo(puts);
  } else if (absl::IsResourceExhausted(synced)) {
    failed_write_.Note(*db_);
  } else {
    sync_failed_ = true;
  }
  return synced;
}

absl::Status RocksKeyStore::BeginErasure(const Erasure& erasure) {
  absl::MutexLock lock(&put_mutex_);
  if (absl::Status status = Resume(); !status.ok()) return status;
  const auto pending = FindErasure();
  if (!pending.ok()) return pending.status();
  if (pending->has_value()) return absl::FailedPreconditionError("an erasure is under way");
  rocksdb::WriteBatch batch;
  batch.Delete(keys_, ToSlice(erasure.client_id));
  std::string erased = ErasedKey(erasure.client_id);
  erased += AsChars(erasure.key_id);
  batch.Put(erasures_, erased, "");
  batch.Put(erasures_, kPendingKey, EncodeErasure(erasure));
  return WriteOrFail(&batch);
}

absl::StatusOr<std::optional<keys::KeyStore::Erasure>> RocksKeyStore::FindErasure() {
  std::string value;
  const rocksdb::Status status = db_->Get(PointRead(), erasures_, kPendingKey, &value);
  if (status.IsNotFound()) return std::optional<Erasure>();
  if (!status.ok()) return ReadStatus(status, "cannot read the erasure under way");
  absl::StatusOr<Erasure> erasure = DecodeErasure(value);
  if (!erasure.ok()) return erasure.status();
  return std::optional<Erasure>(*std::move(erasure));
}

absl::Status RocksKeyStore::EndErasure() {
  absl::MutexLock lock(&put_mutex_);
  if (absl::Status status = Resume(); !status.ok()) return status;
  rocksdb::WriteBatch batch;
  batch.Delete(erasures_, kPendingKey);
  return WriteOrFail(&batch);
}

absl::Status RocksKeyStore::RewrapAll(Rewrap rewrap) {
  const std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator(ScanOptions(), keys_));
  rocksdb::WriteBatch batch;
  const auto flush = [&]() -> absl::Status {
    if (batch.Count() == 0) return absl::OkStatus();
    absl::MutexLock lock(&put_mutex_);
    if (absl::Status status = Resume(); !status.ok()) return status;
    ++puts_;
    absl::Status status = Write(&batch, false);
    batch.Clear();
    return status;
  };
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
    const auto made = rewrap(iterator->key().ToStringView(), iterator->value().ToStringView());
    if (!made.ok()) return made.status();
    if (made->has_value()) batch.Put(keys_, iterator->key(), **made);
    if (batch.Count() < kRewrapKeys) continue;
    if (absl::Status status = flush(); !status.ok()) return status;
  }
  if (!iterator->status().ok()) return ReadStatus(iterator->status(), "cannot read the keys");
  return flush();
}

absl::StatusOr<bool> RocksKeyStore::WasErased(std::string_view client_id,
                                              const std::optional<KeyId>& key_id) {
  std::string key = ErasedKey(client_id);
  if (key_id.has_value()) {
    key += AsChars(*key_id);
    std::string value;
    const rocksdb::Status status = db_->Get(PointRead(), erasures_, key, &value);
    if (status.ok()) return true;
    if (status.IsNotFound()) return false;
    return ReadStatus(status, "cannot read the erased keys");
  }
  const std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator(ScanOptions(), erasures_));
  iterator->Seek(key);
  if (!iterator->status().ok()) return ReadStatus(iterator->status(), "cannot read erased keys");
  return iterator->Valid() && iterator->key().starts_with(key);
}

absl::Status RocksKeyStore::WriteOrFail(rocksdb::WriteBatch* batch) {
  absl::Status status = Write(batch, true);
  // It is not known whether it is on disk.
  if (!status.ok()) sync_failed_ = true;
  return status;
}

absl::Status RocksKeyStore::Resume() {
  if (sync_failed_) return absl::UnavailableError("the clients' keys could not be synced to disk");
  return failed_write_.Resume(*db_, "the clients' keys cannot be written");
}

absl::Status RocksKeyStore::Write(rocksdb::WriteBatch* batch, bool sync) {
  rocksdb::WriteOptions options;
  options.sync = sync;
  options.disableWAL = false;
  absl::Status status = WriteStatus(db_->Write(options, batch), "cannot write a client's key");
  if (absl::IsResourceExhausted(status)) failed_write_.Note(*db_);
  return status;
}

}  // namespace pledger::storage
