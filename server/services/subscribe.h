// The server-streaming call Subscribe.
#ifndef PLEDGER_SERVER_SERVICES_SUBSCRIBE_H_
#define PLEDGER_SERVER_SERVICES_SUBSCRIBE_H_

#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/services/ledger_context.h"

namespace pledger::services {

// Catch-up and live are one thing: read from where it stands to where the ledger stands, then wait
// to be told that it has grown. Nothing is queued for a reader, so a slow one costs no memory and
// misses nothing.
grpc::ServerWriteReactor<grpc::ByteBuffer>* StartSubscribe(LedgerContext& context,
                                                           grpc::CallbackServerContext* call,
                                                           const grpc::ByteBuffer* request);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_SUBSCRIBE_H_
