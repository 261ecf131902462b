// Checks a message against its plan.
//
// Internal to fact_rules. Thread-safe.
#ifndef PLEDGER_SERVER_DOMAIN_FACT_RULES_WALK_H_
#define PLEDGER_SERVER_DOMAIN_FACT_RULES_WALK_H_

#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "server/domain/fact_rules_plan.h"

namespace pledger::rules {

// As CheckRules in fact_rules.h; `plan` is that of the message's type.
[[nodiscard]] absl::Status CheckPlan(const MessagePlan& plan,
                                     const google::protobuf::Message& message,
                                     std::string_view path);

}  // namespace pledger::rules

#endif  // PLEDGER_SERVER_DOMAIN_FACT_RULES_WALK_H_
