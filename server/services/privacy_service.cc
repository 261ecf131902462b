#include "server/services/privacy_service.h"

#include <string>
#include <utility>

#include "pledger/v1/privacy.grpc.pb.h"
#include "server/domain/fact_rules.h"
#include "server/services/append_request.h"
#include "server/services/byte_buffers.h"
#include "server/services/inline_done.h"
#include "server/services/permissions.h"
#include "server/services/privacy_calls.h"
#include "server/services/privacy_export.h"
#include "server/services/unary_call.h"

namespace pledger::services {
namespace {

using Base = v1::PrivacyService;
using RawBase = Base::WithRawCallbackMethod_ExportClient<Base::WithRawCallbackMethod_EraseClient<
    Base::WithRawCallbackMethod_PlaceHold<Base::WithRawCallbackMethod_ReleaseHold<
        Base::WithRawCallbackMethod_ListHolds<Base::Service>>>>>;

void FillFact(const v1::PlaceHoldRequest& request, v1::Fact* fact) {
  fact->mutable_hold_placed()->set_hold_id(request.hold_id());
  fact->mutable_hold_placed()->set_basis(request.basis());
}
void FillFact(const v1::ReleaseHoldRequest& request, v1::Fact* fact) {
  fact->mutable_hold_released()->set_hold_id(request.hold_id());
  fact->mutable_hold_released()->set_basis(request.basis());
}

// A hold, or its release, on its way through the ledger.
template <typename Request, typename Response>
class HoldCall final : public InlineDone<grpc::ServerUnaryReactor>, public AppendRequestBase {
 public:
  explicit HoldCall(grpc::ByteBuffer* response) : response_(response) {}

  void Run(LedgerContext& context, const grpc::CallbackServerContext& call,
           const grpc::ByteBuffer& bytes) {
    auto principal = context.principals.Of(call);
    Request request;
    absl::Status started = principal.status();
    if (started.ok()) started = ParseRequest(bytes, &request);
    if (started.ok()) started = CheckRead(**principal, Right::kPrivacy, request.client_id());
    if (started.ok()) {
      v1::AppendRequest append;
      v1::ProposedEvent* event = append.add_events();
      event->set_event_id(request.event_id());
      event->set_client_id(request.client_id());
      *event->mutable_occur_time() = FromNanos(context.clock.NowNs());
      FillFact(request, event->mutable_fact());
      // On an OK the call may be answered, and gone, already.
      started = Start(context, *std::move(principal), append.SerializeAsString(), false, [] {});
    }
    if (!started.ok()) Finish(ToGrpcStatus(started));
  }

  void Done() override {
    if (status.ok()) {
      Response response;
      response.set_position(recorded.front().position);
      *response_ = ToBuffer(response.SerializeAsString());
    }
    Finish(ToGrpcStatus(status));
  }
  void Failed() override { Finish(ToGrpcStatus(status)); }
  void OnDone() override { delete this; }

 private:
  grpc::ByteBuffer* const response_;
};

class PrivacyService final : public RawBase {
 public:
  explicit PrivacyService(PrivacyContext& context) : context_(context) {}

  grpc::ServerWriteReactor<grpc::ByteBuffer>* ExportClient(
      grpc::CallbackServerContext* call, const grpc::ByteBuffer* request) override {
    return StartExportClient(context_, call, request);
  }
  grpc::ServerUnaryReactor* EraseClient(grpc::CallbackServerContext* call,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override {
    using Call = UnaryCall<v1::EraseClientRequest, v1::EraseClientResponse>;
    Call::Steps steps = StepsOf<v1::EraseClientRequest, v1::EraseClientResponse>(call);
    if (steps.caller.ok()) {
      steps.answer = [this, caller = *steps.caller](const v1::EraseClientRequest& parsed) {
        return services::EraseClient(context_, *caller, parsed);
      };
    }
    return Call::Start(context_.ledger.executor, request, response, std::move(steps));
  }
  grpc::ServerUnaryReactor* PlaceHold(grpc::CallbackServerContext* call,
                                      const grpc::ByteBuffer* request,
                                      grpc::ByteBuffer* response) override {
    auto* hold = new HoldCall<v1::PlaceHoldRequest, v1::PlaceHoldResponse>(response);
    hold->Run(context_.ledger, *call, *request);
    return hold;
  }
  grpc::ServerUnaryReactor* ReleaseHold(grpc::CallbackServerContext* call,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override {
    auto* release = new HoldCall<v1::ReleaseHoldRequest, v1::ReleaseHoldResponse>(response);
    release->Run(context_.ledger, *call, *request);
    return release;
  }
  grpc::ServerUnaryReactor* ListHolds(grpc::CallbackServerContext* call,
                                      const grpc::ByteBuffer* request,
                                      grpc::ByteBuffer* response) override {
    using Call = UnaryCall<v1::ListHoldsRequest, v1::ListHoldsResponse>;
    Call::Steps steps = StepsOf<v1::ListHoldsRequest, v1::ListHoldsResponse>(call);
    steps.authorise = [](const Principal& caller, const v1::ListHoldsRequest& parsed) {
      return CheckRead(caller, Right::kListHolds, parsed.client_id());
    };
    steps.answer = [this](const v1::ListHoldsRequest& parsed) {
      return services::ListHolds(context_, parsed);
    };
    return Call::Start(context_.ledger.executor, request, response, std::move(steps));
  }

 private:
  // For the right kPrivacy, when the index has all that is recorded now.
  template <typename Request, typename Response>
  typename UnaryCall<Request, Response>::Steps StepsOf(const grpc::CallbackServerContext* call) {
    typename UnaryCall<Request, Response>::Steps steps;
    steps.caller = context_.ledger.principals.Of(*call);
    steps.authorise = [](const Principal& caller, const Request& parsed) {
      return CheckRead(caller, Right::kPrivacy, parsed.client_id());
    };
    steps.wait = [this](const Request&, std::function<void(absl::Status)> ready) {
      storage::EventStore& store = context_.ledger.store;
      store.WhenIndexed(store.next_position(), std::move(ready));
    };
    return steps;
  }

  PrivacyContext& context_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakePrivacyService(PrivacyContext& context) {
  return std::make_unique<PrivacyService>(context);
}

}  // namespace pledger::services
