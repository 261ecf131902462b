// Checkpoints: what a log says of itself, in a signed note (C2SP tlog-checkpoint).
//
// Pure and thread-safe; parsers take hostile input.
#ifndef PLEDGER_STORAGE_MERKLE_CHECKPOINT_H_
#define PLEDGER_STORAGE_MERKLE_CHECKPOINT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/format/types.h"
#include "storage/merkle/signed_note.h"

namespace pledger::storage::merkle {

struct Checkpoint {
  // The log's name, which its key has too.
  std::string origin;
  // How many leaves the tree has.
  uint64_t size = 0;
  Hash root{};
  // Lines that this format gives no meaning to, without their line feeds. None of ours has any.
  std::vector<std::string> extensions;

  bool operator==(const Checkpoint&) const = default;
};

// The text that is signed: `<origin>\n<size>\n<base64 of root>\n` and the extensions.
std::string FormatCheckpoint(const Checkpoint& checkpoint);

// INVALID_ARGUMENT, naming the line, for what FormatCheckpoint() would not give back byte by byte.
[[nodiscard]] absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view text);

// The note with a signature of each signer, whose types are kEd25519; several while a key is being
// replaced.
SignedNote SignCheckpoint(const Checkpoint& checkpoint, absl::Span<const NoteSigner> signers);

// A checkpoint that one of the keys signed, and the note it came in.
struct OpenedCheckpoint {
  Checkpoint checkpoint;
  SignedNote note;
  // Which of the keys signed it: indexes into those that were given.
  std::vector<size_t> signed_by;
};

// Opens a checkpoint that at least one of `log_keys` signed. Signatures of other keys are ignored.
// INVALID_ARGUMENT if it isn't a checkpoint; NOT_FOUND if none of the keys signed it; DATA_LOSS if
// a signature that names one of the keys is false, or the checkpoint's origin is not that key's
// name.
[[nodiscard]] absl::StatusOr<OpenedCheckpoint> OpenCheckpoint(
    std::string_view bytes, absl::Span<const NoteVerifier> log_keys);

}  // namespace pledger::storage::merkle

#endif  // PLEDGER_STORAGE_MERKLE_CHECKPOINT_H_
