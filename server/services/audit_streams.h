// The streams of AuditService: raw records, and a client's whole history.
#ifndef PLEDGER_SERVER_SERVICES_AUDIT_STREAMS_H_
#define PLEDGER_SERVER_SERVICES_AUDIT_STREAMS_H_

#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/services/audit_context.h"

namespace pledger::services {

grpc::ServerWriteReactor<grpc::ByteBuffer>* StartReadRecords(AuditContext& context,
                                                             grpc::CallbackServerContext* call,
                                                             const grpc::ByteBuffer* request);

grpc::ServerWriteReactor<grpc::ByteBuffer>* StartProveClientHistory(
    AuditContext& context, grpc::CallbackServerContext* call, const grpc::ByteBuffer* request);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_AUDIT_STREAMS_H_
