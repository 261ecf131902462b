// Keys that were made a moment ago, kept by the ledger's log until their own store has them on
// disk.
//
// An event must not be durable before the key that its personal part is sealed under. Syncing the
// store of keys before each commit would double the syncs. So a new key goes into the log in the
// very write that records the first event under it, and the store of keys is synced now and then:
// after a crash it gets back from the log what it lost. Once it has them for good the log forgets
// them.
#ifndef PLEDGER_STORAGE_KEY_JOURNAL_H_
#define PLEDGER_STORAGE_KEY_JOURNAL_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "storage/event_store.h"
#include "storage/keys/key_store.h"

namespace pledger::storage {

// Thread-safe.
class KeyJournal {
 public:
  // Both must outlive it. The store of keys is synced once `unsynced_max` were put into it.
  KeyJournal(EventStore& log, keys::KeyStore& keys, size_t unsynced_max);

  // To be called once, before anything uses the keys: gives their store what it has lost, and lets
  // the log forget it. `can_unwrap` tells whether a wrapped key is under a key-encryption key that
  // is there. A key that is not, of a client that was erased, comes from an old backup of the log,
  // and stays out: it was destroyed. FAILED_PRECONDITION, and nothing is forgotten, for any other.
  // Others are the stores'.
  [[nodiscard]] absl::Status Restore(
      absl::FunctionRef<absl::StatusOr<bool>(std::string_view wrapped)> can_unwrap);

  // The log has just committed these. Called by the writer; never waits for I/O.
  void NoteCommitted(absl::Span<const NewKey> keys);

  // The store of keys is behind by as much as it may be. Never waits.
  bool has_many() const { return keys_.unsynced() >= unsynced_max_; }
  // Syncs the store of keys and lets the log forget what it kept for it; where the store is not
  // behind by much, nothing, or where another thread is doing it. Blocks. Nothing is lost by an
  // error.
  [[nodiscard]] absl::Status SettleIfMany();
  // The same in any case. On return the log holds no key that was committed before.
  [[nodiscard]] absl::Status Settle();

 private:
  [[nodiscard]] absl::Status SettleNow() ABSL_EXCLUSIVE_LOCKS_REQUIRED(settle_mutex_);

  EventStore& log_;
  keys::KeyStore& keys_;
  const size_t unsynced_max_;
  // Held while settling.
  absl::Mutex settle_mutex_;
  absl::Mutex mutex_;
  // The clients whose keys the log keeps; one may stand here more than once.
  std::vector<std::string> committed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_KEY_JOURNAL_H_
