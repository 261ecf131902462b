#include "client/lib/environment.h"

#include "absl/random/random.h"
#include "absl/time/clock.h"

namespace pledger::client {
namespace {

class SystemEnvironment final : public Environment {
 public:
  absl::Time Now() override { return absl::Now(); }

  uint64_t Random() override {
    // A generator for each thread: BitGen is not thread-safe, and a lock here would be on the way
    // of every event.
    thread_local absl::BitGen generator;
    return absl::Uniform<uint64_t>(generator);
  }

  void Sleep(absl::Duration duration, const absl::Notification& cancelled) override {
    cancelled.WaitForNotificationWithTimeout(duration);
  }
};

}  // namespace

Environment& Environment::System() {
  static SystemEnvironment* const environment = new SystemEnvironment;
  return *environment;
}

}  // namespace pledger::client
