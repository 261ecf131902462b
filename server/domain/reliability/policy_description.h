// A policy with every number in it, defaults included: what people read before they change one.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_POLICY_DESCRIPTION_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_POLICY_DESCRIPTION_H_

#include "pledger/v1/policy.pb.h"
#include "server/domain/reliability/policy.h"

namespace pledger::reliability {

// Resolving it again gives a policy that computes the same. `given` is what `policy` was resolved
// from.
v1::Policy Describe(const v1::Policy& given, const Policy& policy);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_POLICY_DESCRIPTION_H_
