#include "server/services/policy_service.h"

#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "pledger/v1/policy_service.grpc.pb.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/domain/fact_types.h"
#include "server/domain/reliability/policy_description.h"
#include "server/services/append_request.h"
#include "server/services/inline_done.h"
#include "server/services/permissions.h"
#include "server/services/perspective.h"
#include "server/services/unary_call.h"
#include "server/services/view_waiting.h"
#include "storage/format/text.h"

namespace pledger::services {
namespace {

using reliability::AdoptedPolicy;
using Base = v1::PolicyService;
using RawBase = Base::WithRawCallbackMethod_GetPolicy<
    Base::WithRawCallbackMethod_ListPolicies<Base::WithRawCallbackMethod_AdoptPolicy<
        Base::WithRawCallbackMethod_SimulatePolicy<Base::Service>>>>;

void Fill(const AdoptedPolicy& policy, bool in_force, v1::PolicyVersion* out) {
  out->set_version(policy.version);
  *out->mutable_policy() = policy.policy;
  out->set_in_force(in_force);
  if (policy.version == 0) return;
  out->set_position(policy.position);
  *out->mutable_record_time() = FromNanos(policy.record_time_ns);
  *out->mutable_occur_time() = FromNanos(policy.occur_time_ns);
}

// An adoption on its way through the ledger.
class AdoptCall final : public InlineDone<grpc::ServerUnaryReactor>, public AppendRequestBase {
 public:
  explicit AdoptCall(grpc::ByteBuffer* response) : response_(response) {}

  void Run(LedgerContext& context, const grpc::CallbackServerContext& call,
           const grpc::ByteBuffer& bytes) {
    auto principal = context.principals.Of(call);
    v1::AdoptPolicyRequest request;
    absl::Status started = principal.status();
    if (started.ok()) started = ParseRequest(bytes, &request);
    if (started.ok()) {
      expected_version_ = request.expected_version();
      // On an OK the call may be answered, and gone, already.
      started = Start(context, *std::move(principal), AppendOf(context, request), false, [] {});
    }
    if (!started.ok()) FinishWith(started);
  }

  void Done() override { FinishWith(status); }
  void Failed() override { FinishWith(status); }
  void OnDone() override { delete this; }

 private:
  std::string AppendOf(const LedgerContext& context, v1::AdoptPolicyRequest& request) {
    v1::AppendRequest append;
    v1::ProposedEvent* event = append.add_events();
    event->set_event_id(request.event_id());
    event->set_client_id(std::string(kLedgerClient));
    occur_time_ns_ =
        request.has_occur_time() ? ToNanos(request.occur_time()) : context.clock.NowNs();
    *event->mutable_occur_time() = FromNanos(occur_time_ns_);
    v1::PolicyAdopted* adopted = event->mutable_fact()->mutable_policy_adopted();
    adopted->set_version(request.expected_version() + 1);
    *adopted->mutable_policy() = request.policy();
    policy_ = std::move(*request.mutable_policy());
    return append.SerializeAsString();
  }

  void FinishWith(const absl::Status& outcome) {
    if (!outcome.ok()) {
      Finish(ToGrpcStatus(Translate(outcome)));
      return;
    }
    v1::AdoptPolicyResponse response;
    v1::PolicyVersion* adopted = response.mutable_policy();
    adopted->set_version(expected_version_ + 1);
    *adopted->mutable_policy() = std::move(policy_);
    adopted->set_position(recorded.front().position);
    *adopted->mutable_record_time() = FromNanos(recorded.front().record_time_ns);
    *adopted->mutable_occur_time() = FromNanos(occur_time_ns_);
    adopted->set_in_force(true);
    *response_ = ToBuffer(response.SerializeAsString());
    Finish(grpc::Status::OK);
  }

  // What the ledger's rules say of versions, in this call's own words.
  absl::Status Translate(const absl::Status& outcome) const {
    if (ReasonOf(outcome) != v1::ERROR_REASON_OBLIGATION_STATE) return outcome;
    const std::string state = ErrorMetadataValue(outcome, "state");
    const std::string actual(absl::StripPrefix(state, "version_"));
    return Error(v1::ERROR_REASON_WRONG_POLICY_VERSION,
                 absl::StrCat("version ", actual, " of the policy is in force, not ",
                              expected_version_, "; look at it, and adopt with that version"),
                 {{"expected", absl::StrCat(expected_version_)}, {"actual", actual}});
  }

  grpc::ByteBuffer* const response_;
  int64_t expected_version_ = 0;
  int64_t occur_time_ns_ = 0;
  v1::Policy policy_;
};

class PolicyService final : public RawBase {
 public:
  PolicyService(LedgerContext& ledger, ReliabilityContext& reliability)
      : ledger_(ledger), context_(reliability) {}

  grpc::ServerUnaryReactor* GetPolicy(grpc::CallbackServerContext* call,
                                      const grpc::ByteBuffer* request,
                                      grpc::ByteBuffer* response) override {
    return Answer<v1::GetPolicyRequest, v1::GetPolicyResponse>(
        call, request, response,
        [this](const v1::GetPolicyRequest& parsed) { return AnswerGet(parsed); });
  }
  grpc::ServerUnaryReactor* ListPolicies(grpc::CallbackServerContext* call,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) override {
    return Answer<v1::ListPoliciesRequest, v1::ListPoliciesResponse>(
        call, request, response, [this](const v1::ListPoliciesRequest&) { return AnswerList(); });
  }
  grpc::ServerUnaryReactor* AdoptPolicy(grpc::CallbackServerContext* call,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override {
    auto* adopt = new AdoptCall(response);
    adopt->Run(ledger_, *call, *request);
    return adopt;
  }
  grpc::ServerUnaryReactor* SimulatePolicy(grpc::CallbackServerContext* call,
                                           const grpc::ByteBuffer* request,
                                           grpc::ByteBuffer* response) override {
    using Call = UnaryCall<v1::SimulatePolicyRequest, v1::SimulatePolicyResponse>;
    Call::Steps steps;
    steps.caller = ledger_.principals.Of(*call);
    steps.authorise = [](const Principal& caller, const v1::SimulatePolicyRequest&) {
      return CheckRead(caller, Right::kReadPolicy, "");
    };
    steps.wait = [this, call](const v1::SimulatePolicyRequest& parsed,
                              std::function<void(absl::Status)> ready) {
      std::optional<uint64_t> min_position;
      if (parsed.has_min_position()) min_position = parsed.min_position();
      AwaitPosition(context_, *call, min_position, "min_position",
                    [this, ready = std::move(ready)](absl::Status status) {
                      if (!status.ok()) return ready(status);
                      context_.store.WhenIndexed(context_.view.position(), ready);
                    });
    };
    steps.answer = [this](const v1::SimulatePolicyRequest& parsed) { return Simulate(parsed); };
    return Call::Start(context_.executor, request, response, std::move(steps));
  }

 private:
  // Policies are few and change seldom: everybody sees all that is recorded.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* call,
                                   const grpc::ByteBuffer* request, grpc::ByteBuffer* response,
                                   std::function<absl::StatusOr<Response>(const Request&)> answer) {
    typename UnaryCall<Request, Response>::Steps steps;
    steps.caller = ledger_.principals.Of(*call);
    steps.authorise = [](const Principal& caller, const Request&) {
      return CheckRight(caller, Right::kReadPolicy);
    };
    steps.wait = [this, call](const Request&, std::function<void(absl::Status)> ready) {
      const storage::Position next = context_.store.next_position();
      std::optional<uint64_t> last;
      if (next > 0) last = next - 1;
      AwaitPosition(context_, *call, last, "", std::move(ready));
    };
    steps.answer = std::move(answer);
    return UnaryCall<Request, Response>::Start(context_.executor, request, response,
                                               std::move(steps));
  }

  reliability::Perspective Now() const {
    reliability::Perspective now;
    now.as_of_ns = context_.clock.NowNs();
    return now;
  }

  absl::StatusOr<v1::GetPolicyResponse> AnswerGet(const v1::GetPolicyRequest& request) const {
    const auto in_force = context_.policies.InForce(Now());
    const auto policy =
        request.has_version() ? context_.policies.Find(request.version(), Now()) : in_force;
    if (policy == nullptr) {
      return Error(v1::ERROR_REASON_POLICY_NOT_FOUND,
                   absl::StrCat("version ", request.version(), " of the policy was not adopted"),
                   {{"version", absl::StrCat(request.version())}});
    }
    v1::GetPolicyResponse response;
    Fill(*policy, policy == in_force, response.mutable_policy());
    if (request.resolved()) {
      *response.mutable_policy()->mutable_policy() =
          reliability::Describe(policy->policy, *policy->resolved);
    }
    return response;
  }

  absl::StatusOr<v1::ListPoliciesResponse> AnswerList() const {
    const auto in_force = context_.policies.InForce(Now());
    v1::ListPoliciesResponse response;
    for (const auto& policy : context_.policies.List(Now())) {
      Fill(*policy, policy == in_force, response.add_policies());
    }
    return response;
  }

  absl::StatusOr<v1::SimulatePolicyResponse> Simulate(const v1::SimulatePolicyRequest& request) {
    const storage::Position position =
        std::min(context_.view.position(), context_.store.indexed_position());
    const int64_t now_ns = context_.clock.NowNs();
    const auto before = ResolvePerspective({}, position, now_ns, context_.policies);
    if (!before.ok()) return before.status();
    v1::Perspective drafted;
    *drafted.mutable_draft_policy() = request.draft();
    const auto after = ResolvePerspective(drafted, position, now_ns, context_.policies);
    if (!after.ok()) return after.status();
    v1::SimulatePolicyResponse response;
    absl::Status status = context_.queries.Simulate(request, *before, *after, &response);
    if (!status.ok()) return status;
    return response;
  }

  LedgerContext& ledger_;
  ReliabilityContext& context_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakePolicyService(LedgerContext& ledger,
                                                 ReliabilityContext& reliability) {
  return std::make_unique<PolicyService>(ledger, reliability);
}

}  // namespace pledger::services
