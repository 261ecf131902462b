#include "client/cli/app.h"

#include <CLI/CLI.hpp>
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

void AddGlobalOptions(CLI::App& app, Context& context) {
  GlobalOptions& options = context.options();
  if (const std::string server = context.surroundings().variable("PLEDGER_SERVER");
      !server.empty()) {
    options.server = server;
  }
  app.add_option("--server", options.server, "The server's address (or PLEDGER_SERVER)")
      ->capture_default_str();
  if (const std::string file = context.surroundings().variable("PLEDGER_TOKEN_FILE");
      !file.empty()) {
    options.token_file = file;
  }
  app.add_option("--token-file", options.token_file,
                 "A file whose line is your token (or PLEDGER_TOKEN_FILE)")
      ->check(CLI::ExistingFile);
  app.add_option("--output", options.output,
                 "table for people, json for programs: one object a line")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  app.add_option("--color", options.color, "auto: on a terminal, unless NO_COLOR is set")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  app.add_option("--deadline", options.deadline, "How long a call may take, with its retries")
      ->check(CheckDuration)
      ->capture_default_str();
}

}  // namespace

int RunPledger(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  Context context(surroundings);
  CLI::App app("The ledger of promises kept and broken.", "pledger");
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(
      "Exit codes: 0 done, 1 the server refused, 2 wrong usage, 3 the server is not available,\n"
      "4 done in part.");
  AddGlobalOptions(app, context);
  Command chosen;
  AddAppendCommand(app, context, chosen);
  AddImportCommand(app, context, chosen);
  AddEventsCommands(app, context, chosen);
  AddClientsCommand(app, context, chosen);
  AddScoreCommand(app, context, chosen);
  AddExplainCommand(app, context, chosen);
  AddHistoryCommand(app, context, chosen);
  AddSolvencyCommand(app, context, chosen);
  AddSignalsCommands(app, context, chosen);
  AddPortfolioCommand(app, context, chosen);
  AddPartingCommand(app, context, chosen);
  AddPolicyCommand(app, context, chosen);
  AddReportCommand(app, context, chosen);
  AddAuditCommand(app, context, chosen);
  AddAmendCommands(app, context, chosen);
  AddPrivacyCommands(app, context, chosen);
  AddStatusCommand(app, context, chosen);
  try {
    // CLI11 takes them from the back.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return app.exit(error, context.out(), context.err()) == 0 ? kExitOk : kExitUsage;
  }
  return chosen();
}

}  // namespace pledger::client
