// The public IBM accounts receivable sample against the figures of its description: an independent
// computation of the whole PAYMENT dimension.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "server/domain/reliability/portfolio.h"
#include "tests/unit/reliability_story.h"

namespace pledger::reliability {
namespace {

// "1/15/2013" as "2013-1-15".
std::string DateOf(const std::string& american) {
  const std::vector<std::string> parts = absl::StrSplit(american, '/');
  return absl::StrCat(parts.at(2), "-", parts.at(0), "-", parts.at(1));
}

// "55.94" in minor units, without a detour through floating point.
int64_t CentsOf(const std::string& amount) {
  const std::vector<std::string> parts = absl::StrSplit(amount, '.');
  std::string cents = parts.size() > 1 ? parts[1] : "";
  cents.resize(2, '0');
  int64_t result = 0;
  EXPECT_TRUE(absl::SimpleAtoi(parts[0] + cents, &result)) << amount;
  return result;
}

// Each invoice paid in full on its settle date; where flagged, disputed from the due date on and
// resolved for us on the settle date.
std::map<std::string, Story> ReadSample(std::istream& in) {
  std::map<std::string, Story> clients;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    const std::vector<std::string> cells = absl::StrSplit(line, ',');
    const std::string& id = cells.at(3);
    const std::string due = DateOf(cells.at(5));
    const std::string settled = DateOf(cells.at(8));
    const int64_t amount = CentsOf(cells.at(6));
    Story& story = clients[cells.at(1)];
    story.In("USD").On(DateOf(cells.at(4))).Invoice(id, amount, due);
    if (cells.at(7) == "Yes") {
      story.On(due).Dispute("dispute" + id, id);
      story.On(settled).Resolve("dispute" + id, v1::DisputeResolved::IN_FAVOUR_OF_US);
    }
    story.On(settled).Pay("payment" + id, amount, {{id, amount}});
  }
  return clients;
}

TEST(ReliabilityReferenceTest, AccountsReceivableSample) {
  const char* source = std::getenv("PLEDGER_SOURCE");
  const std::string path =
      std::string(source == nullptr ? "." : source) + "/../shared/data/ibm_accounts_receivable.csv";
  std::ifstream in(path);
  if (!in) {
    std::printf("not checked: the sample is not at %s\n", path.c_str());
    return;
  }
  const std::map<std::string, Story> clients = ReadSample(in);
  ASSERT_EQ(clients.size(), 100u);
  const v1::Policy policy = PlainPolicy();
  const Policy resolved = Resolved(policy);
  Perspective perspective;
  perspective.as_of_ns = NoonOf("2015-01-01");
  PortfolioAccumulator portfolio(resolved, perspective, {});
  std::string lowest, highest;
  double lowest_score = 101, highest_score = -1;
  for (const auto& [id, story] : clients) {
    portfolio.Add("client", story.History());
    const double score = story.At("2015-01-01", policy).dimensions(0).score().value();
    if (score < lowest_score) lowest_score = score, lowest = id;
    if (score > highest_score) highest_score = score, highest = id;
  }
  v1::GetPortfolioResponse answer;
  portfolio.Fill(&answer);
  EXPECT_EQ(answer.clients(), 100);
  EXPECT_EQ(answer.payment().portions(), 2466);
  EXPECT_EQ(answer.payment().on_time_portions(), 1589);
  EXPECT_NEAR(answer.payment().mean_days_late(), -3.55515, 5e-6);
  EXPECT_NEAR(answer.payment().amount_weighted_days_beyond_terms(), -3.29943, 5e-6);
  ASSERT_EQ(answer.payment().sums_size(), 1);
  EXPECT_EQ(answer.payment().sums(0).settled(), 14'770'318);
  EXPECT_EQ(answer.payment().sums(0).open(), 0);
  EXPECT_NEAR(answer.payment_dimension().score().value(), 80.9457, 5e-5);
  EXPECT_EQ(lowest, "2621-XCLEH");
  EXPECT_NEAR(lowest_score, 62.7459, 5e-5);
  EXPECT_EQ(clients.at(lowest).At("2015-01-01").payment().invoices(), 15);
  EXPECT_EQ(highest, "3271-HYHDN");
  EXPECT_NEAR(highest_score, 95.8100, 5e-5);
  EXPECT_EQ(clients.at(highest).At("2015-01-01").payment().invoices(), 18);
}

}  // namespace
}  // namespace pledger::reliability
