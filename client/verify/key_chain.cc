#include "client/verify/key_chain.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/format/text.h"

namespace pledger::verify {

using storage::merkle::NoteKeyType;
using storage::merkle::NoteVerifier;

std::string RotationText(std::string_view origin, const NoteVerifier& old_key,
                         const NoteVerifier& new_key) {
  return absl::StrCat(ToAbsl(kRotationTitle), "\n", ToAbsl(origin), "\n", old_key.ToString(), "\n",
                      new_key.ToString(), "\n");
}

absl::Status CheckRotation(std::string_view origin, const v1::SigningKeyRotated& rotation) {
  const auto old_key = NoteVerifier::Parse(rotation.old_verifier_key());
  if (!old_key.ok()) return old_key.status();
  const auto new_key = NoteVerifier::Parse(rotation.new_verifier_key());
  if (!new_key.ok()) return new_key.status();
  const auto note = storage::merkle::ParseNote(rotation.statement());
  if (!note.ok()) return note.status();
  for (const NoteVerifier* key : {&*old_key, &*new_key}) {
    if (key->name() != origin || key->type() != NoteKeyType::kEd25519) {
      return absl::InvalidArgumentError(
          absl::StrCat("the key ", key->ToString(), " is none of ", ToAbsl(origin)));
    }
    if (absl::Status status = VerifyNote(*note, *key); !status.ok()) return status;
  }
  if (note->text == RotationText(origin, *old_key, *new_key)) return absl::OkStatus();
  return absl::InvalidArgumentError("the statement is about something else than these keys");
}

absl::Status KeyChain::Add(storage::Position position, const v1::SigningKeyRotated& rotation) {
  if (absl::Status status = CheckRotation(origin_, rotation); !status.ok()) return status;
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
