// Which witnesses have seen what, and since when they have not.
//
// The policy is C2SP tlog-policy; the witnesses in it that have a URL are asked for cosignatures
// (witness_asker.h).
#ifndef PLEDGER_SERVER_AUDIT_WITNESS_BOARD_H_
#define PLEDGER_SERVER_AUDIT_WITNESS_BOARD_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "pledger/v1/audit.pb.h"
#include "server/audit/checkpoint_book.h"
#include "storage/checkpoint_store.h"
#include "storage/merkle/witness_policy.h"

namespace pledger::audit {

// What a witness last said.
struct WitnessReport {
  // The largest checkpoint that it cosigned; 0 if it did none.
  uint64_t cosigned_size = 0;
  // By its clock, in seconds since 1970.
  uint64_t cosigned_time_s = 0;
  // Why it did not, the last time; empty if it did.
  std::string error;
  // By the server's clock, in nanoseconds since 1970; 0 if it was never asked.
  int64_t asked_time_ns = 0;
};

// Thread-safe.
class WitnessBoard {
 public:
  // Looks at no more than so many stored checkpoints to find the latest one that is witnessed.
  static constexpr size_t kSearchedMax = 10'000;

  // Finds in `book`, which must outlive the board, what was witnessed before. The store's errors.
  static absl::StatusOr<std::unique_ptr<WitnessBoard>> Open(storage::merkle::WitnessPolicy policy,
                                                            CheckpointBook& book);

  const storage::merkle::WitnessPolicy& policy() const { return policy_; }
  // A quorum of witnesses is needed.
  bool required() const { return policy_.quorum != "none"; }

  // Fills in who cosigned, and whether that is enough. DATA_LOSS for a note that is malformed.
  absl::Status Describe(const storage::StoredCheckpoint& stored, v1::Checkpoint* checkpoint) const;

  // A witness, by its place in the policy, was asked; `error` says why it did not cosign, and is
  // empty if it did.
  void NoteAsked(size_t witness, absl::string_view error, int64_t time_ns);
  WitnessReport report(size_t witness) const;

  // The checkpoint of that size got cosignatures. Whoever's they are, all are told at once: nobody
  // sees a quorum beside the old error of one of its witnesses. May block. The store's errors.
  absl::Status NoteCosigned(uint64_t size);

  // The latest checkpoint that is witnessed; none if there is none, or none is required.
  std::optional<uint64_t> witnessed_size() const;

  // See Witnessing in audit.proto, in nanoseconds since 1970. May block.
  absl::StatusOr<std::optional<int64_t>> UnwitnessedSince() const;

  absl::StatusOr<v1::Witnessing> Witnessing() const;

 private:
  WitnessBoard(storage::merkle::WitnessPolicy policy, CheckpointBook& book)
      : policy_(std::move(policy)), book_(book), reports_(policy_.witnesses.size()) {}

  absl::Status Load();
  // Who cosigned it. DATA_LOSS for a note that is malformed.
  absl::StatusOr<storage::merkle::WitnessedBy> WitnessesOf(
      const storage::StoredCheckpoint& stored) const;
  // The checkpoint of that size is witnessed by these.
  void TakeIn(uint64_t size, const storage::merkle::WitnessedBy& witnessed)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const storage::merkle::WitnessPolicy policy_;
  CheckpointBook& book_;
  mutable absl::Mutex mutex_;
  std::vector<WitnessReport> reports_ ABSL_GUARDED_BY(mutex_);
  std::optional<uint64_t> witnessed_size_ ABSL_GUARDED_BY(mutex_);
  // The smallest checkpoint that was looked at when the board was opened.
  uint64_t searched_from_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace pledger::audit

#endif  // PLEDGER_SERVER_AUDIT_WITNESS_BOARD_H_
