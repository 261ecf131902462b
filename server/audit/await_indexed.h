// Waiting for the index on a thread that may block.
#ifndef PLEDGER_SERVER_AUDIT_AWAIT_INDEXED_H_
#define PLEDGER_SERVER_AUDIT_AWAIT_INDEXED_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "storage/event_store.h"

namespace pledger::audit {

// Returns when everything below `position` is indexed. As EventStore::WhenIndexed().
inline absl::Status AwaitIndexed(storage::EventStore& store, storage::Position position) {
  absl::Notification indexed;
  absl::Status outcome;
  store.WhenIndexed(position, [&](absl::Status status) {
    outcome = std::move(status);
    indexed.Notify();
  });
  indexed.WaitForNotification();
  return outcome;
}

}  // namespace pledger::audit

#endif  // PLEDGER_SERVER_AUDIT_AWAIT_INDEXED_H_
