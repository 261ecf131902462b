// An append of the server's own, whose outcome its maker waits for.
#ifndef PLEDGER_SERVER_LEDGER_AWAITED_APPEND_H_
#define PLEDGER_SERVER_LEDGER_AWAITED_APPEND_H_

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "server/ledger/pending_append.h"
#include "server/ledger/sequencer.h"

namespace pledger::ledger {

class AwaitedAppend final : public PendingAppend {
 public:
  void Done() override { done_.Notify(); }

  // Submits it and blocks until it is decided; never on gRPC's threads. Errors are the sequencer's,
  // then its own.
  [[nodiscard]] absl::Status Await(Sequencer& sequencer) {
    if (absl::Status submitted = sequencer.Submit(this); !submitted.ok()) return submitted;
    done_.WaitForNotification();
    return status;
  }

 private:
  absl::Notification done_;
};

}  // namespace pledger::ledger

#endif  // PLEDGER_SERVER_LEDGER_AWAITED_APPEND_H_
