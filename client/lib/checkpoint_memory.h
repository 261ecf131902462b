// The checkpoints that this computer saw, so that a ledger that is rewritten, forked or cut short
// behind its back is noticed.
//
// In a folder, for each ledger by its origin: the latest checkpoint, and the keys that it is
// believed to be signed by. At the first contact the keys are taken as the server gives them,
// unless they are given; afterwards a new key is only believed if the old one signed that it gives
// way to it. A checkpoint is only believed if it is proved to continue the one before. One that
// does not is refused, and everything that shows it is written to a file that needs no other.
#ifndef PLEDGER_CLIENT_LIB_CHECKPOINT_MEMORY_H_
#define PLEDGER_CLIENT_LIB_CHECKPOINT_MEMORY_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/lib/audit_client.h"
#include "client/lib/client.h"
#include "pledger/v1/audit.pb.h"
#include "storage/merkle/checkpoint.h"
#include "storage/merkle/signed_note.h"

namespace pledger::client {

// What is remembered of a ledger.
struct RememberedLedger {
  // A signed note.
  std::string note;
  storage::merkle::Checkpoint checkpoint;
  // The oldest first; the last one signed `note`.
  std::vector<storage::merkle::NoteVerifier> keys;
};

// Thread-compatible. Two processes may share a folder: each file is replaced whole, and the later
// one wins.
class CheckpointMemory {
 public:
  explicit CheckpointMemory(std::string folder) : folder_(std::move(folder)) {}

  // What is remembered of the ledger; none at first. Else what errno says, or DATA_LOSS for files
  // that were damaged.
  [[nodiscard]] absl::StatusOr<std::optional<RememberedLedger>> Recall(
      std::string_view origin) const;

  // What is remembered of all ledgers.
  [[nodiscard]] absl::StatusOr<std::vector<RememberedLedger>> RecallAll() const;

  // From now on these keys are believed for their ledger, whatever was before; for first contact,
  // before anything is believed. INVALID_ARGUMENT if there are none.
  [[nodiscard]] absl::Status Trust(const std::vector<storage::merkle::NoteVerifier>& keys);

  // Checks a checkpoint that `client`'s server gave against what is remembered, asks it for the
  // proof that is needed, and remembers it if it is later. `is_latest`: it was given as the latest
  // one.
  //
  // LEDGER_FORKED or LEDGER_REWOUND (DATA_LOSS) name the evidence file; DATA_LOSS or NOT_FOUND
  // where no key that is believed signed it; the call's errors. Nothing is remembered then.
  [[nodiscard]] absl::StatusOr<storage::merkle::OpenedCheckpoint> Believe(AuditClient& client,
                                                                          std::string_view note,
                                                                          bool is_latest);

 private:
  struct Conflict;

  std::string PathOf(std::string_view origin, std::string_view ending) const;
  absl::StatusOr<std::vector<storage::merkle::NoteVerifier>> RecallKeys(
      std::string_view origin) const;
  // Opens the note with `keys`, to which successors are added.
  absl::StatusOr<storage::merkle::OpenedCheckpoint> Open(
      AuditClient& client, std::string_view note, std::vector<storage::merkle::NoteVerifier>* keys);
  absl::Status Follow(AuditClient& client, std::string_view origin,
                      std::vector<storage::merkle::NoteVerifier>* keys);
  absl::Status CheckContinues(AuditClient& client, const RememberedLedger& seen,
                              const storage::merkle::OpenedCheckpoint& shown, std::string_view note,
                              bool is_latest, absl::Time now);
  absl::Status Refuse(const Conflict& conflict, absl::Time now);
  absl::Status Remember(const RememberedLedger& ledger);

  const std::string folder_;
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_LIB_CHECKPOINT_MEMORY_H_
