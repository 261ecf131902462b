// Which signals call for which action, and what to try before it (DOMAIN.md, sections 6 and 9).
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_ACTION_RULES_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_ACTION_RULES_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "pledger/v1/policy.pb.h"
#include "server/domain/reliability/signal_catalogue.h"

namespace pledger::reliability {

// The rules of a policy, or the built-in ones where it names none. Immutable.
class ActionRules {
 public:
  struct Rule {
    // Bits of SignalCode: all must be present.
    uint32_t signals = 0;
    v1::Action action = v1::ACTION_UNSPECIFIED;
    std::vector<v1::Action> try_first;
  };

  ActionRules();
  // INVALID_FIELD with the field's path for a signal that is not known.
  [[nodiscard]] static absl::StatusOr<ActionRules> Resolve(const v1::Policy& policy);

  const std::vector<Rule>& rules() const { return rules_; }

 private:
  std::vector<Rule> rules_;
};

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_ACTION_RULES_H_
