// Cosignatures: a witness says when it saw a checkpoint that continues all it saw before (C2SP
// tlog-cosignature, Ed25519).
//
// Pure and thread-safe; takes hostile input.
#ifndef PLEDGER_STORAGE_MERKLE_COSIGNATURE_H_
#define PLEDGER_STORAGE_MERKLE_COSIGNATURE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/merkle/signed_note.h"

namespace pledger::storage::merkle {

// What a witness signs: `cosignature/v1\ntime <seconds>\n` and the checkpoint's text.
std::string CosignedMessage(std::string_view checkpoint_text, uint64_t time_s);

// By a key of type kCosignature. `time_s` is in seconds since 1970, above 0 and below 2^63.
NoteSignature Cosign(std::string_view checkpoint_text, uint64_t time_s, const NoteSigner& witness);

// The time, in seconds since 1970, at which the witness, a key of type kCosignature, saw the
// checkpoint; the latest if it cosigned the note more than once. NOT_FOUND if it didn't; DATA_LOSS
// if one of its cosignatures is false.
[[nodiscard]] absl::StatusOr<uint64_t> VerifyCosignature(const SignedNote& checkpoint,
                                                         const NoteVerifier& witness);

}  // namespace pledger::storage::merkle

#endif  // PLEDGER_STORAGE_MERKLE_COSIGNATURE_H_
