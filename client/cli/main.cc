#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "client/cli/app.h"

namespace {

size_t TerminalColumns() {
  winsize size = {};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  const pledger::client::Surroundings surroundings{
      .in = std::cin,
      .out = std::cout,
      .err = std::cerr,
      .in_is_terminal = isatty(STDIN_FILENO) == 1,
      .out_is_terminal = isatty(STDOUT_FILENO) == 1,
      .err_is_terminal = isatty(STDERR_FILENO) == 1,
      .columns = TerminalColumns(),
      .variable = Variable,
      .environment = pledger::client::Environment::System()};
  const int code =
      pledger::client::RunPledger(std::vector<std::string>(argv + 1, argv + argc), surroundings);
  std::cout.flush();
  // A full disk or a closed pipe: what was asked for did not arrive.
  return std::cout.good() ? code : std::max<int>(code, pledger::client::kExitRefused);
}
