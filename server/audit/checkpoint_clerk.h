// Sees to it that there is a checkpoint over what was recorded, and that its witnesses keep up.
#ifndef PLEDGER_SERVER_AUDIT_CHECKPOINT_CLERK_H_
#define PLEDGER_SERVER_AUDIT_CHECKPOINT_CLERK_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/audit/checkpoint_book.h"
#include "server/audit/key_ring.h"
#include "server/audit/witness_board.h"
#include "server/domain/clock.h"

namespace pledger::audit {

// Of one thread.
class CheckpointClerk {
 public:
  // How long a checkpoint may be without its quorum before the log says so.
  static constexpr absl::Duration kUnwitnessedMax = absl::Minutes(1);

  // All must outlive it. `next_position` is how many events are durable; `interval` the least time
  // between two checkpoints that nobody asked for.
  CheckpointClerk(CheckpointBook& book, KeyRing& keys, const WitnessBoard& board,
                  const Clock& clock, std::function<uint64_t()> next_position,
                  absl::Duration interval)
      : book_(book),
        keys_(keys),
        board_(board),
        clock_(clock),
        next_position_(std::move(next_position)),
        interval_(interval) {}

  // Makes a checkpoint if it is time and there is something new; says when to call again.
  absl::Duration Work();

  // What went wrong the last time; OK if nothing did.
  const absl::Status& status() const { return status_; }
  // The log was told that the witnesses are behind, and not yet that they no longer are.
  bool complains() const { return complains_; }

 private:
  absl::Status MakeIfGrown();
  absl::Status WatchWitnesses();

  CheckpointBook& book_;
  KeyRing& keys_;
  const WitnessBoard& board_;
  const Clock& clock_;
  const std::function<uint64_t()> next_position_;
  const absl::Duration interval_;
  absl::Status status_;
  bool complains_ = false;
};

}  // namespace pledger::audit

#endif  // PLEDGER_SERVER_AUDIT_CHECKPOINT_CLERK_H_
