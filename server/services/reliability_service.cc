#include "server/services/reliability_service.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pledger/v1/reliability.grpc.pb.h"
#include "server/domain/errors.h"
#include "server/domain/limits.h"
#include "server/domain/reliability/assess.h"
#include "server/domain/reliability/portfolio.h"
#include "server/domain/reliability/summary.h"
#include "server/services/perspective.h"
#include "server/services/unary_call.h"
#include "storage/format/text.h"

namespace pledger::services {
namespace {

using reliability::AssessDetail;
using reliability::ClientHistory;
using Base = v1::ReliabilityService;
using RawBase = Base::WithRawCallbackMethod_GetReliability<Base::WithRawCallbackMethod_ListClients<
    Base::WithRawCallbackMethod_Explain<Base::WithRawCallbackMethod_GetPortfolio<Base::Service>>>>;

// How long a call waits for `min_position` if it has no deadline of its own.
constexpr int64_t kWaitMaxNs = int64_t{60} * 1'000'000'000;
// How long before the caller's own deadline it gives up, so that the caller hears why.
constexpr int64_t kAnswerNs = int64_t{100} * 1'000'000;
// How many clients the portfolio reads at once.
constexpr size_t kPortfolioPage = 1'000;

absl::Status ClientNotFound(const std::string& client_id) {
  return Error(v1::ERROR_REASON_CLIENT_NOT_FOUND,
               absl::StrCat("no event of client ", client_id, " was known then"),
               {{"client_id", client_id}});
}

// What a page token of ListClients begins with: the same for requests whose pages fit together.
std::string PageTokenPrefix(const v1::ListClientsRequest& request) {
  // A plain checksum: the token is no secret, and a mistake is all that it guards against.
  uint64_t sum = 14'695'981'039'346'656'037u;
  for (const unsigned char c : request.perspective().SerializeAsString()) {
    sum = (sum ^ c) * 1'099'511'628'211u;
  }
  return absl::StrCat(absl::Hex(sum, absl::kZeroPad16), "/");
}

class ReliabilityService final : public RawBase {
 public:
  explicit ReliabilityService(ReliabilityContext& context) : context_(context) {}

  grpc::ServerUnaryReactor* GetReliability(grpc::CallbackServerContext* call,
                                           const grpc::ByteBuffer* request,
                                           grpc::ByteBuffer* response) override {
    using Call = UnaryCall<v1::GetReliabilityRequest, v1::GetReliabilityResponse>;
    auto steps = StepsOf(call, &ReliabilityService::AnswerReliability);
    // Assessing a client takes microseconds: less than it costs to wake another thread for it.
    steps.answer_at_once = [this](const v1::GetReliabilityRequest& parsed)
        -> std::optional<absl::StatusOr<v1::GetReliabilityResponse>> {
      if (!context_.view.IsInMemory(parsed.client_id())) return std::nullopt;
      return Answer(parsed, context_.view.position(), &ReliabilityService::AnswerReliability);
    };
    return Call::Start(context_.executor, request, response, std::move(steps));
  }
  grpc::ServerUnaryReactor* ListClients(grpc::CallbackServerContext* call,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override {
    return AnswerOverAll<v1::ListClientsRequest, v1::ListClientsResponse>(
        call, request, response, &ReliabilityService::AnswerList);
  }
  grpc::ServerUnaryReactor* Explain(grpc::CallbackServerContext* call,
                                    const grpc::ByteBuffer* request,
                                    grpc::ByteBuffer* response) override {
    return AnswerFromView<v1::ExplainRequest, v1::ExplainResponse>(
        call, request, response, &ReliabilityService::AnswerExplain);
  }
  grpc::ServerUnaryReactor* GetPortfolio(grpc::CallbackServerContext* call,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) override {
    return AnswerOverAll<v1::GetPortfolioRequest, v1::GetPortfolioResponse>(
        call, request, response, &ReliabilityService::AnswerPortfolio);
  }

 private:
  template <typename Request, typename Response>
  using Answerer = absl::StatusOr<Response> (ReliabilityService::*)(const Request&,
                                                                    const ResolvedPerspective&);

  // Waits for `min_position`, then answers.
  template <typename Request, typename Response>
  typename UnaryCall<Request, Response>::Steps StepsOf(const grpc::CallbackServerContext* call,
                                                       Answerer<Request, Response> answer) {
    typename UnaryCall<Request, Response>::Steps steps;
    steps.wait = [this, call](const Request& parsed, std::function<void(absl::Status)> ready) {
      Await(*call, parsed.perspective(), std::move(ready));
    };
    steps.answer = [this, answer](const Request& parsed) {
      return Answer(parsed, context_.view.position(), answer);
    };
    return steps;
  }

  // The same for an answer over all clients. Which clients there are is known to the index, which
  // may be behind the view: it waits for that too, and answers as of where both are.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* AnswerOverAll(const grpc::CallbackServerContext* call,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response,
                                          Answerer<Request, Response> answer) {
    typename UnaryCall<Request, Response>::Steps steps;
    steps.wait = [this, call](const Request& parsed, std::function<void(absl::Status)> ready) {
      Await(*call, parsed.perspective(), [this, ready = std::move(ready)](absl::Status status) {
        if (!status.ok()) return ready(status);
        context_.store.WhenIndexed(context_.view.position(), ready);
      });
    };
    steps.answer = [this, answer](const Request& parsed) {
      return Answer(parsed, std::min(context_.view.position(), context_.store.indexed_position()),
                    answer);
    };
    return UnaryCall<Request, Response>::Start(context_.executor, request, response,
                                               std::move(steps));
  }

  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* AnswerFromView(const grpc::CallbackServerContext* call,
                                           const grpc::ByteBuffer* request,
                                           grpc::ByteBuffer* response,
                                           Answerer<Request, Response> answer) {
    return UnaryCall<Request, Response>::Start(context_.executor, request, response,
                                               StepsOf(call, answer));
  }

  // Resolves the perspective from what is below `position`, and answers.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Answer(const Request& request, storage::Position position,
                                  Answerer<Request, Response> answer) {
    const auto perspective =
        ResolvePerspective(request.perspective(), position, context_.clock.NowNs());
    if (!perspective.ok()) return perspective.status();
    return (this->*answer)(request, *perspective);
  }

  // When to stop waiting for the view, by the ledger's clock.
  int64_t WaitEndNs(const grpc::CallbackServerContext& call) const {
    const int64_t left_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                                call.deadline() - std::chrono::system_clock::now())
                                .count();
    const int64_t wait_ns = left_ns - std::min(left_ns / 2, kAnswerNs);
    return context_.clock.NowNs() + std::clamp(wait_ns, int64_t{0}, kWaitMaxNs);
  }

  void Await(const grpc::CallbackServerContext& call, const v1::Perspective& perspective,
             std::function<void(absl::Status)> ready) {
    if (!perspective.has_min_position()) {
      ready(absl::OkStatus());
      return;
    }
    const storage::Position position = perspective.min_position();
    if (~position == 0) {
      ready(Error(v1::ERROR_REASON_OUT_OF_RANGE, "perspective.min_position: no event can be there",
                  {{"field", "perspective.min_position"}}));
      return;
    }
    context_.view.WhenApplied(
        position + 1, WaitEndNs(call),
        [position, ready = std::move(ready)](const absl::Status& status) {
          if (ReasonOf(status) != v1::ERROR_REASON_VIEW_BEHIND) return ready(status);
          ready(Error(v1::ERROR_REASON_VIEW_BEHIND, FromAbsl(status.message()),
                      {{"min_position", absl::StrCat(position)},
                       {"position", ErrorMetadataValue(status, "position")}}));
        });
  }

  absl::StatusOr<v1::GetReliabilityResponse> AnswerReliability(
      const v1::GetReliabilityRequest& request, const ResolvedPerspective& resolved) {
    v1::GetReliabilityResponse response;
    absl::Status status =
        WithKnown(request.client_id(), resolved, [&](const ClientHistory& history) {
          *response.mutable_reliability() = Assess(request.client_id(), history, *resolved.policy,
                                                   resolved.perspective, AssessDetail::kFull);
        });
    if (!status.ok()) return status;
    *response.mutable_basis() = resolved.basis;
    return response;
  }

  absl::StatusOr<v1::ExplainResponse> AnswerExplain(const v1::ExplainRequest& request,
                                                    const ResolvedPerspective& resolved) {
    v1::ExplainResponse response;
    absl::Status status =
        WithKnown(request.client_id(), resolved, [&](const ClientHistory& history) {
          response = reliability::Explain(request.client_id(), history, *resolved.policy,
                                          resolved.perspective, request.dimension());
        });
    if (!status.ok()) return status;
    *response.mutable_basis() = resolved.basis;
    return response;
  }

  absl::StatusOr<v1::ListClientsResponse> AnswerList(const v1::ListClientsRequest& request,
                                                     const ResolvedPerspective& resolved) {
    const int page_size =
        request.page_size() == 0 ? limits::kClientPageSizeDefault : request.page_size();
    v1::ListClientsResponse response;
    const std::string prefix = PageTokenPrefix(request);
    if (!request.page_token().empty() && !absl::StartsWith(request.page_token(), prefix)) {
      return Error(v1::ERROR_REASON_OUT_OF_RANGE,
                   "page_token: is not one that this request, with the same perspective, was "
                   "answered with",
                   {{"field", "page_token"}});
    }
    std::string after =
        request.page_token().empty() ? "" : request.page_token().substr(prefix.size());
    while (response.clients_size() < page_size) {
      const auto clients = context_.store.ListClients(after, page_size);
      if (!clients.ok()) return clients.status();
      if (clients->empty()) break;
      for (const std::string& client_id : *clients) {
        after = client_id;
        absl::Status status = WithKnown(client_id, resolved, [&](const ClientHistory& history) {
          v1::ClientSummary& row = *response.add_clients();
          reliability::Summarize(Assess(client_id, history, *resolved.policy, resolved.perspective,
                                        AssessDetail::kSummary),
                                 &row);
          *row.mutable_computed_time() = resolved.basis.as_of();
        });
        // One client's trouble must not hide the others.
        if (!status.ok() && !Withheld(status)) return status;
        if (response.clients_size() == page_size) {
          response.set_next_page_token(absl::StrCat(prefix, after));
          break;
        }
      }
    }
    *response.mutable_basis() = resolved.basis;
    return response;
  }

  absl::StatusOr<v1::GetPortfolioResponse> AnswerPortfolio(const v1::GetPortfolioRequest& request,
                                                           const ResolvedPerspective& resolved) {
    reliability::PortfolioAccumulator portfolio(*resolved.policy, resolved.perspective);
    int64_t quarantined = 0;
    std::string after;
    while (true) {
      const auto clients = context_.store.ListClients(after, kPortfolioPage);
      if (!clients.ok()) return clients.status();
      if (clients->empty()) break;
      for (const std::string& client_id : *clients) {
        absl::Status status = WithKnown(
            client_id, resolved, [&](const ClientHistory& history) { portfolio.Add(history); });
        if (ReasonOf(status) == v1::ERROR_REASON_CLIENT_QUARANTINED) ++quarantined;
        if (!status.ok() && !Withheld(status)) return status;
      }
      after = clients->back();
    }
    v1::GetPortfolioResponse response;
    portfolio.Fill(&response);
    response.set_quarantined_clients(quarantined);
    *response.mutable_basis() = resolved.basis;
    return response;
  }

  static bool Withheld(const absl::Status& status) {
    const v1::ErrorReason reason = ReasonOf(status);
    return reason == v1::ERROR_REASON_CLIENT_QUARANTINED ||
           reason == v1::ERROR_REASON_CLIENT_NOT_FOUND;
  }

  // CLIENT_NOT_FOUND if nothing of the client was known then.
  absl::Status WithKnown(const std::string& client_id, const ResolvedPerspective& resolved,
                         absl::FunctionRef<void(const ClientHistory&)> use) {
    bool known = false;
    absl::Status status = context_.view.WithHistory(client_id, [&](const ClientHistory* history) {
      if (history == nullptr || !history->AnyKnown(resolved.perspective)) return;
      known = true;
      use(*history);
    });
    if (!status.ok()) return status;
    return known ? absl::OkStatus() : ClientNotFound(client_id);
  }

  ReliabilityContext& context_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeReliabilityService(ReliabilityContext& context) {
  return std::make_unique<ReliabilityService>(context);
}

}  // namespace pledger::services
