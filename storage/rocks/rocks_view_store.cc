#include "storage/rocks/rocks_view_store.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rocksdb/cache.h"
#include "rocksdb/snapshot.h"
#include "rocksdb/write_batch.h"
#include "storage/format/big_endian.h"
#include "storage/rocks/rocks_reads.h"
#include "storage/rocks/rocks_status.h"

namespace pledger::storage {
namespace {

constexpr char kCheckpointKey[] = "checkpoint";
constexpr char kAheadUntilKey[] = "ahead until";
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
  if (absl::Status loaded = store->LoadPositions(); !loaded.ok()) return loaded;
  return store;
}

RocksViewStore::~RocksViewStore() {
  if (db_ == nullptr) return;
  // A failure costs the next start a longer catch-up, no more.
  Flush().IgnoreError();
  db_->DestroyColumnFamilyHandle(default_).PermitUncheckedError();
  db_->DestroyColumnFamilyHandle(entries_).PermitUncheckedError();
  db_->Close().PermitUncheckedError();
}

absl::Status RocksViewStore::LoadPositions() {
  const auto checkpoint = ReadPosition(PointRead(), kCheckpointKey);
  if (!checkpoint.ok()) return checkpoint.status();
  const auto ahead = ReadPosition(PointRead(), kAheadUntilKey);
  if (!ahead.ok()) return ahead.status();
  checkpoint_.store(*checkpoint, std::memory_order_release);
  ahead_until_.store(std::max(*checkpoint, *ahead), std::memory_order_release);
  return absl::OkStatus();
}

absl::StatusOr<Position> RocksViewStore::ReadPosition(const rocksdb::ReadOptions& options,
                                                      rocksdb::Slice key) const {
  std::string value;
  const rocksdb::Status status = db_->Get(options, default_, key, &value);
  if (status.IsNotFound()) return Position{0};
  if (!status.ok()) return ReadStatus(status, "cannot read the view");
  if (value.size() != 8) {
    return absl::DataLossError(absl::StrCat("the view's ", key.ToString(), " is malformed"));
  }
  return GetBig64(value.data());
}

absl::Status RocksViewStore::WriteBatch(rocksdb::WriteBatch& batch) {
  rocksdb::WriteOptions options;
  options.sync = false;
  options.disableWAL = true;
  unflushed_bytes_ += batch.GetDataSize();
  const rocksdb::Status status = db_->Write(options, &batch);
  if (status.ok()) return absl::OkStatus();
  write_failed_ = true;
  return WriteStatus(status, "cannot write the view");
}

absl::Status RocksViewStore::WritePosition(rocksdb::Slice key, Position position) {
  std::string value;
  AppendBig64(position, &value);
  rocksdb::WriteBatch batch;
  batch.Put(default_, key, value);
  return WriteBatch(batch);
}

class RocksViewStore::Writing final : public ViewWrite {
 public:
  Writing(RocksViewStore& store, Position checkpoint) : store_(store), checkpoint_(checkpoint) {}
  ~Writing() override { store_.EndWrite(); }

  absl::Status Add(absl::FunctionRef<void(Put)> fill) override {
    rocksdb::WriteBatch batch;
    fill([&](std::string_view key, std::string_view value) {
      batch.Put(store_.entries_, rocksdb::Slice(key.data(), key.size()),
                rocksdb::Slice(value.data(), value.size()));
    });
    return batch.Count() == 0 ? absl::OkStatus() : store_.WriteBatch(batch);
  }

  absl::Status Finish() override {
    absl::Status written = store_.WritePosition(kCheckpointKey, checkpoint_);
    if (!written.ok()) return written;
    store_.checkpoint_.store(checkpoint_, std::memory_order_release);
    return store_.unflushed_bytes_ > kUnflushedBytesMax ? store_.Flush() : absl::OkStatus();
  }

 private:
  RocksViewStore& store_;
  const Position checkpoint_;
};

absl::StatusOr<std::unique_ptr<ViewWrite>> RocksViewStore::BeginWrite(Position checkpoint) {
  if (write_failed_) {
    const rocksdb::Status resumed = db_->Resume();
    if (!resumed.ok()) return WriteStatus(resumed, "the view cannot be written");
    write_failed_ = false;
  }
  {
    absl::MutexLock lock(&mutex_);
    writing_ = true;
  }
  std::unique_ptr<ViewWrite> write = std::make_unique<Writing>(*this, checkpoint);
  // Before the entries: whatever a crash leaves of them, this is there as well.
  if (checkpoint > ahead_until()) {
    if (absl::Status status = WritePosition(kAheadUntilKey, checkpoint); !status.ok()) {
      return status;
    }
    ahead_until_.store(checkpoint, std::memory_order_release);
  }
  return write;
}

absl::Status RocksViewStore::Flush() {
  rocksdb::FlushOptions options;
  options.wait = true;
  const rocksdb::Status status = db_->Flush(options, {default_, entries_});
  if (!status.ok()) {
    write_failed_ = true;
    return WriteStatus(status, "cannot write the view");
  }
  unflushed_bytes_ = 0;
  return absl::OkStatus();
}

void RocksViewStore::EndWrite() {
  absl::MutexLock lock(&mutex_);
  writing_ = false;
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

absl::StatusOr<Position> RocksViewStore::VisitAll(
    absl::FunctionRef<absl::Status(std::string_view key, std::string_view value)> visit) const {
  std::optional<rocksdb::ManagedSnapshot> snapshot;
  {
    absl::MutexLock lock(&mutex_);
    const auto is_at_rest = [this] {
      mutex_.AssertReaderHeld();
      return !writing_;
    };
    mutex_.Await(absl::Condition(&is_at_rest));
    snapshot.emplace(db_.get());
  }
  rocksdb::ReadOptions options = PointRead();
  options.snapshot = snapshot->snapshot();
  options.fill_cache = false;
  const auto checkpoint = ReadPosition(options, kCheckpointKey);
  if (!checkpoint.ok()) return checkpoint;
  const auto ahead = ReadPosition(options, kAheadUntilKey);
  if (!ahead.ok()) return ahead;
  if (*ahead > *checkpoint) {
    return absl::UnavailableError(absl::StrCat("the view's last write, up to position ", *ahead,
                                               ", did not end; try again when the view has "
                                               "written what is behind it"));
  }
  const std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator(options, entries_));
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
    absl::Status status =
        visit(std::string_view(iterator->key().data(), iterator->key().size()),
              std::string_view(iterator->value().data(), iterator->value().size()));
    if (!status.ok()) return status;
  }
  if (!iterator->status().ok()) return ReadStatus(iterator->status(), "cannot read the view");
  return checkpoint;
}

}  // namespace pledger::storage
