// PolicyService over gRPC: policies are adopted through the ledger's own path, and looked up in what
// the reliability view has seen of them.
#ifndef PLEDGER_SERVER_SERVICES_POLICY_SERVICE_H_
#define PLEDGER_SERVER_SERVICES_POLICY_SERVICE_H_

#include <memory>

#include "grpcpp/impl/service_type.h"
#include "server/services/ledger_context.h"
#include "server/services/reliability_context.h"

namespace pledger::services {

// Both contexts must outlive the service.
std::unique_ptr<grpc::Service> MakePolicyService(LedgerContext& ledger,
                                                 ReliabilityContext& reliability);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_POLICY_SERVICE_H_
