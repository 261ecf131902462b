// What every command of the tool has at hand: where to write, the options that all share, and a
// client of the server.
#ifndef PLEDGER_CLIENT_CLI_CONTEXT_H_
#define PLEDGER_CLIENT_CLI_CONTEXT_H_

#include <google/protobuf/message.h>

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "client/cli/terminal/plot.h"
#include "client/cli/terminal/style.h"
#include "client/lib/client.h"
#include "client/lib/environment.h"

namespace pledger::client {

// What the tool's exit code says.
enum ExitCode : int {
  kExitOk = 0,
  // The server said no, or the file is unusable.
  kExitRefused = 1,
  kExitUsage = 2,
  // The server could not be reached, or is unable to work at present.
  kExitUnavailable = 3,
  // Some of it was done: bad rows, rejected appends.
  kExitPartial = 4,
};

// The world outside of the process, given by main and by tests.
struct Surroundings {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  // Of the terminal; 0: unknown.
  size_t columns = 0;
  // Reads an environment variable; empty where it is not set.
  std::function<std::string(const char*)> variable;
  Environment& environment;
};

struct GlobalOptions {
  std::string server = "127.0.0.1:7430";
  // "table" or "json".
  std::string output = "table";
  // "auto", "always" or "never".
  std::string color = "auto";
  // As absl::ParseDuration reads it.
  std::string deadline = "30s";
  // A file with the bearer token; empty: calls carry none.
  std::string token_file;
};

// Not thread-safe.
class Context {
 public:
  explicit Context(const Surroundings& surroundings) : surroundings_(surroundings) {}

  GlobalOptions& options() { return options_; }
  const Surroundings& surroundings() const { return surroundings_; }
  std::istream& in() { return surroundings_.in; }
  std::ostream& out() { return surroundings_.out; }
  std::ostream& err() { return surroundings_.err; }

  bool is_json() const { return options_.output == "json"; }
  // How wide tables may be; 0 where the output is no terminal.
  size_t width() const { return surroundings_.out_is_terminal ? surroundings_.columns : 0; }
  Palette palette() const;
  // ASCII where the locale's name says that it is not UTF-8; one that is not named says nothing.
  Charset charset() const;

  // A client of the server that the options name. Does not connect yet.
  Client& client();

  // UNAVAILABLE, soon, where the server cannot be reached: for commands that go on for long and,
  // once under way, are patient with a server that restarts.
  [[nodiscard]] absl::Status CheckServer() { return client().GetStatus().status(); }

  // Prints the message as one line of JSON. INTERNAL where that cannot be done.
  [[nodiscard]] absl::Status PrintJson(const google::protobuf::Message& message);

  // Says on standard error what went wrong, where, and what to do; returns the exit code for it.
  int Fail(const absl::Status& status);
  // The same for a wrong argument that only its own command can tell.
  int FailUsage(const absl::Status& status);

 private:
  const Surroundings surroundings_;
  GlobalOptions options_;
  std::unique_ptr<Client> client_;
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_CONTEXT_H_
