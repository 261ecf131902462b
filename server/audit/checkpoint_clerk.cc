#include "server/audit/checkpoint_clerk.h"

#include <algorithm>

#include "spdlog/spdlog.h"

namespace pledger::audit {

absl::Duration CheckpointClerk::Work() {
  const auto latest = book_.Latest();
  if (latest.has_value()) {
    // A clock that was set back must not keep the ledger without checkpoints.
    const absl::Duration age = absl::Nanoseconds(clock_.NowNs() - latest->time_ns);
    if (age >= absl::ZeroDuration() && age < interval_) return interval_ - age;
  }
  absl::Status status = MakeIfGrown();
  if (status.ok()) status = WatchWitnesses();
  if (status.message() != status_.message()) {
    status.ok() ? spdlog::info("checkpoints are made again")
                : spdlog::error("no checkpoint: {}", std::string(status.message()));
  }
  status_ = status;
  return interval_;
}

absl::Status CheckpointClerk::MakeIfGrown() {
  const auto latest = book_.Latest();
  if (next_position_() > (latest.has_value() ? latest->size : 0)) {
    const auto made = book_.Make();
    if (!made.ok()) return made.status();
  }
  return keys_.Finish(book_);
}

absl::Status CheckpointClerk::WatchWitnesses() {
  const auto since = board_.UnwitnessedSince();
  if (!since.ok()) return since.status();
  const bool is_behind =
      since->has_value() && absl::Nanoseconds(clock_.NowNs() - **since) > kUnwitnessedMax;
  if (is_behind && !complains_) {
    spdlog::warn(
        "unwitnessed since {}: the witness policy's quorum has not cosigned what was "
        "recorded since",
        absl::FormatTime(absl::FromUnixNanos(**since), absl::UTCTimeZone()));
  } else if (complains_ && !since->has_value()) {
    spdlog::info("the witness policy's quorum has cosigned everything again");
  }
  complains_ = is_behind || (complains_ && since->has_value());
  return absl::OkStatus();
}

}  // namespace pledger::audit
