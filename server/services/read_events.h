// The server-streaming call ReadEvents.
#ifndef PLEDGER_SERVER_SERVICES_READ_EVENTS_H_
#define PLEDGER_SERVER_SERVICES_READ_EVENTS_H_

#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/services/ledger_context.h"

namespace pledger::services {

// One page is read while none is on its way; a reader that takes nothing holds one page and one
// cursor.
grpc::ServerWriteReactor<grpc::ByteBuffer>* StartReadEvents(LedgerContext& context,
                                                            grpc::CallbackServerContext* call,
                                                            const grpc::ByteBuffer* request);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_READ_EVENTS_H_
