// The commands that answer questions, as people and scripts run them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "client/cli/terminal/text.h"
#include "tests/unit/client_cli_fixture.h"
#include "tests/unit/client_sample_answers.h"

namespace pledger::client {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class ReliabilityCliTest : public CliTest {
 protected:
  // Position 7 is an incident of acme, 11 what the client says of it.
  void RecordStatement() {
    ledger_.Record("acme", 7);
    v1::ProposedEvent incident = SomeEvent("acme", "");
    incident.mutable_fact()->mutable_conduct_reported()->set_incident_id("i-1");
    ledger_.Record(incident);
    ledger_.Record("acme", 3);
    v1::ProposedEvent statement = SomeEvent("acme", "");
    statement.mutable_fact()->mutable_statement_added()->set_text("I did not shout.");
    ledger_.Record(statement);
  }

  std::vector<std::string> Lines() { return absl::StrSplit(out_, '\n', absl::SkipEmpty()); }
};

TEST_F(ReliabilityCliTest, EveryCommandSpeaksJson) {
  const std::string draft = WriteFile("draft.textproto", "promises { grace_days: 5 }");
  const std::vector<std::vector<std::string>> commands = {
      {"score", "acme"},
      {"explain", "acme"},
      {"history", "acme"},
      {"solvency", "acme"},
      {"signals", "acme"},
      {"signals"},
      {"growth"},
      {"growth", "acme"},
      {"portfolio"},
      {"parting", "acme"},
      {"policy", "show"},
      {"policy", "list"},
      {"policy", "try", draft},
      {"history", "acme", "--between", "2026-01-31", "2026-02-28"}};
  for (std::vector<std::string> command : commands) {
    SCOPED_TRACE(command[0]);
    command.insert(command.end(), {"--output", "json"});
    EXPECT_EQ(Run(command), kExitOk) << err_;
    EXPECT_THAT(err_, IsEmpty());
    EXPECT_THAT(Lines(), ElementsAre(StartsWith("{")));
  }
}

TEST_F(ReliabilityCliTest, UnknownClientsExitWith1AndUnreadableArgumentsWith2) {
  for (const char* command :
       {"score", "explain", "history", "solvency", "signals", "growth", "parting"}) {
    SCOPED_TRACE(command);
    EXPECT_EQ(Run({command, "nobody"}), kExitRefused);
    EXPECT_THAT(err_, HasSubstr("CLIENT_NOT_FOUND"));
    EXPECT_THAT(out_, IsEmpty());
  }
  EXPECT_EQ(Run({"parting"}), kExitUsage);
  EXPECT_EQ(Run({"policy"}), kExitUsage);
  EXPECT_EQ(Run({"report", "acme"}), kExitUsage);
  EXPECT_EQ(Run({"history", "acme", "--dimension", "manners"}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("\"manners\" is none of payment, promises"));
  EXPECT_EQ(Run({"history", "acme", "--between", "2026-01-31"}), kExitUsage);
  EXPECT_EQ(Run({"history", "acme", "--plot", "--no-plot"}), kExitUsage);
  EXPECT_EQ(Run({"score", "acme", "--policy-version", "1", "--draft-policy", "x"}), kExitUsage);
  EXPECT_EQ(Run({"score", "acme", "--policy-version", "1", "--no-decay"}), kExitUsage);
  EXPECT_EQ(Run({"clients", "--page-size", "1001"}), kExitUsage);
}

TEST_F(ReliabilityCliTest, PerspectivesNamePolicies) {
  ASSERT_EQ(Run({"score", "acme", "--policy-version", "1"}), kExitOk) << err_;
  EXPECT_EQ(ledger_.reliability().asked().perspective().policy_version(), 1);
  const std::string draft = WriteFile("draft.json", R"({"promises": {"grace_days": 5}})");
  ASSERT_EQ(Run({"score", "acme", "--draft-policy", draft, "--no-decay"}), kExitOk) << err_;
  const v1::Policy policy = ledger_.reliability().asked().perspective().draft_policy();
  EXPECT_EQ(policy.promises().grace_days(), 5);
  EXPECT_TRUE(policy.evidence().has_half_life_days());
  const std::string broken = WriteFile("broken.textproto", "promises {\n  grace: 5\n}");
  EXPECT_EQ(Run({"score", "acme", "--draft-policy", broken}), kExitUsage);
  EXPECT_THAT(err_, HasSubstr("broken.textproto:2:"));
}

TEST_F(ReliabilityCliTest, ScoreTellsEverythingTheOverallFirst) {
  RecordStatement();
  ASSERT_EQ(Run({"score", "acme"}), kExitOk) << err_;
  EXPECT_THAT(out_,
              HasSubstr("OVERALL  62.7  band C, confidence MEDIUM\n"
                        "         recently 55.5, lifetime 70.2, without disputed facts 66.0; held "
                        "down by PROMISES\n"));
  EXPECT_THAT(out_, HasSubstr("├●┤"));
  EXPECT_THAT(out_, HasSubstr("UNDISPUTED"));
  EXPECT_THAT(out_, HasSubstr("SEGMENT PRICE\n  We ask ourselves: could we have negotiated"));
  EXPECT_THAT(out_, HasSubstr("● PAY_TOMORROW  PRESENT since 2026-03-01\n"));
  EXPECT_THAT(out_, HasSubstr("  facts 3 5 from 2026-02-01 to 2026-03-01\n"));
  EXPECT_THAT(out_, HasSubstr("  Was it us? NO_PREPAYMENT_AFTER_SIGNAL\n"));
  EXPECT_THAT(out_, HasSubstr("○ ABUSIVE  WATCH, its evidence is under dispute\n"));
  EXPECT_THAT(out_, HasSubstr("    Try first: EXPLAIN_TERMS (tried), KEEP\n"));
  EXPECT_THAT(out_, HasSubstr("    Held back by REMEDY_NOT_TRIED\n"));
  EXPECT_THAT(out_, HasSubstr("on record: REQUIRE_PREPAYMENT proposed at 8, CONFIRMED at 10"));
  EXPECT_THAT(out_, HasSubstr("OUR PART\n  NO_PREPAYMENT_AFTER_SIGNAL  1 in all, 1 recently"));
  EXPECT_THAT(out_, HasSubstr("1–30 days     1,234.56  ██████████████████████████████\n"));
  EXPECT_THAT(out_, HasSubstr("0012BBBBBBBB BBBBBBBBBBBB"));
  EXPECT_THAT(out_, HasSubstr("3 h 30 min absorbed of 10 h agreed, creep 35.0 %"));
  EXPECT_THAT(out_, HasSubstr("-12.34 EUR contributed of 8,265.44 EUR paid"));
  EXPECT_THAT(out_, HasSubstr("    The client says (11): “I did not shout.”\n"));
  EXPECT_THAT(out_, HasSubstr("* under dispute, † a statement stands beside it"));
}

TEST_F(ReliabilityCliTest, ExplainMarksWhatIsDisputedAndCommentedOn) {
  RecordStatement();
  ASSERT_EQ(Run({"explain", "acme", "--dimension", "conduct"}), kExitOk) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("SHOUTING (disputed)"), HasSubstr("7*†"),
                          HasSubstr("I did not shout.")));
}

TEST_F(ReliabilityCliTest, TerminalsGetLinesThatFit) {
  is_terminal_ = true;
  no_color_ = "1";
  const std::vector<std::vector<std::string>> commands = {
      {"score", "acme"}, {"history", "acme"}, {"solvency", "acme"}, {"signals", "acme"},
      {"growth"},        {"growth", "acme"},  {"policy", "show"},   {"parting", "acme"},
      {"clients"},       {"portfolio"},       {"explain", "acme"},  {"signals"}};
  for (const std::vector<std::string>& command : commands) {
    SCOPED_TRACE(command[0]);
    ASSERT_EQ(Run(command), kExitOk) << err_;
    for (const std::string& line : Lines()) EXPECT_LE(DisplayWidth(line), 80) << line;
  }
}

TEST_F(ReliabilityCliTest, SolvencyIsOneScreen) {
  is_terminal_ = true;
  no_color_ = "1";
  ASSERT_EQ(Run({"solvency", "acme"}), kExitOk) << err_;
  EXPECT_LE(Lines().size(), 24);
  EXPECT_THAT(out_, HasSubstr("2 NOT_RECOGNISED for US, 1 PRICE open"));
  EXPECT_THAT(out_, HasSubstr("PROPOSED  prepayment  because of PAY_TOMORROW\n"));
}

TEST_F(ReliabilityCliTest, HistoryIsPlottedOnTerminalsOnly) {
  ASSERT_EQ(Run({"history", "acme"}), kExitOk) << err_;
  EXPECT_THAT(out_, StartsWith("WHEN "));
  EXPECT_THAT(out_, HasSubstr("2026-03-01         5  OVERALL      71.0   48.0   −23.0  D"));
  ASSERT_EQ(Run({"history", "acme", "--plot", "--months", "--from", "2026-01-01"}), kExitOk);
  EXPECT_THAT(out_, StartsWith("OVERALL over time\n 100 ┤"));
  EXPECT_THAT(out_, HasSubstr("80 A ┤"));
  EXPECT_EQ(ledger_.reliability().history_asked().mode(), v1::HISTORY_MODE_MONTH_ENDS);
  EXPECT_EQ(ledger_.reliability().history_asked().from_time().seconds(), 1'767'225'600);
  is_terminal_ = true;
  ASSERT_EQ(Run({"history", "acme", "--no-plot"}), kExitOk);
  EXPECT_THAT(out_, Not(HasSubstr("┤")));
  no_color_ = "1";
  locale_ = "C";
  ASSERT_EQ(Run({"history", "acme"}), kExitOk);
  EXPECT_THAT(out_, AllOf(HasSubstr("80 A +"), Not(HasSubstr("┤"))));
}

TEST_F(ReliabilityCliTest, HistoryComparesTwoMoments) {
  ASSERT_EQ(Run({"history", "acme", "--between", "2026-02-01", "2026-03-01"}), kExitOk) << err_;
  EXPECT_THAT(out_, HasSubstr("PROMISES  80.0 to 32.7  −47.3\n  −47.3  BROKEN  facts 5\n"
                              "    A promise to pay 1,200.00 EUR was broken.\n"));
  EXPECT_THAT(out_, HasSubstr("Signals that appeared:    PAY_TOMORROW\n"));
  const v1::CompareReliabilityRequest asked = ledger_.reliability().compared();
  EXPECT_EQ(asked.before().as_of().seconds(), 1'769'990'399);
  EXPECT_EQ(asked.after().as_of().seconds(), 1'772'409'599);
}

TEST_F(ReliabilityCliTest, PortfolioShowsCohortsCurvesAndStrain) {
  ASSERT_EQ(Run({"portfolio"}), kExitOk) << err_;
  EXPECT_THAT(out_, HasSubstr("all clients        2  1 A 1 C"));
  EXPECT_THAT(out_, HasSubstr("100 % ┤"));
  EXPECT_THAT(out_, HasSubstr("Half are paid after 30 days; looking at paid ones alone it would "
                              "seem 20."));
  EXPECT_THAT(out_, HasSubstr("PAY_TOMORROW        1      2  ██████"));
  EXPECT_THAT(out_, HasSubstr("TERMS_NOT_EXPLAINED        2       3       2       1"));
  EXPECT_THAT(out_, HasSubstr("2026-05-11       0\n2026-05-18     900  ██████"));
}

TEST_F(ReliabilityCliTest, SignsOfLifeLeaveNothingBehind) {
  err_is_terminal_ = true;
  ASSERT_EQ(Run({"portfolio"}), kExitOk);
  // Whether it was slow enough to say anything is chance.
  if (!err_.empty()) {
    EXPECT_THAT(err_, AllOf(HasSubstr("assessing all clients"), EndsWith("\r\x1b[K")));
  }
  EXPECT_THAT(out_, Not(HasSubstr("assessing")));
}

TEST_F(ReliabilityCliTest, ClientsListsAllPagesAndThePortfolio) {
  ASSERT_EQ(Run({"clients"}), kExitOk) << err_;
  EXPECT_EQ(out_,
            "CLIENT    TIER     BAND  OVERALL  RECENT  PAYMENT  PROMISES  INVOICES  BEYOND TERMS"
            "       OVERDUE  SIGNALS\n"
            "acme      premium  C        62.7       –     62.7         –         0             –"
            "  1,234.56 EUR  PAY_TOMORROW\n"
            "zoë.café  premium  A        95.8       –     95.8         –         0             –"
            "  1,234.56 EUR  PAY_TOMORROW\n"
            "\n2 clients, 5 invoices\n"
            "On time          3 of 5\n"
            "Mean days late   −3.55515, weighted by amount −3.29943\n"
            "Payment score    80.9457; lowest 62.7459 (acme), highest 95.8100 (zoë.café)\n"
            "as of 1970-01-01, from 0 events, built-in policy\n");
}

TEST_F(ReliabilityCliTest, ClientsAreFilteredOrderedAndPaged) {
  ASSERT_EQ(
      Run({"clients", "--band", "D,E", "--signal", "late_payer", "--tier", "premium",
           "--overdue-min", "100.00", "--order", "overdue", "--descending", "--page-size", "1"}),
      kExitOk)
      << err_;
  const v1::ListClientsRequest asked = ledger_.reliability().listed();
  EXPECT_THAT(asked.filter().bands(), ElementsAre(v1::BAND_D, v1::BAND_E));
  EXPECT_THAT(asked.filter().present_signals(), ElementsAre("LATE_PAYER"));
  EXPECT_THAT(asked.filter().tiers(), ElementsAre("premium"));
  EXPECT_EQ(asked.filter().overdue_min(), 10'000);
  EXPECT_EQ(asked.order(), v1::CLIENT_ORDER_OVERDUE);
  EXPECT_TRUE(asked.descending());
  EXPECT_EQ(asked.page_size(), 1);
  EXPECT_THAT(out_, AllOf(HasSubstr("\n1 client, "), Not(HasSubstr("Payment score"))));
  EXPECT_THAT(err_, HasSubstr("--page-token 2"));
  ASSERT_EQ(Run({"clients", "--page-size", "1", "--all", "--output", "json"}), kExitOk);
  EXPECT_THAT(Lines(), SizeIs(3)) << "the portfolio is last";
  ASSERT_EQ(Run({"clients", "--band", "a", "--output", "json"}), kExitOk);
  EXPECT_THAT(Lines(), SizeIs(2)) << "a selection has no portfolio";
  EXPECT_EQ(Run({"clients", "--order", "beauty"}), kExitUsage);
  EXPECT_EQ(Run({"clients", "--overdue-min", "much"}), kExitUsage);
}

TEST_F(ReliabilityCliTest, PartingShowsStepsAndRecordsThem) {
  ASSERT_EQ(Run({"parting", "acme"}), kExitOk) << err_;
  EXPECT_THAT(out_, HasSubstr("  ✓ 1 THANKED\n"
                              "  ✓ 2 REFRAMED, skipped: UNREACHABLE\n"
                              "  → 3 REFUNDED: give back what was not earned\n"
                              "  · 4 ALTERNATIVE_OFFERED\n"
                              "  saves a month 120 minutes, 90.00 EUR\n"));
  ASSERT_EQ(
      Run({"parting", "open", "acme", "--reason", "THREAT,LOSS_MAKING", "--approved-by", "owner"}),
      kExitOk)
      << err_;
  ASSERT_EQ(Run({"parting", "step", "acme", "refunded", "--skip", "NOTHING_PAID"}), kExitOk)
      << err_;
  ASSERT_EQ(Run({"parting", "close", "acme", "--id", "part-9"}), kExitOk) << err_;
  ASSERT_EQ(Run({"parting", "feedback", "acme", "-1", "--text", "Well done."}), kExitOk) << err_;
  const std::vector<v1::ProposedEvent> recorded = ledger_.recorded();
  ASSERT_THAT(recorded, SizeIs(4));
  EXPECT_EQ(recorded[0].fact().parting_opened().parting_id(), "parting-2023-11-14");
  EXPECT_THAT(recorded[0].fact().parting_opened().reason_codes(),
              ElementsAre("THREAT", "LOSS_MAKING"));
  const v1::PartingStepTaken& step = recorded[1].fact().parting_step_taken();
  EXPECT_EQ(step.parting_id(), "part-1") << "the open one";
  EXPECT_TRUE(step.skipped());
  EXPECT_EQ(recorded[2].fact().parting_closed().parting_id(), "part-9");
  EXPECT_EQ(recorded[3].fact().parting_feedback_noted().rating(), -1);
  EXPECT_EQ(Run({"parting", "step", "acme", "insulted"}), kExitUsage);
  EXPECT_EQ(Run({"parting", "feedback", "acme", "3"}), kExitUsage);
  EXPECT_EQ(Run({"parting", "open", "acme"}), kExitUsage);
}

TEST_F(ReliabilityCliTest, PoliciesAreShownListedAndTried) {
  ASSERT_EQ(Run({"policy", "show", "--version", "1"}), kExitOk) << err_;
  EXPECT_THAT(out_, HasSubstr("policy 1, adopted 2026-02-01 at position 4"));
  EXPECT_THAT(out_, HasSubstr("promises.grace_days                3\n"));
  const std::string draft = WriteFile("draft.textproto", "promises { grace_days: 5 }");
  ASSERT_EQ(Run({"policy", "show", "--draft", draft}), kExitOk) << err_;
  EXPECT_THAT(out_, HasSubstr("promises.grace_days                5            3\n"));
  ASSERT_EQ(Run({"policy", "list"}), kExitOk) << err_;
  EXPECT_THAT(out_, HasSubstr("in force\n"));
  EXPECT_EQ(Run({"policy", "show", "--version", "9"}), kExitRefused);
  EXPECT_THAT(err_, HasSubstr("`pledger policy list`"));
  ASSERT_EQ(Run({"policy", "try", draft}), kExitOk) << err_;
  EXPECT_THAT(out_, HasSubstr("1 of 2 clients would change, against policy 1"));
  EXPECT_THAT(out_, HasSubstr("acme    C to D     62.7      49.5  +LATE_PAYER\n"));
}

TEST_F(ReliabilityCliTest, AdoptingAPolicyShowsTheDifferenceAndAsks) {
  const std::string draft = WriteFile("draft.textproto", "promises { grace_days: 5 }");
  EXPECT_EQ(Run({"policy", "adopt", draft}), kExitUsage) << "nobody to ask";
  EXPECT_THAT(err_, AllOf(HasSubstr("promises.grace_days  3         5"), HasSubstr("--yes")));
  is_terminal_ = true;
  EXPECT_EQ(Run({"policy", "adopt", draft}, "n\n"), kExitRefused);
  EXPECT_THAT(err_, HasSubstr("Adopt it as policy 2? [y/N]"));
  EXPECT_THAT(ledger_.policies().adopted().event_id(), IsEmpty());
  ASSERT_EQ(Run({"policy", "adopt", draft}, "yes\n"), kExitOk) << err_;
  EXPECT_EQ(ledger_.policies().adopted().expected_version(), 1);
  EXPECT_THAT(ledger_.policies().adopted().event_id(), SizeIs(36));
  is_terminal_ = false;
  ASSERT_EQ(Run({"policy", "adopt", draft, "--yes", "--output", "json"}), kExitOk) << err_;
  EXPECT_THAT(out_, StartsWith("{\"policy\":{\"version\":\"2\""));
  const std::string same = WriteFile("same.textproto", "promises { grace_days: 3 }");
  ASSERT_EQ(Run({"policy", "adopt", same, "--yes"}), kExitOk) << err_;
  EXPECT_THAT(out_, HasSubstr("nothing was adopted"));
}

TEST_F(ReliabilityCliTest, ReportsHoldPersonalTextsOnlyWhenAsked) {
  RecordStatement();
  const std::string path = WriteFile("report.html", "");
  ASSERT_EQ(Run({"report", "acme", "--html", path}), kExitOk) << err_;
  EXPECT_THAT(err_, StartsWith("Wrote " + path));
  EXPECT_THAT(out_, IsEmpty());
  const std::string page = ReadFile(path);
  EXPECT_THAT(page, AllOf(StartsWith("<!DOCTYPE html>"), Not(HasSubstr("I did not shout"))));
  ASSERT_EQ(Run({"report", "acme", "--html", "-", "--with-personal"}), kExitOk) << err_;
  EXPECT_THAT(out_, HasSubstr("<blockquote>I did not shout.</blockquote>"));
  EXPECT_EQ(Run({"report", "acme", "--html", "/no/such/folder/x.html"}), kExitRefused);
  EXPECT_THAT(err_, HasSubstr("cannot write /no/such/folder/x.html"));
}

}  // namespace
}  // namespace pledger::client
