#include "server/audit/directory_clerk.h"

#include <algorithm>
#include <string>
#include <utility>

#include "spdlog/spdlog.h"

namespace pledger::audit {
namespace {

constexpr absl::Duration kRetry = absl::Seconds(10);

}  // namespace

DirectoryClerk::DirectoryClerk(DirectoryKeeper& keeper, const Clock& clock, absl::Duration interval)
    : keeper_(keeper), clock_(clock), interval_(interval), began_ns_(clock.NowNs()) {
  thread_ = std::make_unique<PeriodicThread>("directory", [this] { return Work(); });
}

void DirectoryClerk::Stop() {
  std::vector<Done> left;
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    left.swap(waiting_);
  }
  keeper_.Stop();
  thread_.reset();
  for (const Done& done : left) done(absl::UnavailableError("the server is going down"));
}

void DirectoryClerk::Record(Done done) {
  {
    absl::MutexLock lock(&mutex_);
    if (!stopped_) {
      waiting_.push_back(std::move(done));
      // Under the lock, which keeps the thread from being ended meanwhile.
      thread_->Wake();
      return;
    }
  }
  done(absl::UnavailableError("the server is going down"));
}

absl::Duration DirectoryClerk::Work() {
  std::vector<Done> asked;
  {
    absl::MutexLock lock(&mutex_);
    asked.swap(waiting_);
  }
  if (!asked.empty()) {
    const auto recorded = keeper_.Record();
    for (const Done& done : asked) done(recorded);
  }
  return RecordIfDue();
}

absl::Duration DirectoryClerk::RecordIfDue() {
  absl::Status status = keeper_.TakeUp();
  if (status.ok() && interval_ == absl::ZeroDuration()) return absl::InfiniteDuration();
  const auto latest = keeper_.latest();
  const int64_t last_ns = latest.has_value() ? latest->recorded.record_time_ns : began_ns_;
  const absl::Duration left = interval_ - absl::Nanoseconds(clock_.NowNs() - last_ns);
  if (status.ok() && left > absl::ZeroDuration()) return std::min(left, interval_);
  if (status.ok()) status = keeper_.Record().status();
  if (status.ok() || absl::IsNotFound(status)) return interval_;
  if (!absl::IsCancelled(status)) {
    spdlog::error("no directory of clients: {}", std::string(status.message()));
  }
  return kRetry;
}

}  // namespace pledger::audit
