#include "storage/rocks/rocks_key_store.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "rocksdb/cache.h"
#include "rocksdb/write_batch.h"
#include "storage/format/text.h"
#include "storage/rocks/log_files_check.h"
#include "storage/rocks/rocks_reads.h"
#include "storage/rocks/rocks_status.h"

namespace pledger::storage {
namespace {

constexpr size_t kCacheBytes = 8 << 20;

}  // namespace

absl::StatusOr<std::unique_ptr<RocksKeyStore>> RocksKeyStore::Open(const std::string& path,
                                                                   const RocksTuning& tuning) {
  // A key that went missing in silence would look like one that was destroyed.
  if (absl::Status status = CheckLogFiles(tuning.env, path); !status.ok()) return status;
  const rocksdb::Options options(LogDbOptions(tuning),
                                 PointColumnOptions(rocksdb::NewLRUCache(kCacheBytes)));
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, path, &db);
  if (!status.ok()) return ReadStatus(status, absl::StrCat("cannot open the keys in ", path));
  return std::unique_ptr<RocksKeyStore>(new RocksKeyStore(db));
}

RocksKeyStore::~RocksKeyStore() { db_->Close().PermitUncheckedError(); }

absl::StatusOr<std::optional<std::string>> RocksKeyStore::FindWrapped(std::string_view client_id) {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  std::string wrapped;
  const rocksdb::Status status = db_->Get(options, ToSlice(client_id), &wrapped);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return ReadStatus(status, "cannot read a client's key");
  return wrapped;
}

absl::Status RocksKeyStore::PutWrapped(std::string_view client_id, std::string_view wrapped) {
  absl::MutexLock lock(&put_mutex_);
  const auto existing = FindWrapped(client_id);
  if (!existing.ok()) return existing.status();
  if (existing->has_value()) {
    return absl::AlreadyExistsError(absl::StrCat("client ", ToAbsl(client_id), " has a key"));
  }
  rocksdb::WriteBatch batch;
  batch.Put(ToSlice(client_id), ToSlice(wrapped));
  return Write(&batch, true);
}

absl::Status RocksKeyStore::PutMissing(absl::Span<const ClientKey> keys) {
  absl::MutexLock lock(&put_mutex_);
  rocksdb::WriteBatch batch;
  for (const ClientKey& key : keys) {
    const auto existing = FindWrapped(key.client_id);
    if (!existing.ok()) return existing.status();
    if (!existing->has_value()) batch.Put(ToSlice(key.client_id), key.wrapped);
  }
  if (batch.Count() == 0) return absl::OkStatus();
  ++puts_;
  return Write(&batch, false);
}

absl::Status RocksKeyStore::Sync() {
  uint64_t puts = 0;
  {
    // Whoever found a key that is just being put waits here until it is written.
    absl::MutexLock lock(&put_mutex_);
    if (sync_failed_)
      return absl::UnavailableError("the clients' keys could not be synced to disk");
    puts = puts_;
    if (synced_ >= puts) return absl::OkStatus();
  }
  absl::Status synced = WriteStatus(db_->SyncWAL(), "cannot sync the clients' keys");
  absl::MutexLock lock(&put_mutex_);
  if (synced.ok()) {
    synced_ = std::max<uint64_t>(synced_, puts);
  } else {
    sync_failed_ = true;
  }
  return synced;
}

absl::Status RocksKeyStore::Write(rocksdb::WriteBatch* batch, bool sync) {
  rocksdb::WriteOptions options;
  options.sync = sync;
  options.disableWAL = false;
  return WriteStatus(db_->Write(options, batch), "cannot write a client's key");
}

}  // namespace pledger::storage
