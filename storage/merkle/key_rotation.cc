#include "storage/merkle/key_rotation.h"

#include "absl/strings/str_cat.h"
#include "storage/format/text.h"

namespace pledger::storage::merkle {

std::string RotationText(std::string_view origin, const NoteVerifier& old_key,
                         const NoteVerifier& new_key) {
  return absl::StrCat(ToAbsl(kRotationTitle), "\n", ToAbsl(origin), "\n", old_key.ToString(), "\n",
                      new_key.ToString(), "\n");
}

absl::Status VerifyRotation(std::string_view origin, std::string_view old_vkey,
                            std::string_view new_vkey, std::string_view statement) {
  const auto old_key = NoteVerifier::Parse(old_vkey);
  if (!old_key.ok()) return old_key.status();
  const auto new_key = NoteVerifier::Parse(new_vkey);
  if (!new_key.ok()) return new_key.status();
  const auto note = ParseNote(statement);
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

}  // namespace pledger::storage::merkle
