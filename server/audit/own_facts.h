// Records what the ledger has to say of itself, in its own stream.
#ifndef PLEDGER_SERVER_AUDIT_OWN_FACTS_H_
#define PLEDGER_SERVER_AUDIT_OWN_FACTS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "pledger/v1/fact.pb.h"
#include "server/ledger/append_preparer.h"
#include "server/ledger/pending_append.h"
#include "server/ledger/sequencer.h"

namespace pledger::audit {

// An event of the stream ~ledger.
struct OwnFact {
  // Without personal fields.
  v1::Fact fact;
  // A UUID: recording the same fact with it again changes nothing.
  std::string event_id;
  int64_t occur_time_ns = 0;
  // On whose behalf.
  std::string actor;
};

class OwnFactRecorder {
 public:
  virtual ~OwnFactRecorder() = default;

  // Where it is recorded, durably. Blocks until then; not for the writer's thread. READ_ONLY, BUSY,
  // SHUTTING_DOWN, EVENT_ID_REUSED; after an error it may be tried again.
  virtual absl::StatusOr<ledger::RecordedEvent> Record(const OwnFact& fact) = 0;
};

// Through the ledger's own way of an append. Thread-safe.
class LedgerFactRecorder final : public OwnFactRecorder {
 public:
  // Both must outlive it.
  LedgerFactRecorder(const ledger::AppendPreparer& preparer, ledger::Sequencer& sequencer)
      : preparer_(preparer), sequencer_(sequencer) {}

  absl::StatusOr<ledger::RecordedEvent> Record(const OwnFact& fact) override;

 private:
  const ledger::AppendPreparer& preparer_;
  ledger::Sequencer& sequencer_;
};

// A UUID that follows from `text`, so that whoever says the same thing again gets the same id.
std::string DerivedEventId(std::string_view text);

}  // namespace pledger::audit

#endif  // PLEDGER_SERVER_AUDIT_OWN_FACTS_H_
