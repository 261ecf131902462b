#include "client/witness/witness.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "storage/merkle/cosignature.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/proofs.h"

namespace pledger::witness {
namespace {

using storage::merkle::Checkpoint;
using storage::merkle::NoteSignature;
using storage::merkle::NoteVerifier;
using storage::merkle::OpenedCheckpoint;
using storage::merkle::SignedNote;

enum HttpStatus : int {
  kOk = 200,
  kBadRequest = 400,
  kForbidden = 403,
  kNotFound = 404,
  kConflict = 409,
  kUnprocessable = 422,
  kInternal = 500,
};

Answer Refuse(HttpStatus status, absl::string_view why) {
  return {.status = status, .body = absl::StrCat(why, "\n")};
}

// The checkpoint in a note of the witness's own.
absl::StatusOr<Checkpoint> CheckpointIn(const std::string& note) {
  const auto parsed = storage::merkle::ParseNote(note);
  if (!parsed.ok()) return parsed.status();
  return storage::merkle::ParseCheckpoint(parsed->text);
}

absl::Status CheckContinues(const Checkpoint& old, const Checkpoint& checkpoint,
                            const storage::merkle::Proof& proof) {
  if (checkpoint.size == 0 && checkpoint.root != storage::merkle::EmptyRoot()) {
    return absl::DataLossError("the root is not that of an empty tree");
  }
  return storage::merkle::VerifyConsistency(old.size, checkpoint.size, proof, old.root,
                                            checkpoint.root);
}

}  // namespace

Witness::Witness(storage::merkle::NoteSigner signer, std::vector<NoteVerifier> logs,
                 WitnessState state, std::function<uint64_t()> now_s)
    : signer_(std::move(signer)), now_s_(std::move(now_s)), state_(std::move(state)) {
  for (NoteVerifier& log : logs) logs_[log.name()].push_back(std::move(log));
}

Answer Witness::AddCheckpoint(std::string_view body) {
  const auto request = storage::merkle::ParseAddCheckpoint(body);
  if (!request.ok()) return Refuse(kBadRequest, request.status().message());
  const auto claimed = CheckpointIn(request->checkpoint);
  if (!claimed.ok()) return Refuse(kBadRequest, claimed.status().message());
  const auto log = logs_.find(claimed->origin);
  if (log == logs_.end()) return Refuse(kNotFound, "this log is not known here");
  const auto opened = storage::merkle::OpenCheckpoint(request->checkpoint, log->second);
  if (!opened.ok()) return Refuse(kForbidden, opened.status().message());
  if (request->old_size > opened->checkpoint.size) {
    return Refuse(kBadRequest, "the old size is above that of the checkpoint");
  }
  return Decide(*request, *opened, log->second);
}

Answer Witness::Decide(const storage::merkle::AddCheckpointRequest& request,
                       const OpenedCheckpoint& opened, absl::Span<const NoteVerifier> keys) {
  const Checkpoint& checkpoint = opened.checkpoint;
  const std::string origin_hash = OriginHash(checkpoint.origin);
  absl::MutexLock lock(&mutex_);
  const auto stored = state_.Load(origin_hash);
  if (!stored.ok()) return Refuse(kInternal, stored.status().message());
  Checkpoint old = {checkpoint.origin, 0, storage::merkle::EmptyRoot(), {}};
  if (stored->has_value()) {
    auto known = CheckpointIn(**stored);
    if (!known.ok()) return Refuse(kInternal, known.status().message());
    old = *std::move(known);
  }
  if (request.old_size != old.size) {
    return {.status = kConflict,
            .media_type = std::string(storage::merkle::kTreeSizeMediaType),
            .body = absl::StrCat(old.size, "\n")};
  }
  if (absl::Status status = CheckContinues(old, checkpoint, request.proof); !status.ok()) {
    return Refuse(kUnprocessable, status.message());
  }
  // Kept as it will be served: with the signatures that were verified, and no others.
  SignedNote note = {.text = opened.note.text, .signatures = {}};
  for (const NoteSignature& signature : opened.note.signatures) {
    for (const size_t key : opened.signed_by) {
      if (IsBy(signature, keys[key])) note.signatures.push_back(signature);
    }
  }
  const NoteSignature cosignature = storage::merkle::Cosign(note.text, now_s_(), signer_);
  note.signatures.push_back(cosignature);
  if (absl::Status status = state_.Save(origin_hash, FormatNote(note)); !status.ok()) {
    return Refuse(kInternal, status.message());
  }
  return {.status = kOk, .body = FormatSignatureLine(cosignature)};
}

Answer Witness::GetCheckpoint(const std::string& origin_hash) const {
  absl::MutexLock lock(&mutex_);
  auto note = state_.Load(origin_hash);
  if (!note.ok()) return Refuse(kInternal, note.status().message());
  if (!note->has_value()) return Refuse(kNotFound, "no checkpoint of this log was cosigned here");
  return {.status = kOk, .body = **std::move(note)};
}

}  // namespace pledger::witness
