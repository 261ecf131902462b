#include "storage/merkle/tlog_proof.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/merkle/note_text.h"

namespace pledger::storage::merkle {
namespace {

constexpr std::string_view kFirstLine = "c2sp.org/tlog-proof@v1\n";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";
// As many as any tree can need.
constexpr size_t kPathMax = 64;

}  // namespace

std::string FormatTlogProof(const TlogProof& proof) {
  std::string bytes(kFirstLine);
  if (proof.extra) absl::StrAppend(&bytes, "extra ", ToBase64(*proof.extra), "\n");
  absl::StrAppend(&bytes, "index ", proof.index, "\n");
  AppendHashLines(proof.path, &bytes);
  absl::StrAppend(&bytes, "\n", proof.checkpoint);
  return bytes;
}

absl::StatusOr<TlogProof> ParseTlogProof(std::string_view bytes) {
  if (bytes.size() > kTlogProofBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("a proof has at most ", kTlogProofBytesMax, " bytes"));
  }
  if (!bytes.starts_with(kFirstLine)) return BadLine(1, "is not c2sp.org/tlog-proof@v1");
  bytes.remove_prefix(kFirstLine.size());
  TlogProof proof;
  size_t number = 2;
  if (const auto extra = TakeLineAfter(kExtra, &bytes)) {
    proof.extra = FromBase64(*extra);
    if (!proof.extra) return BadLine(number, "the extra data is not in base64");
    ++number;
  }
  const std::optional<std::string_view> index_line = TakeLineAfter(kIndex, &bytes);
  const auto index = index_line ? FromDecimal(*index_line) : std::nullopt;
  if (!index) return BadLine(number, "is not `index` and a number");
  proof.index = *index;
  absl::StatusOr<Proof> path = TakeHashLines(kPathMax, number + 1, &bytes);
  if (!path.ok()) return path.status();
  proof.path = *std::move(path);
  proof.checkpoint = bytes;
  // What follows can only be judged with the keys, but it must at least be a note.
  if (auto note = ParseNote(bytes); !note.ok()) return note.status();
  return proof;
}

absl::StatusOr<OpenedCheckpoint> VerifyTlogProof(const TlogProof& proof, const Hash& leaf_hash,
                                                 absl::Span<const NoteVerifier> log_keys) {
  absl::StatusOr<OpenedCheckpoint> opened = OpenCheckpoint(proof.checkpoint, log_keys);
  if (!opened.ok()) return opened;
  absl::Status status = VerifyInclusion(proof.index, opened->checkpoint.size, leaf_hash, proof.path,
                                        opened->checkpoint.root);
  if (!status.ok()) return status;
  return opened;
}

}  // namespace pledger::storage::merkle
