// Waiting until the reliability view has what a caller wants to see in the answer.
#ifndef PLEDGER_SERVER_SERVICES_VIEW_WAITING_H_
#define PLEDGER_SERVER_SERVICES_VIEW_WAITING_H_

#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "grpcpp/server_context.h"
#include "pledger/v1/perspective.pb.h"
#include "server/services/perspective.h"
#include "server/services/reliability_context.h"

namespace pledger::services {

// Calls `ready` once, on this thread or the view's: with OK when the view has applied the position,
// or at once if there is none; with VIEW_BEHIND shortly before the call's deadline; OUT_OF_RANGE
// for a position where no event can be. `field` names it.
void AwaitPosition(const ReliabilityContext& context, const grpc::CallbackServerContext& call,
                   std::optional<uint64_t> min_position, std::string_view field,
                   std::function<void(absl::Status)> ready);

// The same for the `min_position` of a perspective.
void AwaitView(const ReliabilityContext& context, const grpc::CallbackServerContext& call,
               const v1::Perspective& perspective, std::function<void(absl::Status)> ready);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_VIEW_WAITING_H_
