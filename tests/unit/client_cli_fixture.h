// The tool run as a function against the fakes.
#ifndef PLEDGER_TESTS_UNIT_CLIENT_CLI_FIXTURE_H_
#define PLEDGER_TESTS_UNIT_CLIENT_CLI_FIXTURE_H_

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "client/cli/app.h"
#include "tests/unit/client_fakes.h"

namespace pledger::client {

class CliTest : public ::testing::Test {
 protected:
  int Run(std::vector<std::string> arguments, const std::string& input = "") {
    std::istringstream in(input);
    std::ostringstream out, err;
    const int code = RunPledger(arguments, {.in = in,
                                            .out = out,
                                            .err = err,
                                            .in_is_terminal = is_terminal_,
                                            .out_is_terminal = is_terminal_,
                                            .err_is_terminal = err_is_terminal_,
                                            .columns = is_terminal_ ? 80u : 0u,
                                            .variable = [&](const char* name) -> std::string {
                                              if (std::string(name) == "PLEDGER_SERVER")
                                                return server_;
                                              if (std::string(name) == "NO_COLOR") return no_color_;
                                              if (std::string(name) == "LC_ALL") return locale_;
                                              return "";
                                            },
                                            .environment = environment_});
    out_ = out.str();
    err_ = err.str();
    return code;
  }

  // A file in the test's own folder; its path.
  static std::string WriteFile(const std::string& name, const std::string& content) {
    const std::string path = ::testing::TempDir() + "/" +
                             ::testing::UnitTest::GetInstance()->current_test_info()->name() + "_" +
                             name;
    std::ofstream(path) << content;
    return path;
  }

  static std::string ReadFile(const std::string& path) {
    std::ifstream file(path);
    std::stringstream content;
    content << file.rdbuf();
    return content.str();
  }

  FakeEnvironment environment_;
  FakeLedger ledger_;
  std::string server_ = ledger_.address();
  std::string no_color_;
  std::string locale_;
  bool is_terminal_ = false;
  bool err_is_terminal_ = false;
  std::string out_;
  std::string err_;
};

}  // namespace pledger::client

#endif  // PLEDGER_TESTS_UNIT_CLIENT_CLI_FIXTURE_H_
