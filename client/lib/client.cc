#include "client/lib/client.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "client/lib/calling.h"
#include "client/lib/errors.h"

namespace pledger::client {
namespace {

// An append of 4 MiB, and answers with as much again around it.
constexpr int kMessageBytesMax = 16 << 20;

void ResumeFrom(const v1::ReadEventsResponse& batch, v1::ReadEventsRequest& request) {
  request.set_from_position(batch.resume_position());
  if (request.limit() > 0) {
    const uint64_t taken = batch.events_size() + batch.records_size();
    request.set_limit(request.limit() - std::min(taken, request.limit()));
  }
}

// Whether nothing can follow `batch`, so that a failure after it costs nothing. `limit` is what
// the request asked for at first: zero in `request` would mean no limit.
bool IsComplete(const v1::ReadEventsRequest& request, uint64_t limit,
                const v1::ReadEventsResponse& batch) {
  if (limit > 0 && request.limit() == 0) return true;
  return request.direction() == v1::DIRECTION_BACKWARD && !batch.events().empty() &&
         batch.events().rbegin()->position() == 0;
}

}  // namespace

Client::Client(std::shared_ptr<grpc::Channel> channel, const ClientOptions& options,
               Environment& environment)
    : ledger_(v1::LedgerService::NewStub(channel)),
      reliability_(v1::ReliabilityService::NewStub(channel)),
      policies_(v1::PolicyService::NewStub(channel)),
      privacy_(v1::PrivacyService::NewStub(channel)),
      audit_(v1::AuditService::NewStub(channel)),
      options_(options),
      environment_(environment),
      ids_(environment) {}

std::unique_ptr<Client> Client::Connect(const std::string& address, const ClientOptions& options,
                                        Environment& environment) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  arguments.SetMaxSendMessageSize(kMessageBytesMax);
  // The retries here know which errors are safe to retry; a second layer would multiply them.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // gRPC waits up to two minutes between attempts to connect; a ledger that restarts is back
  // sooner.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // In spite of its name, how long an attempt to connect may take: a busy machine needs more than
  // a moment for the handshake. Attempts that are refused are repeated no later for it.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  return std::make_unique<Client>(
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments), options,
      environment);
}

void FillInEventIds(v1::AppendRequest& request, UuidV7Generator& ids) {
  for (v1::ProposedEvent& event : *request.mutable_events()) {
    if (event.event_id().empty()) event.set_event_id(ids.Next());
  }
}

template <class Stub, class Request, class Response>
absl::StatusOr<Response> Client::Call(Stub& stub,
                                      grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                                   const Request&, Response*),
                                      const Request& request) {
  return CallWithRetries(stub, method, request, options_, environment_, never_);
}

absl::StatusOr<v1::AppendResponse> Client::Append(v1::AppendRequest request) {
  FillInEventIds(request, ids_);
  return Call(*ledger_, &v1::LedgerService::Stub::Append, request);
}

absl::StatusOr<v1::GetEventResponse> Client::GetEvent(const v1::GetEventRequest& request) {
  return Call(*ledger_, &v1::LedgerService::Stub::GetEvent, request);
}

absl::StatusOr<v1::ListClientEventsResponse> Client::ListClientEvents(
    const v1::ListClientEventsRequest& request) {
  return Call(*ledger_, &v1::LedgerService::Stub::ListClientEvents, request);
}

absl::StatusOr<v1::GetStatusResponse> Client::GetStatus() {
  return Call(*ledger_, &v1::LedgerService::Stub::GetStatus, v1::GetStatusRequest());
}

absl::StatusOr<v1::GetReliabilityResponse> Client::GetReliability(
    const v1::GetReliabilityRequest& request) {
  return Call(*reliability_, &v1::ReliabilityService::Stub::GetReliability, request);
}

absl::StatusOr<v1::BatchGetReliabilityResponse> Client::BatchGetReliability(
    const v1::BatchGetReliabilityRequest& request) {
  return Call(*reliability_, &v1::ReliabilityService::Stub::BatchGetReliability, request);
}

absl::StatusOr<v1::ListClientsResponse> Client::ListClients(const v1::ListClientsRequest& request) {
  return Call(*reliability_, &v1::ReliabilityService::Stub::ListClients, request);
}

absl::StatusOr<v1::ExplainResponse> Client::Explain(const v1::ExplainRequest& request) {
  return Call(*reliability_, &v1::ReliabilityService::Stub::Explain, request);
}

absl::StatusOr<v1::GetPortfolioResponse> Client::GetPortfolio(
    const v1::GetPortfolioRequest& request) {
  return Call(*reliability_, &v1::ReliabilityService::Stub::GetPortfolio, request);
}

absl::StatusOr<v1::GetReliabilityHistoryResponse> Client::GetReliabilityHistory(
    const v1::GetReliabilityHistoryRequest& request) {
  return Call(*reliability_, &v1::ReliabilityService::Stub::GetReliabilityHistory, request);
}

absl::StatusOr<v1::CompareReliabilityResponse> Client::CompareReliability(
    const v1::CompareReliabilityRequest& request) {
  return Call(*reliability_, &v1::ReliabilityService::Stub::CompareReliability, request);
}

absl::StatusOr<v1::GetSolvencyResponse> Client::GetSolvency(const v1::GetSolvencyRequest& request) {
  return Call(*reliability_, &v1::ReliabilityService::Stub::GetSolvency, request);
}

absl::StatusOr<v1::GetGrowthPointsResponse> Client::GetGrowthPoints(
    const v1::GetGrowthPointsRequest& request) {
  return Call(*reliability_, &v1::ReliabilityService::Stub::GetGrowthPoints, request);
}

absl::StatusOr<v1::GetPolicyResponse> Client::GetPolicy(const v1::GetPolicyRequest& request) {
  return Call(*policies_, &v1::PolicyService::Stub::GetPolicy, request);
}

absl::StatusOr<v1::ListPoliciesResponse> Client::ListPolicies() {
  return Call(*policies_, &v1::PolicyService::Stub::ListPolicies, v1::ListPoliciesRequest());
}

absl::StatusOr<v1::AdoptPolicyResponse> Client::AdoptPolicy(v1::AdoptPolicyRequest request) {
  if (request.event_id().empty()) request.set_event_id(ids_.Next());
  return Call(*policies_, &v1::PolicyService::Stub::AdoptPolicy, request);
}

absl::StatusOr<v1::SimulatePolicyResponse> Client::SimulatePolicy(
    const v1::SimulatePolicyRequest& request) {
  return Call(*policies_, &v1::PolicyService::Stub::SimulatePolicy, request);
}

absl::StatusOr<v1::EraseClientResponse> Client::EraseClient(v1::EraseClientRequest request) {
  if (request.event_id().empty()) request.set_event_id(ids_.Next());
  return Call(*privacy_, &v1::PrivacyService::Stub::EraseClient, request);
}

absl::StatusOr<v1::PlaceHoldResponse> Client::PlaceHold(v1::PlaceHoldRequest request) {
  if (request.event_id().empty()) request.set_event_id(ids_.Next());
  return Call(*privacy_, &v1::PrivacyService::Stub::PlaceHold, request);
}

absl::StatusOr<v1::ReleaseHoldResponse> Client::ReleaseHold(v1::ReleaseHoldRequest request) {
  if (request.event_id().empty()) request.set_event_id(ids_.Next());
  return Call(*privacy_, &v1::PrivacyService::Stub::ReleaseHold, request);
}

absl::StatusOr<v1::ListHoldsResponse> Client::ListHolds(const v1::ListHoldsRequest& request) {
  return Call(*privacy_, &v1::PrivacyService::Stub::ListHolds, request);
}

absl::Status Client::ExportClient(const v1::ExportClientRequest& request, TakeExport take) {
  grpc::ClientContext context;
  Authorise(context);
  auto reader = privacy_->ExportClient(&context, request);
  v1::ExportClientResponse message;
  while (reader->Read(&message)) {
    if (absl::Status taken = take(message); !taken.ok()) {
      context.TryCancel();
      (void)reader->Finish();  // It says "cancelled", which is our own doing.
      return taken;
    }
  }
  return FromGrpc(reader->Finish());
}

absl::StatusOr<v1::ReadAccessLogResponse> Client::ReadAccessLog(
    const v1::ReadAccessLogRequest& request) {
  return Call(*audit_, &v1::AuditService::Stub::ReadAccessLog, request);
}

void Client::Authorise(grpc::ClientContext& context) const { SetToken(options_, context); }

absl::Status Client::ReadEvents(v1::ReadEventsRequest request, TakeBatch take) {
  const uint64_t limit = request.limit();
  RetryLoop retry(options_.retry, environment_, absl::InfiniteFuture());
  bool complete = false;
  while (true) {
    grpc::ClientContext context;
    Authorise(context);
    auto reader = ledger_->ReadEvents(&context, request);
    v1::ReadEventsResponse batch;
    while (reader->Read(&batch)) {
      retry.Succeeded();
      if (absl::Status taken = take(batch); !taken.ok()) {
        context.TryCancel();
        (void)reader->Finish();  // It says "cancelled", which is our own doing.
        return taken;
      }
      ResumeFrom(batch, request);
      complete = complete || IsComplete(request, limit, batch);
    }
    const absl::Status status = StreamEnd(FromGrpc(reader->Finish()));
    if (status.ok() || complete) return absl::OkStatus();
    if (!retry.WaitToRetry(status, never_)) return status;
  }
}

}  // namespace pledger::client
