#include "server/services/append_call.h"

#include <chrono>
#include <utility>

#include "grpcpp/server_context.h"
#include "server/services/append_request.h"
#include "server/services/byte_buffers.h"
#include "server/services/inline_done.h"
#include "server/services/status_mapping.h"

namespace pledger::services {
namespace {

class AppendCall final : public InlineDone<grpc::ServerUnaryReactor>, public AppendRequestBase {
 public:
  explicit AppendCall(grpc::ByteBuffer* response) : response_(response) {
    // Unlike a stream, which reads on.
    caller_may_write = true;
  }

  void Run(LedgerContext& context, grpc::CallbackServerContext* call,
           const grpc::ByteBuffer& request) {
    auto principal = context.principals.Of(*call);
    if (!principal.ok()) {
      Finish(ToGrpcStatus(principal.status()));
      return;
    }
    const FlatMessage message(request);
    const bool passed = call->deadline() < std::chrono::system_clock::now();
    // On an OK the append may be answered, and gone, already.
    const absl::Status started =
        Start(context, *std::move(principal), message.bytes(), passed, [] {});
    if (!started.ok()) Finish(ToGrpcStatus(started));
  }

  void Done() override {
    if (status.ok()) {
      *response_ = ToBuffer(EncodeResponse());
      Finish(grpc::Status::OK);
    } else {
      Finish(ToGrpcStatus(status));
    }
  }
  void Failed() override { Finish(ToGrpcStatus(status)); }
  void OnDone() override { delete this; }

 private:
  grpc::ByteBuffer* const response_;
};

}  // namespace

grpc::ServerUnaryReactor* StartAppendCall(LedgerContext& context, grpc::CallbackServerContext* call,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) {
  auto* append = new AppendCall(response);
  append->Run(context, call, *request);
  return append;
}

}  // namespace pledger::services
