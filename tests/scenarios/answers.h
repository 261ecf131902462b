// What the server answers about a recorded scenario, asked once each.
#ifndef PLEDGER_TESTS_SCENARIOS_ANSWERS_H_
#define PLEDGER_TESTS_SCENARIOS_ANSWERS_H_

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "pledger/v1/perspective.pb.h"
#include "pledger/v1/portfolio.pb.h"
#include "pledger/v1/reliability.grpc.pb.h"
#include "pledger/v1/reliability.pb.h"
#include "pledger/v1/reliability_history.pb.h"
#include "pledger/v1/solvency.pb.h"
#include "tests/scenarios/replay.h"
#include "tests/scenarios/scenario.h"

namespace pledger::scenarios {

// By which of the two a question says what was known.
enum class KnownBy { kPosition, kRecordTime };

// Errors are those of the calls. Questions are indices into the scenario's. Not thread-safe.
class Answers {
 public:
  // Of the server at `address`.
  Answers(const Scenario& scenario, const Replay& replay, const std::string& address);

  const Scenario& scenario() const { return scenario_; }
  const Replay& replay() const { return replay_; }

  const absl::StatusOr<v1::GetReliabilityResponse>& Reliability(size_t question);
  const absl::StatusOr<v1::ExplainResponse>& Explanation(size_t question);
  const absl::StatusOr<v1::GetSolvencyResponse>& Solvency(size_t question);
  const absl::StatusOr<v1::GetPortfolioResponse>& Portfolio(size_t question);
  const absl::StatusOr<v1::GetReliabilityHistoryResponse>& History(size_t question,
                                                                   v1::HistoryMode mode);
  // From what was known at a fact, by its label, to what the question knows.
  absl::StatusOr<v1::CompareReliabilityResponse> Comparison(size_t question,
                                                            const std::string& label);
  // The client's row among all clients; NOT_FOUND if it has none.
  const absl::StatusOr<v1::ClientSummary>& Row(size_t question);

  // Whether the different calls say the same about one client: Explain, BatchGetReliability,
  // ListClients and its filters, and what was known by position and by record time. INTERNAL says
  // what differs.
  [[nodiscard]] absl::Status Consistent(size_t question);

  // All answers to the scenario's expectations as they would compare between two moments: without
  // the position that they were computed at.
  std::string Snapshot();

 private:
  v1::Perspective PerspectiveOf(size_t question, KnownBy known_by = KnownBy::kPosition) const;
  absl::StatusOr<v1::ClientSummary> FindRow(size_t question, const v1::ClientFilter& filter) const;

  const Scenario& scenario_;
  const Replay& replay_;
  const std::unique_ptr<v1::ReliabilityService::Stub> stub_;
  std::map<size_t, absl::StatusOr<v1::GetReliabilityResponse>> reliabilities_;
  std::map<size_t, absl::StatusOr<v1::ExplainResponse>> explanations_;
  std::map<size_t, absl::StatusOr<v1::GetSolvencyResponse>> solvencies_;
  std::map<size_t, absl::StatusOr<v1::GetPortfolioResponse>> portfolios_;
  std::map<std::pair<size_t, int>, absl::StatusOr<v1::GetReliabilityHistoryResponse>> histories_;
  std::map<size_t, absl::StatusOr<v1::ClientSummary>> rows_;
};

}  // namespace pledger::scenarios

#endif  // PLEDGER_TESTS_SCENARIOS_ANSWERS_H_
