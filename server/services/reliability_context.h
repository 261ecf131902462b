// What the services that answer from the reliability view work with. Everything outlives them.
#ifndef PLEDGER_SERVER_SERVICES_RELIABILITY_CONTEXT_H_
#define PLEDGER_SERVER_SERVICES_RELIABILITY_CONTEXT_H_

#include "server/domain/clock.h"
#include "server/domain/reliability/policy_book.h"
#include "server/projections/client_lists.h"
#include "server/projections/reliability_queries.h"
#include "server/projections/reliability_view.h"
#include "server/services/executor.h"
#include "server/services/principal.h"
#include "storage/event_store.h"

namespace pledger::services {

struct ReliabilityContext {
  storage::EventStore& store;
  projections::ReliabilityView& view;
  projections::ReliabilityQueries& queries;
  projections::ClientLists& lists;
  reliability::PolicyBook& policies;
  const Principals& principals;
  Executor& executor;
  const Clock& clock;
};

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_RELIABILITY_CONTEXT_H_
