// What a log sends to a witness: a checkpoint, and the proof that it continues the one that the
// witness saw before (C2SP tlog-witness, add-checkpoint).
//
// Pure and thread-safe; takes hostile input.
#ifndef PLEDGER_STORAGE_MERKLE_TLOG_WITNESS_H_
#define PLEDGER_STORAGE_MERKLE_TLOG_WITNESS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/merkle/proofs.h"

namespace pledger::storage::merkle {

// Below a witness's submission prefix.
inline constexpr std::string_view kAddCheckpointPath = "/add-checkpoint";
// Of the answer to a request with another old size than the witness knows: 409 with its own size in
// decimal digits and a line feed.
inline constexpr std::string_view kTreeSizeMediaType = "text/x.tlog.size";
inline constexpr size_t kAddCheckpointBytesMax = 2 << 20;

struct AddCheckpointRequest {
  // Of the checkpoint that the witness is thought to know; 0 for none.
  uint64_t old_size = 0;
  // Consistency of the old size with the checkpoint's; empty if the old size is 0.
  Proof proof;
  // The signed note, byte for byte.
  std::string checkpoint;
};

// The body: `old <size>\n`, a line of base64 for each hash, an empty line, the checkpoint.
std::string FormatAddCheckpoint(const AddCheckpointRequest& request);

// INVALID_ARGUMENT, naming the line, for what FormatAddCheckpoint() would not give back byte by
// byte, and for more than 63 hashes. The checkpoint is not looked into.
[[nodiscard]] absl::StatusOr<AddCheckpointRequest> ParseAddCheckpoint(std::string_view body);

}  // namespace pledger::storage::merkle

#endif  // PLEDGER_STORAGE_MERKLE_TLOG_WITNESS_H_
