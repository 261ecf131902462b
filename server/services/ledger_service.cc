#include "server/services/ledger_service.h"

#include <utility>

#include "pledger/v1/ledger.grpc.pb.h"
#include "server/services/append_call.h"
#include "server/services/append_stream.h"
#include "server/services/event_access.h"
#include "server/services/lookups.h"
#include "server/services/read_events.h"
#include "server/services/subscribe.h"
#include "server/services/unary_call.h"

namespace pledger::services {
namespace {

using Base = v1::LedgerService;
// All calls exchange bytes: what is stored goes out as it is, and what comes in malformed is
// answered with an error that says where.
using RawBase = Base::WithRawCallbackMethod_Append<Base::WithRawCallbackMethod_AppendStream<
    Base::WithRawCallbackMethod_GetEvent<Base::WithRawCallbackMethod_ListClientEvents<
        Base::WithRawCallbackMethod_ReadEvents<Base::WithRawCallbackMethod_Subscribe<
            Base::WithRawCallbackMethod_GetStatus<Base::Service>>>>>>>;

class LedgerService final : public RawBase {
 public:
  explicit LedgerService(LedgerContext& context) : context_(context) {}

  grpc::ServerUnaryReactor* Append(grpc::CallbackServerContext* call,
                                   const grpc::ByteBuffer* request,
                                   grpc::ByteBuffer* response) override {
    return StartAppendCall(context_, call, request, response);
  }
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* AppendStream(
      grpc::CallbackServerContext* call) override {
    return StartAppendStream(context_, *call);
  }
  grpc::ServerWriteReactor<grpc::ByteBuffer>* ReadEvents(grpc::CallbackServerContext* call,
                                                         const grpc::ByteBuffer* request) override {
    return StartReadEvents(context_, call, request);
  }
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Subscribe(grpc::CallbackServerContext* call,
                                                        const grpc::ByteBuffer* request) override {
    return StartSubscribe(context_, call, request);
  }
  grpc::ServerUnaryReactor* GetEvent(grpc::CallbackServerContext* call,
                                     const grpc::ByteBuffer* request,
                                     grpc::ByteBuffer* response) override {
    return AnswerRead<v1::GetEventRequest, v1::GetEventResponse>(call, "GetEvent", request,
                                                                 response, &services::GetEvent);
  }
  grpc::ServerUnaryReactor* ListClientEvents(grpc::CallbackServerContext* call,
                                             const grpc::ByteBuffer* request,
                                             grpc::ByteBuffer* response) override {
    return AnswerRead<v1::ListClientEventsRequest, v1::ListClientEventsResponse>(
        call, "ListClientEvents", request, response, &services::ListClientEvents);
  }
  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* call,
                                      const grpc::ByteBuffer* request,
                                      grpc::ByteBuffer* response) override {
    using Call = UnaryCall<v1::GetStatusRequest, v1::GetStatusResponse>;
    return Call::Start(
        context_.executor, request, response,
        StepsOf<v1::GetStatusRequest, v1::GetStatusResponse>(call, &services::GetStatus));
  }

 private:
  template <typename Request, typename Response>
  using Answer = absl::StatusOr<Response> (*)(LedgerContext&, const Principal&, const Request&);

  // Answers when the index holds all that is recorded now, so that every client reads its own
  // writes.
  template <typename Request, typename Response>
  typename UnaryCall<Request, Response>::Steps StepsOf(const grpc::CallbackServerContext* call,
                                                       Answer<Request, Response> answer) {
    typename UnaryCall<Request, Response>::Steps steps;
    steps.caller = context_.principals.Of(*call);
    steps.wait = [this](const Request&, std::function<void(absl::Status)> ready) {
      context_.store.WhenIndexed(context_.store.next_position(), std::move(ready));
    };
    if (!steps.caller.ok()) return steps;
    steps.answer = [this, answer, caller = *steps.caller](const Request& parsed) {
      return answer(context_, *caller, parsed);
    };
    return steps;
  }

  // The same for a read of events, which may have to stand in the access log first.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* AnswerRead(const grpc::CallbackServerContext* call, const char* method,
                                       const grpc::ByteBuffer* request, grpc::ByteBuffer* response,
                                       Answer<Request, Response> answer) {
    auto steps = StepsOf<Request, Response>(call, answer);
    steps.authorise = &CheckEventRead<Request>;
    if (steps.caller.ok()) {
      steps.wait = [this, method, caller = *steps.caller, indexed = std::move(steps.wait)](
                       const Request& parsed, std::function<void(absl::Status)> ready) {
        if (!OpensPersonal(parsed)) return indexed(parsed, std::move(ready));
        RecordEventRead(context_.access, *caller, method, parsed,
                        [&parsed, indexed, ready = std::move(ready)](const absl::Status& recorded) {
                          recorded.ok() ? indexed(parsed, ready) : ready(recorded);
                        });
      };
    }
    return UnaryCall<Request, Response>::Start(context_.executor, request, response,
                                               std::move(steps));
  }

  LedgerContext& context_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeLedgerService(LedgerContext& context) {
  return std::make_unique<LedgerService>(context);
}

}  // namespace pledger::services
