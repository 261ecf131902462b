// The tool as people and scripts run it: what it prints, and how it exits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/unit/client_cli_fixture.h"

namespace pledger::client {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST_F(CliTest, UsageErrorsExitWith2) {
  EXPECT_EQ(Run({}), kExitUsage);
  EXPECT_EQ(Run({"frobnicate"}), kExitUsage);
  EXPECT_EQ(Run({"score"}), kExitUsage);
  EXPECT_EQ(Run({"clients", "--output", "xml"}), kExitUsage);
  EXPECT_EQ(Run({"status", "--deadline", "soon"}), kExitUsage);
  EXPECT_EQ(Run({"events"}), kExitUsage);
  EXPECT_EQ(Run({"events", "acme", "--all"}), kExitUsage);
  EXPECT_EQ(Run({"events", "acme", "--type", "gift"}), kExitUsage);
  EXPECT_EQ(Run({"score", "acme", "--as-of", "yesterday"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("\"yesterday\" is no date: write 2014-03-03"));
  EXPECT_EQ(Run({"--help"}), kExitOk);
  EXPECT_THAT(out_, HasSubstr("import"));
}

TEST_F(CliTest, AServerThatIsNotThereExitsWith3) {
  server_ = "127.0.0.1:1";
  EXPECT_EQ(Run({"status"}), kExitUnavailable);
  EXPECT_THAT(err_, AllOf(HasSubstr("127.0.0.1:1"), HasSubstr("--server")));
  EXPECT_EQ(Run({"append"}, R"({"events":[{"client_id":"acme"}]})"), kExitUnavailable);
}

TEST_F(CliTest, AnErrorSaysWhatWhereAndWhatToDo) {
  EXPECT_EQ(Run({"score", "nobody"}), kExitRefused);
  EXPECT_EQ(err_,
            "pledger: nothing is recorded of this client\n"
            "  CLIENT_NOT_FOUND  client_id=nobody\n"
            "  `pledger clients` lists the clients there are.\n");
  EXPECT_THAT(out_, IsEmpty());
}

TEST_F(CliTest, AServerThatDoesNotKnowACallIsOlder) {
  ledger_.FailNext(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, ""));
  EXPECT_EQ(Run({"status"}), kExitRefused);
  EXPECT_EQ(err_, "pledger: UNIMPLEMENTED\n  The server is older than this tool.\n");
}

TEST_F(CliTest, ColoursAreForTerminalsThatWantThem) {
  const std::string escape = "\x1b[";
  ASSERT_EQ(Run({"score", "acme"}), kExitOk);
  EXPECT_THAT(out_, Not(HasSubstr(escape)));
  ASSERT_EQ(Run({"score", "acme", "--color", "always"}), kExitOk);
  EXPECT_THAT(out_, HasSubstr(escape));
  is_terminal_ = true;
  ASSERT_EQ(Run({"score", "acme"}), kExitOk);
  EXPECT_THAT(out_, HasSubstr(escape));
  no_color_ = "1";
  ASSERT_EQ(Run({"score", "acme"}), kExitOk);
  EXPECT_THAT(out_, Not(HasSubstr(escape)));
}

constexpr char kGood[] = R"({"events":[{"client_id":"acme","fact":{"invoice_issued":{}}}]})";
constexpr char kBad[] = R"({"events":[{"client_id":"bad","fact":{"invoice_issued":{}}}]})";

TEST_F(CliTest, AppendRecordsLinesAndSaysWhere) {
  EXPECT_EQ(Run({"append", "-"}, absl::StrCat(kGood, "\n\n", kGood, "\n")), kExitOk);
  EXPECT_EQ(out_, "line 1: 0\nline 3: 1\n");
}

TEST_F(CliTest, AppendGoesOnBehindARejectedLine) {
  EXPECT_EQ(Run({"append"}, absl::StrCat(kBad, "\n", kGood, "\nrubbish\n")), kExitPartial);
  EXPECT_EQ(out_, "line 2: 0\n");
  EXPECT_THAT(err_, AllOf(HasSubstr("line 1: pledger: events[0]"), HasSubstr("OBLIGATION_EXISTS"),
                          HasSubstr("line 3: pledger: no pledger.v1.AppendRequest")));
  EXPECT_EQ(Run({"append"}, kBad), kExitRefused);
}

TEST_F(CliTest, EventsAreReadWithLimitAndAsJson) {
  ledger_.Record("acme", 10);
  ASSERT_EQ(Run({"events", "acme", "--limit", "2"}), kExitOk) << err_;
  EXPECT_EQ(out_,
            "POSITION  OCCURRED             CLIENT        FACT                DETAILS\n"
            "       0  1970-01-01           acme          invoice issued      "
            "invoice_id=invoice-0 amount=19.99 EUR due_time=2014-02-01\n"
            "       1  1970-01-01           acme          invoice issued      "
            "invoice_id=invoice-1 amount=19.99 EUR due_time=2014-02-01\n");
  // The server says that event 7 is disputed and has a statement beside it.
  ASSERT_EQ(Run({"events", "acme", "--from", "6", "--limit", "2"}), kExitOk) << err_;
  EXPECT_THAT(out_, HasSubstr("\n       6  1970-01-01 "));
  EXPECT_THAT(out_, HasSubstr("\n       7*†1970-01-01 "));
  EXPECT_THAT(out_, HasSubstr("* under dispute"));
  // The marks are of all that was recorded when it asked.
  EXPECT_EQ(ledger_.reliability().asked().perspective().min_position(), 9);
  ASSERT_EQ(Run({"events", "--all", "--from", "9", "--output", "json"}), kExitOk);
  EXPECT_THAT(out_, StartsWith("{\"client_id\":\"acme\",\"fact\":{\"invoice_issued\":"));
  EXPECT_THAT(out_, HasSubstr("\"position\":\"9\""));
}

class ImportCommandTest : public CliTest {
 protected:
  ImportCommandTest() {
    plan_ = ::testing::TempDir() + "/client_cli_test.textproto";
    std::ofstream(plan_) << R"pb(
      name: "cli"
      currency_code: "EUR"
      key_columns: "id"
      client_id { column: "client" }
      occur_time { column: "date" }
      steps {
        name: "invoice"
        fact: "invoice_issued"
        fields {
          path: "invoice_id"
          value { column: "id" }
        }
        fields {
          path: "amount"
          value { column: "amount" }
        }
        fields {
          path: "due_time"
          value { column: "date" }
        }
      })pb";
  }

  int Import(const std::string& rows, std::vector<std::string> more = {}) {
    const std::string file = ::testing::TempDir() + "/client_cli_test.csv";
    std::ofstream(file) << "id,client,date,amount\n" << rows;
    std::vector<std::string> arguments = {"import", "--plan", plan_, file};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }

  std::string plan_;
};

TEST_F(ImportCommandTest, SaysWhatItDid) {
  const std::string rows = "1,acme,2014-01-01,1.00\n2,acme,2014-01-01,2.00\n";
  EXPECT_EQ(Import(rows), kExitOk) << err_;
  EXPECT_THAT(out_, StartsWith("2 rows read, 2 events recorded, 0 were there already, 0 bad rows"));
  EXPECT_THAT(err_, IsEmpty()) << "progress is for terminals";
  EXPECT_EQ(Import(rows, {"--output", "json"}), kExitOk);
  EXPECT_EQ(out_,
            "{\"rows\":2,\"recorded\":0,\"already_there\":2,\"skipped_rows\":0,\"bad_rows\":0}\n");
}

TEST_F(ImportCommandTest, BadRowsExitWith4) {
  EXPECT_EQ(Import("1,acme,2014-01-01,1.00\n2,acme,2014-01-01,x\n3,bad,2014-01-01,1\n"
                   "4,acme,2014-01-01,1\n"),
            kExitPartial);
  EXPECT_THAT(
      err_,
      HasSubstr(
          "client_cli_test.csv:3: column amount: step \"invoice\": \"x\" is no decimal number"));
  EXPECT_THAT(err_, HasSubstr("client_cli_test.csv:4: column id: OBLIGATION_EXISTS: "
                              "fact.invoice_issued.invoice_id: it exists"));
  EXPECT_THAT(ledger_.recorded(), SizeIs(2));
}

TEST_F(ImportCommandTest, AMistakeInThePlanIsOneErrorAndRecordsNothing) {
  std::ofstream(plan_) << "name: \"x\"\nstep {}\n";
  EXPECT_EQ(Import("1,acme,2014-01-01,1.00\n"), kExitRefused);
  EXPECT_THAT(err_, HasSubstr("client_cli_test.textproto:2:"));
  EXPECT_THAT(ledger_.recorded(), IsEmpty());
}

}  // namespace
}  // namespace pledger::client
