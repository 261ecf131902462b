// What the services of the ledger work with. Everything outlives the services.
#ifndef PLEDGER_SERVER_SERVICES_LEDGER_CONTEXT_H_
#define PLEDGER_SERVER_SERVICES_LEDGER_CONTEXT_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "pledger/v1/ledger.pb.h"
#include "server/domain/clock.h"
#include "server/ledger/append_preparer.h"
#include "server/ledger/erasure_guard.h"
#include "server/ledger/ledger_machine.h"
#include "server/ledger/sequencer.h"
#include "server/services/access_recorder.h"
#include "server/services/event_encoder.h"
#include "server/services/executor.h"
#include "server/services/principal.h"
#include "server/services/stream_ticker.h"
#include "storage/commit_signal.h"
#include "storage/event_store.h"

namespace pledger::services {

struct LedgerContext {
  storage::EventStore& store;
  const ledger::AppendPreparer& preparer;
  ledger::Sequencer& sequencer;
  ledger::LedgerMachine& machine;
  ledger::ErasureGuard& guard;
  storage::CommitSignal& signal;
  const PersonalReader& personal;
  const Principals& principals;
  AccessRecorder& access;
  Executor& executor;
  StreamTicker& ticker;
  const Clock& clock;
  std::string origin;
  std::string version;
  // How far the reliability view has got.
  std::function<storage::Position()> reliability_view_position;
  // Adds what the ledger's status says of checkpoints and witnesses. May block.
  std::function<absl::Status(v1::GetStatusResponse*)> describe_audit;
};

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_LEDGER_CONTEXT_H_
