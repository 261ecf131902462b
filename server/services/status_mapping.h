// From the statuses of the inner layers to what a caller gets: the one place where they are mapped.
#ifndef PLEDGER_SERVER_SERVICES_STATUS_MAPPING_H_
#define PLEDGER_SERVER_SERVICES_STATUS_MAPPING_H_

#include <string>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace pledger::services {

// The status as errors.proto describes it. A status without a reason gets the one that its code
// stands for inside: DATA_LOSS is CORRUPT, UNAVAILABLE is SHUTTING_DOWN, anything else INTERNAL,
// whose text is not shown to callers but logged.
grpc::Status ToGrpcStatus(const absl::Status& status);

// The same, as a serialised google.rpc.Status.
std::string ToRpcStatusBytes(const absl::Status& status);

// How a stream ends that nobody reads any longer.
grpc::Status ReaderGone();

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_STATUS_MAPPING_H_
