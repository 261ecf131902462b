// The machine that decides appends: idempotency, expected revisions, rules; then position,
// revision, record time, chain and tree. Deterministic: the same appends in the same order give the
// same bytes.
#ifndef PLEDGER_SERVER_LEDGER_LEDGER_MACHINE_H_
#define PLEDGER_SERVER_LEDGER_LEDGER_MACHINE_H_

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/ledger/sequencer.h"
#include "storage/commit_signal.h"
#include "storage/event_store.h"
#include "storage/key_journal.h"
#include "storage/merkle/compact_range.h"

namespace pledger::ledger {

// Where the ledger stands.
struct LedgerStatus {
  storage::Position next_position = 0;
  // Of the last event; 0 if there is none.
  int64_t last_record_time_ns = 0;
  storage::Hash root_hash{};
  // Why nothing is written; empty while it is.
  std::string read_only_cause;
  // Since the start.
  uint64_t synced_writes = 0;
  uint64_t events_written = 0;
};

class LedgerMachine final : public AppendMachine {
 public:
  // All must outlive it. `keys` is told which new keys were committed, if it is there.
  // Restores the tree: reads at most 255 records and a few hundred tiles.
  static absl::StatusOr<std::unique_ptr<LedgerMachine>> Create(storage::EventStore& store,
                                                               storage::CommitSignal& signal,
                                                               storage::KeyJournal* keys = nullptr);

  void Apply(absl::Span<PendingAppend* const> appends) override;
  void TryResume() override;
  bool WantsResume() const override { return wants_resume_.load(std::memory_order_acquire); }

  // READ_ONLY with its cause while nothing can be written; for callers that would rather know
  // early. Thread-safe.
  absl::Status CheckWritable() const;

  // Thread-safe.
  LedgerStatus GetStatus() const;

 private:
  class States;
  struct BatchHead {
    storage::StreamHead head;
    // The client has no event yet.
    bool is_new = true;
  };
  struct StateUndo {
    storage::StateUpdate* update;
    // Nothing if the update is new, and the last one of the batch.
    std::optional<std::string> previous;
  };

  LedgerMachine(storage::EventStore& store, storage::CommitSignal& signal,
                storage::KeyJournal* keys);

  // Decides one append; what it changes is in the batch only if it passes.
  absl::Status Decide(PendingAppend& append);
  absl::Status FindDuplicates(PendingAppend& append, size_t* known);
  absl::Status CheckSameContent(const PreparedEvent& event, const storage::RecordedId& recorded);
  absl::Status CheckExpected(const PendingAppend& append);
  absl::Status CheckRules(const PendingAppend& append);
  absl::Status FindHeads(const PendingAppend& append);
  void Record(PendingAppend& append);
  // A client's stream as the batch leaves it. Valid until the next call.
  absl::StatusOr<BatchHead*> FindHead(std::string_view client_id);
  void PutState(std::string key, std::string value);
  // Takes back what the append under way has put.
  void UndoStates();
  absl::StatusOr<std::optional<storage::RecordedId>> FindEventId(const storage::EventId& id);
  absl::StatusOr<std::string> ReadRecord(storage::Position position);
  storage::Position NextPosition() const;

  void BeginBatch(size_t events);
  // Makes the batch durable; on an error it never was.
  absl::Status CommitBatch();
  void TurnReadOnly(const absl::Status& cause);

  storage::EventStore& store_;
  storage::CommitSignal& signal_;
  storage::KeyJournal* const keys_;

  // --- The batch under way, as an overlay on the store.
  std::shared_ptr<storage::CommitBatch> batch_;
  absl::flat_hash_map<storage::EventId, storage::RecordedId> batch_ids_;
  absl::flat_hash_map<std::string, BatchHead> batch_heads_;
  // The elements of the batch's states, by key.
  absl::flat_hash_map<absl::string_view, storage::StateUpdate*> batch_states_;
  storage::merkle::CompactRange tree_;
  int64_t last_record_time_ns_ = 0;
  // How to take back the states that the append under way has put, in the order of putting.
  std::vector<StateUndo> undo_;

  std::atomic<bool> wants_resume_{false};
  std::atomic<bool> read_only_{false};
  mutable absl::Mutex mutex_;
  std::string read_only_cause_ ABSL_GUARDED_BY(mutex_);
  storage::merkle::CompactRange durable_tree_ ABSL_GUARDED_BY(mutex_);
  int64_t durable_record_time_ns_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t synced_writes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t events_written_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace pledger::ledger

#endif  // PLEDGER_SERVER_LEDGER_LEDGER_MACHINE_H_
