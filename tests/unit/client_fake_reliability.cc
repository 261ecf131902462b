#include "tests/unit/client_fake_reliability.h"

#include <string>

#include "pledger/v1/errors.pb.h"
#include "tests/unit/client_fakes.h"
#include "tests/unit/client_sample_answers.h"

namespace pledger::client {
namespace {

grpc::Status Known(const std::string& client_id) {
  if (client_id == "acme") return grpc::Status::OK;
  return TypedError(grpc::StatusCode::NOT_FOUND, v1::ERROR_REASON_CLIENT_NOT_FOUND,
                    "nothing is recorded of this client", {{"client_id", client_id}});
}

v1::ClientSummary SomeRow(const std::string& client_id, double payment, v1::Band band) {
  v1::ClientSummary row;
  row.set_client_id(client_id);
  row.set_tier("premium");
  row.set_band(band);
  row.set_overall(payment);
  v1::DimensionSummary& summary = *row.add_dimensions();
  summary.set_dimension(v1::DIMENSION_PAYMENT);
  summary.set_value(payment);
  v1::Money& overdue = *row.add_overdue();
  overdue.set_currency_code("EUR");
  overdue.set_minor_units(123'456);
  row.add_present_signals("PAY_TOMORROW");
  return row;
}

}  // namespace

grpc::Status FakeReliability::GetReliability(grpc::ServerContext*,
                                             const v1::GetReliabilityRequest* request,
                                             v1::GetReliabilityResponse* response) {
  absl::MutexLock lock(&mutex_);
  asked_ = *request;
  *response = SampleReliability();
  return Known(request->client_id());
}

grpc::Status FakeReliability::ListClients(grpc::ServerContext*,
                                          const v1::ListClientsRequest* request,
                                          v1::ListClientsResponse* response) {
  absl::MutexLock lock(&mutex_);
  listed_ = *request;
  const bool is_first = request->page_token().empty();
  *response->add_clients() =
      is_first ? SomeRow("acme", 62.7459, v1::BAND_C) : SomeRow("zoë.café", 95.81, v1::BAND_A);
  if (is_first) response->set_next_page_token("2");
  return grpc::Status::OK;
}

grpc::Status FakeReliability::Explain(grpc::ServerContext*, const v1::ExplainRequest* request,
                                      v1::ExplainResponse* response) {
  *response->mutable_reliability() = SampleReliability().reliability();
  v1::Evidence& evidence = *response->add_evidence();
  evidence.set_dimension(v1::DIMENSION_CONDUCT);
  evidence.set_code("SHOUTING");
  evidence.set_disputed(true);
  evidence.add_positions(7);
  return Known(request->client_id());
}

grpc::Status FakeReliability::GetReliabilityHistory(grpc::ServerContext*,
                                                    const v1::GetReliabilityHistoryRequest* request,
                                                    v1::GetReliabilityHistoryResponse* response) {
  absl::MutexLock lock(&mutex_);
  history_asked_ = *request;
  *response = SampleHistory();
  return Known(request->client_id());
}

grpc::Status FakeReliability::CompareReliability(grpc::ServerContext*,
                                                 const v1::CompareReliabilityRequest* request,
                                                 v1::CompareReliabilityResponse* response) {
  absl::MutexLock lock(&mutex_);
  compared_ = *request;
  *response = SampleComparison();
  return Known(request->client_id());
}

grpc::Status FakeReliability::GetSolvency(grpc::ServerContext*,
                                          const v1::GetSolvencyRequest* request,
                                          v1::GetSolvencyResponse* response) {
  *response = SampleSolvency();
  return Known(request->client_id());
}

grpc::Status FakeReliability::GetGrowthPoints(grpc::ServerContext*,
                                              const v1::GetGrowthPointsRequest* request,
                                              v1::GetGrowthPointsResponse* response) {
  if (request->client_id().empty()) {
    *response->mutable_growth_points() = SamplePortfolio().growth_points();
    return grpc::Status::OK;
  }
  *response->mutable_growth_points() =
      SampleReliability().reliability().assessment().growth_points();
  return Known(request->client_id());
}

grpc::Status FakeReliability::GetPortfolio(grpc::ServerContext*, const v1::GetPortfolioRequest*,
                                           v1::GetPortfolioResponse* response) {
  *response = SamplePortfolio();
  return grpc::Status::OK;
}

v1::ListClientsRequest FakeReliability::listed() {
  absl::MutexLock lock(&mutex_);
  return listed_;
}

v1::GetReliabilityHistoryRequest FakeReliability::history_asked() {
  absl::MutexLock lock(&mutex_);
  return history_asked_;
}

v1::CompareReliabilityRequest FakeReliability::compared() {
  absl::MutexLock lock(&mutex_);
  return compared_;
}

v1::GetReliabilityRequest FakeReliability::asked() {
  absl::MutexLock lock(&mutex_);
  return asked_;
}

grpc::Status FakePolicies::GetPolicy(grpc::ServerContext*, const v1::GetPolicyRequest* request,
                                     v1::GetPolicyResponse* response) {
  if (request->version() > 1) {
    return TypedError(grpc::StatusCode::NOT_FOUND, v1::ERROR_REASON_POLICY_NOT_FOUND,
                      "no such policy was adopted", {{"version", "9"}});
  }
  *response->mutable_policy() = SamplePolicy();
  if (request->has_version()) response->mutable_policy()->set_version(request->version());
  return grpc::Status::OK;
}

grpc::Status FakePolicies::ListPolicies(grpc::ServerContext*, const v1::ListPoliciesRequest*,
                                        v1::ListPoliciesResponse* response) {
  *response->add_policies() = SamplePolicy();
  response->add_policies();
  return grpc::Status::OK;
}

grpc::Status FakePolicies::AdoptPolicy(grpc::ServerContext*, const v1::AdoptPolicyRequest* request,
                                       v1::AdoptPolicyResponse* response) {
  absl::MutexLock lock(&mutex_);
  adopted_ = *request;
  *response->mutable_policy()->mutable_policy() = request->policy();
  response->mutable_policy()->set_version(request->expected_version() + 1);
  response->mutable_policy()->set_in_force(true);
  return grpc::Status::OK;
}

grpc::Status FakePolicies::SimulatePolicy(grpc::ServerContext*, const v1::SimulatePolicyRequest*,
                                          v1::SimulatePolicyResponse* response) {
  *response = SampleSimulation();
  return grpc::Status::OK;
}

v1::AdoptPolicyRequest FakePolicies::adopted() {
  absl::MutexLock lock(&mutex_);
  return adopted_;
}

}  // namespace pledger::client
