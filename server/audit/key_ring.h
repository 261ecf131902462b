// The keys that sign this ledger's checkpoints: the one in force, and all before it.
//
// A key is replaced in steps, each of which a crash may follow:
//
//   1  the successor is made and lies beside the key, in a file whose name ends in `.next`;
//   2  SigningKeyRotated, signed by both, is recorded: from here on there is no way back;
//   3  a checkpoint over it is signed by both;
//   4  the successor's file takes the key's place.
//
// Opening after a crash forgets a successor that was not recorded, and goes on from 2 or 3 with one
// that was.
#ifndef PLEDGER_SERVER_AUDIT_KEY_RING_H_
#define PLEDGER_SERVER_AUDIT_KEY_RING_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "server/audit/checkpoint_book.h"
#include "server/audit/own_facts.h"
#include "server/domain/clock.h"
#include "storage/event_store.h"
#include "storage/keys/random.h"
#include "storage/merkle/signed_note.h"

namespace pledger::audit {

// A key that signs, or did.
struct RingKey {
  storage::merkle::NoteVerifier verifier;
  // The positions of the facts that put it in force and ended it.
  std::optional<storage::Position> from;
  std::optional<storage::Position> until;
};

// What a rotation led to.
struct Rotated {
  std::string verifier_key;
  storage::Position position = 0;
  // The first one that covers the position.
  storage::StoredCheckpoint checkpoint;
};

// Thread-safe; may block.
class KeyRing {
 public:
  // `path` is the current key's file. All must outlive the ring.
  struct Parts {
    storage::EventStore& store;
    const Clock& clock;
    storage::keys::RandomSource& random;
    std::string path;
    std::string origin;
  };

  // Makes a key at first start. FAILED_PRECONDITION if the file's key is not the one that the
  // ledger recorded last; DATA_LOSS for a malformed record; or LoadSigningKey()'s errors. All that
  // is recorded must be indexed.
  static absl::StatusOr<std::unique_ptr<KeyRing>> Open(Parts parts);

  // The oldest first; the last one is in force.
  std::vector<RingKey> keys() const;
  std::vector<storage::merkle::NoteVerifier> verifiers() const;

  // Who must sign the next checkpoint: the key in force, and the one before it until step 4.
  CheckpointBook::Signers signers() const;

  // Steps 1 to 4. Asked again with the same event id it finishes what was begun, and tells what it
  // led to. SIGNING_KEY_CHANGED if another key than the expected one is in force; INVALID_FIELD for
  // an event id that is no UUID; or the errors of recording, of the store, and of the files.
  absl::StatusOr<Rotated> Rotate(const std::string& expected_key, const std::string& event_id,
                                 const std::string& actor, OwnFactRecorder& recorder,
                                 CheckpointBook& book);

  // Steps 3 and 4 where they are still to be done; does nothing otherwise.
  absl::Status Finish(CheckpointBook& book);

 private:
  explicit KeyRing(Parts parts) : parts_(std::move(parts)) {}

  absl::Status LoadHistory();
  absl::Status LoadKeys();
  absl::StatusOr<Rotated> FindRotation(const std::string& event_id, CheckpointBook& book);
  absl::Status MakeNext();
  absl::Status Record(const std::string& event_id, const std::string& actor,
                      OwnFactRecorder& recorder, CheckpointBook& book);
  absl::Status FinishLocked(CheckpointBook& book) ABSL_EXCLUSIVE_LOCKS_REQUIRED(rotating_);
  std::string next_path() const { return parts_.path + ".next"; }

  const Parts parts_;
  // Held by one rotation at a time.
  absl::Mutex rotating_ ABSL_ACQUIRED_BEFORE(mutex_);
  mutable absl::Mutex mutex_;
  std::vector<RingKey> keys_ ABSL_GUARDED_BY(mutex_);
  // What `path` holds.
  std::optional<storage::merkle::NoteSigner> current_ ABSL_GUARDED_BY(mutex_);
  // What the file beside it holds.
  std::optional<storage::merkle::NoteSigner> next_ ABSL_GUARDED_BY(mutex_);
  // `next_` is recorded, and the last of `keys_`.
  bool next_recorded_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace pledger::audit

#endif  // PLEDGER_SERVER_AUDIT_KEY_RING_H_
