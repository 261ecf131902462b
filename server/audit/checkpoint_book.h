// Makes checkpoints of the ledger's tree, signs them, and keeps them.
//
// A checkpoint is signed only over what is durable, and stored durably before anybody sees it. None
// is smaller than one before it. When the book is opened the latest one is held against the log: if
// the log has less, or another root, recorded events are gone or were rewritten, and nothing may go
// on as if that had not happened.
#ifndef PLEDGER_SERVER_AUDIT_CHECKPOINT_BOOK_H_
#define PLEDGER_SERVER_AUDIT_CHECKPOINT_BOOK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "server/audit/tree_prover.h"
#include "server/domain/clock.h"
#include "storage/checkpoint_store.h"
#include "storage/merkle/signed_note.h"

namespace pledger::audit {

// What is durable now.
struct TreeHead {
  uint64_t size = 0;
  storage::Hash root{};
};

// Thread-safe; may block on the disk.
class CheckpointBook {
 public:
  using Signers = std::vector<storage::merkle::NoteSigner>;

  // All must outlive the book. `head` never falls, and is thread-safe.
  struct Parts {
    storage::CheckpointStore& store;
    TreeProver& prover;
    const Clock& clock;
    std::string origin;
    std::function<TreeHead()> head;
  };

  // `signers` sign from now on; `keys` are all that ever did. DATA_LOSS if the latest checkpoint is
  // not of this log; FAILED_PRECONDITION if none of `keys` signed it; or the store's errors. All
  // that is recorded must be indexed.
  static absl::StatusOr<std::unique_ptr<CheckpointBook>> Open(
      Parts parts, Signers signers, absl::Span<const storage::merkle::NoteVerifier> keys);

  // The checkpoint over all that is durable: a new one, if the latest covers less.
  absl::StatusOr<storage::StoredCheckpoint> Make();

  // None if none was ever made.
  std::optional<storage::StoredCheckpoint> Latest() const;

  // CHECKPOINT_NOT_FOUND.
  absl::StatusOr<storage::StoredCheckpoint> Find(uint64_t size) const;

  storage::CheckpointStore& store() const { return parts_.store; }

  // The first size whose checkpoint was signed at `time_ns` or later; one more than the latest's if
  // there is none.
  absl::StatusOr<uint64_t> FindTime(int64_t time_ns) const;

  // Adds signature lines to a stored checkpoint; those that it has already are left out, and of the
  // same key the new one takes the old one's place. CHECKPOINT_NOT_FOUND; or the store's errors.
  absl::Status AddSignatures(uint64_t size,
                             const std::vector<storage::merkle::NoteSignature>& signatures);

  // Makes no checkpoint while `record` runs. Once it is OK, `during` sign until SetSigners().
  absl::Status ChangeSigners(Signers during, absl::FunctionRef<absl::Status()> record);
  void SetSigners(Signers signers);

 private:
  explicit CheckpointBook(Parts parts) : parts_(std::move(parts)) {}

  absl::Status Load(absl::Span<const storage::merkle::NoteVerifier> keys);

  const Parts parts_;
  // Held while a checkpoint is made or changed.
  absl::Mutex making_ ABSL_ACQUIRED_BEFORE(mutex_);
  Signers signers_ ABSL_GUARDED_BY(making_);
  mutable absl::Mutex mutex_;
  std::optional<storage::StoredCheckpoint> latest_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pledger::audit

#endif  // PLEDGER_SERVER_AUDIT_CHECKPOINT_BOOK_H_
