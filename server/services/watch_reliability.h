// The server-streaming call WatchReliability.
#ifndef PLEDGER_SERVER_SERVICES_WATCH_RELIABILITY_H_
#define PLEDGER_SERVER_SERVICES_WATCH_RELIABILITY_H_

#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/services/reliability_context.h"

namespace pledger::services {

// Compares where it stands with where the ledger and the day stand, tells the difference, and waits
// to be told that the ledger has grown. Nothing is queued for a reader: a slow one is told of
// several changes at once.
grpc::ServerWriteReactor<grpc::ByteBuffer>* StartWatchReliability(ReliabilityContext& context,
                                                                  grpc::CallbackServerContext* call,
                                                                  const grpc::ByteBuffer* request);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_WATCH_RELIABILITY_H_
