#include "client/cli/app.h"

#include <algorithm>
#include <string>

#include "absl/time/time.h"
#include "client/cli/commands.h"

namespace pledger::client {
namespace {

std::string CheckDuration(const std::string& text) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) || duration <= absl::ZeroDuration()) {
    return "\"" + text + "\" is no duration: write 500ms, 30s or 2m";
  }
  return "";
}

void AddGlobalOptions(CommandLine& app, Context& context) {
  GlobalOptions& options = context.options();
  if (const std::string server = context.surroundings().variable("PLEDGER_SERVER");
      !server.empty()) {
    options.server = server;
  }
  app.AddOption("--server", options.server, "The server's address (or PLEDGER_SERVER)")
      ->ShowDefault();
  if (const std::string file = context.surroundings().variable("PLEDGER_TOKEN_FILE");
      !file.empty()) {
    options.token_file = file;
  }
  app.AddOption("--token-file", options.token_file,
                "A file whose line is your token (or PLEDGER_TOKEN_FILE)")
      ->ExistingFile();
  app.AddOption("--output", options.output,
                "table for people, json for programs: one object a line")
      ->OneOf({"table", "json"})
      ->ShowDefault();
  app.AddOption("--color", options.color, "auto: on a terminal, unless NO_COLOR is set")
      ->OneOf({"auto", "always", "never"})
      ->ShowDefault();
  app.AddOption("--deadline", options.deadline, "How long a call may take, with its retries")
      ->Check(CheckDuration)
      ->ShowDefault();
}

}  // namespace

int RunPledger(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  Context context(surroundings);
  CommandLine app("pledger", "The ledger of promises kept and broken.");
  app.RequireCommand();
  app.TakeOptionsBehindCommands();
  app.SetFooter(
      "Exit codes: 0 done, 1 the server refused, 2 wrong usage, 3 the server is not available,\n"
      "4 done in part.");
  AddGlobalOptions(app, context);
  AddAppendCommand(app, context);
  AddImportCommand(app, context);
  AddEventsCommands(app, context);
  AddClientsCommand(app, context);
  AddScoreCommand(app, context);
  AddExplainCommand(app, context);
  AddHistoryCommand(app, context);
  AddSolvencyCommand(app, context);
  AddSignalsCommands(app, context);
  AddPortfolioCommand(app, context);
  AddPartingCommand(app, context);
  AddPolicyCommand(app, context);
  AddReportCommand(app, context);
  AddAmendCommands(app, context);
  AddPrivacyCommands(app, context);
  AddWatchCommand(app, context);
  AddAuditCommand(app, context);
  AddStatusCommand(app, context);
  return app.Run(arguments, kExitUsage, context.out(), context.err());
}

}  // namespace pledger::client
