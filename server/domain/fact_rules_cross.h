// What the fields of an event must agree on, beyond what each field's own rule says.
//
// Internal to fact_rules. Thread-safe.
#ifndef PLEDGER_SERVER_DOMAIN_FACT_RULES_CROSS_H_
#define PLEDGER_SERVER_DOMAIN_FACT_RULES_CROSS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "pledger/v1/event.pb.h"

namespace pledger::rules {

// As CheckProposedEvent in fact_rules.h, for an event that has passed CheckRules. Paths are
// relative to the event: "fact.payment_received.allocations".
[[nodiscard]] absl::Status CheckAcrossFields(const v1::ProposedEvent& event, int64_t now_ns);

}  // namespace pledger::rules

#endif  // PLEDGER_SERVER_DOMAIN_FACT_RULES_CROSS_H_
