// Typed calls of AuditService, with the retries of a Client. None of the answers is checked here:
// checkpoint_memory.h and client/verify do that.
#ifndef PLEDGER_CLIENT_LIB_AUDIT_CLIENT_H_
#define PLEDGER_CLIENT_LIB_AUDIT_CLIENT_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "client/lib/client.h"
#include "pledger/v1/audit.pb.h"

namespace pledger::client {

// Thread-safe. Errors are as in errors.h.
class AuditClient {
 public:
  // `client` must outlive it.
  explicit AuditClient(Client& client) : client_(client) {}

  [[nodiscard]] absl::StatusOr<v1::GetCheckpointResponse> GetCheckpoint(
      const v1::GetCheckpointRequest& request);
  [[nodiscard]] absl::StatusOr<v1::ListCheckpointsResponse> ListCheckpoints(
      const v1::ListCheckpointsRequest& request);
  [[nodiscard]] absl::StatusOr<v1::GetInclusionProofResponse> GetInclusionProof(
      const v1::GetInclusionProofRequest& request);
  [[nodiscard]] absl::StatusOr<v1::GetConsistencyProofResponse> GetConsistencyProof(
      const v1::GetConsistencyProofRequest& request);
  [[nodiscard]] absl::StatusOr<v1::GetReceiptResponse> GetReceipt(
      const v1::GetReceiptRequest& request);
  [[nodiscard]] absl::StatusOr<v1::GetAuditKeysResponse> GetAuditKeys();
  [[nodiscard]] absl::StatusOr<v1::RecordClientDirectoryResponse> RecordClientDirectory();
  [[nodiscard]] absl::StatusOr<v1::VerifyProjectionResponse> VerifyProjection(
      const v1::VerifyProjectionRequest& request);
  // An event id that is empty is filled in once, so that every retry rotates only once.
  [[nodiscard]] absl::StatusOr<v1::RotateSigningKeyResponse> RotateSigningKey(
      v1::RotateSigningKeyRequest request);

  // Reads raw records to the end of the request and hands on each batch, in order. After a
  // transient failure it goes on behind the last batch. Where `take` returns an error, reading
  // stops with it.
  using TakeRecords = absl::FunctionRef<absl::Status(const v1::ReadRecordsResponse&)>;
  [[nodiscard]] absl::Status ReadRecords(v1::ReadRecordsRequest request, TakeRecords take);

  // One client's proof and records, message by message; not resumed. Where `take` returns an error,
  // reading stops with it.
  using TakeHistory = absl::FunctionRef<absl::Status(const v1::ProveClientHistoryResponse&)>;
  [[nodiscard]] absl::Status ProveClientHistory(const v1::ProveClientHistoryRequest& request,
                                                TakeHistory take);

  // By the client's clock.
  absl::Time Now() { return client_.environment().Now(); }

 private:
  Client& client_;
  // Never notified: nobody cancels a call that blocks its caller.
  const absl::Notification never_;
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_LIB_AUDIT_CLIENT_H_
