// The services that answer questions, with the sample answers; they remember what they were asked.
#ifndef PLEDGER_TESTS_UNIT_CLIENT_FAKE_RELIABILITY_H_
#define PLEDGER_TESTS_UNIT_CLIENT_FAKE_RELIABILITY_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "pledger/v1/policy_service.grpc.pb.h"
#include "pledger/v1/reliability.grpc.pb.h"

namespace pledger::client {

// Knows "acme"; everybody else is not known. Lists two clients, one a page. Thread-safe.
class FakeReliability final : public v1::ReliabilityService::Service {
 public:
  grpc::Status GetReliability(grpc::ServerContext*, const v1::GetReliabilityRequest* request,
                              v1::GetReliabilityResponse* response) override;
  grpc::Status ListClients(grpc::ServerContext*, const v1::ListClientsRequest* request,
                           v1::ListClientsResponse* response) override;
  grpc::Status Explain(grpc::ServerContext*, const v1::ExplainRequest* request,
                       v1::ExplainResponse* response) override;
  grpc::Status GetReliabilityHistory(grpc::ServerContext*,
                                     const v1::GetReliabilityHistoryRequest* request,
                                     v1::GetReliabilityHistoryResponse* response) override;
  grpc::Status CompareReliability(grpc::ServerContext*,
                                  const v1::CompareReliabilityRequest* request,
                                  v1::CompareReliabilityResponse* response) override;
  grpc::Status GetSolvency(grpc::ServerContext*, const v1::GetSolvencyRequest* request,
                           v1::GetSolvencyResponse* response) override;
  grpc::Status GetGrowthPoints(grpc::ServerContext*, const v1::GetGrowthPointsRequest* request,
                               v1::GetGrowthPointsResponse* response) override;
  grpc::Status GetPortfolio(grpc::ServerContext*, const v1::GetPortfolioRequest* request,
                            v1::GetPortfolioResponse* response) override;

  v1::ListClientsRequest listed();
  v1::GetReliabilityHistoryRequest history_asked();
  v1::CompareReliabilityRequest compared();
  v1::GetReliabilityRequest asked();

 private:
  absl::Mutex mutex_;
  v1::ListClientsRequest listed_ ABSL_GUARDED_BY(mutex_);
  v1::GetReliabilityHistoryRequest history_asked_ ABSL_GUARDED_BY(mutex_);
  v1::CompareReliabilityRequest compared_ ABSL_GUARDED_BY(mutex_);
  v1::GetReliabilityRequest asked_ ABSL_GUARDED_BY(mutex_);
};

// Has the built-in policy and version 1, which is in force and says the same. Thread-safe.
class FakePolicies final : public v1::PolicyService::Service {
 public:
  grpc::Status GetPolicy(grpc::ServerContext*, const v1::GetPolicyRequest* request,
                         v1::GetPolicyResponse* response) override;
  grpc::Status ListPolicies(grpc::ServerContext*, const v1::ListPoliciesRequest* request,
                            v1::ListPoliciesResponse* response) override;
  grpc::Status AdoptPolicy(grpc::ServerContext*, const v1::AdoptPolicyRequest* request,
                           v1::AdoptPolicyResponse* response) override;
  grpc::Status SimulatePolicy(grpc::ServerContext*, const v1::SimulatePolicyRequest* request,
                              v1::SimulatePolicyResponse* response) override;

  // Empty while nothing was adopted.
  v1::AdoptPolicyRequest adopted();

 private:
  absl::Mutex mutex_;
  v1::AdoptPolicyRequest adopted_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pledger::client

#endif  // PLEDGER_TESTS_UNIT_CLIENT_FAKE_RELIABILITY_H_
