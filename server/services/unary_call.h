// A unary call that checks its request, waits for what it needs, and answers from the executor.
#ifndef PLEDGER_SERVER_SERVICES_UNARY_CALL_H_
#define PLEDGER_SERVER_SERVICES_UNARY_CALL_H_

#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/services/byte_buffers.h"
#include "server/services/executor.h"
#include "server/services/request_parsing.h"
#include "server/services/status_mapping.h"

namespace pledger::services {

template <typename Request, typename Response>
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  // What must have happened before the call can be answered: calls back once, from any thread.
  using Wait = std::function<void(const Request&, std::function<void(absl::Status)>)>;
  // The answer. May block.
  using Answer = std::function<absl::StatusOr<Response>(const Request&)>;

  static grpc::ServerUnaryReactor* Start(Executor& executor, const grpc::ByteBuffer* bytes,
                                         grpc::ByteBuffer* response, const Wait& wait,
                                         Answer answer) {
    auto* call = new UnaryCall(executor, response, std::move(answer));
    const absl::Status parsed = ParseRequest(*bytes, &call->request_);
    if (!parsed.ok()) {
      call->Finish(ToGrpcStatus(parsed));
      return call;
    }
    wait(call->request_, [call](absl::Status ready) { call->Ready(ready); });
    return call;
  }

  void OnDone() override { delete this; }

 private:
  UnaryCall(Executor& executor, grpc::ByteBuffer* response, Answer answer)
      : executor_(executor), response_(response), answer_(std::move(answer)) {}

  void Ready(absl::Status ready) {
    if (ready.ok()) ready = executor_.Post([this] { Run(); });
    if (!ready.ok()) Finish(ToGrpcStatus(ready));
  }

  void Run() {
    const absl::StatusOr<Response> answer = answer_(request_);
    if (answer.ok()) *response_ = ToBuffer(answer->SerializeAsString());
    Finish(ToGrpcStatus(answer.status()));
  }

  Executor& executor_;
  Request request_;
  grpc::ByteBuffer* const response_;
  const Answer answer_;
};

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_UNARY_CALL_H_
