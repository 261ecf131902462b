#include "storage/rocks/rocks_access_log.h"

#include <cstring>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rocksdb/cache.h"
#include "rocksdb/write_batch.h"
#include "storage/format/big_endian.h"
#include "storage/format/index_keys.h"
#include "storage/format/record.h"
#include "storage/format/text.h"
#include "storage/format/this_thread.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/tile_node_reader.h"
#include "storage/rocks/log_files_check.h"
#include "storage/rocks/rocks_reads.h"
#include "storage/rocks/rocks_status.h"

namespace pledger::storage {
namespace {

constexpr size_t kCacheBytes = 4 << 20;
constexpr size_t kMemtableBytes = 4 << 20;
constexpr size_t kWaitingMax = 8'192;
constexpr char kFormatKey[] = "format";
constexpr char kFormat[] = "1";
constexpr std::string_view kNoWrite = "cannot write the access log";

std::string EntryKey(uint64_t index) {
  std::string key;
  AppendBig64(index, &key);
  return key;
}

rocksdb::ReadOptions EntryRead() {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  return options;
}

absl::StatusOr<std::string> EntryIn(uint64_t index, std::string_view stored) {
  const auto entry = CheckStoredValue(stored);
  if (!entry.ok()) {
    return absl::DataLossError(absl::StrCat("entry ", index, " of the access log is damaged"));
  }
  return std::string(*entry);
}

absl::Status CheckFormat(rocksdb::DB& db) {
  std::string format;
  const rocksdb::Status status = db.Get(EntryRead(), kFormatKey, &format);
  if (status.ok()) {
    if (format == kFormat) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat("format ", format, " of the access log is not known"));
  }
  if (!status.IsNotFound()) return ReadStatus(status, "cannot read the access log's format");
  rocksdb::WriteOptions options;
  options.sync = true;
  return WriteStatus(db.Put(options, kFormatKey, kFormat), kNoWrite);
}

}  // namespace

absl::StatusOr<std::unique_ptr<RocksAccessLog>> RocksAccessLog::Open(const std::string& path,
                                                                     const RocksTuning& tuning) {
  // An entry that went missing in silence would hide a read.
  if (absl::Status status = CheckLogFiles(tuning.env, path); !status.ok()) return status;
  const auto cache = rocksdb::NewLRUCache(kCacheBytes);
  rocksdb::ColumnFamilyOptions column = LogColumnOptions(cache);
  column.write_buffer_size = kMemtableBytes;
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> columns;
  const rocksdb::Status status = rocksdb::DB::Open(
      LogDbOptions(tuning), path,
      {{rocksdb::kDefaultColumnFamilyName, column}, {"entries", column}, {"tiles", column}},
      &columns, &db);
  if (!status.ok()) return ReadStatus(status, absl::StrCat("cannot open the access log in ", path));
  std::unique_ptr<RocksAccessLog> log(new RocksAccessLog(db, std::move(columns)));
  if (absl::Status format = CheckFormat(*db); !format.ok()) return format;
  if (absl::Status restored = log->Restore(); !restored.ok()) return restored;
  log->thread_ = std::thread([raw = log.get()] { raw->Run(); });
  return log;
}

RocksAccessLog::~RocksAccessLog() {
  {
    absl::MutexLock lock(&mutex_);
    stop_ = true;
  }
  if (thread_.joinable()) thread_.join();
  for (rocksdb::ColumnFamilyHandle* column : columns_) {
    db_->DestroyColumnFamilyHandle(column).PermitUncheckedError();
  }
  db_->Close().PermitUncheckedError();
}

absl::StatusOr<uint64_t> RocksAccessLog::FindSize() {
  const std::unique_ptr<rocksdb::Iterator> last(db_->NewIterator(EntryRead(), entries()));
  last->SeekToLast();
  if (!last->status().ok()) return ReadStatus(last->status(), "cannot read the access log");
  if (!last->Valid()) return 0;
  if (last->key().size() != 8) return absl::DataLossError("a key of the access log is malformed");
  return GetBig64(last->key().data()) + 1;
}

absl::Status RocksAccessLog::Restore() {
  const absl::StatusOr<uint64_t> size = FindSize();
  if (!size.ok()) return size.status();
  const auto leaves = [this](uint64_t begin, uint64_t end) -> absl::StatusOr<std::vector<Hash>> {
    std::vector<Hash> hashes;
    for (uint64_t index = begin; index < end; ++index) {
      std::string stored;
      const rocksdb::Status status = db_->Get(EntryRead(), entries(), EntryKey(index), &stored);
      if (!status.ok()) {
        return absl::DataLossError(
            absl::StrCat("entry ", index, " of the access log: ", status.ToString()));
      }
      const auto entry = EntryIn(index, stored);
      if (!entry.ok()) return entry.status();
      hashes.push_back(merkle::LeafHash(*entry));
    }
    return hashes;
  };
  auto tree = merkle::TileBuilder::Restore(
      *size, [this](merkle::TileId id) { return ReadTile(id); }, leaves);
  if (!tree.ok()) return tree.status();
  absl::MutexLock lock(&mutex_);
  tree_ = *std::move(tree);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Hash>> RocksAccessLog::ReadTile(merkle::TileId id) {
  std::string value;
  const rocksdb::Status status =
      db_->Get(EntryRead(), tiles(), TileKey(id.level, id.index), &value);
  if (!status.ok()) return ReadStatus(status, "cannot read a tile of the access log");
  std::vector<Hash> hashes(value.size() / sizeof(Hash));
  std::memcpy(hashes.data(), value.data(), hashes.size() * sizeof(Hash));
  return hashes;
}

void RocksAccessLog::Append(std::string entry, std::function<void(absl::Status)> done) {
  {
    absl::MutexLock lock(&mutex_);
    if (waiting_.size() < kWaitingMax && !stop_) {
      waiting_.push_back({std::move(entry), std::move(done)});
      return;
    }
  }
  done(absl::UnavailableError("too many reads wait for the access log"));
}

void RocksAccessLog::Run() {
  NameThisThread("access");
  const auto awake = [this] {
    mutex_.AssertReaderHeld();
    return stop_ || !waiting_.empty();
  };
  while (true) {
    std::vector<Waiting> batch;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&awake));
      if (waiting_.empty()) return;
      batch.assign(std::make_move_iterator(waiting_.begin()),
                   std::make_move_iterator(waiting_.end()));
      waiting_.clear();
    }
    const absl::Status written = Write(batch);
    for (const Waiting& entry : batch) entry.done(written);
  }
}

absl::Status RocksAccessLog::Write(const std::vector<Waiting>& batch) {
  if (absl::Status status = failed_write_.Resume(*db_, kNoWrite); !status.ok()) return status;
  merkle::TileBuilder tree;
  {
    absl::MutexLock lock(&mutex_);
    tree = tree_;
  }
  rocksdb::WriteBatch writes;
  const auto put_tile = [&](merkle::TileId id, absl::Span<const Hash> hashes) {
    const rocksdb::Slice bytes(reinterpret_cast<const char*>(hashes.data()),
                               hashes.size() * sizeof(Hash));
    writes.Put(tiles(), TileKey(id.level, id.index), bytes);
  };
  for (const Waiting& waiting : batch) {
    const std::string key = EntryKey(tree.size());
    tree.Append(merkle::LeafHash(waiting.entry), put_tile);
    std::string stored = waiting.entry;
    AppendChecksum(&stored);
    writes.Put(entries(), key, stored);
  }
  rocksdb::WriteOptions options;
  options.sync = true;
  options.disableWAL = false;
  absl::Status status = WriteStatus(db_->Write(options, &writes), kNoWrite);
  if (!status.ok()) {
    failed_write_.Note(*db_);
    return status;
  }
  absl::MutexLock lock(&mutex_);
  tree_ = std::move(tree);
  return absl::OkStatus();
}

AccessLog::Head RocksAccessLog::head() const {
  absl::MutexLock lock(&mutex_);
  return {tree_.size(), tree_.Root()};
}

absl::StatusOr<std::vector<std::string>> RocksAccessLog::Read(uint64_t from, size_t limit) {
  const uint64_t size = head().size;
  std::vector<std::string> read;
  const std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator(EntryRead(), entries()));
  iterator->Seek(EntryKey(from));
  for (uint64_t index = from; index < size && read.size() < limit; ++index) {
    if (!iterator->status().ok()) return ReadStatus(iterator->status(), "cannot read an access");
    if (!iterator->Valid() || iterator->key() != EntryKey(index)) {
      return absl::DataLossError(absl::StrCat("entry ", index, " of the access log is missing"));
    }
    auto entry = EntryIn(index, iterator->value().ToStringView());
    if (!entry.ok()) return entry.status();
    read.push_back(*std::move(entry));
    iterator->Next();
  }
  return read;
}

absl::StatusOr<merkle::Proof> RocksAccessLog::ProveConsistency(uint64_t size1, uint64_t size2) {
  merkle::TreeEdge edge;
  {
    absl::MutexLock lock(&mutex_);
    edge = tree_.edge();
  }
  merkle::TileNodeReader nodes(edge, [this](merkle::TileId id) { return ReadTile(id); });
  return merkle::ConsistencyProof(size1, size2, nodes);
}

}  // namespace pledger::storage
