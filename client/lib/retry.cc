#include "client/lib/retry.h"

#include <algorithm>
#include <optional>

#include "client/lib/errors.h"

namespace pledger::client {

RetryLoop::RetryLoop(const RetryPolicy& policy, Environment& environment, absl::Time deadline)
    : policy_(policy), environment_(environment), deadline_(deadline) {
  Succeeded();
}

void RetryLoop::Succeeded() {
  attempts_ = 0;
  backoff_ = policy_.initial_backoff;
  give_up_at_ = absl::InfiniteFuture();
}

absl::Duration RetryLoop::Remaining() const {
  return std::max(deadline_ - environment_.Now(), absl::ZeroDuration());
}

bool RetryLoop::WaitToRetry(const absl::Status& status, const absl::Notification& cancelled) {
  if (!IsTransient(status) || cancelled.HasBeenNotified()) return false;
  const absl::Time now = environment_.Now();
  if (++attempts_ == 1) give_up_at_ = now + policy_.give_up_after;
  if (attempts_ >= policy_.attempts_max) return false;
  const double chance = static_cast<double>(environment_.Random() >> 11) * 0x1p-53;
  absl::Duration wait = backoff_ * (1 - policy_.jitter * chance);
  if (const std::optional<absl::Duration> asked = RetryDelayOf(status); asked.has_value()) {
    wait = std::max(wait, *asked);
  }
  if (now + wait >= std::min(deadline_, give_up_at_)) return false;
  backoff_ = std::min(backoff_ * policy_.multiplier, policy_.backoff_max);
  environment_.Sleep(wait, cancelled);
  return !cancelled.HasBeenNotified();
}

}  // namespace pledger::client
