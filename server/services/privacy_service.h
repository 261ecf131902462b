// PrivacyService over gRPC: each call to the code that answers it.
#ifndef PLEDGER_SERVER_SERVICES_PRIVACY_SERVICE_H_
#define PLEDGER_SERVER_SERVICES_PRIVACY_SERVICE_H_

#include <memory>

#include "grpcpp/impl/codegen/service_type.h"
#include "server/services/privacy_context.h"

namespace pledger::services {

// `context` must outlive the service.
std::unique_ptr<grpc::Service> MakePrivacyService(PrivacyContext& context);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_PRIVACY_SERVICE_H_
