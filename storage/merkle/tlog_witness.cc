#include "storage/merkle/tlog_witness.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "storage/merkle/note_text.h"

namespace pledger::storage::merkle {
namespace {

constexpr size_t kProofMax = 63;

}  // namespace

std::string FormatAddCheckpoint(const AddCheckpointRequest& request) {
  std::string body = absl::StrCat("old ", request.old_size, "\n");
  AppendHashLines(request.proof, &body);
  absl::StrAppend(&body, "\n", request.checkpoint);
  return body;
}

absl::StatusOr<AddCheckpointRequest> ParseAddCheckpoint(std::string_view body) {
  if (body.size() > kAddCheckpointBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("a request has at most ", kAddCheckpointBytesMax, " bytes"));
  }
  AddCheckpointRequest request;
  const std::optional<std::string_view> old_line = TakeLineAfter("old ", &body);
  const auto old_size = old_line ? FromDecimal(*old_line) : std::nullopt;
  if (!old_size) return BadLine(1, "is not `old` and a tree size");
  request.old_size = *old_size;
  absl::StatusOr<Proof> proof = TakeHashLines(kProofMax, 2, &body);
  if (!proof.ok()) return proof.status();
  request.proof = *std::move(proof);
  request.checkpoint = body;
  return request;
}

}  // namespace pledger::storage::merkle
