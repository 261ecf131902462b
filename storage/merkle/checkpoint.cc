#include "storage/merkle/checkpoint.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/merkle/note_text.h"

namespace pledger::storage::merkle {

std::string FormatCheckpoint(const Checkpoint& checkpoint) {
  std::string text = absl::StrCat(checkpoint.origin, "\n", checkpoint.size, "\n",
                                  ToBase64(AsChars(checkpoint.root)), "\n");
  for (const std::string& extension : checkpoint.extensions) {
    absl::StrAppend(&text, extension, "\n");
  }
  return text;
}

absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view text) {
  if (!IsNoteText(text)) {
    return absl::InvalidArgumentError("a checkpoint is UTF-8 without control characters");
  }
  Checkpoint checkpoint;
  const std::optional<std::string_view> origin = TakeLine(&text);
  if (!origin || origin->empty()) return BadLine(1, "is the log's origin, which is missing");
  checkpoint.origin = *origin;
  const std::optional<std::string_view> size_line = TakeLine(&text);
  const auto size = size_line ? FromDecimal(*size_line) : std::nullopt;
  if (!size) return BadLine(2, "is the tree's size, in decimal digits without leading zeros");
  checkpoint.size = *size;
  const std::optional<std::string_view> root_line = TakeLine(&text);
  const auto root = root_line ? HashFromBase64(*root_line) : std::nullopt;
  if (!root) return BadLine(3, "is the tree's root, 32 bytes in base64");
  checkpoint.root = *root;
  for (size_t number = 4; !text.empty(); ++number) {
    const std::optional<std::string_view> line = TakeLine(&text);
    if (!line || line->empty()) return BadLine(number, "is empty or ends without a line feed");
    checkpoint.extensions.emplace_back(*line);
  }
  return checkpoint;
}

SignedNote SignCheckpoint(const Checkpoint& checkpoint, absl::Span<const NoteSigner> signers) {
  SignedNote note = {.text = FormatCheckpoint(checkpoint), .signatures = {}};
  for (const NoteSigner& signer : signers) note.signatures.push_back(SignNote(note.text, signer));
  return note;
}

absl::StatusOr<OpenedCheckpoint> OpenCheckpoint(std::string_view bytes,
                                                absl::Span<const NoteVerifier> log_keys) {
  absl::StatusOr<SignedNote> note = ParseNote(bytes);
  if (!note.ok()) return note.status();
  absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(note->text);
  if (!checkpoint.ok()) return checkpoint.status();
  OpenedCheckpoint opened = {*std::move(checkpoint), *std::move(note), {}};
  for (size_t i = 0; i < log_keys.size(); ++i) {
    absl::Status status = VerifyNote(opened.note, log_keys[i]);
    if (absl::IsNotFound(status)) continue;
    if (!status.ok()) return status;
    if (log_keys[i].name() != opened.checkpoint.origin) {
      return absl::DataLossError(absl::StrCat(
          "the key ", log_keys[i].name(), " signed a checkpoint of ", opened.checkpoint.origin));
    }
    opened.signed_by.push_back(i);
  }
  if (opened.signed_by.empty()) {
    return absl::NotFoundError(absl::StrCat("the checkpoint of ", opened.checkpoint.origin,
                                            " is signed by none of the ", log_keys.size(),
                                            " keys that are trusted"));
  }
  return opened;
}

}  // namespace pledger::storage::merkle
