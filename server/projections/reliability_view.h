// The reliability view: each client's history as the fold wants it, kept up with the log.
//
// A thread of its own reads the log in batches, folds, and now and then writes what changed
// together with its checkpoint. Histories that are asked for or changed stay in memory up to a
// budget; the rest is read back from the view's store. Deleting the store loses nothing: the view
// is built again from the recorded events (see view_builder.h), to the same bytes.
//
// A fact that cannot be folded quarantines its client: the client's answers are withheld, everybody
// else's go on.
#ifndef PLEDGER_SERVER_PROJECTIONS_RELIABILITY_VIEW_H_
#define PLEDGER_SERVER_PROJECTIONS_RELIABILITY_VIEW_H_

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "server/domain/clock.h"
#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/policy_book.h"
#include "server/projections/kept_answer.h"
#include "server/projections/view_batch.h"
#include "server/projections/view_builder.h"
#include "server/projections/view_digest.h"
#include "server/projections/view_entry.h"
#include "storage/commit_signal.h"
#include "storage/event_store.h"
#include "storage/position_waiters.h"
#include "storage/view_store.h"

namespace pledger::projections {

struct ReliabilityViewOptions {
  // What histories in memory may take.
  size_t memory_bytes = 256 << 20;
  // From how many missing events on, which are also more than those it has, the view is built anew
  // client by client. Fewer are folded in the order of the log.
  uint64_t build_events_min = 64 << 10;
};

// Thread-safe.
class ReliabilityView {
 public:
  // The code's version: names the folder of the view's store. A new version builds its own.
  static constexpr int kVersion = 2;

  // All must outlive the view. Begins where `views` stands. `policies` is filled with what was
  // adopted until there, and kept up with the log.
  ReliabilityView(storage::EventStore& store, storage::ViewStore& views,
                  storage::CommitSignal& signal, const Clock& clock,
                  reliability::PolicyBook& policies, const ReliabilityViewOptions& options);
  // Writes what it has and ends. Those that still wait are called with UNAVAILABLE.
  ~ReliabilityView();

  // Everything below it is in the view.
  storage::Position position() const { return position_.load(std::memory_order_acquire); }

  // Calls `done` when position() is at least `position`, or with VIEW_BEHIND after `deadline_ns` of
  // the clock, or with the error that stopped the view: at once on this thread, or later on the
  // view's. `done` must not block.
  void WhenApplied(storage::Position position, int64_t deadline_ns,
                   std::function<void(absl::Status)> done);

  // Writes what is not in the view's store yet, soon, and calls `done` on the view's thread:
  // everything below position() as it is then is in the store. RESOURCE_EXHAUSTED if the disk is
  // full. `done` must not block.
  void WhenWritten(std::function<void(absl::Status)> done);

  // What the view's store holds, at the position where it was last written.
  struct Contents {
    storage::Position position = 0;
    ViewDigest digest;
    uint64_t quarantined_count = 0;
  };
  // Reads it all. The view store's errors.
  absl::StatusOr<Contents> ReadContents() const;

  // From now on nobody waits: those who do, and who would, are called with UNAVAILABLE.
  void EndWaiting();

  // Whether WithHistory() would find the client without asking the view's store, and so not block:
  // a hint.
  bool IsInMemory(std::string_view client_id);

  // Calls `use` with the client's history, which holds at least all events below position(), or
  // null if there is none. `use` holds up the view meanwhile. CLIENT_QUARANTINED; or the view
  // store's errors.
  absl::Status WithHistory(std::string_view client_id,
                           absl::FunctionRef<void(const reliability::ClientHistory*)> use);

  // The same with a place for what is said of the client: empty at first and after each event of
  // the client, and else what an earlier `use` left there. Memory that is kept counts as the
  // history's does.
  using UseKept = absl::FunctionRef<void(const reliability::ClientHistory*, KeptAnswerPtr*)>;
  absl::Status WithKept(std::string_view client_id, UseKept use);

 private:
  struct Entry {
    std::string client_id;
    ViewEntry folded;
    KeptAnswerPtr kept;
    // Differs from what the view's store holds.
    bool dirty = false;
    // Asked for or changed since memory was last made free.
    bool used = true;
    size_t bytes = 0;
  };
  // An entry as a shard's table holds it: found by the hash and the id behind it.
  struct Slot {
    size_t hash;
    std::unique_ptr<Entry> entry;
  };
  // Whoever has this hash: mostly the client, who is not looked at.
  struct HashAlone {
    size_t hash;
  };
  struct SlotHash {
    using is_transparent = void;
    size_t operator()(const Slot& slot) const { return slot.hash; }
    size_t operator()(const ClientKey& key) const { return key.hash; }
    size_t operator()(const HashAlone& key) const { return key.hash; }
  };
  struct SlotEqual {
    using is_transparent = void;
    bool operator()(const Slot& slot, const HashAlone& key) const { return slot.hash == key.hash; }
    bool operator()(const Slot& a, const Slot& b) const { return a.entry == b.entry; }
    bool operator()(const Slot& slot, const ClientKey& key) const {
      return slot.hash == key.hash && slot.entry->client_id == key.id;
    }
  };
  struct Shard {
    absl::Mutex mutex;
    absl::flat_hash_set<Slot, SlotHash, SlotEqual> entries ABSL_GUARDED_BY(mutex);
    // Entries that are dirty stay where they are.
    std::vector<Entry*> dirty ABSL_GUARDED_BY(mutex);
  };
  // How large a batch is when the view is behind: so many that each shard gets its share.
  static constexpr uint64_t kBatchEventsMax = 32 << 10;

  // Fills `policies_` with those that were adopted below the position.
  absl::Status LoadPolicies(storage::Position end);
  bool IsBuildingDue() const;
  absl::Status Build();
  // A disk that is full, or fails to write, may work again; meanwhile memory answers.
  static bool CanPass(const absl::Status& status);
  void AddPolicy(storage::Position position, int64_t record_time_ns, int64_t occur_time_ns,
                 std::string_view fact_bytes);
  void Run();
  // Waits until there is something to fold that is worth it; false when it is time to end.
  bool AwaitWork();
  absl::Status FoldBatch();
  absl::Status FoldShards(size_t begin, size_t end);
  absl::Status FoldPart(Shard& shard, const ViewBatch::Part& part)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  static void PrefetchEntry(Shard& shard, size_t client_hash)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  void FoldEvent(Shard& shard, const BatchEvent& event, std::string_view fact, Entry* entry)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  bool IsWritingDue() const;
  absl::Status WriteDirty();
  // What is dirty, in the order of its keys.
  std::vector<const Entry*> SortedDirty();
  // Writes them part by part, so that they are not all in memory a second time.
  static absl::Status WriteParts(absl::Span<const Entry* const> dirty, storage::ViewWrite& write);
  absl::Status WriteAll(absl::Span<const Entry* const> dirty);
  void FreeMemory();
  void CallWaiters(const absl::Status& status);
  bool IsWritingWanted() const;
  // Calls those that wait for writing.
  void CallWriteWaiters(absl::Status status);

  Shard& ShardOf(const ClientKey& client) { return shards_[ShardOfHash(client.hash)]; }
  // The entry, read from the view's store if need be; null if there is none and `make` is false.
  absl::StatusOr<Entry*> FindEntry(Shard& shard, const ClientKey& client, bool make)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  // What it takes in memory.
  static size_t BytesOf(const Entry& entry);
  static size_t BytesOf(const KeptAnswerPtr& kept);

  storage::EventStore& store_;
  storage::ViewStore& views_;
  storage::CommitSignal& signal_;
  const Clock& clock_;
  reliability::PolicyBook& policies_;
  const ReliabilityViewOptions options_;
  std::atomic<storage::Position> position_;
  std::array<Shard, kShards> shards_;
  std::atomic<size_t> memory_bytes_{0};

  ViewBuilder builder_;
  // The thread's own.
  uint64_t dirty_events_ = 0;
  bool may_build_ = true;
  // What is folded, and what is read ahead meanwhile.
  ViewBatch batch_;
  ViewBatch ahead_;

  mutable absl::Mutex mutex_;
  storage::PositionWaiters waiters_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::function<void(absl::Status)>> write_waiters_ ABSL_GUARDED_BY(mutex_);
  // What stopped the view.
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  bool grown_ ABSL_GUARDED_BY(mutex_) = false;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  bool waiting_ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace pledger::projections

#endif  // PLEDGER_SERVER_PROJECTIONS_RELIABILITY_VIEW_H_
