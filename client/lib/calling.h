// How the library's clients call the server.
#ifndef PLEDGER_CLIENT_LIB_CALLING_H_
#define PLEDGER_CLIENT_LIB_CALLING_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "client/lib/client.h"
#include "client/lib/environment.h"
#include "client/lib/errors.h"
#include "client/lib/retry.h"

namespace pledger::client {

inline void SetDeadline(absl::Duration remaining, grpc::ClientContext& context) {
  if (remaining == absl::InfiniteDuration()) return;
  // A span rather than a moment: the injected clock need not be gRPC's.
  context.set_deadline(gpr_time_from_millis(absl::ToInt64Milliseconds(remaining), GPR_TIMESPAN));
}

// The server cancels a reader that takes nothing for too long; one that comes back is welcome.
inline absl::Status StreamEnd(const absl::Status& status) {
  return absl::IsCancelled(status) ? absl::UnavailableError(status.message()) : status;
}

// Says who calls.
inline void SetToken(const ClientOptions& options, grpc::ClientContext& context) {
  if (!options.token.empty()) context.AddMetadata("authorization", "Bearer " + options.token);
}

// A unary call with its retries. `cancelled` ends it early.
template <class Stub, class Request, class Response>
absl::StatusOr<Response> CallWithRetries(
    Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
    const Request& request, const ClientOptions& options, Environment& environment,
    const absl::Notification& cancelled) {
  RetryLoop retry(options.retry, environment, environment.Now() + options.deadline);
  while (true) {
    grpc::ClientContext context;
    SetDeadline(retry.Remaining(), context);
    SetToken(options, context);
    Response response;
    const absl::Status status = FromGrpc((stub.*method)(&context, request, &response));
    if (status.ok()) return response;
    if (!retry.WaitToRetry(status, cancelled)) return status;
  }
}

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_LIB_CALLING_H_
