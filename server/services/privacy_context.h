// What PrivacyService works with. Everything outlives it.
#ifndef PLEDGER_SERVER_SERVICES_PRIVACY_CONTEXT_H_
#define PLEDGER_SERVER_SERVICES_PRIVACY_CONTEXT_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "server/ledger/client_eraser.h"
#include "server/services/ledger_context.h"
#include "server/services/reliability_context.h"

namespace pledger::services {

struct PrivacyContext {
  LedgerContext& ledger;
  ReliabilityContext& reliability;
  ledger::ClientEraser& eraser;
  // The receipt of the event at a position (AuditService.GetReceipt); may block. May be null.
  std::function<absl::StatusOr<std::string>(storage::Position)> receipt;
};

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_PRIVACY_CONTEXT_H_
