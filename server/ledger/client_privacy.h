// Reads what one client's facts say about privacy.
#ifndef PLEDGER_SERVER_LEDGER_CLIENT_PRIVACY_H_
#define PLEDGER_SERVER_LEDGER_CLIENT_PRIVACY_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "server/domain/privacy_fold.h"
#include "storage/event_store.h"

namespace pledger::ledger {

// Folds the client's indexed records. May block. CLIENT_NOT_FOUND; others are the store's.
[[nodiscard]] absl::StatusOr<PrivacyFold> ReadClientPrivacy(storage::EventStore& store,
                                                            std::string_view client_id);

}  // namespace pledger::ledger

#endif  // PLEDGER_SERVER_LEDGER_CLIENT_PRIVACY_H_
