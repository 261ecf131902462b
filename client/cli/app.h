// The `pledger` tool as a function, so that tests can run it as people do.
#ifndef PLEDGER_CLIENT_CLI_APP_H_
#define PLEDGER_CLIENT_CLI_APP_H_

#include <string>
#include <vector>

#include "client/cli/context.h"

namespace pledger::client {

// Runs the tool with `arguments`, its own name not among them, and returns the exit code.
int RunPledger(const std::vector<std::string>& arguments, const Surroundings& surroundings);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_APP_H_
