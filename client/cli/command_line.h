// What a command takes from its line. A thin layer over CLI11, which every command's source would
// else compile anew: it takes longer than all the rest of one.
//
// A command is described once, before the line is read. What is described keeps pointers to the
// variables that it was given, which must outlive Run(); handles belong to the root.
#ifndef PLEDGER_CLIENT_CLI_COMMAND_LINE_H_
#define PLEDGER_CLIENT_CLI_COMMAND_LINE_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace pledger::client {

// An option or a positional argument. Methods return the option itself.
class CommandOption {
 public:
  explicit CommandOption(CLI::Option* option) : option_(option) {}

  CommandOption* Required();
  // The help shows what the variable holds by now.
  CommandOption* ShowDefault();
  CommandOption* OneOf(const std::vector<std::string>& values);
  // Whole numbers.
  CommandOption* Between(int64_t min, int64_t max);
  CommandOption* NotNegative();
  // A file that is there.
  CommandOption* ExistingFile();
  // `complaint` says what is wrong with a value; empty where nothing is.
  CommandOption* Check(const std::function<std::string(const std::string&)>& complaint);
  // One value may hold several: D,E.
  CommandOption* SplitAt(char delimiter);
  // Just so many values.
  CommandOption* Takes(int count);
  // Wrong usage where both are given.
  CommandOption* Excludes(CommandOption* other);

 private:
  CLI::Option* const option_;
};

// A command, a group of commands, or the program as the root of them all.
class CommandLine {
 public:
  // The root.
  CommandLine(const std::string& name, const std::string& help);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  CommandLine* AddCommand(const std::string& name, const std::string& help);
  // One of its commands must be given.
  void RequireCommand();
  // Options of this one may also stand behind its commands.
  void TakeOptionsBehindCommands();
  void SetFooter(const std::string& text);

  // Written to `value` if given. Names as "--name" or "--name,--other"; without dashes the argument
  // stands by its place.
  CommandOption* AddOption(const std::string& names, std::string& value, const std::string& help);
  CommandOption* AddOption(const std::string& names, std::vector<std::string>& value,
                           const std::string& help);
  CommandOption* AddOption(const std::string& names, int& value, const std::string& help);
  CommandOption* AddOption(const std::string& names, int64_t& value, const std::string& help);
  CommandOption* AddOption(const std::string& names, uint64_t& value, const std::string& help);
  CommandOption* AddFlag(const std::string& names, bool& value, const std::string& help);

  // What is run, and gives the exit code, if this is the innermost command of the line.
  void Runs(std::function<int()> run);
  // Asked when the line is read and this command is on it: what is wrong with how its options go
  // together, or nothing. `has_command` tells whether one of its commands was given, too.
  void Checks(std::function<std::string(bool has_command)> complaint);

  // Of the root: reads the line, without the program's name, and runs what it says. `usage_code` is
  // returned, and `err` told why, if it can't be read; 0 after help was printed to `out`.
  int Run(const std::vector<std::string>& arguments, int usage_code, std::ostream& out,
          std::ostream& err);

 private:
  struct Root;

  CommandLine(CLI::App* app, Root* root);
  template <class Value>
  CommandOption* Add(const std::string& names, Value& value, const std::string& help);
  void AtEnd();

  // Of the root only.
  std::unique_ptr<Root> own_;
  Root* const root_;
  CLI::App* const app_;
  std::deque<CommandOption> options_;
  std::deque<std::unique_ptr<CommandLine>> commands_;
  std::function<int()> run_;
  std::function<std::string(bool has_command)> complaint_;
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_COMMAND_LINE_H_
