// What the service for auditors works with. Everything outlives it.
#ifndef PLEDGER_SERVER_SERVICES_AUDIT_CONTEXT_H_
#define PLEDGER_SERVER_SERVICES_AUDIT_CONTEXT_H_

#include "server/audit/auditor.h"
#include "server/audit/directory_clerk.h"
#include "server/services/ledger_context.h"
#include "server/services/reliability_context.h"

namespace pledger::services {

struct AuditContext {
  LedgerContext& ledger;
  ReliabilityContext& reliability;
  audit::Auditor& auditor;
  audit::DirectoryClerk& directories;
};

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_AUDIT_CONTEXT_H_
