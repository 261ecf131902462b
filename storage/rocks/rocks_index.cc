#include "storage/rocks/rocks_index.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/format/big_endian.h"
#include "storage/format/index_keys.h"
#include "storage/format/record.h"
#include "storage/format/text.h"
#include "storage/leaf_hashes.h"
#include "storage/merkle/hash.h"
#include "storage/rocks/client_cursor.h"
#include "storage/rocks/rocks_log.h"
#include "storage/rocks/rocks_reads.h"
#include "storage/rocks/rocks_status.h"

namespace pledger::storage {
namespace {

// What the writer remembers of late, per generation.
constexpr size_t kRecentEntries = 128 << 10;
// Most states are of obligations that were just opened, and are not asked for again at once: no
// more of them than it takes to bridge the index's delay, so that the processor's cache holds them.
constexpr size_t kRecentStates = 32 << 10;
constexpr size_t kPendingMax = 64 << 10;

}  // namespace

RocksIndex::RocksIndex(const RocksLog& log)
    : log_(log),
      recent_ids_(kRecentEntries),
      recent_heads_(kRecentEntries),
      recent_states_(kRecentStates) {}

absl::StatusOr<std::unique_ptr<RocksIndex>> RocksIndex::Open(
    const std::string& path, const RocksLog& log, StateDeriver& deriver, const RocksTuning& tuning,
    const std::shared_ptr<rocksdb::Cache>& cache) {
  std::unique_ptr<RocksIndex> index(new RocksIndex(log));
  if (absl::Status status = index->OpenDb(path, tuning, cache); !status.ok()) return status;
  if (absl::Status status = index->LoadCheckpoint(); !status.ok()) return status;
  if (absl::Status status = index->CatchUp(deriver); !status.ok()) return status;
  index->newest_time_ordered_id_ = index->indexed_time_ordered_id_;
  index->thread_ = std::thread([raw = index.get()] { raw->Run(); });
  return index;
}

RocksIndex::~RocksIndex() {
  if (thread_.joinable()) {
    {
      absl::MutexLock lock(&mutex_);
      stop_ = true;
    }
    thread_.join();
  }
  CallWaiters(absl::UnavailableError("the store is closing"));
  if (db_ == nullptr) return;
  rocksdb::FlushOptions options;
  options.wait = true;
  // A failure costs the next opening a longer catch-up, no more.
  db_->Flush(options, columns_).PermitUncheckedError();
  for (rocksdb::ColumnFamilyHandle* column : columns_) db_->DestroyColumnFamilyHandle(column);
  db_->Close().PermitUncheckedError();
}

absl::Status RocksIndex::OpenDb(const std::string& path, const RocksTuning& tuning,
                                const std::shared_ptr<rocksdb::Cache>& cache) {
  std::vector<rocksdb::ColumnFamilyDescriptor> columns(kColumns);
  columns[kDefault] = {rocksdb::kDefaultColumnFamilyName, PointColumnOptions(cache)};
  columns[kStreams] = {"streams", StreamColumnOptions(cache)};
  columns[kEventIds] = {"event_ids", PointColumnOptions(cache)};
  columns[kStates] = {"obligations", PointColumnOptions(cache)};
  columns[kHeads] = {"heads", PointColumnOptions(cache)};
  columns[kTiles] = {"tiles", PointColumnOptions(cache)};
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(IndexDbOptions(tuning), path, columns, &columns_, &db);
  db_.reset(db);
  return ReadStatus(status, absl::StrCat("cannot open the index in ", path,
                                         " (it may be deleted: it is rebuilt from the log)"));
}

absl::Status RocksIndex::LoadCheckpoint() {
  const auto format = Get(kDefault, kFormatKey);
  if (!format.ok()) return format.status();
  if (format->has_value() && **format != kFormat) {
    return absl::FailedPreconditionError(
        absl::StrCat("the index has format ", **format, "; this version knows format ", kFormat));
  }
  const auto checkpoint = Get(kDefault, kCheckpointKey);
  if (!checkpoint.ok()) return checkpoint.status();
  Position indexed = 0;
  if (checkpoint->has_value()) {
    if ((*checkpoint)->size() != 8)
      return absl::DataLossError("the index's checkpoint is malformed");
    indexed = GetBig64((*checkpoint)->data());
  }
  if (indexed > log_.next_position()) {
    return absl::DataLossError(absl::StrCat("the log ends at position ", log_.next_position(),
                                            " but the index saw ", indexed,
                                            " events: recorded events are missing from the log"));
  }
  indexed_.store(indexed, std::memory_order_release);
  const auto newest = Get(kDefault, kTimeOrderedIdKey);
  if (!newest.ok()) return newest.status();
  // Taken for none, every id would look new.
  if (indexed > 0 && !newest->has_value()) {
    return absl::DataLossError(
        "the index lacks its newest id; delete it, it is rebuilt from the log");
  }
  if (newest->has_value()) {
    if ((*newest)->size() != sizeof(EventId)) {
      return absl::DataLossError("the index's newest id is malformed");
    }
    std::copy_n((*newest)->begin(), sizeof(EventId), indexed_time_ordered_id_.begin());
  }
  const auto leaves = [this](Position from, Position end) -> absl::StatusOr<std::vector<Hash>> {
    return ReadLeafHashes(*log_.Read(from, end, Direction::kForward));
  };
  auto tiles = merkle::TileBuilder::Restore(
      indexed, [this](merkle::TileId id) { return ReadTile(id.level, id.index); }, leaves);
  if (!tiles.ok()) return tiles.status();
  tiles_ = *std::move(tiles);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> RocksIndex::Get(Column column,
                                                           std::string_view key) const {
  rocksdb::PinnableSlice value;
  const rocksdb::Status status =
      db_->Get(PointRead(), columns_[column], rocksdb::Slice(key.data(), key.size()), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return ReadStatus(status, "cannot read the index");
  return std::string(value.data(), value.size());
}

void RocksIndex::Enqueue(std::shared_ptr<const CommitBatch> batch) {
  for (const NewEvent& event : batch->events) {
    const RecordHeader& header = event.header;
    recent_ids_.Put(header.event_id,
                    {header.position, header.revision, header.record_time_ns, event.fingerprint});
    if (IsTimeOrdered(header.event_id)) {
      newest_time_ordered_id_ = std::max(newest_time_ordered_id_, header.event_id);
    }
    recent_heads_.Put(ToAbsl(event.client_id), {header.revision, event.leaf_hash});
  }
  recent_states_.Put(batch->states);
  if (!batch->events.empty()) {
    const Position end = batch->events.back().header.position + 1;
    recent_ids_.MaybeAge(end, indexed_position());
    recent_heads_.MaybeAge(end, indexed_position());
    recent_states_.MaybeAge(end, indexed_position());
  }
  const size_t weight = batch->weight();
  absl::MutexLock lock(&mutex_);
  const auto has_room = [this] {
    mutex_.AssertReaderHeld();
    return pending_ < kPendingMax || !status_.ok();
  };
  mutex_.Await(absl::Condition(&has_room));
  pending_ += weight;
  queue_.push_back(std::move(batch));
}

absl::StatusOr<std::optional<StreamHead>> RocksIndex::FindHead(std::string_view client_id) {
  if (const StreamHead* recent = recent_heads_.Find(ToAbsl(client_id))) return *recent;
  auto found = FindIndexedHead(client_id);
  if (found.ok() && found->has_value()) recent_heads_.Put(ToAbsl(client_id), **found);
  return found;
}

absl::StatusOr<std::optional<RecordedId>> RocksIndex::FindEventId(const EventId& id) {
  if (IsTimeOrdered(id) && id > newest_time_ordered_id_) return std::nullopt;
  if (const RecordedId* recent = recent_ids_.Find(id)) return *recent;
  return FindIndexedEventId(id);
}

absl::StatusOr<std::optional<std::string>> RocksIndex::FindState(std::string_view key) {
  if (const std::string* recent = recent_states_.Find(key)) return *recent;
  return Get(kStates, key);
}

absl::StatusOr<std::optional<StreamHead>> RocksIndex::FindIndexedHead(
    std::string_view client_id) const {
  const auto value = Get(kHeads, client_id);
  if (!value.ok()) return value.status();
  if (!value->has_value()) return std::nullopt;
  return DecodeStreamHead(**value);
}

absl::StatusOr<std::optional<RecordedId>> RocksIndex::FindIndexedEventId(const EventId& id) const {
  const auto value = Get(kEventIds, AsChars(id));
  if (!value.ok()) return value.status();
  if (!value->has_value()) return std::nullopt;
  return DecodeRecordedId(**value);
}

std::unique_ptr<RecordCursor> RocksIndex::ReadClient(std::string_view client_id, Revision from,
                                                     Direction direction, ReadTier tier) const {
  rocksdb::ReadOptions options = PointRead(tier);
  options.prefix_same_as_start = true;
  return std::make_unique<ClientCursor>(
      log_, std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options, columns_[kStreams])),
      client_id, from, direction, tier);
}

std::unique_ptr<RecordCursor> RocksIndex::ReadClients(std::string_view after) const {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  options.total_order_seek = true;
  // No key of the client is above it, and every later client's is.
  std::string first(after);
  if (!after.empty()) first.push_back(kClientEnd + 1);
  return std::make_unique<ClientsCursor>(
      log_, std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(options, columns_[kStreams])),
      std::move(first));
}

absl::StatusOr<std::vector<std::string>> RocksIndex::ListClients(std::string_view after,
                                                                 size_t limit) const {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.total_order_seek = true;
  const std::unique_ptr<rocksdb::Iterator> heads(db_->NewIterator(options, columns_[kHeads]));
  // The first key behind `after` is the one behind the smallest that it is a proper prefix of.
  std::string first(after);
  if (!after.empty()) first.push_back(kClientEnd);
  std::vector<std::string> clients;
  for (heads->Seek(first); heads->Valid() && clients.size() < limit; heads->Next()) {
    clients.push_back(heads->key().ToString());
  }
  if (!heads->status().ok()) return ReadStatus(heads->status(), "cannot read the index");
  return clients;
}

absl::StatusOr<std::vector<Hash>> RocksIndex::ReadTile(uint8_t level, uint64_t index) const {
  const auto value = Get(kTiles, TileKey(level, index));
  if (!value.ok()) return value.status();
  if (!value->has_value()) {
    return absl::NotFoundError(absl::StrCat("tile ", index, " of level ", level, " is not full"));
  }
  if ((*value)->size() != merkle::kTileHashes * sizeof(Hash)) {
    return absl::DataLossError(absl::StrCat("tile ", index, " of level ", level, " is malformed"));
  }
  std::vector<Hash> hashes(merkle::kTileHashes);
  std::copy_n((*value)->data(), (*value)->size(), reinterpret_cast<char*>(hashes.data()));
  return hashes;
}

absl::Status RocksIndex::status() const {
  absl::MutexLock lock(&mutex_);
  return status_;
}

absl::Status RocksIndex::Retry() {
  if (status().ok()) return absl::OkStatus();
  if (const rocksdb::Status resumed = db_->Resume(); !resumed.ok()) {
    return WriteStatus(resumed, "the index cannot be written");
  }
  absl::MutexLock lock(&mutex_);
  retry_ = true;
  const auto tried = [this] {
    mutex_.AssertReaderHeld();
    return !retry_;
  };
  mutex_.Await(absl::Condition(&tried));
  return status_;
}

}  // namespace pledger::storage
