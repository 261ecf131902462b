// ReliabilityService over gRPC, answered from the reliability view.
#ifndef PLEDGER_SERVER_SERVICES_RELIABILITY_SERVICE_H_
#define PLEDGER_SERVER_SERVICES_RELIABILITY_SERVICE_H_

#include <memory>

#include "grpcpp/impl/codegen/service_type.h"
#include "server/projections/reliability_view.h"
#include "server/services/executor.h"

namespace pledger::services {

struct ReliabilityContext {
  storage::EventStore& store;
  projections::ReliabilityView& view;
  Executor& executor;
  const Clock& clock;
};

// `context` must outlive the service.
std::unique_ptr<grpc::Service> MakeReliabilityService(ReliabilityContext& context);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_RELIABILITY_SERVICE_H_
