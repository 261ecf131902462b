// ListClients: checks of a request's filter and page token, around projections/client_lists.h.
#ifndef PLEDGER_SERVER_SERVICES_CLIENT_LIST_CALL_H_
#define PLEDGER_SERVER_SERVICES_CLIENT_LIST_CALL_H_

#include <optional>

#include "absl/status/statusor.h"
#include "grpcpp/support/byte_buffer.h"
#include "pledger/v1/reliability.pb.h"
#include "server/services/reliability_context.h"
#include "storage/format/types.h"

namespace pledger::services {

// A ListClientsResponse. `position` is where the views stand. Nothing where it would have to block
// and must not. OUT_OF_RANGE for a page token that is not of this request, INVALID_FIELD for a
// signal that is not known, and ResolvePerspective()'s errors.
std::optional<absl::StatusOr<grpc::ByteBuffer>> ListClients(ReliabilityContext& context,
                                                            const v1::ListClientsRequest& request,
                                                            storage::Position position,
                                                            bool may_block);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_CLIENT_LIST_CALL_H_
