#include "server/audit/checkpoint_book.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"
#include "storage/merkle/checkpoint.h"

namespace pledger::audit {

using storage::Direction;
using storage::StoredCheckpoint;
using storage::merkle::NoteSignature;

absl::StatusOr<std::unique_ptr<CheckpointBook>> CheckpointBook::Open(
    Parts parts, Signers signers, absl::Span<const storage::merkle::NoteVerifier> keys) {
  std::unique_ptr<CheckpointBook> book(new CheckpointBook(std::move(parts)));
  if (absl::Status status = book->Load(keys); !status.ok()) return status;
  book->SetSigners(std::move(signers));
  return book;
}

absl::Status CheckpointBook::Load(absl::Span<const storage::merkle::NoteVerifier> keys) {
  const auto last = parts_.store.ListCheckpoints(~uint64_t{0}, Direction::kBackward, 1);
  if (!last.ok()) return last.status();
  if (last->empty()) return absl::OkStatus();
  const StoredCheckpoint& latest = last->front();
  const auto opened = storage::merkle::OpenCheckpoint(latest.note, keys);
  if (absl::IsNotFound(opened.status())) {
    return absl::FailedPreconditionError(
        absl::StrCat("the checkpoint of size ", latest.size,
                     " is signed by none of the ledger's keys: the signing key was lost or "
                     "exchanged; put the file back that signed it"));
  }
  const std::string name = absl::StrCat("the checkpoint of size ", latest.size);
  if (!opened.ok()) {
    return absl::DataLossError(absl::StrCat(name, " is malformed: ", opened.status().message()));
  }
  if (opened->checkpoint.origin != parts_.origin || opened->checkpoint.size != latest.size) {
    return absl::DataLossError(absl::StrCat(name, " is of another ledger"));
  }
  const TreeHead head = parts_.head();
  if (latest.size > head.size) {
    return absl::DataLossError(
        absl::StrCat("the log has ", head.size, " events but a checkpoint over ", latest.size,
                     " was signed: the end of the log is lost; restore it from a backup"));
  }
  const auto root = parts_.prover.Root(latest.size);
  if (!root.ok()) return root.status();
  if (*root != opened->checkpoint.root) {
    return absl::DataLossError(absl::StrCat(
        "the first ", latest.size, " events of the log do not have the root that was signed for ",
        "them: recorded events were changed; restore the log from a backup"));
  }
  absl::MutexLock lock(&mutex_);
  latest_ = latest;
  return absl::OkStatus();
}

absl::StatusOr<StoredCheckpoint> CheckpointBook::Make() {
  absl::MutexLock making(&making_);
  const TreeHead head = parts_.head();
  const std::optional<StoredCheckpoint> latest = Latest();
  if (latest.has_value() && latest->size >= head.size) return *latest;
  storage::merkle::Checkpoint checkpoint;
  checkpoint.origin = parts_.origin;
  checkpoint.size = head.size;
  checkpoint.root = head.root;
  StoredCheckpoint made;
  made.size = head.size;
  // So that the order of times is that of sizes, whatever the clock does.
  made.time_ns = std::max(parts_.clock.NowNs(), latest.has_value() ? latest->time_ns : INT64_MIN);
  made.note = FormatNote(storage::merkle::SignCheckpoint(checkpoint, signers_));
  if (absl::Status stored = parts_.store.PutCheckpoint(made); !stored.ok()) return stored;
  absl::MutexLock lock(&mutex_);
  latest_ = made;
  return made;
}

std::optional<StoredCheckpoint> CheckpointBook::Latest() const {
  absl::MutexLock lock(&mutex_);
  return latest_;
}

absl::StatusOr<StoredCheckpoint> CheckpointBook::Find(uint64_t size) const {
  auto found = parts_.store.FindCheckpoint(size);
  if (!found.ok()) return found.status();
  if (!found->has_value()) {
    return Error(
        v1::ERROR_REASON_CHECKPOINT_NOT_FOUND,
        absl::StrCat("no checkpoint of size ", size, " is stored; ListCheckpoints says which are"),
        {{"size", absl::StrCat(size)}});
  }
  return **std::move(found);
}

absl::StatusOr<uint64_t> CheckpointBook::FindTime(int64_t time_ns) const {
  const std::optional<StoredCheckpoint> latest = Latest();
  uint64_t low = 0;
  uint64_t high = latest.has_value() ? latest->size + 1 : 0;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    const auto next = parts_.store.ListCheckpoints(middle, Direction::kForward, 1);
    if (!next.ok()) return next.status();
    if (next->empty() || next->front().time_ns >= time_ns) {
      high = middle;
    } else {
      low = next->front().size + 1;
    }
  }
  return low;
}

absl::Status CheckpointBook::AddSignatures(uint64_t size,
                                           const std::vector<NoteSignature>& signatures) {
  absl::MutexLock making(&making_);
  auto found = Find(size);
  if (!found.ok()) return found.status();
  auto note = storage::merkle::ParseNote(found->note);
  if (!note.ok()) return absl::DataLossError(note.status().message());
  for (const NoteSignature& added : signatures) {
    const auto same = std::find_if(note->signatures.begin(), note->signatures.end(),
                                   [&added](const NoteSignature& one) {
                                     return one.name == added.name && one.key_id == added.key_id;
                                   });
    if (same == note->signatures.end()) {
      note->signatures.push_back(added);
    } else {
      *same = added;
    }
  }
  found->note = FormatNote(*note);
  if (absl::Status stored = parts_.store.PutCheckpoint(*found); !stored.ok()) return stored;
  absl::MutexLock lock(&mutex_);
  if (latest_->size == size) latest_ = *found;
  return absl::OkStatus();
}

absl::Status CheckpointBook::ChangeSigners(Signers during,
                                           absl::FunctionRef<absl::Status()> record) {
  absl::MutexLock making(&making_);
  absl::Status recorded = record();
  if (recorded.ok()) signers_ = std::move(during);
  return recorded;
}

void CheckpointBook::SetSigners(Signers signers) {
  absl::MutexLock making(&making_);
  signers_ = std::move(signers);
}

}  // namespace pledger::audit
