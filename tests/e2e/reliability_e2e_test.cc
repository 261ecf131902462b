// ReliabilityService: answers from the view, at the moment that was asked for.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "server/domain/fact_rules.h"
#include "tests/e2e/ledger_fixture.h"

namespace pledger::testing {
namespace {

using absl::StatusCode;

constexpr int64_t kDay = 86'400;
// 2024-01-01T00:00:00Z.
constexpr int64_t kNewYear = 1'704'067'200;

v1::ProposedEvent On(int64_t day, v1::ProposedEvent event) {
  event.mutable_occur_time()->set_seconds(kNewYear + day * kDay);
  return event;
}

v1::ProposedEvent Invoice(const std::string& client_id, int number, int64_t day, int64_t due_day) {
  return On(day, NewEvent(client_id, absl::StrCat("invoice_issued { invoice_id: 'i-", number,
                                                  "' amount { currency_code: 'EUR' ",
                                                  "minor_units: 10000 } due_time { seconds: ",
                                                  kNewYear + due_day * kDay, " } }")));
}

v1::ProposedEvent Payment(const std::string& client_id, int number, int64_t day) {
  return On(day, NewEvent(client_id, absl::StrCat("payment_received { payment_id: 'm-", number,
                                                  "' amount { currency_code: 'EUR' ",
                                                  "minor_units: 10000 } allocations { invoice_id: ",
                                                  "'i-", number, "' amount { currency_code: 'EUR' ",
                                                  "minor_units: 10000 } } }")));
}

class ReliabilityE2eTest : public LedgerTest {
 protected:
  // Records them one by one; the position of the last.
  v1::AppendedEvent Record(const std::vector<v1::ProposedEvent>& events) {
    v1::AppendedEvent last;
    for (const v1::ProposedEvent& event : events) {
      last = server_.MustAppend(AppendOf({event})).events(0);
    }
    min_position_ = last.position();
    return last;
  }

  v1::Perspective Now() const {
    v1::Perspective perspective;
    perspective.set_min_position(min_position_);
    perspective.mutable_as_of()->set_seconds(kNewYear + 365 * kDay);
    return perspective;
  }

  v1::ClientReliability Ask(const std::string& client_id, const v1::Perspective& perspective) {
    v1::GetReliabilityRequest request;
    request.set_client_id(client_id);
    *request.mutable_perspective() = perspective;
    auto response = client().GetReliability(request);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return {};
    EXPECT_GT(response->basis().next_position(), 0u);
    return response->reliability();
  }

  uint64_t min_position_ = 0;
};

TEST_F(ReliabilityE2eTest, ReadsItsOwnWritesAtOnce) {
  for (int i = 1; i <= 60; ++i) {
    const v1::AppendedEvent last =
        Record({Invoice("ada", i, i, i + 10), Payment("ada", i, i + 12)});
    v1::GetReliabilityRequest request;
    request.set_client_id("ada");
    *request.mutable_perspective() = Now();
    const auto response = client().GetReliability(request);
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->reliability().events(), 2 * i);
    EXPECT_EQ(response->reliability().payment().portions(), i);
    EXPECT_GE(response->basis().next_position(), last.position() + 1);
  }
  EXPECT_DOUBLE_EQ(Ask("ada", Now()).payment().mean_days_late(), 2);
}

TEST_F(ReliabilityE2eTest, AsOfLooksAtTheWorldThenAndKnownAtAtWhatWasRecorded) {
  const v1::AppendedEvent invoice = Record({Invoice("ada", 1, 0, 10)});
  const v1::AppendedEvent payment = Record({Payment("ada", 1, 15)});
  EXPECT_DOUBLE_EQ(Ask("ada", Now()).payment().mean_days_late(), 5);

  v1::Perspective then = Now();
  then.mutable_as_of()->set_seconds(kNewYear + 13 * kDay);
  v1::ClientReliability reliability = Ask("ada", then);
  EXPECT_EQ(reliability.events(), 1);
  EXPECT_EQ(reliability.payment().largest_open_age_days(), 3);
  then.mutable_as_of()->set_seconds(kNewYear + 9 * kDay);
  EXPECT_EQ(Ask("ada", then).payment().largest_open_age_days(), 0);

  v1::Perspective known = Now();
  known.set_known_at_position(invoice.position());
  EXPECT_EQ(Ask("ada", known).events(), 1);
  known.set_known_at_position(payment.position());
  EXPECT_EQ(Ask("ada", known).events(), 2);
  *known.mutable_known_at_record_time() = FromNanos(NanosOf(payment.record_time()) - 1);
  EXPECT_EQ(Ask("ada", known).events(), 1);
  *known.mutable_known_at_record_time() = payment.record_time();
  EXPECT_EQ(Ask("ada", known).events(), 2);

  v1::GetReliabilityRequest request;
  request.set_client_id("ada");
  *request.mutable_perspective() = known;
  *request.mutable_perspective()->mutable_known_at_record_time() =
      FromNanos(NanosOf(invoice.record_time()) - 1);
  EXPECT_TRUE(IsError(client().GetReliability(request).status(), StatusCode::kNotFound,
                      v1::ERROR_REASON_CLIENT_NOT_FOUND, {{"client_id", "ada"}}));
}

TEST_F(ReliabilityE2eTest, FactsThatArriveLateTakeTheirPlaceInTheWorld) {
  Record({Invoice("early", 1, 0, 10), Payment("early", 1, 12), Invoice("early", 2, 30, 40),
          Payment("early", 2, 39), Invoice("early", 3, 50, 60)});
  Record({Invoice("late", 3, 50, 60), Invoice("late", 2, 30, 40), Payment("late", 2, 39),
          Invoice("late", 1, 0, 10), Payment("late", 1, 12)});
  v1::ClientReliability early = Ask("early", Now());
  v1::ClientReliability late = Ask("late", Now());
  EXPECT_EQ(early.payment().invoices(), 3);
  EXPECT_EQ(early.payment().SerializeAsString(), late.payment().SerializeAsString());
  ASSERT_EQ(early.dimensions_size(), late.dimensions_size());
  ASSERT_GT(early.dimensions_size(), 0);
  for (int i = 0; i < early.dimensions_size(); ++i) {
    EXPECT_EQ(early.dimensions(i).score().SerializeAsString(),
              late.dimensions(i).score().SerializeAsString());
  }
}

// Goal: an answer that was kept, and is given again, is the one that would be computed anew; and it
// is not given where something else would be said.
TEST_F(ReliabilityE2eTest, AnAnswerThatIsKeptIsTheOneThatWouldBeComputed) {
  // Never kept: several clients are asked for at once.
  const auto anew = [this](const v1::Perspective& perspective) {
    v1::BatchGetReliabilityRequest request;
    request.add_client_ids("ada");
    *request.mutable_perspective() = perspective;
    const auto bytes = client().CallRaw("/pledger.v1.ReliabilityService/BatchGetReliability",
                                        request.SerializeAsString());
    EXPECT_TRUE(bytes.ok()) << bytes.status();
    v1::BatchGetReliabilityResponse response;
    EXPECT_TRUE(bytes.ok() && response.ParseFromString(*bytes));
    EXPECT_EQ(response.reliabilities_size(), 1);
    return response.reliabilities(0).SerializeAsString();
  };
  std::set<std::string> answers;
  for (int i = 1; i <= 5; ++i) {
    Record({Invoice("ada", i, 3 * i, 3 * i + 10), Payment("ada", i, 3 * i + 2 * i)});
    // Before the last fact, on its day, later on that day, and on others; twice each.
    for (const int64_t seconds : {10 * kDay, 5 * i * kDay, 5 * i * kDay + 3'600, 100 * kDay,
                                  100 * kDay + 7, 101 * kDay, 400 * kDay}) {
      v1::Perspective perspective = Now();
      perspective.mutable_as_of()->set_seconds(kNewYear + seconds);
      for (const bool all_known : {true, false}) {
        if (!all_known) perspective.set_known_at_position(min_position_ - 1);
        const std::string computed = anew(perspective);
        EXPECT_EQ(Ask("ada", perspective).SerializeAsString(), computed) << i << " " << seconds;
        EXPECT_EQ(Ask("ada", perspective).SerializeAsString(), computed) << i << " " << seconds;
        answers.insert(computed);
      }
    }
  }
  // They are not all the same.
  EXPECT_GT(answers.size(), 20u);
}

TEST_F(ReliabilityE2eTest, TheSameAfterARestart) {
  Record({Invoice("ada", 1, 0, 10), Payment("ada", 1, 25), Invoice("ada", 2, 5, 20)});
  const std::string before = Ask("ada", Now()).SerializeAsString();
  server_.Restart();
  EXPECT_EQ(Ask("ada", Now()).SerializeAsString(), before);
}

TEST_F(ReliabilityE2eTest, SaysWhenTheViewIsBehindBeforeTheDeadlineStrikes) {
  Record({Invoice("ada", 1, 0, 10)});
  v1::GetReliabilityRequest request;
  request.set_client_id("ada");
  request.mutable_perspective()->set_min_position(1'000);
  const absl::Time began = absl::Now();
  EXPECT_TRUE(IsError(client().GetReliability(request, absl::Seconds(1)).status(),
                      StatusCode::kDeadlineExceeded, v1::ERROR_REASON_VIEW_BEHIND,
                      {{"min_position", "1000"}, {"position", "1"}}));
  EXPECT_GT(absl::Now() - began, absl::Milliseconds(500));
  request.mutable_perspective()->set_min_position(~uint64_t{0});
  EXPECT_TRUE(IsError(client().GetReliability(request).status(), StatusCode::kOutOfRange,
                      v1::ERROR_REASON_OUT_OF_RANGE, {{"field", "perspective.min_position"}}));
}

TEST_F(ReliabilityE2eTest, ListsAllClientsPageByPage) {
  std::map<std::string, int64_t> last_days;
  for (int i = 0; i < 23; ++i) {
    const std::string client_id = absl::StrCat("client-", i * 7 % 23);
    Record({Invoice(client_id, 1, i, i + 10)});
    last_days[client_id] = i;
    if (i % 2 == 0) {
      Record({Payment(client_id, 1, i + 10)});
      last_days[client_id] = i + 10;
    }
  }
  v1::ListClientsRequest request;
  request.set_page_size(5);
  *request.mutable_perspective() = Now();
  std::vector<std::string> listed;
  int pages = 0;
  do {
    const auto page = client().ListClients(request);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_LE(page->clients_size(), 5);
    for (const v1::ClientSummary& one : page->clients()) {
      listed.push_back(one.client_id());
      EXPECT_EQ(one.last_occur_time().seconds(), kNewYear + last_days[one.client_id()] * kDay)
          << one.client_id();
    }
    request.set_page_token(page->next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(pages, 5);
  std::vector<std::string> expected;
  for (const auto& [client_id, day] : last_days) expected.push_back(client_id);
  EXPECT_EQ(listed, expected);
}

TEST_F(ReliabilityE2eTest, NewClientsAreListedAtOnce) {
  for (int i = 1; i <= 60; ++i) {
    Record({Invoice(absl::StrCat("client-", 1'000 + i), 1, 0, 10)});
    v1::ListClientsRequest request;
    request.set_page_size(1'000);
    *request.mutable_perspective() = Now();
    const auto page = client().ListClients(request);
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_EQ(page->clients_size(), i);
  }
}

TEST_F(ReliabilityE2eTest, ExplainCitesTheEventsBehindTheFigures) {
  const uint64_t first_invoice = Record({Invoice("ada", 1, 0, 10)}).position();
  Record({Invoice("bob", 1, 0, 10)});
  const uint64_t second_invoice = Record({Invoice("ada", 2, 5, 15)}).position();
  const uint64_t second_payment = Record({Payment("ada", 2, 14)}).position();
  const uint64_t first_payment = Record({Payment("ada", 1, 40)}).position();
  v1::ExplainRequest request;
  request.set_client_id("ada");
  request.set_dimension(v1::DIMENSION_PAYMENT);
  *request.mutable_perspective() = Now();
  const auto response = client().Explain(request);
  ASSERT_TRUE(response.ok()) << response.status();
  std::map<std::string, const v1::Evidence*> by_invoice;
  for (const v1::Evidence& evidence : response->evidence()) {
    by_invoice[evidence.obligation_id()] = &evidence;
  }
  ASSERT_EQ(by_invoice.size(), 2u);
  const auto positions = [&](const std::string& invoice_id) {
    const auto& cited = by_invoice[invoice_id]->positions();
    return std::set<uint64_t>(cited.begin(), cited.end());
  };
  EXPECT_EQ(positions("i-1"), (std::set<uint64_t>{first_invoice, first_payment}));
  EXPECT_EQ(positions("i-2"), (std::set<uint64_t>{second_invoice, second_payment}));
  EXPECT_EQ(by_invoice["i-1"]->days_late(), 30);
  EXPECT_EQ(by_invoice["i-2"]->days_late(), -1);
}

TEST_F(ReliabilityE2eTest, AClientOfWhomNothingIsRecorded) {
  Record({Invoice("ada", 1, 0, 10)});
  v1::GetReliabilityRequest request;
  request.set_client_id("nobody");
  EXPECT_TRUE(IsError(client().GetReliability(request).status(), StatusCode::kNotFound,
                      v1::ERROR_REASON_CLIENT_NOT_FOUND, {{"client_id", "nobody"}}));
  v1::ExplainRequest explain;
  explain.set_client_id("nobody");
  EXPECT_TRUE(IsError(client().Explain(explain).status(), StatusCode::kNotFound,
                      v1::ERROR_REASON_CLIENT_NOT_FOUND, {{"client_id", "nobody"}}));
  explain.set_client_id("");
  EXPECT_TRUE(IsError(client().Explain(explain).status(), StatusCode::kInvalidArgument,
                      v1::ERROR_REASON_INVALID_FIELD, {{"field", "client_id"}}));
}

}  // namespace
}  // namespace pledger::testing
