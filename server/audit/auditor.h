// Answers auditors: checkpoints, proofs, receipts, whole histories.
#ifndef PLEDGER_SERVER_AUDIT_AUDITOR_H_
#define PLEDGER_SERVER_AUDIT_AUDITOR_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pledger/v1/audit.pb.h"
#include "pledger/v1/ledger.pb.h"
#include "server/audit/checkpoint_book.h"
#include "server/audit/directory_keeper.h"
#include "server/audit/key_ring.h"
#include "server/audit/own_facts.h"
#include "server/audit/tree_prover.h"
#include "server/audit/witness_board.h"
#include "storage/event_store.h"

namespace pledger::audit {

// Thread-safe; may block. Errors are those that audit.proto names, and the stores'. What is
// recorded when a function is called must be indexed.
class Auditor {
 public:
  // All must outlive it.
  struct Parts {
    storage::EventStore& store;
    TreeProver& prover;
    CheckpointBook& book;
    KeyRing& keys;
    WitnessBoard& witnesses;
    DirectoryKeeper& directories;
    OwnFactRecorder& recorder;
    std::string origin;
  };
  explicit Auditor(Parts parts) : parts_(std::move(parts)) {}

  // `min_position` is recorded.
  absl::StatusOr<v1::GetCheckpointResponse> GetCheckpoint(const v1::GetCheckpointRequest& request);
  absl::StatusOr<v1::ListCheckpointsResponse> ListCheckpoints(
      const v1::ListCheckpointsRequest& request);
  absl::StatusOr<v1::GetInclusionProofResponse> GetInclusionProof(
      const v1::GetInclusionProofRequest& request);
  absl::StatusOr<v1::GetConsistencyProofResponse> GetConsistencyProof(
      const v1::GetConsistencyProofRequest& request);
  absl::StatusOr<v1::GetReceiptResponse> GetReceipt(const v1::GetReceiptRequest& request);
  absl::StatusOr<v1::ClientHistoryProof> ProveClientHistory(
      const v1::ProveClientHistoryRequest& request);
  absl::StatusOr<v1::GetAuditKeysResponse> GetAuditKeys(const v1::GetAuditKeysRequest& request);
  // `actor` is who asks.
  absl::StatusOr<v1::RotateSigningKeyResponse> RotateSigningKey(
      const v1::RotateSigningKeyRequest& request, const std::string& actor);

  // The parts of the ledger's status that are about auditing.
  absl::Status DescribeTo(v1::GetStatusResponse* status) const;

 private:
  // A checkpoint of at least `size`, the latest if it is; indexed as far as it goes. The status is
  // TREE_SIZE_UNKNOWN if the ledger has less.
  absl::StatusOr<storage::StoredCheckpoint> Covering(uint64_t size);
  absl::StatusOr<storage::StoredCheckpoint> MakeIndexed();
  absl::Status FillInclusion(storage::Position position, uint64_t size, v1::InclusionProof* proof);
  // NOT_FOUND if none of this size is stored.
  absl::Status FillStored(uint64_t size, v1::Checkpoint* checkpoint);
  absl::StatusOr<storage::Position> PositionOf(const v1::GetReceiptRequest& request);
  absl::StatusOr<storage::StoredCheckpoint> CheckpointFor(storage::Position position,
                                                          const v1::GetReceiptRequest& request);
  absl::Status FillRecord(storage::Position position, bool with_sealed, v1::RawRecord* record);
  absl::Status FillDirectory(const std::string& client_id, uint64_t size,
                             v1::ClientHistoryProof* proof);

  const Parts parts_;
};

}  // namespace pledger::audit

#endif  // PLEDGER_SERVER_AUDIT_AUDITOR_H_
