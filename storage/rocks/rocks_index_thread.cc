// Writing the index: the thread that does it, and catching up from the log on opening.

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rocksdb/experimental.h"
#include "rocksdb/perf_level.h"
#include "storage/format/big_endian.h"
#include "storage/format/index_keys.h"
#include "storage/format/record.h"
#include "storage/format/text.h"
#include "storage/format/this_thread.h"
#include "storage/merkle/hash.h"
#include "storage/rocks/rocks_index.h"
#include "storage/rocks/rocks_log.h"
#include "storage/rocks/rocks_reads.h"
#include "storage/rocks/rocks_status.h"

namespace pledger::storage {
namespace {

// Large enough that sorting pays; a reader that waits gets a smaller one at once.
constexpr size_t kBatchEvents = 16'384;
// What waits is written together up to here: the further the thread is behind, the closer the keys
// of a batch lie, and the cheaper each is.
constexpr size_t kBatchWeightMax = 48 << 10;
// How long a small batch may wait to grow while nobody asks for it.
constexpr absl::Duration kBatchDelay = absl::Milliseconds(400);
// After how long without appends the time has come to tidy up.
constexpr absl::Duration kIdleDelay = absl::Seconds(1);

}  // namespace

// The states while the index catches up: those derived from the records read so far, then the
// index.
class RocksIndex::CatchUpTable final : public StateTable {
 public:
  explicit CatchUpTable(const RocksIndex& index) : index_(index) {}

  absl::StatusOr<std::optional<std::string>> FindState(std::string_view key) override {
    if (const auto found = derived_.find(ToAbsl(key)); found != derived_.end())
      return found->second;
    return index_.Get(kStates, key);
  }
  void PutState(std::string key, std::string value) override {
    derived_.insert_or_assign(std::move(key), std::move(value));
  }
  absl::StatusOr<std::optional<std::string>> FindRecord(Position position) override {
    auto record = index_.log_.ReadRecord(position);
    if (absl::IsNotFound(record.status())) return std::nullopt;
    if (!record.ok()) return record.status();
    return *std::move(record);
  }

  StateUpdates Take() {
    StateUpdates updates;
    for (auto& [key, value] : derived_) updates.push_back({key, std::move(value)});
    derived_.clear();
    return updates;
  }

 private:
  const RocksIndex& index_;
  absl::flat_hash_map<std::string, std::string> derived_;
};

absl::Status RocksIndex::CatchUp(StateDeriver& deriver) {
  CatchUpTable table(*this);
  auto batch = std::make_shared<CommitBatch>();
  const auto write = [&]() -> absl::Status {
    *batch->states = table.Take();
    absl::Status status = Write({std::move(batch)});
    batch = std::make_shared<CommitBatch>();
    return status;
  };
  const auto cursor = log_.Read(indexed_position(), log_.next_position(), Direction::kForward);
  while (cursor->Next()) {
    const RecordView& view = cursor->view();
    const auto body = ScanBody(view.body);
    if (!body.ok()) return Corrupt(view.header.position, FromAbsl(body.status().message()));
    if (absl::Status status = deriver.Derive(view, table); !status.ok()) return status;
    NewEvent event;
    event.header = view.header;
    event.stored_value = std::string(cursor->record());
    AppendChecksum(&event.stored_value);
    event.client_id = *BodyClientId(
        std::string_view(event.stored_value).substr(kRecordHeaderBytes, view.body.size()));
    event.leaf_hash = merkle::LeafHash(cursor->record());
    event.fingerprint = ContentFingerprint(view.header.occur_time_ns, body->content);
    batch->events.push_back(std::move(event));
    if (batch->events.size() >= kBatchEvents) {
      if (absl::Status status = write(); !status.ok()) return status;
    }
  }
  if (!cursor->status().ok()) return cursor->status();
  return batch->events.empty() ? absl::OkStatus() : write();
}

void RocksIndex::WhenIndexed(Position position, std::function<void(absl::Status)> done) {
  if (position <= indexed_position()) {
    done(absl::OkStatus());
    return;
  }
  absl::Status failed;
  {
    absl::MutexLock lock(&mutex_);
    if (stop_) {
      failed = absl::UnavailableError("the store is closing");
    } else if (!status_.ok()) {
      failed = status_;
    } else if (position > indexed_position()) {
      waiters_.Add(position, PositionWaiters::kNoDeadline, std::move(done));
      return;
    }
  }
  done(failed);
}

void RocksIndex::CallWaiters(const absl::Status& status) {
  std::vector<PositionWaiters::Done> reached;
  std::vector<PositionWaiters::Done> failed;
  {
    absl::MutexLock lock(&mutex_);
    reached = waiters_.TakeReached(indexed_position());
    if (!status.ok()) failed = waiters_.TakeAll();
  }
  for (const auto& done : reached) done(absl::OkStatus());
  for (const auto& done : failed) done(status);
}

RocksIndex::Batches RocksIndex::TakeBatches() {
  absl::MutexLock lock(&mutex_);
  const auto has_work = [this] {
    mutex_.AssertReaderHeld();
    return stop_ || !queue_.empty();
  };
  if (!mutex_.AwaitWithTimeout(absl::Condition(&has_work),
                               tidy_ ? absl::InfiniteDuration() : kIdleDelay)) {
    mutex_.Unlock();
    Tidy();
    mutex_.Lock();
    mutex_.Await(absl::Condition(&has_work));
  }
  const auto is_due = [this] {
    mutex_.AssertReaderHeld();
    return stop_ || !waiters_.empty() || pending_ >= kBatchEvents;
  };
  mutex_.AwaitWithTimeout(absl::Condition(&is_due), kBatchDelay);
  Batches batches;
  size_t weight = 0;
  while (!queue_.empty() && weight < kBatchWeightMax) {
    weight += queue_.front()->weight();
    batches.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return batches;
}

void RocksIndex::Tidy() {
  for (const Column column : {kStreams, kEventIds, kStates, kHeads}) {
    // A hint: it fails where nothing is to be done, and costs no more than slower reads.
    rocksdb::experimental::SuggestCompactRange(db_.get(), columns_[column], nullptr, nullptr)
        .PermitUncheckedError();
  }
  tidy_ = true;
}

void RocksIndex::Run() {
  NameThisThread("index");
  LetOthersGoFirst();
  // RocksDB counts what it does, key by key, unless it is told not to.
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  while (true) {
    const Batches batches = TakeBatches();
    if (batches.empty()) return;
    WriteUntilDone(batches);
  }
}

void RocksIndex::WriteUntilDone(const Batches& batches) {
  size_t weight = 0;
  for (const auto& batch : batches) weight += batch->weight();
  while (true) {
    const absl::Status status = Write(batches);
    {
      absl::MutexLock lock(&mutex_);
      status_ = status;
      retry_ = false;
      if (status.ok()) pending_ -= weight;
    }
    CallWaiters(status);
    if (status.ok()) return;
    absl::MutexLock lock(&mutex_);
    const auto goes_on = [this] {
      mutex_.AssertReaderHeld();
      return stop_ || retry_;
    };
    mutex_.Await(absl::Condition(&goes_on));
    // What is not written is derived from the log at the next opening.
    if (stop_) return;
  }
}

void RocksIndex::PutStreams(const Batches& batches) {
  sorted_.clear();
  for (const auto& batch : batches) {
    for (const NewEvent& event : batch->events) sorted_.push_back(&event);
  }
  // Neighbouring keys find their place in the memtable with warm caches.
  std::sort(sorted_.begin(), sorted_.end(), [](const NewEvent* a, const NewEvent* b) {
    const int order = a->client_id.compare(b->client_id);
    return order != 0 ? order < 0 : a->header.revision < b->header.revision;
  });
  std::string key;
  for (size_t i = 0; i < sorted_.size(); ++i) {
    const NewEvent& event = *sorted_[i];
    key.clear();
    AppendStreamKey(event.client_id, event.header.revision, &key);
    batch_.Put(columns_[kStreams], key, event.stored_value);
    const bool is_head = i + 1 == sorted_.size() || sorted_[i + 1]->client_id != event.client_id;
    if (is_head) {
      batch_.Put(columns_[kHeads], ToSlice(event.client_id),
                 EncodeStreamHead({event.header.revision, event.leaf_hash}));
    }
  }
}

void RocksIndex::PutStates(const Batches& batches) {
  sorted_states_.clear();
  for (const auto& batch : batches) {
    for (const StateUpdate& state : *batch->states) sorted_states_.push_back(&state);
  }
  // Stable, so that the last one of a key stands last: no other needs to be written.
  std::stable_sort(sorted_states_.begin(), sorted_states_.end(),
                   [](const StateUpdate* a, const StateUpdate* b) { return a->key < b->key; });
  for (size_t i = 0; i < sorted_states_.size(); ++i) {
    const StateUpdate& state = *sorted_states_[i];
    if (i + 1 < sorted_states_.size() && sorted_states_[i + 1]->key == state.key) continue;
    batch_.Put(columns_[kStates], state.key, state.value);
  }
}

void RocksIndex::PutTiles(const Batches& batches) {
  const auto put = [this](merkle::TileId id, absl::Span<const Hash> hashes) {
    batch_.Put(
        columns_[kTiles], TileKey(id.level, id.index),
        rocksdb::Slice(reinterpret_cast<const char*>(hashes.data()), hashes.size() * sizeof(Hash)));
  };
  for (const auto& batch : batches) {
    for (const NewEvent& event : batch->events) {
      // A batch that is written again after a failure is in the builder already.
      if (event.header.position == tiles_.size()) tiles_.Append(event.leaf_hash, put);
    }
  }
}

absl::Status RocksIndex::Write(const Batches& batches) {
  Position end = indexed_position();
  const bool again = tiles_.size() != end;
  if (!again) {
    batch_.Clear();
    PutStreams(batches);
    PutTiles(batches);
    for (const auto& batch : batches) {
      for (const NewEvent& event : batch->events) {
        const RecordHeader& header = event.header;
        if (IsTimeOrdered(header.event_id)) {
          indexed_time_ordered_id_ = std::max(indexed_time_ordered_id_, header.event_id);
        }
        batch_.Put(columns_[kEventIds], ToSlice(AsChars(header.event_id)),
                   EncodeRecordedId({header.position, header.revision, header.record_time_ns,
                                     event.fingerprint}));
      }
    }
    PutStates(batches);
    std::string checkpoint;
    AppendBig64(tiles_.size(), &checkpoint);
    batch_.Put(columns_[kDefault], kFormatKey, kFormat);
    batch_.Put(columns_[kDefault], kCheckpointKey, checkpoint);
    batch_.Put(columns_[kDefault], kTimeOrderedIdKey, ToSlice(AsChars(indexed_time_ordered_id_)));
  }
  rocksdb::WriteOptions options;
  options.sync = false;
  options.disableWAL = true;
  const rocksdb::Status status = db_->Write(options, &batch_);
  if (!status.ok()) return WriteStatus(status, "cannot write to the index");
  tidy_ = false;
  end = tiles_.size();
  indexed_.store(end, std::memory_order_release);
  return absl::OkStatus();
}

}  // namespace pledger::storage
