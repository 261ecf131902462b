// When to try again, and how long to wait before.
#ifndef PLEDGER_CLIENT_LIB_RETRY_H_
#define PLEDGER_CLIENT_LIB_RETRY_H_

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "client/lib/environment.h"

namespace pledger::client {

// The n-th wait in a row without success is `initial_backoff` × `multiplier`^(n−1), at most
// `backoff_max`, and as much shorter as chance says within `jitter` (a share, 0 to 1). A longer
// delay that the server asks for is honoured.
struct RetryPolicy {
  absl::Duration initial_backoff = absl::Milliseconds(50);
  absl::Duration backoff_max = absl::Seconds(5);
  double multiplier = 2;
  double jitter = 0.5;
  // Tries in a row without success, the first included.
  int attempts_max = 1'000'000;
  // How long to go on without success.
  absl::Duration give_up_after = absl::InfiniteDuration();
};

// The retries of one call or stream. Not thread-safe. `environment` must outlive it.
class RetryLoop {
 public:
  // Nothing is tried at or after `deadline`.
  RetryLoop(const RetryPolicy& policy, Environment& environment, absl::Time deadline);

  // Whether to try again after `status`. If so, it has waited; `cancelled` cuts the wait short and
  // makes it false. False where the error is not transient, or waiting would pass a limit: then
  // `status`, which says more than "deadline exceeded", is what to return.
  [[nodiscard]] bool WaitToRetry(const absl::Status& status, const absl::Notification& cancelled);

  // Something succeeded: the next failure is a first one.
  void Succeeded();

  // What remains until the deadline; zero once it has passed.
  absl::Duration Remaining() const;

 private:
  const RetryPolicy policy_;
  Environment& environment_;
  const absl::Time deadline_;
  absl::Time give_up_at_;
  absl::Duration backoff_;
  int attempts_ = 0;
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_LIB_RETRY_H_
