// The unary call Append.
#ifndef PLEDGER_SERVER_SERVICES_APPEND_CALL_H_
#define PLEDGER_SERVER_SERVICES_APPEND_CALL_H_

#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/services/ledger_context.h"

namespace pledger::services {

// Answers when the events are durable. Once submitted, the append goes its way whether or not the
// caller still waits.
grpc::ServerUnaryReactor* StartAppendCall(LedgerContext& context, grpc::CallbackServerContext* call,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_APPEND_CALL_H_
