// The index: all that is derived from the log, in a RocksDB without a write-ahead log.
//
// A thread of its own writes what was committed, in batches that grow with the load; each batch
// moves the checkpoint with it, and columns are flushed together, so that after a crash the index
// stands exactly at its checkpoint and catches up from the log.
//
// Threads: Enqueue(), the three Find functions of the writer and Retry() one at a time, by whoever
// writes; all else on any. Errors as in event_store.h.
#ifndef PLEDGER_STORAGE_ROCKS_ROCKS_INDEX_H_
#define PLEDGER_STORAGE_ROCKS_ROCKS_INDEX_H_

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "rocksdb/db.h"
#include "rocksdb/write_batch.h"
#include "storage/event_store.h"
#include "storage/merkle/tiles.h"
#include "storage/position_waiters.h"
#include "storage/rocks/recent_map.h"
#include "storage/rocks/recent_states.h"
#include "storage/rocks/rocks_options.h"

namespace pledger::storage {

class RocksLog;

class RocksIndex {
 public:
  // Opens the index in `path` and brings it up to the end of `log`, which must outlive it. An index
  // that is missing is built anew. DATA_LOSS if the index holds more than the log.
  static absl::StatusOr<std::unique_ptr<RocksIndex>> Open(
      const std::string& path, const RocksLog& log, StateDeriver& deriver,
      const RocksTuning& tuning, const std::shared_ptr<rocksdb::Cache>& cache);
  // Writes what waits, flushes and closes.
  ~RocksIndex();

  // Takes what was just committed. Blocks while too much waits to be written.
  void Enqueue(std::shared_ptr<const CommitBatch> batch);
  absl::StatusOr<std::optional<StreamHead>> FindHead(std::string_view client_id);
  absl::StatusOr<std::optional<RecordedId>> FindEventId(const EventId& id);
  absl::StatusOr<std::optional<std::string>> FindState(std::string_view key);
  // OK, or why the index can't be written.
  absl::Status status() const;
  // Tries again to write what failed.
  absl::Status Retry();

  Position indexed_position() const { return indexed_.load(std::memory_order_acquire); }
  void WhenIndexed(Position position, std::function<void(absl::Status)> done);
  absl::StatusOr<std::optional<StreamHead>> FindIndexedHead(std::string_view client_id) const;
  absl::StatusOr<std::optional<RecordedId>> FindIndexedEventId(const EventId& id) const;
  std::unique_ptr<RecordCursor> ReadClient(std::string_view client_id, Revision from,
                                           Direction direction, ReadTier tier) const;
  std::unique_ptr<RecordCursor> ReadClients(std::string_view after) const;
  absl::StatusOr<std::vector<std::string>> ListClients(std::string_view after, size_t limit) const;
  absl::StatusOr<std::vector<Hash>> ReadTile(uint8_t level, uint64_t index) const;

 private:
  static constexpr char kFormatKey[] = "format";
  static constexpr char kFormat[] = "1";
  static constexpr char kCheckpointKey[] = "indexed_position";
  static constexpr char kTimeOrderedIdKey[] = "newest_time_ordered_id";
  enum Column { kDefault, kStreams, kEventIds, kStates, kHeads, kTiles, kColumns };
  using Batches = std::vector<std::shared_ptr<const CommitBatch>>;
  class CatchUpTable;

  explicit RocksIndex(const RocksLog& log);
  absl::Status OpenDb(const std::string& path, const RocksTuning& tuning,
                      const std::shared_ptr<rocksdb::Cache>& cache);
  absl::Status LoadCheckpoint();
  absl::Status CatchUp(StateDeriver& deriver);
  absl::StatusOr<std::optional<std::string>> Get(Column column, std::string_view key) const;

  // The body of the thread.
  void Run();
  // What to write next; empty when it is time to end.
  Batches TakeBatches();
  // Asks RocksDB to merge, in threads of its own, the files that appending has left side by side:
  // reading one client looks into each of them. Compacting so often under load would cost appends
  // more than it saves.
  void Tidy();
  // Writes until it succeeds or the index is closed.
  void WriteUntilDone(const Batches& batches);
  absl::Status Write(const Batches& batches);
  void PutStreams(const Batches& batches);
  void PutStates(const Batches& batches);
  void PutTiles(const Batches& batches);
  // Calls those that wait for no more than what is indexed, or all if `status` is not OK.
  void CallWaiters(const absl::Status& status);

  const RocksLog& log_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> columns_;
  std::atomic<Position> indexed_{0};

  // The writer's own.
  RecentMap<EventId, RecordedId> recent_ids_;
  RecentMap<std::string, StreamHead> recent_heads_;
  RecentStates recent_states_;
  // The highest version 7 UUID that was committed; zeros if none was. A higher one is new without
  // asking.
  EventId newest_time_ordered_id_{};

  // The index thread's own.
  EventId indexed_time_ordered_id_{};
  // Nothing was written since Tidy().
  bool tidy_ = true;
  merkle::TileBuilder tiles_;
  rocksdb::WriteBatch batch_;
  std::vector<const NewEvent*> sorted_;
  std::vector<const StateUpdate*> sorted_states_;

  mutable absl::Mutex mutex_;
  std::deque<std::shared_ptr<const CommitBatch>> queue_ ABSL_GUARDED_BY(mutex_);
  // Events and states in the queue and in the hands of the thread.
  size_t pending_ ABSL_GUARDED_BY(mutex_) = 0;
  PositionWaiters waiters_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  bool retry_ ABSL_GUARDED_BY(mutex_) = false;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_ROCKS_ROCKS_INDEX_H_
