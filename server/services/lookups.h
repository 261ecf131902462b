// The calls of LedgerService that look one thing up: they run on the executor and answer once.
#ifndef PLEDGER_SERVER_SERVICES_LOOKUPS_H_
#define PLEDGER_SERVER_SERVICES_LOOKUPS_H_

#include "absl/status/statusor.h"
#include "pledger/v1/ledger.pb.h"
#include "server/services/ledger_context.h"

namespace pledger::services {

// These may block. Requests have passed CheckRules(); errors are those of errors.proto. What a
// client appended before the call is seen where the index has caught up with it: see WhenIndexed().
// The caller may make the call; GetEvent() finds out whose event it is, and checks that.
absl::StatusOr<v1::GetEventResponse> GetEvent(LedgerContext& context, const Principal& caller,
                                              const v1::GetEventRequest& request);
absl::StatusOr<v1::ListClientEventsResponse> ListClientEvents(
    LedgerContext& context, const Principal& caller, const v1::ListClientEventsRequest& request);
absl::StatusOr<v1::GetStatusResponse> GetStatus(LedgerContext& context, const Principal& caller,
                                                const v1::GetStatusRequest& request);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_LOOKUPS_H_
