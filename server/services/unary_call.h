// A unary call that checks its request, waits for what it needs, and answers.
#ifndef PLEDGER_SERVER_SERVICES_UNARY_CALL_H_
#define PLEDGER_SERVER_SERVICES_UNARY_CALL_H_

#include <functional>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/services/byte_buffers.h"
#include "server/services/executor.h"
#include "server/services/inline_done.h"
#include "server/services/principal.h"
#include "server/services/request_parsing.h"
#include "server/services/status_mapping.h"

namespace pledger::services {

template <typename Request, typename Response>
class UnaryCall final : public InlineDone<grpc::ServerUnaryReactor> {
 public:
  struct Steps {
    // Whose call it is; an error ends the call.
    absl::StatusOr<PrincipalRef> caller = LocalPrincipal();
    // Whether the caller may have this. Must not block. May be null: everybody may.
    std::function<absl::Status(const Principal&, const Request&)> authorise;
    // What must have happened before the call can be answered: calls back once, from any thread.
    std::function<void(const Request&, std::function<void(absl::Status)>)> wait;
    // The answer if it can be given without blocking; runs wherever `wait` called back. May be
    // null.
    std::function<std::optional<absl::StatusOr<Response>>(const Request&)> answer_at_once;
    // The answer. May block: runs on the executor.
    std::function<absl::StatusOr<Response>(const Request&)> answer;
  };

  static grpc::ServerUnaryReactor* Start(Executor& executor, const grpc::ByteBuffer* bytes,
                                         grpc::ByteBuffer* response, Steps steps) {
    auto* call = new UnaryCall(executor, response, std::move(steps));
    const Steps& begun = call->steps_;
    absl::Status status = begun.caller.status();
    if (status.ok()) status = ParseRequest(*bytes, &call->request_);
    if (status.ok() && begun.authorise != nullptr) {
      status = begun.authorise(**begun.caller, call->request_);
    }
    if (!status.ok()) {
      call->Finish(ToGrpcStatus(status));
      return call;
    }
    call->steps_.wait(call->request_, [call](absl::Status ready) { call->Ready(ready); });
    return call;
  }

  void OnDone() override { delete this; }

 private:
  UnaryCall(Executor& executor, grpc::ByteBuffer* response, Steps steps)
      : executor_(executor), response_(response), steps_(std::move(steps)) {}

  void Ready(absl::Status ready) {
    if (ready.ok() && steps_.answer_at_once != nullptr) {
      if (const auto answer = steps_.answer_at_once(request_)) {
        Answer(*answer);
        return;
      }
    }
    if (ready.ok()) ready = executor_.Post([this] { Answer(steps_.answer(request_)); });
    if (!ready.ok()) Finish(ToGrpcStatus(ready));
  }

  void Answer(const absl::StatusOr<Response>& answer) {
    if (answer.ok()) *response_ = ToBuffer(answer->SerializeAsString());
    Finish(ToGrpcStatus(answer.status()));
  }

  Executor& executor_;
  Request request_;
  grpc::ByteBuffer* const response_;
  const Steps steps_;
};

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_UNARY_CALL_H_
