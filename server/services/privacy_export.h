// The server-streaming call ExportClient.
#ifndef PLEDGER_SERVER_SERVICES_PRIVACY_EXPORT_H_
#define PLEDGER_SERVER_SERVICES_PRIVACY_EXPORT_H_

#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/services/privacy_context.h"

namespace pledger::services {

// One message is made while none is on its way; a reader that takes nothing for too long is
// cancelled.
grpc::ServerWriteReactor<grpc::ByteBuffer>* StartExportClient(PrivacyContext& context,
                                                              grpc::CallbackServerContext* call,
                                                              const grpc::ByteBuffer* request);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_PRIVACY_EXPORT_H_
