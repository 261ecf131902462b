#include "server/audit/auditor.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/audit/await_indexed.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "storage/format/record.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/tlog_proof.h"

namespace pledger::audit {

using storage::Position;
using storage::StoredCheckpoint;

namespace {

template <typename Hashes>
void AddHashes(const storage::merkle::Proof& proof, Hashes* hashes) {
  for (const storage::Hash& hash : proof) *hashes->Add() = std::string(storage::AsChars(hash));
}

absl::Status NoEventAt(Position position) {
  return Error(v1::ERROR_REASON_EVENT_NOT_FOUND,
               absl::StrCat("no event is recorded at position ", position),
               {{"position", absl::StrCat(position)}});
}

}  // namespace

absl::StatusOr<StoredCheckpoint> Auditor::MakeIndexed() {
  auto made = parts_.book.Make();
  if (!made.ok()) return made;
  if (absl::Status status = AwaitIndexed(parts_.store, made->size); !status.ok()) return status;
  return made;
}

absl::StatusOr<StoredCheckpoint> Auditor::Covering(uint64_t size) {
  auto latest = parts_.book.Latest();
  if (!latest.has_value() || latest->size < size) {
    auto made = MakeIndexed();
    if (!made.ok()) return made;
    latest = *std::move(made);
  }
  if (latest->size < size) {
    return Error(
        v1::ERROR_REASON_TREE_SIZE_UNKNOWN,
        absl::StrCat("the ledger has ", latest->size, " events, and no tree of size ", size),
        {{"size", absl::StrCat(size)}, {"next_position", absl::StrCat(latest->size)}});
  }
  if (absl::Status status = AwaitIndexed(parts_.store, latest->size); !status.ok()) return status;
  return *std::move(latest);
}

absl::StatusOr<v1::GetCheckpointResponse> Auditor::GetCheckpoint(
    const v1::GetCheckpointRequest& request) {
  absl::StatusOr<StoredCheckpoint> stored;
  switch (request.which_case()) {
    case v1::GetCheckpointRequest::kSize:
      stored = parts_.book.Find(request.size());
      break;
    case v1::GetCheckpointRequest::kMinPosition:
      stored = Covering(request.min_position() + 1);
      break;
    case v1::GetCheckpointRequest::kFresh:
      stored = parts_.book.Make();
      break;
    default:
      stored = Covering(0);
  }
  if (!stored.ok()) return stored.status();
  v1::GetCheckpointResponse response;
  absl::Status status = parts_.witnesses.Describe(*stored, response.mutable_checkpoint());
  if (!status.ok()) return status;
  auto witnessing = parts_.witnesses.Witnessing();
  if (!witnessing.ok()) return witnessing.status();
  *response.mutable_witnessing() = *std::move(witnessing);
  return response;
}

absl::Status Auditor::FillInclusion(Position position, uint64_t size, v1::InclusionProof* proof) {
  const auto hashes = parts_.prover.Inclusion(position, size);
  if (!hashes.ok()) return hashes.status();
  const auto root = parts_.prover.Root(size);
  if (!root.ok()) return root.status();
  const auto record = parts_.store.ReadRecord(position);
  if (!record.ok()) return record.status();
  proof->set_position(position);
  proof->set_size(size);
  proof->set_leaf_hash(std::string(storage::AsChars(storage::merkle::LeafHash(*record))));
  AddHashes(*hashes, proof->mutable_hashes());
  proof->set_root_hash(std::string(storage::AsChars(*root)));
  return absl::OkStatus();
}

absl::StatusOr<v1::GetInclusionProofResponse> Auditor::GetInclusionProof(
    const v1::GetInclusionProofRequest& request) {
  uint64_t size = request.size();
  if (request.position() >= parts_.store.next_position()) return NoEventAt(request.position());
  if (size == 0) {
    const auto covering = Covering(request.position() + 1);
    if (!covering.ok()) return covering.status();
    size = covering->size;
  }
  v1::GetInclusionProofResponse response;
  absl::Status status = FillInclusion(request.position(), size, response.mutable_proof());
  if (!status.ok()) return status;
  status = FillStored(size, response.mutable_checkpoint());
  if (absl::IsNotFound(status)) response.clear_checkpoint();
  if (!status.ok() && !absl::IsNotFound(status)) return status;
  return response;
}

absl::Status Auditor::FillStored(uint64_t size, v1::Checkpoint* checkpoint) {
  const auto stored = parts_.book.Find(size);
  if (!stored.ok()) return stored.status();
  return parts_.witnesses.Describe(*stored, checkpoint);
}

absl::StatusOr<v1::GetConsistencyProofResponse> Auditor::GetConsistencyProof(
    const v1::GetConsistencyProofRequest& request) {
  const uint64_t first = request.first_size();
  uint64_t second = request.second_size();
  if (second == 0) {
    const auto covering = Covering(first);
    if (!covering.ok()) return covering.status();
    second = covering->size;
  }
  const auto hashes = parts_.prover.Consistency(first, second);
  if (!hashes.ok()) return hashes.status();
  const auto first_root = parts_.prover.Root(first);
  if (!first_root.ok()) return first_root.status();
  const auto second_root = parts_.prover.Root(second);
  if (!second_root.ok()) return second_root.status();
  v1::GetConsistencyProofResponse response;
  response.set_first_size(first);
  response.set_second_size(second);
  response.set_first_root_hash(std::string(storage::AsChars(*first_root)));
  response.set_second_root_hash(std::string(storage::AsChars(*second_root)));
  AddHashes(*hashes, response.mutable_hashes());
  const absl::Status status = FillStored(second, response.mutable_checkpoint());
  if (absl::IsNotFound(status)) response.clear_checkpoint();
  if (!status.ok() && !absl::IsNotFound(status)) return status;
  return response;
}

absl::StatusOr<Position> Auditor::PositionOf(const v1::GetReceiptRequest& request) {
  if (request.key_case() == v1::GetReceiptRequest::kPosition) return request.position();
  if (request.key_case() == v1::GetReceiptRequest::KEY_NOT_SET) {
    return InvalidField("key", "event_id or position must be set");
  }
  const auto id = ParseUuid(request.event_id());
  if (!id.has_value()) return InvalidField("event_id", "must be a UUID");
  const auto found = parts_.store.FindIndexedEventId(*id);
  if (!found.ok()) return found.status();
  if (found->has_value()) return (*found)->position;
  return Error(v1::ERROR_REASON_EVENT_NOT_FOUND,
               absl::StrCat("no event with id ", request.event_id(), " is recorded"),
               {{"event_id", request.event_id()}});
}

absl::StatusOr<StoredCheckpoint> Auditor::CheckpointFor(Position position,
                                                        const v1::GetReceiptRequest& request) {
  if (request.checkpoint_size() > 0) return parts_.book.Find(request.checkpoint_size());
  const auto witnessed = parts_.witnesses.witnessed_size();
  if (request.prefer_witnessed() && witnessed.has_value() && *witnessed > position) {
    return parts_.book.Find(*witnessed);
  }
  return Covering(position + 1);
}

absl::Status Auditor::FillRecord(Position position, bool with_sealed, v1::RawRecord* record) {
  auto bytes = parts_.store.ReadRecord(position);
  if (!bytes.ok()) return bytes.status();
  const auto view = storage::DecodeRecord(*bytes);
  if (!view.ok()) return view.status();
  if (with_sealed && view->header.has_sealed) {
    auto sealed = parts_.store.ReadSealed(position, view->header.sealed_hash);
    if (!sealed.ok()) return sealed.status();
    record->set_sealed(*std::move(sealed));
  }
  record->set_record(*std::move(bytes));
  return absl::OkStatus();
}

absl::StatusOr<v1::GetReceiptResponse> Auditor::GetReceipt(const v1::GetReceiptRequest& request) {
  const auto position = PositionOf(request);
  if (!position.ok()) return position.status();
  if (*position >= parts_.store.next_position()) return NoEventAt(*position);
  const auto stored = CheckpointFor(*position, request);
  if (!stored.ok()) return stored.status();
  auto path = parts_.prover.Inclusion(*position, stored->size);
  if (!path.ok()) return path.status();
  v1::GetReceiptResponse response;
  absl::Status status = FillRecord(*position, request.with_sealed(), response.mutable_record());
  if (status.ok()) status = parts_.witnesses.Describe(*stored, response.mutable_checkpoint());
  if (!status.ok()) return status;
  storage::merkle::TlogProof proof;
  proof.extra = response.record().record();
  proof.index = *position;
  proof.path = *std::move(path);
  proof.checkpoint = stored->note;
  response.set_receipt(FormatTlogProof(proof));
  return response;
}

absl::StatusOr<v1::GetAuditKeysResponse> Auditor::GetAuditKeys(const v1::GetAuditKeysRequest&) {
  v1::GetAuditKeysResponse response;
  response.set_origin(parts_.origin);
  storage::merkle::WitnessPolicy policy = parts_.witnesses.policy();
  policy.logs.clear();
  for (const RingKey& key : parts_.keys.keys()) {
    v1::SigningKey* said = response.add_keys();
    said->set_verifier_key(key.verifier.ToString());
    if (key.from.has_value()) said->set_from_position(*key.from);
    if (key.until.has_value()) said->set_until_position(*key.until);
    policy.logs.push_back({key.verifier, ""});
  }
  response.set_policy(FormatWitnessPolicy(policy));
  return response;
}

absl::StatusOr<v1::RotateSigningKeyResponse> Auditor::RotateSigningKey(
    const v1::RotateSigningKeyRequest& request, const std::string& actor) {
  const auto rotated = parts_.keys.Rotate(request.expected_verifier_key(), request.event_id(),
                                          actor, parts_.recorder, parts_.book);
  if (!rotated.ok()) return rotated.status();
  v1::RotateSigningKeyResponse response;
  response.set_verifier_key(rotated->verifier_key);
  response.set_position(rotated->position);
  absl::Status status =
      parts_.witnesses.Describe(rotated->checkpoint, response.mutable_checkpoint());
  if (!status.ok()) return status;
  return response;
}

absl::Status Auditor::DescribeTo(v1::GetStatusResponse* status) const {
  const auto latest = parts_.book.Latest();
  if (latest.has_value()) status->set_checkpoint_size(latest->size);
  const auto since = parts_.witnesses.UnwitnessedSince();
  if (!since.ok()) return since.status();
  if (since->has_value()) *status->mutable_unwitnessed_since() = FromNanos(**since);
  return absl::OkStatus();
}

}  // namespace pledger::audit
