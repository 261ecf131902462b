// The checks that the parts of a policy share.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_POLICY_CHECKS_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_POLICY_CHECKS_H_

#include <string_view>

#include "absl/status/status.h"

namespace pledger::reliability {

// INVALID_FIELD unless min ≤ value ≤ max; a NaN is out of every range.
[[nodiscard]] absl::Status CheckRange(std::string_view path, double value, double min, double max);

// INVALID_FIELD unless it is three capital letters.
[[nodiscard]] absl::Status CheckCurrency(std::string_view path, std::string_view code);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_POLICY_CHECKS_H_
