// Answers about clients' reliability, computed from the reliability view.
//
// Thread-safe. May block, but for what is said to be in memory. Errors: CLIENT_NOT_FOUND where
// nothing of a client was known at the perspective, CLIENT_QUARANTINED, and those of the stores.
#ifndef PLEDGER_SERVER_PROJECTIONS_RELIABILITY_QUERIES_H_
#define PLEDGER_SERVER_PROJECTIONS_RELIABILITY_QUERIES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pledger/v1/assessment.pb.h"
#include "pledger/v1/perspective.pb.h"
#include "pledger/v1/policy_service.pb.h"
#include "pledger/v1/portfolio.pb.h"
#include "pledger/v1/reliability.pb.h"
#include "pledger/v1/reliability_history.pb.h"
#include "pledger/v1/solvency.pb.h"
#include "server/domain/reliability/assess.h"
#include "server/domain/reliability/cohort.h"
#include "server/domain/reliability/policy_book.h"
#include "server/projections/cohort_book.h"
#include "server/projections/reliability_view.h"
#include "storage/event_store.h"

namespace pledger::projections {

// From where to look, by which numbers, and what the answer says of that.
struct ResolvedPerspective {
  reliability::Perspective perspective;
  std::shared_ptr<const reliability::Policy> policy;
  v1::AnswerBasis basis;
};

class ReliabilityQueries {
 public:
  // Both must outlive it.
  ReliabilityQueries(storage::EventStore& store, ReliabilityView& view)
      : store_(store), view_(view) {}

  // GetReliabilityResponse.reliability, serialised with its tag: kept while it holds, and shared by
  // all who ask meanwhile.
  absl::StatusOr<std::shared_ptr<const std::string>> Get(const v1::GetReliabilityRequest& request,
                                                         const ResolvedPerspective& at);
  // `out` is empty and may live on an arena.
  absl::Status BatchGet(const v1::BatchGetReliabilityRequest& request,
                        const ResolvedPerspective& at, v1::BatchGetReliabilityResponse* out);
  absl::Status Explain(const v1::ExplainRequest& request, const ResolvedPerspective& at,
                       v1::ExplainResponse* out);
  absl::Status GetHistory(const v1::GetReliabilityHistoryRequest& request,
                          const ResolvedPerspective& at, v1::GetReliabilityHistoryResponse* out);
  absl::Status Compare(const v1::CompareReliabilityRequest& request,
                       const ResolvedPerspective& before, const ResolvedPerspective& after,
                       v1::CompareReliabilityResponse* out);
  absl::Status GetSolvency(const v1::GetSolvencyRequest& request, const ResolvedPerspective& at,
                           v1::GetSolvencyResponse* out);
  absl::Status GetGrowthPoints(const v1::GetGrowthPointsRequest& request,
                               const ResolvedPerspective& at, v1::GetGrowthPointsResponse* out);
  absl::Status GetPortfolio(const v1::GetPortfolioRequest& request, const ResolvedPerspective& at,
                            v1::GetPortfolioResponse* out);
  // Compares the policy of `before` with that of `after` over all clients.
  absl::Status Simulate(const v1::SimulatePolicyRequest& request, const ResolvedPerspective& before,
                        const ResolvedPerspective& after, v1::SimulatePolicyResponse* out);

  // Whether Assess() would find what it needs in memory, and so not block: a hint.
  bool IsInMemory(const std::string& client_id, const ResolvedPerspective& at);

  // The cohorts that clients are compared with. May look at all clients, where nobody did before
  // for that month.
  absl::StatusOr<CohortBook::CohortsPtr> CohortsOf(const ResolvedPerspective& at);

  // Everything that is known of the client, in `detail`.
  absl::Status Assess(const std::string& client_id, const ResolvedPerspective& at,
                      reliability::AssessDetail detail, v1::ClientReliability* out);

  // Calls `use` with each client of whom anything was known, in the order of their ids. Clients in
  // quarantine are left out and counted.
  using UseClient =
      absl::FunctionRef<void(const std::string& client_id, const reliability::ClientHistory&)>;
  absl::StatusOr<int64_t> ForEachClient(const ResolvedPerspective& at, UseClient use);

  // Calls `use` with the client's history. CLIENT_NOT_FOUND if nothing was known then.
  absl::Status WithKnown(const std::string& client_id, const ResolvedPerspective& at,
                         absl::FunctionRef<void(const reliability::ClientHistory&)> use);

 private:
  // What all clients are compared with.
  struct Compared {
    CohortBook::CohortsPtr cohorts;
    reliability::BandsById bands;

    reliability::CohortContext context() const { return {cohorts.get(), &bands}; }
  };
  absl::StatusOr<Compared> ComparedOf(const ResolvedPerspective& at);
  // The bands of clients, who may not be known: looked up while no history is held.
  absl::StatusOr<reliability::BandsById> BandsOf(const std::vector<std::string>& client_ids,
                                                 const ResolvedPerspective& at);

  storage::EventStore& store_;
  ReliabilityView& view_;
  CohortBook cohorts_;
};

}  // namespace pledger::projections

#endif  // PLEDGER_SERVER_PROJECTIONS_RELIABILITY_QUERIES_H_
