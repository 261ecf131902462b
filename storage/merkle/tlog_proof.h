// Receipts: that a record is in a log, in one text that needs no server to check (C2SP tlog-proof).
//
// A receipt of ours holds the record itself as the extra data, so that the leaf hash follows from
// the text: SHA-256(0x00 ‖ extra). Pure and thread-safe; takes hostile input.
#ifndef PLEDGER_STORAGE_MERKLE_TLOG_PROOF_H_
#define PLEDGER_STORAGE_MERKLE_TLOG_PROOF_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/merkle/checkpoint.h"
#include "storage/merkle/proofs.h"

namespace pledger::storage::merkle {

// The ending of a receipt's file name.
inline constexpr std::string_view kTlogProofEnding = ".tlog-proof";
inline constexpr size_t kTlogProofBytesMax = 2 << 20;

struct TlogProof {
  // In a receipt of ours the record. Not covered by any signature except through its hash.
  std::optional<std::string> extra;
  // The leaf's place in the tree, which for a record is its position.
  uint64_t index = 0;
  // From the leaf to the root.
  Proof path;
  // The signed note, byte for byte.
  std::string checkpoint;
};

std::string FormatTlogProof(const TlogProof& proof);

// INVALID_ARGUMENT, naming the line, for what FormatTlogProof() would not give back byte by byte.
// Checks neither path nor signature.
[[nodiscard]] absl::StatusOr<TlogProof> ParseTlogProof(std::string_view bytes);

// The checkpoint in which the leaf is proved to be. Statuses are OpenCheckpoint()'s and
// VerifyInclusion()'s.
[[nodiscard]] absl::StatusOr<OpenedCheckpoint> VerifyTlogProof(
    const TlogProof& proof, const Hash& leaf_hash, absl::Span<const NoteVerifier> log_keys);

}  // namespace pledger::storage::merkle

#endif  // PLEDGER_STORAGE_MERKLE_TLOG_PROOF_H_
