// Everything that answers auditors, put together: keys, checkpoints, directories, witnesses, and
// the threads that see to them.
#ifndef PLEDGER_SERVER_RUNTIME_AUDIT_PARTS_H_
#define PLEDGER_SERVER_RUNTIME_AUDIT_PARTS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/audit/auditor.h"
#include "server/audit/directory_clerk.h"
#include "server/domain/clock.h"
#include "server/ledger/append_preparer.h"
#include "server/ledger/ledger_machine.h"
#include "server/ledger/sequencer.h"
#include "server/runtime/config.h"
#include "storage/checkpoint_store.h"
#include "storage/event_store.h"
#include "storage/keys/random.h"

namespace pledger::runtime {

class AuditParts {
 public:
  // All must outlive the parts.
  struct Ledger {
    storage::EventStore& store;
    storage::CheckpointStore& checkpoints;
    std::string origin;
    const Clock& clock;
    storage::keys::RandomSource& random;
    const ledger::LedgerMachine& machine;
    const ledger::AppendPreparer& preparer;
    ledger::Sequencer& sequencer;
  };

  // Opens keys, checkpoints and the witness policy, and begins to work. DATA_LOSS if the log is not
  // what was signed; FAILED_PRECONDITION for a key that is not the ledger's, or a policy that can't
  // be read; else the stores' errors.
  static absl::StatusOr<std::unique_ptr<AuditParts>> Open(const Config& config, Ledger ledger);
  virtual ~AuditParts() = default;

  virtual audit::Auditor& auditor() = 0;
  virtual audit::DirectoryClerk& directories() = 0;

  // The threads end; what waits for them fails with UNAVAILABLE or CANCELLED. Questions are still
  // answered.
  virtual void StopWork() = 0;
};

}  // namespace pledger::runtime

#endif  // PLEDGER_SERVER_RUNTIME_AUDIT_PARTS_H_
