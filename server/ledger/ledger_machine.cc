#include "server/ledger/ledger_machine.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/ledger/append_rules.h"
#include "server/ledger/same_event.h"
#include "storage/format/record.h"
#include "storage/format/text.h"
#include "storage/leaf_hashes.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/tiles.h"

namespace pledger::ledger {

using storage::Position;
using storage::RecordedId;
using storage::StreamHead;

// The states as the append under way sees them: the batch's, its own changes included, then the
// store's.
class LedgerMachine::States final : public storage::StateTable {
 public:
  explicit States(LedgerMachine& machine) : machine_(machine) {}

  absl::StatusOr<std::optional<std::string>> FindState(std::string_view key) override {
    const auto found = machine_.batch_states_.find(ToAbsl(key));
    if (found != machine_.batch_states_.end()) return found->second->value;
    return machine_.store_.FindState(key);
  }
  void PutState(std::string key, std::string value) override {
    machine_.PutState(std::move(key), std::move(value));
  }
  absl::StatusOr<std::optional<std::string>> FindRecord(Position position) override {
    auto record = machine_.ReadRecord(position);
    if (absl::IsNotFound(record.status())) return std::nullopt;
    if (!record.ok()) return record.status();
    return *std::move(record);
  }

 private:
  LedgerMachine& machine_;
};

LedgerMachine::LedgerMachine(storage::EventStore& store, storage::CommitSignal& signal,
                             storage::KeyJournal* keys)
    : store_(store), signal_(signal), keys_(keys) {}

absl::StatusOr<std::unique_ptr<LedgerMachine>> LedgerMachine::Create(storage::EventStore& store,
                                                                     storage::CommitSignal& signal,
                                                                     storage::KeyJournal* keys) {
  std::unique_ptr<LedgerMachine> machine(new LedgerMachine(store, signal, keys));
  const Position next = store.next_position();
  const auto leaves = [&store](Position from,
                               Position end) -> absl::StatusOr<std::vector<storage::Hash>> {
    return storage::ReadLeafHashes(*store.ReadLog(from, end, storage::Direction::kForward));
  };
  auto tree = storage::merkle::RestoreCompactRange(
      next, [&store](storage::merkle::TileId id) { return store.ReadTile(id.level, id.index); },
      leaves);
  if (!tree.ok()) return tree.status();
  machine->tree_ = *std::move(tree);
  if (next > 0) {
    const auto record = store.ReadRecord(next - 1);
    if (!record.ok()) return record.status();
    machine->last_record_time_ns_ = storage::DecodeRecord(*record)->header.record_time_ns;
  }
  {
    absl::MutexLock lock(&machine->mutex_);
    machine->durable_tree_ = machine->tree_;
    machine->durable_record_time_ns_ = machine->last_record_time_ns_;
  }
  signal.Announce(next);
  return machine;
}

void LedgerMachine::Apply(absl::Span<PendingAppend* const> appends) {
  if (absl::Status status = CheckWritable(); !status.ok()) {
    for (PendingAppend* append : appends) append->status = status;
    return;
  }
  size_t events = 0;
  for (const PendingAppend* append : appends) events += append->events.size();
  BeginBatch(events);
  for (PendingAppend* append : appends) append->status = Decide(*append);
  const absl::Status committed = CommitBatch();
  if (committed.ok()) return;
  TurnReadOnly(committed);
  // Those that were rejected or known as well: what spoke for it may be of this very batch.
  const absl::Status failed = CheckWritable();
  for (PendingAppend* append : appends) append->status = failed;
}

void LedgerMachine::BeginBatch(size_t events) {
  batch_states_.clear();
  batch_ = std::make_shared<storage::CommitBatch>();
  batch_->events.reserve(events);
  batch_ids_.clear();
  batch_ids_.reserve(events);
  batch_heads_.clear();
  batch_heads_.reserve(events);
  batch_states_.reserve(events);
}

Position LedgerMachine::NextPosition() const {
  return store_.next_position() + batch_->events.size();
}

absl::Status LedgerMachine::CommitBatch() {
  if (batch_->events.empty()) return absl::OkStatus();
  const size_t count = batch_->events.size();
  const std::shared_ptr<const storage::CommitBatch> batch = std::move(batch_);
  if (absl::Status status = store_.Commit(batch); !status.ok()) {
    absl::MutexLock lock(&mutex_);
    tree_ = durable_tree_;
    last_record_time_ns_ = durable_record_time_ns_;
    return status;
  }
  {
    absl::MutexLock lock(&mutex_);
    durable_tree_ = tree_;
    durable_record_time_ns_ = last_record_time_ns_;
    synced_writes_ += 1;
    events_written_ += count;
  }
  if (keys_ != nullptr && !batch->new_keys.empty()) keys_->NoteCommitted(batch->new_keys);
  signal_.Announce(store_.next_position());
  return absl::OkStatus();
}

absl::Status LedgerMachine::Decide(PendingAppend& append) {
  append.recorded.resize(append.events.size());
  size_t known = 0;
  if (absl::Status status = FindDuplicates(append, &known); !status.ok()) return status;
  if (known == append.events.size()) return absl::OkStatus();
  if (absl::Status status = CheckExpected(append); !status.ok()) return status;
  if (absl::Status status = FindHeads(append); !status.ok()) return status;
  undo_.clear();
  if (absl::Status status = CheckRules(append); !status.ok()) {
    UndoStates();
    return status;
  }
  Record(append);
  return absl::OkStatus();
}

absl::Status LedgerMachine::FindDuplicates(PendingAppend& append, size_t* known) {
  for (size_t i = 0; i < append.events.size(); ++i) {
    const auto found = FindEventId(append.events[i].event_id);
    if (!found.ok()) return found.status();
    if (!found->has_value()) continue;
    const RecordedId& recorded = **found;
    absl::Status same = CheckSameContent(append.events[i], recorded);
    if (!same.ok()) return same;
    append.recorded[i] = {recorded.position, recorded.revision, recorded.record_time_ns, true};
    ++*known;
  }
  return absl::OkStatus();
}

absl::Status LedgerMachine::CheckSameContent(const PreparedEvent& event,
                                             const RecordedId& recorded) {
  if (recorded.fingerprint == event.fingerprint) return absl::OkStatus();
  const auto original = ReadRecord(recorded.position);
  if (!original.ok()) return original.status();
  return CheckSameEvent(event, *original);
}

absl::Status LedgerMachine::CheckExpected(const PendingAppend& append) {
  for (const ExpectedStream& expected : append.expected) {
    const auto found = FindHead(expected.client_id);
    if (!found.ok()) return found.status();
    const BatchHead& stream = **found;
    std::string wanted;
    bool met = false;
    switch (expected.kind) {
      case ExpectedStream::Kind::kRevision:
        wanted = absl::StrCat(expected.revision);
        met = !stream.is_new && stream.head.revision == expected.revision;
        break;
      case ExpectedStream::Kind::kNoStream:
        wanted = "no_stream";
        met = stream.is_new;
        break;
      case ExpectedStream::Kind::kSomeStream:
        wanted = "some_stream";
        met = !stream.is_new;
        break;
    }
    if (met) continue;
    const std::string actual = stream.is_new ? "no_stream" : absl::StrCat(stream.head.revision);
    return Error(v1::ERROR_REASON_WRONG_REVISION,
                 absl::StrCat("the stream of client ", expected.client_id, " stands at ", actual,
                              ", not at ", wanted,
                              "; read what was recorded since, decide again, and append with the "
                              "revision that you then saw"),
                 {{"client_id", expected.client_id}, {"expected", wanted}, {"actual", actual}});
  }
  return absl::OkStatus();
}

absl::Status LedgerMachine::CheckRules(const PendingAppend& append) {
  States states(*this);
  Position position = NextPosition();
  for (size_t i = 0; i < append.events.size(); ++i) {
    if (append.recorded[i].duplicate) continue;
    const PreparedEvent& event = append.events[i];
    absl::Status status = ApplyRules(event.client_id, position++, *event.fact, states);
    if (!status.ok()) return PrefixField(status, absl::StrCat("events[", i, "].fact."));
  }
  return absl::OkStatus();
}

absl::Status LedgerMachine::FindHeads(const PendingAppend& append) {
  for (const PreparedEvent& event : append.events) {
    if (const auto head = FindHead(event.client_id); !head.ok()) return head.status();
  }
  return absl::OkStatus();
}

// Never fails: once an append's first event is in the batch, all must get there.
void LedgerMachine::Record(PendingAppend& append) {
  for (size_t i = 0; i < append.events.size(); ++i) {
    if (append.recorded[i].duplicate) continue;
    PreparedEvent& event = append.events[i];
    storage::NewEvent& stored = batch_->events.emplace_back();
    storage::RecordHeader& header = stored.header;
    header.position = NextPosition() - 1;
    BatchHead& stream = batch_heads_.find(ToAbsl(event.client_id))->second;
    if (!stream.is_new) {
      header.revision = stream.head.revision + 1;
      header.previous_leaf_hash = stream.head.leaf_hash;
    }
    last_record_time_ns_ = std::max(last_record_time_ns_ + 1, append.proposed_record_time_ns);
    header.record_time_ns = last_record_time_ns_;
    header.occur_time_ns = event.occur_time_ns;
    header.event_id = event.event_id;
    header.fact_type = event.fact_type;
    header.has_sealed = !event.sealed.empty();
    header.sealed_hash = event.sealed_hash;
    storage::EncodeHeader(header, event.record.data());
    stored.leaf_hash = storage::merkle::LeafHash(event.record);
    storage::AppendChecksum(&event.record);
    stored.client_id = event.client_id;
    stored.stored_value = std::move(event.record);
    stored.sealed = std::move(event.sealed);
    stored.fingerprint = event.fingerprint;
    tree_.Append(stored.leaf_hash);
    stream = {.head = {header.revision, stored.leaf_hash}, .is_new = false};
    batch_ids_[header.event_id] = {header.position, header.revision, header.record_time_ns,
                                   event.fingerprint};
    append.recorded[i] = {header.position, header.revision, header.record_time_ns, false};
  }
  for (storage::NewKey& key : append.new_keys) batch_->new_keys.push_back(std::move(key));
}

absl::StatusOr<LedgerMachine::BatchHead*> LedgerMachine::FindHead(std::string_view client_id) {
  const auto [entry, inserted] = batch_heads_.try_emplace(ToAbsl(client_id));
  if (!inserted) return &entry->second;
  const auto found = store_.FindHead(client_id);
  if (!found.ok()) {
    batch_heads_.erase(entry);
    return found.status();
  }
  if (found->has_value()) entry->second = {.head = **found, .is_new = false};
  return &entry->second;
}

void LedgerMachine::PutState(std::string key, std::string value) {
  const auto found = batch_states_.find(key);
  if (found != batch_states_.end()) {
    undo_.push_back({found->second, std::exchange(found->second->value, std::move(value))});
    return;
  }
  storage::StateUpdate& update =
      batch_->states->emplace_back(storage::StateUpdate{std::move(key), std::move(value)});
  batch_states_.emplace(update.key, &update);
  undo_.push_back({&update, std::nullopt});
}

void LedgerMachine::UndoStates() {
  for (auto undo = undo_.rbegin(); undo != undo_.rend(); ++undo) {
    if (undo->previous.has_value()) {
      undo->update->value = *std::move(undo->previous);
    } else {
      batch_states_.erase(undo->update->key);
      batch_->states->pop_back();
    }
  }
}

absl::StatusOr<std::optional<RecordedId>> LedgerMachine::FindEventId(const storage::EventId& id) {
  const auto found = batch_ids_.find(id);
  if (found != batch_ids_.end()) return found->second;
  return store_.FindEventId(id);
}

absl::StatusOr<std::string> LedgerMachine::ReadRecord(Position position) {
  const Position first = store_.next_position();
  if (position < first) return store_.ReadRecord(position);
  if (position >= NextPosition()) return absl::NotFoundError("not recorded yet");
  const auto record = storage::CheckStoredValue(batch_->events[position - first].stored_value);
  if (!record.ok()) return record.status();
  return std::string(*record);
}

void LedgerMachine::TurnReadOnly(const absl::Status& cause) {
  absl::MutexLock lock(&mutex_);
  read_only_cause_ = std::string(cause.message());
  read_only_.store(true, std::memory_order_release);
  // Only room on the disk comes back by itself. After any other failure nobody can say what the
  // disk holds until the store is opened anew.
  wants_resume_.store(absl::IsResourceExhausted(cause), std::memory_order_release);
}

void LedgerMachine::TryResume() {
  const absl::Status status = store_.TryResume();
  if (!status.ok()) {
    TurnReadOnly(status);
    return;
  }
  absl::MutexLock lock(&mutex_);
  read_only_cause_.clear();
  read_only_.store(false, std::memory_order_release);
  wants_resume_.store(false, std::memory_order_release);
}

absl::Status LedgerMachine::CheckWritable() const {
  if (!read_only_.load(std::memory_order_acquire)) return absl::OkStatus();
  absl::MutexLock lock(&mutex_);
  return Error(v1::ERROR_REASON_READ_ONLY,
               absl::StrCat("the ledger is read-only: ", read_only_cause_,
                            "; send the append again later, which is safe whatever became of it"),
               {{"cause", read_only_cause_}});
}

LedgerStatus LedgerMachine::GetStatus() const {
  storage::merkle::CompactRange tree;
  LedgerStatus status;
  {
    absl::MutexLock lock(&mutex_);
    tree = durable_tree_;
    status.last_record_time_ns = durable_record_time_ns_;
    status.read_only_cause = read_only_cause_;
    status.synced_writes = synced_writes_;
    status.events_written = events_written_;
  }
  status.next_position = tree.size();
  status.root_hash = tree.Root();
  return status;
}

}  // namespace pledger::ledger
