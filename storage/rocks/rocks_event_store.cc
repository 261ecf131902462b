#include "storage/rocks/rocks_event_store.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rocksdb/cache.h"
#include "storage/rocks/rocks_index.h"
#include "storage/rocks/rocks_log.h"

namespace pledger::storage {
namespace {

class Store final : public RocksEventStore {
 public:
  Store(std::unique_ptr<RocksLog> log, std::unique_ptr<RocksIndex> index)
      : log_(std::move(log)), index_(std::move(index)) {}

  const std::string& origin() const override { return log_->origin(); }
  CheckpointStore& checkpoints() override { return log_->checkpoints(); }

  absl::Status Commit(std::shared_ptr<const CommitBatch> batch) override {
    if (absl::Status status = index_->status(); !status.ok()) return status;
    if (absl::Status status = log_->Append(*batch); !status.ok()) return status;
    index_->Enqueue(std::move(batch));
    return absl::OkStatus();
  }
  absl::Status TryResume() override {
    if (absl::Status status = log_->TryResume(); !status.ok()) return status;
    return index_->Retry();
  }
  absl::StatusOr<std::optional<StreamHead>> FindHead(std::string_view client_id) override {
    return index_->FindHead(client_id);
  }
  absl::StatusOr<std::optional<RecordedId>> FindEventId(const EventId& id) override {
    return index_->FindEventId(id);
  }
  absl::StatusOr<std::optional<std::string>> FindState(std::string_view key) override {
    return index_->FindState(key);
  }

  absl::StatusOr<std::vector<NewKey>> ReadNewKeys() override { return log_->ReadNewKeys(); }
  absl::Status ForgetNewKeys(absl::Span<const std::string> client_ids) override {
    return log_->ForgetNewKeys(client_ids);
  }

  Position next_position() const override { return log_->next_position(); }
  absl::StatusOr<std::string> ReadRecord(Position position) override {
    return log_->ReadRecord(position);
  }
  absl::StatusOr<std::string> ReadSealed(Position position, const Hash& sealed_hash) override {
    return log_->ReadSealed(position, sealed_hash, ReadTier::kAnywhere);
  }
  std::unique_ptr<RecordCursor> ReadLog(Position from, Position end, Direction direction) override {
    return log_->Read(from, end, direction);
  }

  Position indexed_position() const override { return index_->indexed_position(); }
  void WhenIndexed(Position position, std::function<void(absl::Status)> done) override {
    index_->WhenIndexed(position, std::move(done));
  }
  absl::StatusOr<std::optional<StreamHead>> FindIndexedHead(std::string_view client_id) override {
    return index_->FindIndexedHead(client_id);
  }
  absl::StatusOr<std::optional<RecordedId>> FindIndexedEventId(const EventId& id) override {
    return index_->FindIndexedEventId(id);
  }
  std::unique_ptr<RecordCursor> ReadClient(std::string_view client_id, Revision from,
                                           Direction direction, ReadTier tier) override {
    return index_->ReadClient(client_id, from, direction, tier);
  }
  std::unique_ptr<RecordCursor> ReadClients(std::string_view after) override {
    return index_->ReadClients(after);
  }
  absl::StatusOr<std::vector<std::string>> ListClients(std::string_view after,
                                                       size_t limit) override {
    return index_->ListClients(after, limit);
  }
  absl::StatusOr<std::vector<Hash>> ReadTile(uint8_t level, uint64_t index) override {
    return index_->ReadTile(level, index);
  }

 private:
  const std::unique_ptr<RocksLog> log_;
  // Closed first: it reads the log.
  const std::unique_ptr<RocksIndex> index_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RocksEventStore>> RocksEventStore::Open(
    const RocksStoreOptions& options, StateDeriver& deriver) {
  std::error_code error;
  std::filesystem::create_directories(options.path, error);
  if (error) {
    return absl::InternalError(
        absl::StrCat("cannot make the folder ", options.path, ": ", error.message()));
  }
  const std::shared_ptr<rocksdb::Cache> cache =
      rocksdb::NewLRUCache(options.tuning.block_cache_bytes);
  auto log = RocksLog::Open(options.path + "/ledger", options.origin, options.free_bytes_min,
                            options.tuning, cache);
  if (!log.ok()) return log.status();
  auto index = RocksIndex::Open(options.path + "/index", **log, deriver, options.tuning, cache);
  if (!index.ok()) return index.status();
  return std::make_unique<Store>(*std::move(log), *std::move(index));
}

}  // namespace pledger::storage
