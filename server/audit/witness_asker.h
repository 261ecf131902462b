// Asks one witness for its cosignature of each new checkpoint (C2SP tlog-witness).
#ifndef PLEDGER_SERVER_AUDIT_WITNESS_ASKER_H_
#define PLEDGER_SERVER_AUDIT_WITNESS_ASKER_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/audit/checkpoint_book.h"
#include "server/audit/tree_prover.h"
#include "server/audit/witness_board.h"
#include "server/domain/clock.h"

namespace pledger::audit {

struct HttpAnswer {
  int code = 0;
  std::string body;
};

// Of one thread.
class WitnessAsker {
 public:
  // Sends a body to the witness's add-checkpoint. UNAVAILABLE if there is no answer.
  using Post = std::function<absl::StatusOr<HttpAnswer>(const std::string& body)>;

  // How soon after a failure it is tried again: twice as long each time.
  static constexpr absl::Duration kRetryFirst = absl::Seconds(1);
  static constexpr absl::Duration kRetryMax = absl::Seconds(60);

  // All must outlive it. `witness` is the place in the board's policy; `interval` is how long a new
  // checkpoint may wait.
  WitnessAsker(size_t witness, WitnessBoard& board, CheckpointBook& book, TreeProver& prover,
               const Clock& clock, absl::Duration interval, Post post)
      : witness_(witness),
        board_(board),
        book_(book),
        prover_(prover),
        clock_(clock),
        interval_(interval),
        post_(std::move(post)) {}

  // Asks for the latest checkpoint, unless the witness cosigned it; says when to call again. What
  // goes wrong is reported to the board and logged.
  absl::Duration Work();

 private:
  // OK once the cosignature is stored and on the board. OUT_OF_RANGE, and the old size set right,
  // if the witness knows another one than was thought.
  absl::Status Ask(const storage::StoredCheckpoint& checkpoint);
  absl::Status Take(const storage::StoredCheckpoint& checkpoint, const std::string& lines);
  absl::Status NoteOldSize(const storage::StoredCheckpoint& checkpoint, const std::string& body);

  const size_t witness_;
  WitnessBoard& board_;
  CheckpointBook& book_;
  TreeProver& prover_;
  const Clock& clock_;
  const absl::Duration interval_;
  const Post post_;
  // What the witness has cosigned last, as far as is known.
  uint64_t old_size_ = 0;
  absl::Duration retry_ = kRetryFirst;
};

}  // namespace pledger::audit

#endif  // PLEDGER_SERVER_AUDIT_WITNESS_ASKER_H_
