// The statement by which one signing key of a log gives way to the next: a signed note of both.
//
// Pure and thread-safe; takes hostile input.
#ifndef PLEDGER_STORAGE_MERKLE_KEY_ROTATION_H_
#define PLEDGER_STORAGE_MERKLE_KEY_ROTATION_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "storage/merkle/signed_note.h"

namespace pledger::storage::merkle {

// The note's first line. No checkpoint can look like it: a checkpoint's second line is a number.
inline constexpr std::string_view kRotationTitle = "pledger.v1 signing key rotation";

// The text that both keys sign: the title, the log's origin, the old verifier key, the new one.
std::string RotationText(std::string_view origin, const NoteVerifier& old_key,
                         const NoteVerifier& new_key);

// OK if both keys, given as verifier keys, have the origin for their name and signed the statement
// about just them. INVALID_ARGUMENT if it is about something else; NOT_FOUND or DATA_LOSS as
// VerifyNote().
[[nodiscard]] absl::Status VerifyRotation(std::string_view origin, std::string_view old_vkey,
                                          std::string_view new_vkey, std::string_view statement);

}  // namespace pledger::storage::merkle

#endif  // PLEDGER_STORAGE_MERKLE_KEY_ROTATION_H_
