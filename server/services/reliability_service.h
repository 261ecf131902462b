// ReliabilityService over gRPC, answered from the reliability view.
#ifndef PLEDGER_SERVER_SERVICES_RELIABILITY_SERVICE_H_
#define PLEDGER_SERVER_SERVICES_RELIABILITY_SERVICE_H_

#include <memory>

#include "grpcpp/impl/service_type.h"
#include "server/services/reliability_context.h"

namespace pledger::services {

// `context` must outlive the service.
std::unique_ptr<grpc::Service> MakeReliabilityService(ReliabilityContext& context);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_RELIABILITY_SERVICE_H_
