#include "client/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <utility>

namespace pledger::client {

CommandOption* CommandOption::Required() {
  option_->required();
  return this;
}

CommandOption* CommandOption::ShowDefault() {
  option_->capture_default_str();
  return this;
}

CommandOption* CommandOption::OneOf(const std::vector<std::string>& values) {
  option_->check(CLI::IsMember(values));
  return this;
}

CommandOption* CommandOption::Between(int64_t min, int64_t max) {
  option_->check(CLI::Range(min, max));
  return this;
}

CommandOption* CommandOption::NotNegative() {
  option_->check(CLI::NonNegativeNumber);
  return this;
}

CommandOption* CommandOption::ExistingFile() {
  option_->check(CLI::ExistingFile);
  return this;
}

CommandOption* CommandOption::Check(
    const std::function<std::string(const std::string&)>& complaint) {
  option_->check(complaint);
  return this;
}

CommandOption* CommandOption::SplitAt(char delimiter) {
  option_->delimiter(delimiter);
  return this;
}

CommandOption* CommandOption::Takes(int count) {
  option_->expected(count);
  return this;
}

CommandOption* CommandOption::Excludes(CommandOption* other) {
  option_->excludes(other->option_);
  return this;
}

struct CommandLine::Root {
  Root(const std::string& name, const std::string& help) : app(help, name) {}

  CLI::App app;
  // What the innermost command of the line runs.
  std::function<int()> chosen;
};

CommandLine::CommandLine(const std::string& name, const std::string& help)
    : own_(std::make_unique<Root>(name, help)), root_(own_.get()), app_(&own_->app) {}

CommandLine::CommandLine(CLI::App* app, Root* root) : root_(root), app_(app) {
  app_->callback([this] { AtEnd(); });
}

CommandLine::~CommandLine() = default;

CommandLine* CommandLine::AddCommand(const std::string& name, const std::string& help) {
  commands_.emplace_back(new CommandLine(app_->add_subcommand(name, help), root_));
  return commands_.back().get();
}

void CommandLine::RequireCommand() { app_->require_subcommand(1); }
void CommandLine::TakeOptionsBehindCommands() { app_->fallthrough(); }
void CommandLine::SetFooter(const std::string& text) { app_->footer(text); }

template <class Value>
CommandOption* CommandLine::Add(const std::string& names, Value& value, const std::string& help) {
  return &options_.emplace_back(app_->add_option(names, value, help));
}

CommandOption* CommandLine::AddOption(const std::string& names, std::string& value,
                                      const std::string& help) {
  return Add(names, value, help);
}

CommandOption* CommandLine::AddOption(const std::string& names, std::vector<std::string>& value,
                                      const std::string& help) {
  return Add(names, value, help);
}

CommandOption* CommandLine::AddOption(const std::string& names, int& value,
                                      const std::string& help) {
  return Add(names, value, help);
}

CommandOption* CommandLine::AddOption(const std::string& names, int64_t& value,
                                      const std::string& help) {
  return Add(names, value, help);
}

CommandOption* CommandLine::AddOption(const std::string& names, uint64_t& value,
                                      const std::string& help) {
  return Add(names, value, help);
}

CommandOption* CommandLine::AddFlag(const std::string& names, bool& value,
                                    const std::string& help) {
  return &options_.emplace_back(app_->add_flag(names, value, help));
}

void CommandLine::Runs(std::function<int()> run) { run_ = std::move(run); }

void CommandLine::Checks(std::function<std::string(bool has_command)> complaint) {
  complaint_ = std::move(complaint);
}

// CLI11 calls this of the inner command first, then of the one around it.
void CommandLine::AtEnd() {
  const bool has_command = !app_->get_subcommands().empty();
  if (complaint_ != nullptr) {
    const std::string complaint = complaint_(has_command);
    if (!complaint.empty()) throw CLI::ValidationError(complaint);
  }
  if (!has_command) root_->chosen = run_;
}

int CommandLine::Run(const std::vector<std::string>& arguments, int usage_code, std::ostream& out,
                     std::ostream& err) {
  try {
    // CLI11 takes them from the back.
    app_->parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return app_->exit(error, out, err) == 0 ? 0 : usage_code;
  }
  return root_->chosen();
}

}  // namespace pledger::client
