// The tool against the real server, on the sample business: every command, and every signal that
// the business was made up to show.
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/cli/app.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/ledger_fixture.h"

namespace pledger::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* kClients[] = {"bright-smile-dental", "finch-and-co",    "kestrel-events",
                                    "larkspur-hotel",      "marlow-bistro",   "old-mill-brewery",
                                    "poppy-lane-nursery",  "quill-and-page",  "redstone-property",
                                    "studio-harbour",      "tidewater-trust", "vertex-motors"};
// A day after everything in the sample.
constexpr const char* kAsOf = "2026-11-24";

struct Answer {
  int code = 0;
  std::string out;
  std::string err;
};

// One server with the sample business for all tests.
class CliE2eTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = new LedgerServer;
    const Answer answer = Run({"append", PLEDGER_SAMPLE});
    ASSERT_EQ(answer.code, client::kExitOk) << answer.err;
  }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  static Answer Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--server", server_->process().address()});
    std::istringstream in;
    std::ostringstream out, err;
    Answer answer;
    answer.code = client::RunPledger(arguments, {.in = in,
                                                 .out = out,
                                                 .err = err,
                                                 .variable = [](const char*) { return ""; },
                                                 .environment = client::Environment::System()});
    answer.out = out.str();
    answer.err = err.str();
    return answer;
  }

 private:
  static LedgerServer* server_;
};

LedgerServer* CliE2eTest::server_ = nullptr;

TEST_F(CliE2eTest, EveryCommandAnswersForEveryClient) {
  const std::vector<std::vector<std::string>> commands = {
      {"score"},
      {"explain"},
      {"history"},
      {"history", "--months"},
      {"solvency"},
      {"signals"},
      {"growth"},
      {"parting"},
      {"history", "--between", "2025-06-30", kAsOf}};
  for (const char* client_id : kClients) {
    for (std::vector<std::string> command : commands) {
      command.insert(command.begin() + 1, client_id);
      if (command.back() != kAsOf && command[0] != "parting") {
        command.insert(command.end(), {"--as-of", kAsOf});
      }
      SCOPED_TRACE(absl::StrCat(command[0], " ", client_id));
      const Answer answer = Run(command);
      EXPECT_EQ(answer.code, client::kExitOk) << answer.err;
      EXPECT_THAT(answer.err, IsEmpty());
      command.insert(command.end(), {"--output", "json"});
      const Answer json = Run(command);
      const std::vector<std::string> lines = absl::StrSplit(json.out, '\n', absl::SkipEmpty());
      EXPECT_THAT(lines, SizeIs(1));
      EXPECT_THAT(json.out, StartsWith("{"));
    }
    const Answer page = Run({"report", client_id, "--html", "-", "--as-of", kAsOf});
    EXPECT_EQ(page.code, client::kExitOk) << page.err;
    EXPECT_THAT(page.out, StartsWith("<!DOCTYPE html>"));
  }
}

TEST_F(CliE2eTest, EveryCommandAnswersForAllClients) {
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"clients"},
           {"portfolio"},
           {"signals"},
           {"growth"},
           {"policy", "show"},
           {"policy", "list"},
           {"clients", "--band", "D,E", "--order", "overdue", "--descending"}}) {
    SCOPED_TRACE(command[0]);
    const Answer answer = Run(command);
    EXPECT_EQ(answer.code, client::kExitOk) << answer.err;
    EXPECT_THAT(answer.out, Not(IsEmpty()));
  }
}

// Goal: a list that takes several pages is the same as one that takes one.
TEST_F(CliE2eTest, AListOfManyPagesIsWhole) {
  const std::vector<std::string> list = {"clients", "--as-of",      kAsOf,      "--order",
                                         "overdue", "--descending", "--output", "json"};
  std::vector<std::string> paged = list;
  paged.insert(paged.end(), {"--page-size", "5", "--all"});
  const Answer one = Run(list);
  const Answer many = Run(paged);
  ASSERT_EQ(one.code, client::kExitOk) << one.err;
  ASSERT_EQ(many.code, client::kExitOk) << many.err;
  for (const char* client_id : kClients) EXPECT_THAT(many.out, HasSubstr(client_id));
}

TEST_F(CliE2eTest, TheSampleShowsItsSignals) {
  struct Shown {
    const char* signal;
    const char* client_id;
    const char* as_of;
  };
  for (const Shown& shown :
       std::vector<Shown>{{"LATE_PAYER", "old-mill-brewery", kAsOf},
                          {"NON_PAYER", "redstone-property", "2024-12-31"},
                          {"PAY_TOMORROW", "marlow-bistro", "2025-04-22"},
                          {"DENIES_DEBT", "marlow-bistro", "2025-04-22"},
                          {"HAGGLES_AFTER_AGREEMENT", "marlow-bistro", "2025-04-22"},
                          {"SCOPE_CREEP", "bright-smile-dental", "2025-03-31"},
                          {"ENTITLEMENT", "bright-smile-dental", "2025-03-31"},
                          {"WARRANTY_COVER", "bright-smile-dental", kAsOf},
                          {"SHIFTING_INPUTS", "tidewater-trust", "2025-04-14"},
                          {"DOUBLE_GAME", "tidewater-trust", "2025-04-14"},
                          {"UNREALISTIC_DEADLINES", "kestrel-events", "2025-02-14"},
                          {"QUEUE_JUMPER", "kestrel-events", "2025-05-01"},
                          {"ABUSIVE", "vertex-motors", "2024-11-13"},
                          {"CONDESCENDING", "vertex-motors", "2024-11-13"},
                          {"WEARS_OUT_STAFF", "vertex-motors", "2024-11-13"},
                          {"LOSS_MAKING", "vertex-motors", "2024-11-13"},
                          {"CHRONIC_COMPLAINER", "larkspur-hotel", "2025-12-31"},
                          {"IGNORES_ADVICE", "larkspur-hotel", "2025-12-31"},
                          {"DISCREDITING", "redstone-property", "2025-01-31"},
                          {"TIME_SINK", "finch-and-co", "2026-02-28"},
                          {"DRIFT", "old-mill-brewery", kAsOf},
                          {"GOOD_REFERRER", "studio-harbour", kAsOf},
                          {"QUIET", "quill-and-page", kAsOf}}) {
    const Answer answer = Run({"signals", shown.client_id, "--as-of", shown.as_of});
    ASSERT_EQ(answer.code, client::kExitOk) << answer.err;
    EXPECT_THAT(answer.out, HasSubstr(absl::StrCat("● ", shown.signal, "  PRESENT")))
        << shown.client_id << " as of " << shown.as_of;
  }
}

TEST_F(CliE2eTest, ThePartingOfTheSampleIsComplete) {
  const Answer answer = Run({"parting", "vertex-motors"});
  ASSERT_EQ(answer.code, client::kExitOk) << answer.err;
  EXPECT_THAT(answer.out, HasSubstr("✓ 4 ALTERNATIVE_OFFERED"));
  EXPECT_THAT(answer.out, HasSubstr("saves "));
}

}  // namespace
}  // namespace pledger::testing
