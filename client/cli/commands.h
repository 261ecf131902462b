// The tool's commands. Each describes itself and says what is to be run; the result is an exit
// code.
#ifndef PLEDGER_CLIENT_CLI_COMMANDS_H_
#define PLEDGER_CLIENT_CLI_COMMANDS_H_

#include "client/cli/command_line.h"
#include "client/cli/context.h"

namespace pledger::client {

void AddAppendCommand(CommandLine& app, Context& context);
void AddImportCommand(CommandLine& app, Context& context);
// `events` and `tail`.
void AddEventsCommands(CommandLine& app, Context& context);
void AddClientsCommand(CommandLine& app, Context& context);
void AddScoreCommand(CommandLine& app, Context& context);
void AddExplainCommand(CommandLine& app, Context& context);
void AddHistoryCommand(CommandLine& app, Context& context);
void AddSolvencyCommand(CommandLine& app, Context& context);
// `signals` and `growth`.
void AddSignalsCommands(CommandLine& app, Context& context);
void AddPortfolioCommand(CommandLine& app, Context& context);
void AddPartingCommand(CommandLine& app, Context& context);
void AddPolicyCommand(CommandLine& app, Context& context);
// `correct`, `retract` and `state`.
void AddAmendCommands(CommandLine& app, Context& context);
void AddPrivacyCommands(CommandLine& app, Context& context);
void AddReportCommand(CommandLine& app, Context& context);
void AddAuditCommand(CommandLine& app, Context& context);
void AddStatusCommand(CommandLine& app, Context& context);
void AddWatchCommand(CommandLine& app, Context& context);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_COMMANDS_H_
