// ListClients: checks of a request's filter and page token, around projections/client_lists.h.
#ifndef PLEDGER_SERVER_SERVICES_CLIENT_LIST_CALL_H_
#define PLEDGER_SERVER_SERVICES_CLIENT_LIST_CALL_H_

#include "absl/status/statusor.h"
#include "pledger/v1/reliability.pb.h"
#include "server/services/reliability_context.h"
#include "storage/format/types.h"

namespace pledger::services {

// May block. `position` is where the views stand. OUT_OF_RANGE for a page token that is not of this
// request, INVALID_FIELD for a signal that is not known, and ResolvePerspective()'s errors.
absl::StatusOr<v1::ListClientsResponse> ListClients(ReliabilityContext& context,
                                                    const v1::ListClientsRequest& request,
                                                    storage::Position position);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_CLIENT_LIST_CALL_H_
