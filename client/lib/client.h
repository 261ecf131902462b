// A client of the ledger: typed calls with retries, deadlines and event ids.
//
//   auto client = Client::Connect("127.0.0.1:7430");
//   v1::AppendRequest request = …;                       // event ids may be left empty
//   absl::StatusOr<v1::AppendResponse> recorded = client->Append(std::move(request));
//
// Every call retries what is transient (errors.h) until its deadline. Errors are as in errors.h.
#ifndef PLEDGER_CLIENT_LIB_CLIENT_H_
#define PLEDGER_CLIENT_LIB_CLIENT_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "client/lib/environment.h"
#include "client/lib/retry.h"
#include "client/lib/uuid.h"
#include "pledger/v1/audit.grpc.pb.h"
#include "pledger/v1/ledger.grpc.pb.h"
#include "pledger/v1/policy_service.grpc.pb.h"
#include "pledger/v1/privacy.grpc.pb.h"
#include "pledger/v1/reliability.grpc.pb.h"

namespace pledger::client {

struct ClientOptions {
  // For a unary call with all its retries. Streams have none: they end by themselves or by failing.
  absl::Duration deadline = absl::Seconds(30);
  RetryPolicy retry;
  // The bearer token that every call carries; empty: none.
  std::string token;
};

// Thread-safe. What it is given must outlive it.
class Client {
 public:
  Client(std::shared_ptr<grpc::Channel> channel, const ClientOptions& options,
         Environment& environment = Environment::System());

  // A client of the server at `address`, "127.0.0.1:7430", without TLS. Connects when first used.
  static std::unique_ptr<Client> Connect(const std::string& address,
                                         const ClientOptions& options = {},
                                         Environment& environment = Environment::System());

  // Records all of the request's events or none. Ids that are empty are filled in once, so that
  // every retry carries the same ones and records nothing twice.
  [[nodiscard]] absl::StatusOr<v1::AppendResponse> Append(v1::AppendRequest request);

  [[nodiscard]] absl::StatusOr<v1::GetEventResponse> GetEvent(const v1::GetEventRequest& request);
  [[nodiscard]] absl::StatusOr<v1::ListClientEventsResponse> ListClientEvents(
      const v1::ListClientEventsRequest& request);
  [[nodiscard]] absl::StatusOr<v1::GetStatusResponse> GetStatus();
  [[nodiscard]] absl::StatusOr<v1::GetReliabilityResponse> GetReliability(
      const v1::GetReliabilityRequest& request);
  [[nodiscard]] absl::StatusOr<v1::BatchGetReliabilityResponse> BatchGetReliability(
      const v1::BatchGetReliabilityRequest& request);
  [[nodiscard]] absl::StatusOr<v1::ListClientsResponse> ListClients(
      const v1::ListClientsRequest& request);
  [[nodiscard]] absl::StatusOr<v1::ExplainResponse> Explain(const v1::ExplainRequest& request);
  [[nodiscard]] absl::StatusOr<v1::GetPortfolioResponse> GetPortfolio(
      const v1::GetPortfolioRequest& request);
  [[nodiscard]] absl::StatusOr<v1::GetReliabilityHistoryResponse> GetReliabilityHistory(
      const v1::GetReliabilityHistoryRequest& request);
  [[nodiscard]] absl::StatusOr<v1::CompareReliabilityResponse> CompareReliability(
      const v1::CompareReliabilityRequest& request);
  [[nodiscard]] absl::StatusOr<v1::GetSolvencyResponse> GetSolvency(
      const v1::GetSolvencyRequest& request);
  [[nodiscard]] absl::StatusOr<v1::GetGrowthPointsResponse> GetGrowthPoints(
      const v1::GetGrowthPointsRequest& request);

  [[nodiscard]] absl::StatusOr<v1::GetPolicyResponse> GetPolicy(
      const v1::GetPolicyRequest& request);
  [[nodiscard]] absl::StatusOr<v1::ListPoliciesResponse> ListPolicies();
  // An event id that is empty is filled in once, as in Append.
  [[nodiscard]] absl::StatusOr<v1::AdoptPolicyResponse> AdoptPolicy(v1::AdoptPolicyRequest request);
  [[nodiscard]] absl::StatusOr<v1::SimulatePolicyResponse> SimulatePolicy(
      const v1::SimulatePolicyRequest& request);

  // Reads a stream of events to its end and hands each batch to `take`, in order. After a transient
  // failure it goes on behind the last batch: none is missed or handed out twice. Where `take`
  // returns an error, reading stops with that error.
  using TakeBatch = absl::FunctionRef<absl::Status(const v1::ReadEventsResponse&)>;
  [[nodiscard]] absl::Status ReadEvents(v1::ReadEventsRequest request, TakeBatch take);

  [[nodiscard]] absl::StatusOr<v1::EraseClientResponse> EraseClient(v1::EraseClientRequest request);
  [[nodiscard]] absl::StatusOr<v1::PlaceHoldResponse> PlaceHold(v1::PlaceHoldRequest request);
  [[nodiscard]] absl::StatusOr<v1::ReleaseHoldResponse> ReleaseHold(v1::ReleaseHoldRequest request);
  [[nodiscard]] absl::StatusOr<v1::ListHoldsResponse> ListHolds(
      const v1::ListHoldsRequest& request);
  // Hands each message of the export to `take`, in order, and stops at its error. A failure is not
  // retried: half an export would be taken for a whole one.
  using TakeExport = absl::FunctionRef<absl::Status(const v1::ExportClientResponse&)>;
  [[nodiscard]] absl::Status ExportClient(const v1::ExportClientRequest& request, TakeExport take);
  [[nodiscard]] absl::StatusOr<v1::ReadAccessLogResponse> ReadAccessLog(
      const v1::ReadAccessLogRequest& request);

  // Says who calls. For every context of a call that is made without this class.
  void Authorise(grpc::ClientContext& context) const;

  // For Appender and Subscription.
  v1::LedgerService::Stub& ledger() { return *ledger_; }
  // For AuditClient.
  v1::AuditService::Stub& audit() { return *audit_; }
  UuidV7Generator& ids() { return ids_; }
  const ClientOptions& options() const { return options_; }
  Environment& environment() { return environment_; }

 private:
  template <class Stub, class Request, class Response>
  absl::StatusOr<Response> Call(Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request);

  const std::unique_ptr<v1::LedgerService::Stub> ledger_;
  const std::unique_ptr<v1::ReliabilityService::Stub> reliability_;
  const std::unique_ptr<v1::PolicyService::Stub> policies_;
  const std::unique_ptr<v1::PrivacyService::Stub> privacy_;
  const std::unique_ptr<v1::AuditService::Stub> audit_;
  const ClientOptions options_;
  Environment& environment_;
  UuidV7Generator ids_;
  // Never notified: nobody cancels a call that blocks its caller.
  const absl::Notification never_;
};

// Gives every event of `request` that has no id one from `ids`.
void FillInEventIds(v1::AppendRequest& request, UuidV7Generator& ids);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_LIB_CLIENT_H_
