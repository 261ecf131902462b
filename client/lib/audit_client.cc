#include "client/lib/audit_client.h"

#include <grpcpp/client_context.h>

#include <utility>

#include "client/lib/calling.h"

namespace pledger::client {
namespace {

using Stub = v1::AuditService::Stub;

template <class Request, class Response>
absl::StatusOr<Response> Call(Client& client,
                              grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                           Response*),
                              const Request& request, const absl::Notification& never) {
  return CallWithRetries(client.audit(), method, request, client.options(), client.environment(),
                         never);
}

// Hands on what the stream gives until its end, or until `take` or the stream fails.
template <class Message, class Reader, class Take>
absl::Status TakeAll(grpc::ClientContext& context, Reader& reader, const Take& take,
                     absl::Status* taken) {
  Message message;
  while (reader.Read(&message)) {
    *taken = take(message);
    if (taken->ok()) continue;
    context.TryCancel();
    (void)reader.Finish();  // It says "cancelled", which is our own doing.
    return *taken;
  }
  return StreamEnd(FromGrpc(reader.Finish()));
}

}  // namespace

absl::StatusOr<v1::GetCheckpointResponse> AuditClient::GetCheckpoint(
    const v1::GetCheckpointRequest& request) {
  return Call(client_, &Stub::GetCheckpoint, request, never_);
}

absl::StatusOr<v1::ListCheckpointsResponse> AuditClient::ListCheckpoints(
    const v1::ListCheckpointsRequest& request) {
  return Call(client_, &Stub::ListCheckpoints, request, never_);
}

absl::StatusOr<v1::GetInclusionProofResponse> AuditClient::GetInclusionProof(
    const v1::GetInclusionProofRequest& request) {
  return Call(client_, &Stub::GetInclusionProof, request, never_);
}

absl::StatusOr<v1::GetConsistencyProofResponse> AuditClient::GetConsistencyProof(
    const v1::GetConsistencyProofRequest& request) {
  return Call(client_, &Stub::GetConsistencyProof, request, never_);
}

absl::StatusOr<v1::GetReceiptResponse> AuditClient::GetReceipt(
    const v1::GetReceiptRequest& request) {
  return Call(client_, &Stub::GetReceipt, request, never_);
}

absl::StatusOr<v1::VerifyProjectionResponse> AuditClient::VerifyProjection(
    const v1::VerifyProjectionRequest& request) {
  return Call(client_, &Stub::VerifyProjection, request, never_);
}

absl::StatusOr<v1::GetAuditKeysResponse> AuditClient::GetAuditKeys() {
  return Call(client_, &Stub::GetAuditKeys, v1::GetAuditKeysRequest(), never_);
}

absl::StatusOr<v1::RecordClientDirectoryResponse> AuditClient::RecordClientDirectory() {
  return Call(client_, &Stub::RecordClientDirectory, v1::RecordClientDirectoryRequest(), never_);
}

absl::StatusOr<v1::RotateSigningKeyResponse> AuditClient::RotateSigningKey(
    v1::RotateSigningKeyRequest request) {
  if (request.event_id().empty()) request.set_event_id(client_.ids().Next());
  return Call(client_, &Stub::RotateSigningKey, request, never_);
}

absl::Status AuditClient::ReadRecords(v1::ReadRecordsRequest request, TakeRecords take) {
  RetryLoop retry(client_.options().retry, client_.environment(), absl::InfiniteFuture());
  while (true) {
    if (request.end_position() > 0 && request.from_position() >= request.end_position()) {
      return absl::OkStatus();
    }
    grpc::ClientContext context;
    client_.Authorise(context);
    const auto reader = client_.audit().ReadRecords(&context, request);
    absl::Status taken;
    const absl::Status status = TakeAll<v1::ReadRecordsResponse>(
        context, *reader,
        [&](const v1::ReadRecordsResponse& batch) {
          retry.Succeeded();
          absl::Status result = take(batch);
          request.set_from_position(batch.position() + batch.records_size());
          return result;
        },
        &taken);
    if (status.ok() || !taken.ok()) return status;
    if (!retry.WaitToRetry(status, never_)) return status;
  }
}

absl::Status AuditClient::ProveClientHistory(const v1::ProveClientHistoryRequest& request,
                                             TakeHistory take) {
  grpc::ClientContext context;
  client_.Authorise(context);
  const auto reader = client_.audit().ProveClientHistory(&context, request);
  absl::Status taken;
  return TakeAll<v1::ProveClientHistoryResponse>(context, *reader, take, &taken);
}

}  // namespace pledger::client
