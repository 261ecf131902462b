// The gRPC service pledger.v1.AuditService.
#ifndef PLEDGER_SERVER_SERVICES_AUDIT_SERVICE_H_
#define PLEDGER_SERVER_SERVICES_AUDIT_SERVICE_H_

#include <memory>

#include "grpcpp/impl/service_type.h"
#include "server/services/audit_context.h"

namespace pledger::services {

// `context` must outlive the service.
std::unique_ptr<grpc::Service> MakeAuditService(AuditContext& context);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_AUDIT_SERVICE_H_
