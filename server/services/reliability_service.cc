#include "server/services/reliability_service.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "pledger/v1/reliability.grpc.pb.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/services/client_list_call.h"
#include "server/services/permissions.h"
#include "server/services/perspective.h"
#include "server/services/unary_call.h"
#include "server/services/view_waiting.h"

namespace pledger::services {
namespace {

using projections::ReliabilityQueries;
using projections::ResolvedPerspective;
using Base = v1::ReliabilityService;
using RawBase = Base::WithRawCallbackMethod_GetReliability<
    Base::WithRawCallbackMethod_BatchGetReliability<Base::WithRawCallbackMethod_ListClients<
        Base::WithRawCallbackMethod_Explain<Base::WithRawCallbackMethod_GetReliabilityHistory<
            Base::WithRawCallbackMethod_CompareReliability<
                Base::WithRawCallbackMethod_GetSolvency<Base::WithRawCallbackMethod_GetGrowthPoints<
                    Base::WithRawCallbackMethod_GetPortfolio<Base::Service>>>>>>>>>;

// Figures of one client, or of those that are named.
absl::Status CheckFigures(const Principal& caller, const std::string& client_id) {
  return CheckRead(caller, Right::kReadFigures, client_id);
}
template <typename Request>
absl::Status CheckFiguresOf(const Principal& caller, const Request& request) {
  return CheckFigures(caller, request.client_id());
}
absl::Status CheckFiguresOf(const Principal& caller,
                            const v1::BatchGetReliabilityRequest& request) {
  absl::Status status = CheckRight(caller, Right::kReadFigures);
  for (const std::string& client_id : request.client_ids()) {
    if (status.ok()) status = CheckFigures(caller, client_id);
  }
  return status;
}

class ReliabilityService final : public RawBase {
 public:
  explicit ReliabilityService(ReliabilityContext& context) : context_(context) {}

  grpc::ServerUnaryReactor* GetReliability(grpc::CallbackServerContext* call,
                                           const grpc::ByteBuffer* request,
                                           grpc::ByteBuffer* response) override {
    using Call = UnaryCall<v1::GetReliabilityRequest, v1::GetReliabilityResponse>;
    auto steps = StepsOf(call, &ReliabilityQueries::Get);
    // Assessing a client takes microseconds: less than it costs to wake another thread for it.
    steps.answer_at_once = [this](const v1::GetReliabilityRequest& parsed)
        -> std::optional<absl::StatusOr<v1::GetReliabilityResponse>> {
      if (!context_.view.IsInMemory(parsed.client_id())) return std::nullopt;
      return Answer(parsed, context_.view.position(), &ReliabilityQueries::Get);
    };
    return Call::Start(context_.executor, request, response, std::move(steps));
  }
  grpc::ServerUnaryReactor* BatchGetReliability(grpc::CallbackServerContext* call,
                                                const grpc::ByteBuffer* request,
                                                grpc::ByteBuffer* response) override {
    return AnswerFromView(call, request, response, &ReliabilityQueries::BatchGet);
  }
  grpc::ServerUnaryReactor* ListClients(grpc::CallbackServerContext* call,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override {
    auto steps = StepsOverAll<v1::ListClientsRequest, v1::ListClientsResponse>(call);
    steps.answer =
        [this](const v1::ListClientsRequest& parsed) -> absl::StatusOr<v1::ListClientsResponse> {
      return services::ListClients(context_, parsed, PositionOfAll());
    };
    return UnaryCall<v1::ListClientsRequest, v1::ListClientsResponse>::Start(
        context_.executor, request, response, std::move(steps));
  }
  grpc::ServerUnaryReactor* Explain(grpc::CallbackServerContext* call,
                                    const grpc::ByteBuffer* request,
                                    grpc::ByteBuffer* response) override {
    return AnswerFromView(call, request, response, &ReliabilityQueries::Explain);
  }
  grpc::ServerUnaryReactor* GetReliabilityHistory(grpc::CallbackServerContext* call,
                                                  const grpc::ByteBuffer* request,
                                                  grpc::ByteBuffer* response) override {
    return AnswerFromView(call, request, response, &ReliabilityQueries::GetHistory);
  }
  grpc::ServerUnaryReactor* CompareReliability(grpc::CallbackServerContext* call,
                                               const grpc::ByteBuffer* request,
                                               grpc::ByteBuffer* response) override {
    using Call = UnaryCall<v1::CompareReliabilityRequest, v1::CompareReliabilityResponse>;
    Call::Steps steps;
    steps.caller = context_.principals.Of(*call);
    steps.authorise = &CheckFiguresOf<v1::CompareReliabilityRequest>;
    steps.wait = [this, call](const v1::CompareReliabilityRequest& parsed,
                              std::function<void(absl::Status)> ready) {
      const bool later = parsed.before().min_position() > parsed.after().min_position();
      AwaitView(context_, *call, later ? parsed.before() : parsed.after(), std::move(ready));
    };
    steps.answer = [this](const v1::CompareReliabilityRequest& parsed) { return Compare(parsed); };
    return Call::Start(context_.executor, request, response, std::move(steps));
  }
  grpc::ServerUnaryReactor* GetSolvency(grpc::CallbackServerContext* call,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override {
    return AnswerFromView(call, request, response, &ReliabilityQueries::GetSolvency);
  }
  grpc::ServerUnaryReactor* GetGrowthPoints(grpc::CallbackServerContext* call,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* response) override {
    return AnswerOverAll(call, request, response, &ReliabilityQueries::GetGrowthPoints);
  }
  grpc::ServerUnaryReactor* GetPortfolio(grpc::CallbackServerContext* call,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) override {
    return AnswerOverAll(call, request, response, &ReliabilityQueries::GetPortfolio);
  }

 private:
  template <typename Request, typename Response>
  using Query = absl::Status (ReliabilityQueries::*)(const Request&, const ResolvedPerspective&,
                                                     Response*);

  // Waits for `min_position`, then answers.
  template <typename Request, typename Response>
  typename UnaryCall<Request, Response>::Steps StepsOf(const grpc::CallbackServerContext* call,
                                                       Query<Request, Response> query) {
    typename UnaryCall<Request, Response>::Steps steps;
    steps.caller = context_.principals.Of(*call);
    steps.authorise = [](const Principal& caller, const Request& parsed) {
      return CheckFiguresOf(caller, parsed);
    };
    steps.wait = [this, call](const Request& parsed, std::function<void(absl::Status)> ready) {
      AwaitView(context_, *call, parsed.perspective(), std::move(ready));
    };
    steps.answer = [this, query](const Request& parsed) {
      return Answer(parsed, context_.view.position(), query);
    };
    return steps;
  }

  // The wait for an answer over all clients. Which clients there are is known to the index, which
  // may be behind the view: it waits for that too.
  template <typename Request, typename Response>
  typename UnaryCall<Request, Response>::Steps StepsOverAll(
      const grpc::CallbackServerContext* call) {
    typename UnaryCall<Request, Response>::Steps steps;
    steps.caller = context_.principals.Of(*call);
    steps.authorise = [](const Principal& caller, const Request&) {
      return CheckFigures(caller, "");
    };
    steps.wait = [this, call](const Request& parsed, std::function<void(absl::Status)> ready) {
      AwaitView(context_, *call, parsed.perspective(),
                [this, ready = std::move(ready)](absl::Status status) {
                  if (!status.ok()) return ready(status);
                  context_.store.WhenIndexed(context_.view.position(), ready);
                });
    };
    return steps;
  }

  // Where both the view and the index are.
  storage::Position PositionOfAll() const {
    return std::min(context_.view.position(), context_.store.indexed_position());
  }

  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* AnswerOverAll(const grpc::CallbackServerContext* call,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response,
                                          Query<Request, Response> query) {
    auto steps = StepsOverAll<Request, Response>(call);
    steps.answer = [this, query](const Request& parsed) {
      return Answer(parsed, PositionOfAll(), query);
    };
    return UnaryCall<Request, Response>::Start(context_.executor, request, response,
                                               std::move(steps));
  }

  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* AnswerFromView(const grpc::CallbackServerContext* call,
                                           const grpc::ByteBuffer* request,
                                           grpc::ByteBuffer* response,
                                           Query<Request, Response> query) {
    return UnaryCall<Request, Response>::Start(context_.executor, request, response,
                                               StepsOf(call, query));
  }

  // Resolves the perspective from what is below `position`, and answers.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Answer(const Request& request, storage::Position position,
                                  Query<Request, Response> query) {
    const auto perspective = ResolvePerspective(request.perspective(), position,
                                                context_.clock.NowNs(), context_.policies);
    if (!perspective.ok()) return perspective.status();
    Response response;
    absl::Status status = (context_.queries.*query)(request, *perspective, &response);
    if (!status.ok()) return status;
    return response;
  }

  absl::StatusOr<v1::CompareReliabilityResponse> Compare(
      const v1::CompareReliabilityRequest& request) {
    const storage::Position position = context_.view.position();
    const int64_t now_ns = context_.clock.NowNs();
    const auto before = ResolvePerspective(request.before(), position, now_ns, context_.policies);
    if (!before.ok()) return PrefixField(before.status(), "before.");
    const auto after = ResolvePerspective(request.after(), position, now_ns, context_.policies);
    if (!after.ok()) return PrefixField(after.status(), "after.");
    v1::CompareReliabilityResponse response;
    absl::Status status = context_.queries.Compare(request, *before, *after, &response);
    if (!status.ok()) return status;
    return response;
  }

  ReliabilityContext& context_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeReliabilityService(ReliabilityContext& context) {
  return std::make_unique<ReliabilityService>(context);
}

}  // namespace pledger::services
