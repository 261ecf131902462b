// The tool's commands. Each adds itself to the application and, when it was chosen, leaves in
// `chosen` what is to be run; the result is an exit code.
#ifndef PLEDGER_CLIENT_CLI_COMMANDS_H_
#define PLEDGER_CLIENT_CLI_COMMANDS_H_

#include <CLI/CLI.hpp>
#include <functional>

#include "client/cli/context.h"

namespace pledger::client {

using Command = std::function<int()>;

void AddAppendCommand(CLI::App& app, Context& context, Command& chosen);
void AddImportCommand(CLI::App& app, Context& context, Command& chosen);
// `events` and `tail`.
void AddEventsCommands(CLI::App& app, Context& context, Command& chosen);
void AddClientsCommand(CLI::App& app, Context& context, Command& chosen);
void AddScoreCommand(CLI::App& app, Context& context, Command& chosen);
void AddExplainCommand(CLI::App& app, Context& context, Command& chosen);
void AddHistoryCommand(CLI::App& app, Context& context, Command& chosen);
void AddSolvencyCommand(CLI::App& app, Context& context, Command& chosen);
// `signals` and `growth`.
void AddSignalsCommands(CLI::App& app, Context& context, Command& chosen);
void AddPortfolioCommand(CLI::App& app, Context& context, Command& chosen);
void AddPartingCommand(CLI::App& app, Context& context, Command& chosen);
void AddPolicyCommand(CLI::App& app, Context& context, Command& chosen);
// `correct`, `retract` and `state`.
void AddAmendCommands(CLI::App& app, Context& context, Command& chosen);
void AddPrivacyCommands(CLI::App& app, Context& context, Command& chosen);
void AddReportCommand(CLI::App& app, Context& context, Command& chosen);
void AddAuditCommand(CLI::App& app, Context& context, Command& chosen);
void AddStatusCommand(CLI::App& app, Context& context, Command& chosen);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_COMMANDS_H_
