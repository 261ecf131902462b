// Policies as people read them: one line a number.
#ifndef PLEDGER_CLIENT_CLI_POLICY_TEXT_H_
#define PLEDGER_CLIENT_CLI_POLICY_TEXT_H_

#include <string>
#include <vector>

#include "pledger/v1/policy.pb.h"

namespace pledger::client {

struct PolicyLine {
  // "promises.grace_days", "signals[LATE_PAYER].min_count".
  std::string name;
  // "3"; empty where it is not set.
  std::string value;
};

// Every field that is set, in the order of the proto; lists as one line, but a line for each number
// of a signal and one for each action rule.
std::vector<PolicyLine> PolicyLines(const v1::Policy& policy);

struct PolicyDifference {
  std::string name;
  // Empty where only the other one has it.
  std::string before;
  std::string after;
};

// The lines in which they differ.
std::vector<PolicyDifference> DiffPolicies(const v1::Policy& before, const v1::Policy& after);

// `draft` with what it leaves open taken from `base`: what the server makes of it. A list that is
// set replaces the other one; signals are taken one by one.
v1::Policy Overlay(const v1::Policy& base, const v1::Policy& draft);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_POLICY_TEXT_H_
