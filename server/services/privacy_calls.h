// The calls of PrivacyService that answer once, on the executor.
#ifndef PLEDGER_SERVER_SERVICES_PRIVACY_CALLS_H_
#define PLEDGER_SERVER_SERVICES_PRIVACY_CALLS_H_

#include "absl/status/statusor.h"
#include "pledger/v1/privacy.pb.h"
#include "server/domain/privacy_fold.h"
#include "server/services/principal.h"
#include "server/services/privacy_context.h"

namespace pledger::services {

// These may block. Requests have passed CheckRules(), and the caller may make them.
absl::StatusOr<v1::EraseClientResponse> EraseClient(PrivacyContext& context,
                                                    const Principal& caller,
                                                    const v1::EraseClientRequest& request);
// What the index holds.
absl::StatusOr<v1::ListHoldsResponse> ListHolds(PrivacyContext& context,
                                                const v1::ListHoldsRequest& request);

// As the API shows them.
v1::Hold ToProto(const PrivacyFold::Hold& hold);
v1::Erasure ToProto(const PrivacyFold::Erasure& erasure);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_PRIVACY_CALLS_H_
