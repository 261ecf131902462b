// Keeps the appends of a client that is being erased apart from its erasure.
//
// An event that is sealed under a key must be recorded before the key is destroyed, and counted
// with it; and no hold may come between the moment that there was none and the destruction.
#ifndef PLEDGER_SERVER_LEDGER_ERASURE_GUARD_H_
#define PLEDGER_SERVER_LEDGER_ERASURE_GUARD_H_

#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "pledger/v1/ledger.pb.h"

namespace pledger::ledger {

// Thread-safe.
class ErasureGuard {
 public:
  // Runs `submit`, which seals the request's personal fields and hands it to the sequencer, while
  // no erasure can begin. ERASURE_UNDER_WAY, and it is not run, if the request has a personal field
  // of the client that is being erased, or a hold on it. Requests that have neither cost a look at
  // the types of their facts.
  [[nodiscard]] absl::Status Submit(const v1::AppendRequest& request,
                                    absl::FunctionRef<absl::Status()> submit);

  // From now on the client is being erased. On return no `submit` for it is under way. One client
  // at a time.
  void Begin(std::string_view client_id);
  void End();

 private:
  absl::Mutex mutex_;
  // Empty: none.
  std::string client_id_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pledger::ledger

#endif  // PLEDGER_SERVER_LEDGER_ERASURE_GUARD_H_
