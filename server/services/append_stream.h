// The bidirectional call AppendStream.
#ifndef PLEDGER_SERVER_SERVICES_APPEND_STREAM_H_
#define PLEDGER_SERVER_SERVICES_APPEND_STREAM_H_

#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/services/ledger_context.h"

namespace pledger::services {

// Reads ahead as many requests as limits.h allows unanswered; answers in the order of the requests.
grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StartAppendStream(
    LedgerContext& context, const grpc::CallbackServerContext& call);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_APPEND_STREAM_H_
