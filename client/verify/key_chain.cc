#include "client/verify/key_chain.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/merkle/key_rotation.h"

namespace pledger::verify {

using storage::merkle::NoteVerifier;

absl::Status KeyChain::Add(storage::Position position, const v1::SigningKeyRotated& rotation) {
  absl::Status status = storage::merkle::VerifyRotation(
      origin_, rotation.old_verifier_key(), rotation.new_verifier_key(), rotation.statement());
  if (!status.ok()) return status;
  // Both parse: they were checked.
  NoteVerifier old_key = *NoteVerifier::Parse(rotation.old_verifier_key());
  if (keys_.empty()) keys_.push_back(old_key);
  if (keys_.back() != old_key) {
    return absl::FailedPreconditionError(absl::StrCat("the rotation ends ",
                                                      rotation.old_verifier_key(), ", but ",
                                                      keys_.back().ToString(), " was in force"));
  }
  ends_.push_back(position);
  keys_.push_back(*NoteVerifier::Parse(rotation.new_verifier_key()));
  return absl::OkStatus();
}

void KeyChain::SetOnlyKey(const NoteVerifier& key) {
  if (keys_.empty()) keys_.push_back(key);
}

absl::Status KeyChain::CheckSignature(const storage::merkle::Checkpoint& checkpoint,
                                      const storage::merkle::SignedNote& note) const {
  if (checkpoint.origin != origin_) {
    return absl::InvalidArgumentError(
        absl::StrCat("the checkpoint is of ", checkpoint.origin, ", not of ", origin_));
  }
  // A rotation at position P is covered by the checkpoints of more than P events.
  const auto successor = std::lower_bound(ends_.begin(), ends_.end(), checkpoint.size);
  return VerifyNote(note, keys_[static_cast<size_t>(successor - ends_.begin())]);
}

}  // namespace pledger::verify
