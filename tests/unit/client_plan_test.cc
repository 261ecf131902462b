// Import plans: what they can say, and what they are told when they say something wrong.
#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/format.h"
#include "client/cli/import/row_mapper.h"

namespace pledger::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

constexpr char kPlan[] = R"pb(
  name: "test"
  source: "books"
  time_formats: "%m/%d/%Y"
  currency_code: "USD"
  key_columns: "id"
  client_id { column: "client" }
  occur_time { column: "date" }
  steps {
    name: "invoice"
    fact: "invoice_issued"
    fields {
      path: "invoice_id"
      value { template: "INV-{id}{{x}" }
    }
    fields {
      path: "amount"
      value { column: "amount" }
    }
    fields {
      path: "due_time"
      value { column: "date" plus_days: 30 }
    }
  })pb";

plan::ImportPlan Plan(const std::string& more = "", const std::string& base = kPlan) {
  plan::ImportPlan plan;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(base + more, &plan)) << more;
  return plan;
}

const std::vector<std::string> kColumns = {"id", "client", "date", "amount", "kind"};

struct Mapped {
  absl::StatusOr<std::vector<MappedEvent>> events;
  RowProblem problem;
};

Mapped MapOne(const plan::ImportPlan& plan, std::vector<std::vector<std::string>> rows,
              size_t index = 0) {
  std::vector<CsvRow> group;
  for (auto& cells : rows) group.push_back({.cells = std::move(cells)});
  const auto mapper = RowMapper::Create(plan, kColumns);
  if (!mapper.ok()) return {mapper.status(), {}};
  RowProblem problem;
  auto events = (*mapper)->Map({group, index}, problem);
  return {std::move(events), problem};
}

TEST(Plan, MakesTheEventThatItSays) {
  const Mapped mapped = MapOne(Plan(), {{"7", "acme", "1/31/2013", "55.94", ""}});
  ASSERT_TRUE(mapped.events.ok()) << mapped.events.status();
  ASSERT_THAT(*mapped.events, SizeIs(1));
  const pledger::v1::ProposedEvent& event = (*mapped.events)[0].event;
  EXPECT_EQ(event.client_id(), "acme");
  EXPECT_EQ(event.source(), "books");
  EXPECT_EQ(FormatTime(event.occur_time()), "2013-01-31");
  EXPECT_EQ(FactDetails(event.fact()), "invoice_id=INV-7{x} amount=55.94 USD due_time=2013-03-02");
}

TEST(Plan, EventIdsDependOnTheKeyAlone) {
  const auto id_of = [](const plan::ImportPlan& plan, std::vector<std::string> row) {
    return (*MapOne(plan, {row}).events)[0].event.event_id();
  };
  const std::string id = id_of(Plan(), {"7", "acme", "1/31/2013", "55.94", ""});
  // SHA-256 of "4:test0;7:invoice1:7", pinned: another id for the same row would record every file
  // twice.
  EXPECT_EQ(id, "a2c65e4b-fb79-86bd-bef4-96036ea8bae6");
  EXPECT_THAT(id, MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-.{12}"));
  EXPECT_EQ(id_of(Plan(), {"7", "acme", "1/31/2013", "1.00", "x"}), id);
  EXPECT_NE(id_of(Plan(), {"8", "acme", "1/31/2013", "55.94", ""}), id);
  EXPECT_NE(id_of(Plan("version: 2"), {"7", "acme", "1/31/2013", "55.94", ""}), id);
}

TEST(Plan, WithoutAKeyAllCellsAreIt) {
  plan::ImportPlan plan = Plan();
  plan.clear_key_columns();
  std::set<std::string> ids;
  for (const std::vector<std::string>& row :
       std::vector<std::vector<std::string>>{{"7", "acme", "1/31/2013", "1", ""},
                                             {"7", "acme", "1/31/2013", "1", "x"},
                                             {"7", "acme1", "/31/2013", "1", ""}}) {
    const Mapped mapped = MapOne(plan, {row});
    if (mapped.events.ok()) ids.insert((*mapped.events)[0].event.event_id());
  }
  EXPECT_THAT(ids, SizeIs(2)) << "the third has no date, and so no event";
}

TEST(Plan, ABadCellIsNamed) {
  const Mapped no_amount = MapOne(Plan(), {{"7", "acme", "1/31/2013", "5,94", ""}});
  EXPECT_EQ(no_amount.problem.column, "amount");
  EXPECT_EQ(no_amount.problem.reason, "\"5,94\" is no decimal number");
  const Mapped no_date = MapOne(Plan(), {{"7", "acme", "2/30/2013", "5", ""}});
  EXPECT_EQ(no_date.problem.column, "date");
  EXPECT_THAT(no_date.problem.reason, HasSubstr("no time in the form %m/%d/%Y"));
  const Mapped empty = MapOne(Plan(), {{"7", "acme", "1/31/2013", "", ""}});
  EXPECT_EQ(empty.problem.column, "amount");
  EXPECT_EQ(empty.problem.reason, "it is empty");
}

TEST(Plan, StepsTakeTheRowsThatMeetTheirConditions) {
  const plan::ImportPlan plan = Plan(R"pb(
    steps {
      name: "dispute"
      when {
        column: "kind"
        one_of { texts: "odd" texts: "both" }
      }
      fact: "dispute_opened"
      fields {
        path: "dispute_id"
        value { column: "id" }
      }
      fields {
        path: "invoice_id"
        value { column: "id" }
      }
      fields {
        path: "reason"
        value {
          column: "kind"
          map { key: "odd" value: "PRICE" }
        }
      }
    }
    steps {
      name: "note"
      when { column: "kind" matches: "n.+" }
      when { column: "amount" empty: true not: true }
      fact: "custom_fact"
      custom_columns: "kind"
      custom_columns: "id"
    }
    steps {
      name: "rest"
      otherwise: true
      fact: "terms_explained"
      fields {
        path: "topic"
        value { constant: "TOPIC_SCOPE" }
      }
      fields {
        path: "acknowledged"
        value { column: "kind" }
        optional: true
      }
    })pb");
  const auto names = [&](const std::string& kind) {
    std::vector<std::string> result;
    const Mapped mapped = MapOne(plan, {{"7", "acme", "1/31/2013", "5", kind}});
    if (!mapped.events.ok()) return std::vector<std::string>{mapped.problem.reason};
    for (const MappedEvent& event : *mapped.events) result.push_back(FactName(event.event.fact()));
    return result;
  };
  EXPECT_THAT(names(""), ElementsAre("invoice issued"));
  EXPECT_THAT(names("odd"), ElementsAre("invoice issued", "dispute opened"));
  EXPECT_THAT(names("both"), ElementsAre("\"both\" is not in the plan's map"));
  EXPECT_THAT(names("note"), ElementsAre("invoice issued", "custom fact"));
}

TEST(Plan, OtherwiseTakesWhatNoStepTook) {
  plan::ImportPlan plan = Plan(R"pb(
    steps {
      name: "rest"
      otherwise: true
      fact: "custom_fact"
      custom_columns: "kind"
      custom_columns: "id"
    })pb");
  *plan.mutable_steps(0)->add_when() = [] {
    plan::Condition condition;
    condition.set_column("kind");
    condition.set_equals("invoice");
    return condition;
  }();
  const Mapped mapped = MapOne(plan, {{"7", "acme", "1/31/2013", "5", "odd"}});
  ASSERT_THAT(*mapped.events, SizeIs(1));
  EXPECT_EQ(FactDetails((*mapped.events)[0].event.fact()), "payload=id=7 kind=odd");
}

TEST(Plan, LooksUpOtherRowsOfTheGroup) {
  plan::ImportPlan plan = Plan();
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        lookup {
          column: "date"
          rows: ROWS_LATER
          where { column: "kind" equals: "notice" }
        }
        otherwise { column: "date" plus_days: 1 }
        not_before { constant: "2/1/2013" }
      )pb",
      plan.mutable_steps(0)->mutable_fields(2)->mutable_value()));
  const std::vector<std::vector<std::string>> group = {{"1", "acme", "1/31/2013", "5", "notice"},
                                                       {"2", "acme", "1/15/2013", "5", ""},
                                                       {"3", "acme", "3/15/2013", "5", "notice"}};
  const auto due = [&](size_t row) {
    const Mapped mapped = MapOne(plan, group, row);
    return FormatTime((*mapped.events)[0].event.fact().invoice_issued().due_time());
  };
  EXPECT_EQ(due(1), "2013-03-15");
  // No row follows, and what is left is the row's own date, which the fallback does not add to.
  EXPECT_EQ(due(2), "2013-03-15");
}

TEST(Plan, SubtractsMoneyExactly) {
  plan::ImportPlan plan = Plan();
  plan.mutable_steps(0)->mutable_fields(1)->mutable_value()->mutable_minus()->set_constant("0.10");
  const Mapped mapped = MapOne(plan, {{"7", "acme", "1/31/2013", "0.30", ""}});
  EXPECT_EQ((*mapped.events)[0].event.fact().invoice_issued().amount().minor_units(), 20);
}

TEST(Plan, MistakesAreToldWithStepAndField) {
  const auto error = [](const std::string& more) {
    return std::string(MapOne(Plan(more), {{"", "", "", "", ""}}).events.status().message());
  };
  EXPECT_THAT(error(R"pb(steps { name: "x" fact: "nothing" })pb"),
              HasSubstr("plan \"test\": step \"x\": there is no fact \"nothing\""));
  EXPECT_THAT(error(R"pb(steps { name: "invoice" fact: "invoice_issued" })pb"),
              HasSubstr("a name of its own"));
  EXPECT_THAT(error(R"pb(steps {
                           name: "x"
                           fact: "invoice_issued"
                           fields {
                             path: "amounts"
                             value { column: "id" }
                           }
                         })pb"),
              HasSubstr("field \"amounts\": pledger.v1.InvoiceIssued has no field \"amounts\"; it "
                        "has: invoice_id, engagement_id, amount, due_time"));
  EXPECT_THAT(error(R"pb(steps {
                           name: "x"
                           fact: "invoice_issued"
                           fields {
                             path: "amount"
                             value { column: "sum" }
                           }
                         })pb"),
              HasSubstr("the file has no column \"sum\"; it has: id, client"));
  EXPECT_THAT(error(R"pb(steps {
                           name: "x"
                           fact: "payment_received"
                           fields {
                             path: "allocations.amount"
                             value { column: "id" }
                           }
                         })pb"),
              HasSubstr("it needs an index"));
  EXPECT_THAT(error(R"pb(steps {
                           name: "x"
                           fact: "dispute_opened"
                           fields {
                             path: "reason"
                             value { constant: "WHIM" }
                           }
                         })pb"),
              HasSubstr("\"WHIM\" is no pledger.v1.DisputeOpened.Reason"));
  EXPECT_THAT(error(R"pb(steps { name: "x" fact: "custom_fact" })pb"), HasSubstr("custom_columns"));
  EXPECT_THAT(error(R"pb(steps {
                           name: "x"
                           fact: "invoice_issued"
                           when { column: "id" matches: "(" }
                         })pb"),
              HasSubstr("regular expression"));
  EXPECT_THAT(error(R"pb(steps {
                           name: "x"
                           fact: "invoice_issued"
                           when { column: "id" }
                         })pb"),
              HasSubstr("a condition has none of"));
  EXPECT_THAT(error(R"pb(steps {
                           name: "x"
                           fact: "invoice_issued"
                           fields {
                             path: "amount"
                             value { template: "{id" }
                           }
                         })pb"),
              HasSubstr("brace"));
  EXPECT_THAT(error(R"pb(time_zone: "Moon/Sea")pb"), HasSubstr("time zone \"Moon/Sea\""));
}

TEST(Plan, TheOnesWeShipAreWellFormed) {
  const char* source = std::getenv("PLEDGER_SOURCE");
  ASSERT_NE(source, nullptr);
  const auto ibm =
      LoadImportPlan(absl::StrCat(source, "/deploy/plans/ibm_accounts_receivable.textproto"));
  ASSERT_TRUE(ibm.ok()) << ibm.status();
  EXPECT_TRUE(RowMapper::Create(*ibm, {"customerID", "invoiceNumber", "InvoiceDate", "DueDate",
                                       "InvoiceAmount", "Disputed", "SettledDate"})
                  .ok());
  const auto traffic =
      LoadImportPlan(absl::StrCat(source, "/deploy/plans/traffic_fines_events.textproto"));
  ASSERT_TRUE(traffic.ok()) << traffic.status();
  const auto mapper = RowMapper::Create(*traffic, {"case", "seq", "activity", "timestamp", "amount",
                                                   "expense", "paymentAmount", "dismissal"});
  EXPECT_TRUE(mapper.ok()) << mapper.status();
}

}  // namespace
}  // namespace pledger::client
