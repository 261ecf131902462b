#include "storage/rocks/rocks_log.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rocksdb/file_system.h"
#include "rocksdb/perf_level.h"
#include "storage/format/big_endian.h"
#include "storage/format/record.h"
#include "storage/format/text.h"
#include "storage/merkle/hash.h"
#include "storage/rocks/log_files_check.h"
#include "storage/rocks/rocks_cursor.h"
#include "storage/rocks/rocks_reads.h"
#include "storage/rocks/rocks_status.h"

namespace pledger::storage {
namespace {

constexpr char kFormatKey[] = "format";
constexpr char kOriginKey[] = "origin";
constexpr char kFormat[] = "2";
// Without the column of new keys, which opening adds.
constexpr char kFormatBefore[] = "1";

struct PositionKey {
  explicit PositionKey(Position position) { PutBig64(position, bytes); }
  rocksdb::Slice slice() const { return {bytes, sizeof bytes}; }
  char bytes[8];
};

absl::Status CheckSealed(Position position, std::string_view sealed, const Hash& sealed_hash) {
  if (merkle::Sha256(sealed) == sealed_hash) return absl::OkStatus();
  return Corrupt(position, "its sealed part does not have the hash that the record holds");
}

// Records by position, without a gap.
class LogCursor final : public RocksCursor {
 public:
  // `sealed` is over the sealed parts.
  LogCursor(const RocksLog& log, std::unique_ptr<rocksdb::Iterator> iterator,
            std::unique_ptr<rocksdb::Iterator> sealed, Position from, Position end,
            Direction direction)
      : RocksCursor(log, std::move(iterator), direction, ReadTier::kAnywhere),
        sealed_(std::move(sealed)),
        expected_(from),
        end_(end) {}

  // Sealed parts stand in the order of their records: mostly the next one is the one asked for, and
  // costs a tenth of a look-up.
  absl::StatusOr<std::string_view> ReadSealed() override {
    if (direction() == Direction::kBackward) return RocksCursor::ReadSealed();
    const Position position = view().header.position;
    const PositionKey key(position);
    if (sealed_->Valid()) sealed_->Next();
    if (!sealed_->Valid() || sealed_->key() != key.slice()) sealed_->Seek(key.slice());
    if (!sealed_->Valid() || sealed_->key() != key.slice()) {
      if (sealed_->status().IsCorruption()) return Corrupt(position, sealed_->status().ToString());
      if (!sealed_->status().ok()) return ReadStatus(sealed_->status(), "cannot read the log");
      return absl::NotFoundError("the event has no sealed part");
    }
    const std::string_view sealed(sealed_->value().data(), sealed_->value().size());
    if (absl::Status status = CheckSealed(position, sealed, view().header.sealed_hash);
        !status.ok()) {
      return status;
    }
    return sealed;
  }

 private:
  bool InRange() const override {
    return direction() == Direction::kForward ? expected_ < end_ : !done_ && expected_ >= end_;
  }
  void SeekFirst() override { Seek(PositionKey(expected_).slice()); }

  absl::Status CheckKey(rocksdb::Slice key) override {
    const Position found = key.size() == 8 ? GetBig64(key.data()) : ~Position{0};
    if (found != expected_ || view().header.position != expected_) {
      return Corrupt(expected_, absl::StrCat("position ", found, " stands in its place"));
    }
    if (direction() == Direction::kForward) {
      ++expected_;
    } else if (expected_-- == 0) {
      done_ = true;
    }
    return absl::OkStatus();
  }

  absl::Status AtEnd() override {
    return InRange() ? Corrupt(expected_, "it is missing") : absl::OkStatus();
  }
  Position CorruptAt() const override { return expected_; }

  const std::unique_ptr<rocksdb::Iterator> sealed_;
  Position expected_;
  const Position end_;
  bool done_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RocksLog>> RocksLog::Open(
    const std::string& path, std::string_view origin, uint64_t free_bytes_min,
    const RocksTuning& tuning, const std::shared_ptr<rocksdb::Cache>& cache) {
  std::unique_ptr<RocksLog> log(new RocksLog(path, free_bytes_min));
  const std::vector<rocksdb::ColumnFamilyDescriptor> columns = {
      {rocksdb::kDefaultColumnFamilyName, LogColumnOptions(cache)},
      {"events", LogColumnOptions(cache)},
      {"sealed", LogColumnOptions(cache)},
      {"meta", LogColumnOptions(cache)},
      {"checkpoints", LogColumnOptions(cache)},
      {"new_keys", LogColumnOptions(cache)}};
  if (absl::Status status = CheckLogFiles(tuning.env, path); !status.ok()) return status;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(LogDbOptions(tuning), path, columns, &handles, &db);
  if (!status.ok()) return ReadStatus(status, absl::StrCat("cannot open the log in ", path));
  log->db_.reset(db);
  log->default_ = handles[0];
  log->events_ = handles[1];
  log->sealed_ = handles[2];
  log->meta_ = handles[3];
  log->checkpoints_column_ = handles[4];
  log->new_keys_ = handles[5];
  log->checkpoints_ = std::make_unique<RocksCheckpoints>(
      *db, *handles[4], [log = log.get()] { return log->CheckFreeSpace(log->free_bytes_min_); });
  if (absl::Status loaded = log->LoadMeta(origin); !loaded.ok()) return loaded;
  if (absl::Status loaded = log->LoadNextPosition(); !loaded.ok()) return loaded;
  return log;
}

RocksLog::~RocksLog() {
  if (db_ == nullptr) return;
  for (rocksdb::ColumnFamilyHandle* handle :
       {default_, events_, sealed_, meta_, checkpoints_column_, new_keys_}) {
    db_->DestroyColumnFamilyHandle(handle);
  }
  db_->Close();
}

absl::Status RocksLog::LoadMeta(std::string_view origin) {
  std::string format;
  const rocksdb::Status status = db_->Get(PointRead(), meta_, kFormatKey, &format);
  if (status.IsNotFound()) {
    origin_ = std::string(origin);
  } else if (!status.ok()) {
    return ReadStatus(status, "cannot read the log's format");
  } else if (format != kFormat && format != kFormatBefore) {
    return absl::FailedPreconditionError(absl::StrCat("the log in ", path_, " has format ", format,
                                                      "; this version knows formats ",
                                                      kFormatBefore, " and ", kFormat));
  } else if (const rocksdb::Status read = db_->Get(PointRead(), meta_, kOriginKey, &origin_);
             !read.ok()) {
    return ReadStatus(read, "cannot read the log's origin");
  }
  // Also where they stand already: then there is something to flush if the first write fails, which
  // TryResume() needs.
  rocksdb::WriteBatch batch;
  batch.Put(meta_, kFormatKey, kFormat);
  batch.Put(meta_, kOriginKey, origin_);
  rocksdb::WriteOptions options;
  options.sync = true;
  options.disableWAL = false;
  return WriteStatus(db_->Write(options, &batch), "cannot write to the log");
}

absl::Status RocksLog::LoadNextPosition() {
  const std::unique_ptr<rocksdb::Iterator> last(db_->NewIterator(PointRead(), events_));
  last->SeekToLast();
  if (!last->Valid()) return ReadStatus(last->status(), "cannot read the end of the log");
  if (last->key().size() != 8) return absl::DataLossError("the log's last key is malformed");
  next_position_.store(GetBig64(last->key().data()) + 1, std::memory_order_release);
  return absl::OkStatus();
}

absl::Status RocksLog::CheckFreeSpace(uint64_t wanted) const {
  uint64_t free_bytes = 0;
  const rocksdb::IOStatus status =
      db_->GetFileSystem()->GetFreeSpace(path_, rocksdb::IOOptions(), &free_bytes, nullptr);
  // A file system that can't tell is written to until it refuses.
  if (!status.ok() || free_bytes >= wanted) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("the disk of ", path_, " is full: ", free_bytes,
                                                   " bytes are free and ", wanted,
                                                   " are kept for the ledger's own work"));
}

absl::Status RocksLog::Append(const CommitBatch& batch) {
  if (failed_write_.noted())
    return absl::UnavailableError("an earlier write to the log has failed");
  if (absl::Status status = CheckFreeSpace(free_bytes_min_); !status.ok()) return status;
  // RocksDB counts what this thread does, key by key, unless it is told not to.
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  batch_.Clear();
  for (const NewEvent& event : batch.events) {
    const PositionKey key(event.header.position);
    batch_.Put(events_, key.slice(), event.stored_value);
    if (!event.sealed.empty()) batch_.Put(sealed_, key.slice(), event.sealed);
  }
  for (const NewKey& key : batch.new_keys) batch_.Put(new_keys_, key.client_id, key.wrapped);
  rocksdb::WriteOptions options;
  options.sync = true;
  options.disableWAL = false;
  const rocksdb::Status status = db_->Write(options, &batch_);
  if (!status.ok()) {
    failed_write_.Note(*db_);
    return WriteStatus(status, "cannot write to the log");
  }
  next_position_.store(next_position() + batch.events.size(), std::memory_order_release);
  return absl::OkStatus();
}

absl::Status RocksLog::TryResume() {
  // More than Append() asks for, lest it flaps.
  if (absl::Status status = CheckFreeSpace(free_bytes_min_ + free_bytes_min_ / 4); !status.ok()) {
    return status;
  }
  return failed_write_.Resume(*db_, "the log cannot be written");
}

absl::StatusOr<std::vector<NewKey>> RocksLog::ReadNewKeys() const {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator(options, new_keys_));
  std::vector<NewKey> keys;
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
    keys.push_back({iterator->key().ToString(), iterator->value().ToString()});
  }
  if (iterator->status().ok()) return keys;
  return ReadStatus(iterator->status(), "cannot read the new keys in the log");
}

absl::Status RocksLog::ForgetNewKeys(absl::Span<const std::string> client_ids) {
  if (absl::Status status = CheckFreeSpace(free_bytes_min_); !status.ok()) return status;
  rocksdb::WriteBatch batch;
  for (const std::string& client_id : client_ids) batch.Delete(new_keys_, client_id);
  rocksdb::WriteOptions options;
  options.sync = true;
  options.disableWAL = false;
  return WriteStatus(db_->Write(options, &batch), "cannot write to the log");
}

absl::StatusOr<std::string> RocksLog::ReadRecord(Position position) const {
  if (position >= next_position()) {
    return absl::NotFoundError(absl::StrCat("no event is recorded at position ", position));
  }
  std::string value;
  const rocksdb::Status status =
      db_->Get(PointRead(), events_, PositionKey(position).slice(), &value);
  if (status.IsNotFound()) return Corrupt(position, "it is missing");
  if (status.IsCorruption()) return Corrupt(position, status.ToString());
  if (!status.ok()) return ReadStatus(status, "cannot read the log");
  const auto record = CheckStoredValue(value);
  if (!record.ok()) return Corrupt(position, FromAbsl(record.status().message()));
  const auto view = DecodeRecord(*record);
  if (!view.ok()) return Corrupt(position, FromAbsl(view.status().message()));
  if (view->header.position != position) return Corrupt(position, "another stands in its place");
  value.resize(record->size());
  return value;
}

absl::StatusOr<std::string> RocksLog::ReadSealed(Position position, const Hash& sealed_hash,
                                                 ReadTier tier) const {
  std::string value;
  const rocksdb::Status status =
      db_->Get(PointRead(tier), sealed_, PositionKey(position).slice(), &value);
  if (status.IsNotFound()) return absl::NotFoundError("the event has no sealed part");
  if (status.IsCorruption()) return Corrupt(position, status.ToString());
  if (!status.ok()) return ReadStatus(status, "cannot read the log");
  if (absl::Status checked = CheckSealed(position, value, sealed_hash); !checked.ok()) {
    return checked;
  }
  return value;
}

std::unique_ptr<RecordCursor> RocksLog::Read(Position from, Position end,
                                             Direction direction) const {
  const Position next = next_position();
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  // A long scan must not drive out what others read again and again.
  options.fill_cache = false;
  if (direction == Direction::kForward) {
    end = std::min(end, next);
  } else if (next == 0) {
    from = 0;
    end = 1;
  } else {
    from = std::min(from, next - 1);
  }
  return std::make_unique<LogCursor>(
      *this, std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options, events_)),
      std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options, sealed_)), from, end, direction);
}

}  // namespace pledger::storage
