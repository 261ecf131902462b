// Who decides the order of appends, and when they are durable.
//
// The embedded one is a queue in this process over the store's own synced log. One
// that orders appends through a replicated log can take its place: given the same appends in the
// same order, the machine writes the same bytes.
#ifndef PLEDGER_SERVER_LEDGER_SEQUENCER_H_
#define PLEDGER_SERVER_LEDGER_SEQUENCER_H_

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "server/ledger/pending_append.h"

namespace pledger::ledger {

// What appends are applied to, in order. Called on one thread at a time.
class AppendMachine {
 public:
  virtual ~AppendMachine() = default;

  // Decides every append, commits those that pass, and leaves each one's outcome in it. If they
  // cannot be committed, all of them hear so: nothing is told that was decided upon events that
  // never were.
  virtual void Apply(absl::Span<PendingAppend* const> appends) = 0;

  // Tries to write again after a failure that may pass. Called now and then while it lasts.
  virtual void TryResume() = 0;

  // A failure that may pass keeps it from writing.
  virtual bool WantsResume() const = 0;
};

// Thread-safe.
class Sequencer {
 public:
  virtual ~Sequencer() = default;

  // Takes the append; its Done() will be called once, perhaps before this returns. Done() of other
  // appends may be called within it: no lock may be held that one of them takes. BUSY if too much
  // waits, SHUTTING_DOWN after Stop(): the append then still belongs to the caller.
  [[nodiscard]] virtual absl::Status Submit(PendingAppend* append) = 0;

  // Takes no more, and returns when everything that was taken is done.
  virtual void Stop() = 0;
};

}  // namespace pledger::ledger

#endif  // PLEDGER_SERVER_LEDGER_SEQUENCER_H_
