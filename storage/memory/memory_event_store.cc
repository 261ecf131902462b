#include "storage/memory/memory_event_store.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/tiles.h"

namespace pledger::storage {
namespace {

using Records = std::vector<std::shared_ptr<const std::string>>;

// Over records that were chosen when it was made.
class ListCursor final : public RecordCursor {
 public:
  ListCursor(MemoryEventStore& store, Records records)
      : store_(store), records_(std::move(records)) {}

  bool Next() override {
    if (!status_.ok() || next_ == records_.size()) return false;
    const auto view = DecodeRecord(*records_[next_++]);
    status_ = view.status();
    if (view.ok()) view_ = *view;
    return status_.ok();
  }
  absl::Status status() const override { return status_; }
  std::string_view record() const override { return *records_[next_ - 1]; }
  const RecordView& view() const override { return view_; }
  absl::StatusOr<std::string_view> ReadSealed() override {
    auto sealed = store_.ReadSealed(view_.header.position, view_.header.sealed_hash);
    if (!sealed.ok()) return sealed.status();
    sealed_ = *std::move(sealed);
    return sealed_;
  }

 private:
  MemoryEventStore& store_;
  const Records records_;
  size_t next_ = 0;
  RecordView view_;
  std::string sealed_;
  absl::Status status_;
};

// RFC 6962's definition for a number of leaves that is a power of two.
Hash RootOf(absl::Span<const Hash> leaves) {
  if (leaves.size() == 1) return leaves[0];
  const size_t half = leaves.size() / 2;
  return merkle::NodeHash(RootOf(leaves.subspan(0, half)), RootOf(leaves.subspan(half)));
}

}  // namespace

absl::Status MemoryEventStore::Commit(std::shared_ptr<const CommitBatch> batch) {
  absl::MutexLock lock(&mutex_);
  for (const NewEvent& event : batch->events) {
    const RecordHeader& header = event.header;
    std::vector<Position>& stream = streams_[std::string(event.client_id)];
    assert(header.position == log_.size());
    assert(header.revision == stream.size());
    const auto record = CheckStoredValue(event.stored_value);
    assert(record.ok());
    stream.push_back(header.position);
    ids_[header.event_id] = {header.position, header.revision, header.record_time_ns,
                             event.fingerprint};
    log_.push_back(
        {std::make_shared<const std::string>(*record), event.sealed, merkle::LeafHash(*record)});
  }
  for (const StateUpdate& state : *batch->states) states_[state.key] = state.value;
  for (const NewKey& key : batch->new_keys) new_keys_[key.client_id] = key.wrapped;
  return absl::OkStatus();
}

absl::Status MemoryEventStore::TryResume() { return absl::OkStatus(); }

absl::StatusOr<std::optional<StreamHead>> MemoryEventStore::FindHead(std::string_view client_id) {
  absl::MutexLock lock(&mutex_);
  const auto stream = streams_.find(client_id);
  if (stream == streams_.end()) return std::nullopt;
  return StreamHead{stream->second.size() - 1, log_[stream->second.back()].leaf_hash};
}

absl::StatusOr<std::optional<RecordedId>> MemoryEventStore::FindEventId(const EventId& id) {
  absl::MutexLock lock(&mutex_);
  const auto found = ids_.find(id);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

absl::StatusOr<std::optional<std::string>> MemoryEventStore::FindState(std::string_view key) {
  absl::MutexLock lock(&mutex_);
  const auto found = states_.find(key);
  if (found == states_.end()) return std::nullopt;
  return found->second;
}

absl::StatusOr<std::vector<NewKey>> MemoryEventStore::ReadNewKeys() {
  absl::MutexLock lock(&mutex_);
  std::vector<NewKey> keys;
  for (const auto& [client_id, wrapped] : new_keys_) keys.push_back({client_id, wrapped});
  return keys;
}

absl::Status MemoryEventStore::ForgetNewKeys(absl::Span<const std::string> client_ids) {
  absl::MutexLock lock(&mutex_);
  for (const std::string& client_id : client_ids) new_keys_.erase(client_id);
  return absl::OkStatus();
}

Position MemoryEventStore::next_position() const {
  absl::MutexLock lock(&mutex_);
  return log_.size();
}

absl::StatusOr<std::string> MemoryEventStore::ReadRecord(Position position) {
  absl::MutexLock lock(&mutex_);
  if (position >= log_.size()) {
    return absl::NotFoundError(absl::StrCat("no event is recorded at position ", position));
  }
  return *log_[position].record;
}

absl::StatusOr<std::string> MemoryEventStore::ReadSealed(Position position,
                                                         const Hash& sealed_hash) {
  absl::MutexLock lock(&mutex_);
  if (position >= log_.size() || log_[position].sealed.empty()) {
    return absl::NotFoundError("the event has no sealed part");
  }
  const std::string& sealed = log_[position].sealed;
  if (merkle::Sha256(sealed) != sealed_hash) {
    return Corrupt(position, "its sealed part does not have the hash that the record holds");
  }
  return sealed;
}

std::unique_ptr<RecordCursor> MemoryEventStore::ReadLog(Position from, Position end,
                                                        Direction direction) {
  absl::MutexLock lock(&mutex_);
  Records records;
  for (Position position = 0; position < log_.size(); ++position) {
    const bool wanted = direction == Direction::kForward ? from <= position && position < end
                                                         : end <= position && position <= from;
    if (wanted) records.push_back(log_[position].record);
  }
  if (direction == Direction::kBackward) std::reverse(records.begin(), records.end());
  return std::make_unique<ListCursor>(*this, std::move(records));
}

Position MemoryEventStore::indexed_position() const { return next_position(); }

void MemoryEventStore::WhenIndexed(Position position, std::function<void(absl::Status)> done) {
  assert(position <= next_position());
  done(absl::OkStatus());
}

absl::StatusOr<std::optional<StreamHead>> MemoryEventStore::FindIndexedHead(
    std::string_view client_id) {
  return FindHead(client_id);
}

absl::StatusOr<std::optional<RecordedId>> MemoryEventStore::FindIndexedEventId(const EventId& id) {
  return FindEventId(id);
}

std::unique_ptr<RecordCursor> MemoryEventStore::ReadClient(std::string_view client_id,
                                                           Revision from, Direction direction,
                                                           ReadTier) {
  absl::MutexLock lock(&mutex_);
  Records records;
  const auto stream = streams_.find(client_id);
  if (stream != streams_.end()) {
    for (Revision revision = 0; revision < stream->second.size(); ++revision) {
      const bool wanted = direction == Direction::kForward ? from <= revision : revision <= from;
      if (wanted) records.push_back(log_[stream->second[revision]].record);
    }
  }
  if (direction == Direction::kBackward) std::reverse(records.begin(), records.end());
  return std::make_unique<ListCursor>(*this, std::move(records));
}

std::unique_ptr<RecordCursor> MemoryEventStore::ReadClients(std::string_view after) {
  absl::MutexLock lock(&mutex_);
  Records records;
  for (auto stream = streams_.upper_bound(after); stream != streams_.end(); ++stream) {
    for (const Position position : stream->second) records.push_back(log_[position].record);
  }
  return std::make_unique<ListCursor>(*this, std::move(records));
}

absl::StatusOr<std::vector<std::string>> MemoryEventStore::ListClients(std::string_view after,
                                                                       size_t limit) {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> clients;
  // No client id is empty, so that "" is before the first.
  for (auto stream = streams_.upper_bound(after);
       stream != streams_.end() && clients.size() < limit; ++stream) {
    clients.push_back(stream->first);
  }
  return clients;
}

absl::StatusOr<std::vector<Hash>> MemoryEventStore::ReadTile(uint8_t level, uint64_t index) {
  absl::MutexLock lock(&mutex_);
  if (level >= merkle::kTileLevels || index >= merkle::FullTileCount(log_.size(), level)) {
    return absl::NotFoundError(absl::StrCat("tile ", index, " of level ", level, " is not full"));
  }
  const uint64_t width = uint64_t{1} << (merkle::kTileHeight * level);
  std::vector<Hash> hashes;
  for (uint64_t i = 0; i < merkle::kTileHashes; ++i) {
    std::vector<Hash> leaves;
    const uint64_t begin = (index * merkle::kTileHashes + i) * width;
    for (uint64_t leaf = begin; leaf < begin + width; ++leaf) {
      leaves.push_back(log_[leaf].leaf_hash);
    }
    hashes.push_back(RootOf(leaves));
  }
  return hashes;
}

}  // namespace pledger::storage
