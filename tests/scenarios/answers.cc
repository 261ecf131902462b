#include "tests/scenarios/answers.h"

#include "absl/strings/str_cat.h"
#include "client/lib/errors.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "tests/e2e/plain_client.h"

namespace pledger::scenarios {
namespace {

constexpr int kPageSize = 1000;

template <typename Request, typename Response>
absl::StatusOr<Response> Call(v1::ReliabilityService::Stub* stub,
                              grpc::Status (v1::ReliabilityService::Stub::*method)(
                                  grpc::ClientContext*, const Request&, Response*),
                              const Request& request) {
  grpc::ClientContext context;
  testing::SetPatience(context, testing::kCallPatience);
  Response response;
  const absl::Status status = client::FromGrpc((stub->*method)(&context, request, &response));
  if (!status.ok()) return status;
  return response;
}

absl::Status Differs(const std::string& what, const std::string& a, const std::string& b) {
  return absl::InternalError(absl::StrCat(what, ":\n  ", a, "\n  ", b));
}

std::string ScoresOf(const v1::ClientReliability& reliability) {
  std::string text;
  for (const v1::DimensionAssessment& dimension : reliability.dimensions()) {
    absl::StrAppend(&text, v1::Dimension_Name(dimension.dimension()), " ",
                    dimension.score().ShortDebugString(), "; ");
  }
  absl::StrAppend(&text, reliability.overall().ShortDebugString());
  return text;
}

std::string SignalsOf(const v1::ClientReliability& reliability, v1::SignalState state) {
  std::string text;
  for (const v1::Signal& signal : reliability.assessment().signals()) {
    if (signal.state() == state) absl::StrAppend(&text, signal.code(), " ");
  }
  return text;
}

template <typename Codes>
std::string TextOf(const Codes& codes) {
  std::string text;
  for (const std::string& code : codes) absl::StrAppend(&text, code, " ");
  return text;
}

}  // namespace

Answers::Answers(const Scenario& scenario, const Replay& replay, const std::string& address)
    : scenario_(scenario),
      replay_(replay),
      stub_(v1::ReliabilityService::NewStub(
          grpc::CreateChannel(address, grpc::InsecureChannelCredentials()))) {}

v1::Perspective Answers::PerspectiveOf(size_t question, KnownBy known_by) const {
  const Question& asked = scenario_.questions[question];
  v1::Perspective perspective;
  perspective.mutable_as_of()->set_seconds(absl::ToUnixSeconds(asked.as_of));
  perspective.set_min_position(replay_.last_position());
  if (asked.draft.has_value()) *perspective.mutable_draft_policy() = *asked.draft;
  if (!asked.known_at.has_value()) return perspective;
  const v1::AppendedEvent& last = replay_.recorded(*asked.known_at);
  if (known_by == KnownBy::kPosition) {
    perspective.set_known_at_position(last.position());
  } else {
    *perspective.mutable_known_at_record_time() = last.record_time();
  }
  return perspective;
}

const absl::StatusOr<v1::GetReliabilityResponse>& Answers::Reliability(size_t question) {
  const auto found = reliabilities_.find(question);
  if (found != reliabilities_.end()) return found->second;
  v1::GetReliabilityRequest request;
  request.set_client_id(scenario_.questions[question].client_id);
  *request.mutable_perspective() = PerspectiveOf(question);
  return reliabilities_
      .emplace(question, Call(stub_.get(), &v1::ReliabilityService::Stub::GetReliability, request))
      .first->second;
}

const absl::StatusOr<v1::ExplainResponse>& Answers::Explanation(size_t question) {
  const auto found = explanations_.find(question);
  if (found != explanations_.end()) return found->second;
  v1::ExplainRequest request;
  request.set_client_id(scenario_.questions[question].client_id);
  *request.mutable_perspective() = PerspectiveOf(question);
  return explanations_
      .emplace(question, Call(stub_.get(), &v1::ReliabilityService::Stub::Explain, request))
      .first->second;
}

const absl::StatusOr<v1::GetSolvencyResponse>& Answers::Solvency(size_t question) {
  const auto found = solvencies_.find(question);
  if (found != solvencies_.end()) return found->second;
  v1::GetSolvencyRequest request;
  request.set_client_id(scenario_.questions[question].client_id);
  *request.mutable_perspective() = PerspectiveOf(question);
  return solvencies_
      .emplace(question, Call(stub_.get(), &v1::ReliabilityService::Stub::GetSolvency, request))
      .first->second;
}

const absl::StatusOr<v1::GetPortfolioResponse>& Answers::Portfolio(size_t question) {
  const auto found = portfolios_.find(question);
  if (found != portfolios_.end()) return found->second;
  v1::GetPortfolioRequest request;
  *request.mutable_perspective() = PerspectiveOf(question);
  return portfolios_
      .emplace(question, Call(stub_.get(), &v1::ReliabilityService::Stub::GetPortfolio, request))
      .first->second;
}

const absl::StatusOr<v1::GetReliabilityHistoryResponse>& Answers::History(size_t question,
                                                                          v1::HistoryMode mode) {
  const auto found = histories_.find({question, mode});
  if (found != histories_.end()) return found->second;
  v1::GetReliabilityHistoryRequest request;
  request.set_client_id(scenario_.questions[question].client_id);
  *request.mutable_perspective() = PerspectiveOf(question);
  request.set_mode(mode);
  return histories_
      .emplace(std::pair(question, static_cast<int>(mode)),
               Call(stub_.get(), &v1::ReliabilityService::Stub::GetReliabilityHistory, request))
      .first->second;
}

absl::StatusOr<v1::CompareReliabilityResponse> Answers::Comparison(size_t question,
                                                                   const std::string& label) {
  v1::CompareReliabilityRequest request;
  request.set_client_id(scenario_.questions[question].client_id);
  *request.mutable_before() = *request.mutable_after() = PerspectiveOf(question);
  request.mutable_before()->set_known_at_position(replay_.PositionOf(label));
  return Call(stub_.get(), &v1::ReliabilityService::Stub::CompareReliability, request);
}

absl::StatusOr<v1::ClientSummary> Answers::FindRow(size_t question,
                                                   const v1::ClientFilter& filter) const {
  v1::ListClientsRequest request;
  request.set_page_size(kPageSize);
  *request.mutable_perspective() = PerspectiveOf(question);
  *request.mutable_filter() = filter;
  do {
    const auto page = Call(stub_.get(), &v1::ReliabilityService::Stub::ListClients, request);
    if (!page.ok()) return page.status();
    for (const v1::ClientSummary& row : page->clients()) {
      if (row.client_id() == scenario_.questions[question].client_id) return row;
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return absl::NotFoundError("the client has no row");
}

const absl::StatusOr<v1::ClientSummary>& Answers::Row(size_t question) {
  const auto found = rows_.find(question);
  if (found != rows_.end()) return found->second;
  return rows_.emplace(question, FindRow(question, v1::ClientFilter())).first->second;
}

absl::Status Answers::Consistent(size_t question) {
  const auto& response = Reliability(question);
  // What an answer withholds is for the expectations to say.
  if (!response.ok()) return absl::OkStatus();
  const v1::ClientReliability& reliability = response->reliability();
  const std::string scores = ScoresOf(reliability);
  const auto& explanation = Explanation(question);
  if (!explanation.ok()) return explanation.status();
  if (ScoresOf(explanation->reliability()) != scores) {
    return Differs("Explain scores otherwise", ScoresOf(explanation->reliability()), scores);
  }
  if (scenario_.questions[question].known_at.has_value()) {
    v1::BatchGetReliabilityRequest batch;
    batch.add_client_ids(reliability.client_id());
    *batch.mutable_perspective() = PerspectiveOf(question, KnownBy::kRecordTime);
    const auto same = Call(stub_.get(), &v1::ReliabilityService::Stub::BatchGetReliability, batch);
    if (!same.ok()) return same.status();
    if (same->reliabilities_size() != 1 ||
        same->reliabilities(0).SerializeAsString() != reliability.SerializeAsString()) {
      return Differs("known at the record time is another answer", same->ShortDebugString(),
                     reliability.ShortDebugString());
    }
  }
  const auto& row = Row(question);
  if (!row.ok()) return row.status();
  const std::string present = SignalsOf(reliability, v1::SIGNAL_STATE_PRESENT);
  if (row->band() != reliability.overall().band() ||
      row->segment() != reliability.assessment().segment() ||
      TextOf(row->present_signals()) != present ||
      TextOf(row->watched_signals()) != SignalsOf(reliability, v1::SIGNAL_STATE_WATCH)) {
    return Differs("ListClients says otherwise", row->ShortDebugString(), scores + " " + present);
  }
  v1::ClientFilter filter;
  for (const std::string& code : row->present_signals()) filter.add_present_signals(code);
  filter.add_segments(row->segment());
  const auto filtered = FindRow(question, filter);
  if (!filtered.ok()) return Differs("filters miss the client", filter.ShortDebugString(), present);
  return absl::OkStatus();
}

std::string Answers::Snapshot() {
  std::string all;
  for (size_t question = 0; question < scenario_.questions.size(); ++question) {
    const auto& reliability = Reliability(question);
    const auto& explanation = Explanation(question);
    const auto& solvency = Solvency(question);
    if (!reliability.ok() || !explanation.ok() || !solvency.ok()) {
      absl::StrAppend(&all, reliability.status().ToString(), "\n");
      continue;
    }
    v1::GetSolvencyResponse without_basis = *solvency;
    without_basis.clear_basis();
    absl::StrAppend(&all, reliability->reliability().SerializeAsString());
    for (const v1::Evidence& evidence : explanation->evidence()) {
      absl::StrAppend(&all, evidence.SerializeAsString());
    }
    absl::StrAppend(&all, without_basis.SerializeAsString());
  }
  return all;
}

}  // namespace pledger::scenarios
