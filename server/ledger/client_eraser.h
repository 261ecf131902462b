// Erasing a client: no hold, then the keys, then the ClientErased that says so.
#ifndef PLEDGER_SERVER_LEDGER_CLIENT_ERASER_H_
#define PLEDGER_SERVER_LEDGER_CLIENT_ERASER_H_

#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "pledger/v1/fact.pb.h"
#include "server/domain/clock.h"
#include "server/ledger/append_preparer.h"
#include "server/ledger/erasure_guard.h"
#include "server/ledger/ledger_machine.h"
#include "server/ledger/sequencer.h"
#include "storage/event_store.h"
#include "storage/key_journal.h"
#include "storage/keys/key_eraser.h"
#include "storage/keys/key_vault.h"

namespace pledger::ledger {

struct ErasureRequest {
  std::string client_id;
  // A UUID.
  std::string event_id;
  std::string basis;
  std::string approved_by;
  // The principal that asks for it.
  std::string actor;
};

// Thread-safe; erases one client at a time. Blocks: on the disk, and on the sequencer.
class ClientEraser {
 public:
  struct Parts {
    storage::EventStore& store;
    const LedgerMachine& machine;
    Sequencer& sequencer;
    const AppendPreparer& preparer;
    storage::keys::KeyVault& keys;
    storage::KeyJournal& key_journal;
    // Opened.
    storage::keys::KeyEraser& key_eraser;
    ErasureGuard& guard;
    const Clock& clock;
  };
  // What it is given must outlive it.
  explicit ClientEraser(const Parts& parts) : parts_(parts) {}

  // Finishes an erasure that an earlier process has begun, if there is one. To be called before
  // appends are taken. READ_ONLY, or the store's: it is then tried again by Erase().
  [[nodiscard]] absl::Status FinishBegun();

  // Returns the position of the ClientErased: that which was recorded under this event id before,
  // or a new one. Once the erasure has begun it is finished, by this call or, after an error, by
  // the next one. CLIENT_NOT_FOUND, CLIENT_ON_HOLD, NOTHING_TO_ERASE, EVENT_ID_REUSED, READ_ONLY;
  // ERASURE_UNDER_WAY while another call erases. Others are the stores' and errno's.
  [[nodiscard]] absl::StatusOr<storage::Position> Erase(const ErasureRequest& request);

 private:
  [[nodiscard]] absl::StatusOr<std::optional<storage::Position>> FindRecorded(
      const ErasureRequest& request);
  // Begins and finishes it.
  [[nodiscard]] absl::StatusOr<storage::Position> EraseNow(const ErasureRequest& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What is to be erased; the client is guarded.
  [[nodiscard]] absl::StatusOr<storage::keys::KeyStore::Erasure> Plan(const ErasureRequest& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] absl::StatusOr<storage::Position> Finish(
      const storage::keys::KeyStore::Erasure& erasure) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Returns when all that was submitted before is decided and in the index.
  [[nodiscard]] absl::Status AwaitSubmitted();

  const Parts parts_;
  absl::Mutex mutex_;
};

}  // namespace pledger::ledger

#endif  // PLEDGER_SERVER_LEDGER_CLIENT_ERASER_H_
