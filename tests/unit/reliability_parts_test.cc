// Goal: what assessing is built from agrees with the plain way of doing it: dates with a calendar
// library's, sorting with a stable sort's, sums over a moving window with adding up anew, times to
// pay with a published example.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "server/domain/reliability/civil_day.h"
#include "server/domain/reliability/nearly_sorted.h"
#include "server/domain/reliability/running_sums.h"
#include "server/domain/reliability/time_to_pay.h"

namespace pledger::reliability {
namespace {

TEST(CivilDay, AgreesWithTheCalendarOverNineCenturies) {
  const absl::CivilDay epoch(1970, 1, 1);
  for (int64_t day = -150'000; day < 180'000; ++day) {
    const absl::CivilDay expected = epoch + day;
    const CivilDate date = DateOfDay(day);
    ASSERT_EQ(absl::CivilDay(date.year, date.month, date.day), expected) << day;
    ASSERT_EQ(DateText(day), absl::FormatCivilTime(expected)) << day;
    ASSERT_EQ(epoch + FirstDayOfMonth(date.year, date.month),
              absl::CivilDay(absl::CivilMonth(expected)))
        << day;
  }
}

TEST(CivilDay, YearsOfOtherThanFourDigitsAreWrittenAsTheLibraryDoes) {
  const absl::CivilDay epoch(1970, 1, 1);
  for (const absl::CivilDay day :
       {absl::CivilDay(999, 12, 31), absl::CivilDay(10'000, 1, 1), absl::CivilDay(-1, 3, 1)}) {
    EXPECT_EQ(DateText(day - epoch), absl::FormatCivilTime(day));
  }
}

TEST(NearlySorted, SortsAsAStableSortDoes) {
  std::mt19937 random(5);
  const auto before = [](const auto& a, const auto& b) { return a.first < b.first; };
  for (int round = 0; round < 400; ++round) {
    std::vector<std::pair<int, int>> items;
    const int count = static_cast<int>(random() % 120);
    for (int i = 0; i < count; ++i) {
      // In order, near their places, two ordered parts, and anyhow.
      const int key = round % 4 == 0   ? i
                      : round % 4 == 1 ? i + static_cast<int>(random() % 4)
                      : round % 4 == 2 ? 2 * (i % 60)
                                       : static_cast<int>(random() % 40);
      items.emplace_back(key, i);
    }
    std::vector<std::pair<int, int>> expected = items;
    std::stable_sort(expected.begin(), expected.end(), before);
    SortNearlySorted(&items, before);
    ASSERT_EQ(items, expected) << "round " << round;
  }
}

TEST(RunningSums, AWindowThatMovesAnyWayHasTheSumOfItsDays) {
  std::mt19937 random(7);
  RunningSums sums;
  // Used again for each client, as in service.
  for (int round = 0; round < 50; ++round) {
    sums.Clear();
    std::vector<std::pair<int64_t, double>> added;
    const int count = static_cast<int>(random() % 60);
    for (int i = 0; i < count; ++i) {
      added.emplace_back(random() % 100, random() % 1'000);
      sums.Add(added.back().first, added.back().second, 1);
    }
    sums.Seal();
    for (int asked = 0; asked < 200; ++asked) {
      const auto day = asked < 100 ? int64_t{asked} : static_cast<int64_t>(random() % 120);
      const auto window = static_cast<int64_t>(1 + random() % 40);
      double first = 0;
      double second = 0;
      for (const auto& [of_day, amount] : added) {
        if (of_day <= day - window || of_day > day) continue;
        first += amount;
        second += 1;
      }
      ASSERT_EQ(sums.Of(day, window).first, first);
      ASSERT_EQ(sums.Of(day, window).second, second);
    }
  }
}

struct Step {
  int64_t days;
  int64_t at_risk;
  double unpaid_share;
  double standard_error;
};

// Remission under 6-mercaptopurine, 21 patients (Freireich and others, Blood 21, 1963), on which
// the estimator is taught: weeks 6, 6, 6, 7, 10, 13, 16, 22 and 23 ended, 6, 9, 10, 11, 17, 19, 20,
// 25, 32, 32, 34 and 35 were censored. By hand: S(6) = 18/21, S(7) = S(6)·16/17, S(10) =
// S(7)·14/15, S(13) = S(10)·11/12, S(16) = S(13)·10/11, S(22) = S(16)·6/7, S(23) = S(22)·5/6.
// Greenwood's standard error at 7, say: S(7)·√(3/(21·18) + 1/(17·16)) = 0.8067·0.1078 = 0.0869.
TEST(TimeToPay, IsTheEstimateOfThePublishedExample) {
  TimeToPay times;
  for (const int64_t week : {6, 6, 6, 7, 10, 13, 16, 22, 23}) {
    times.Add(week, TimeToPay::End::kPaid);
  }
  for (const int64_t week : {6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35}) {
    times.Add(week, TimeToPay::End::kOpen);
  }
  v1::TimeToPay figures;
  times.Fill(&figures);
  EXPECT_EQ(figures.invoices(), 21);
  EXPECT_EQ(figures.censored(), 12);
  EXPECT_EQ(figures.median_days(), 23);
  EXPECT_EQ(figures.lower_quartile_days(), 13);
  EXPECT_FALSE(figures.has_upper_quartile_days());
  // Of those that ended alone, which misleads: the fifth of nine.
  EXPECT_EQ(figures.naive_median_days(), 10);
  std::vector<v1::SurvivalPoint> steps;
  for (const v1::SurvivalPoint& point : figures.curve()) {
    if (point.paid() > 0) steps.push_back(point);
  }
  const std::vector<Step> expected = {{6, 21, 0.8571, 0.0764},  {7, 17, 0.8067, 0.0869},
                                      {10, 15, 0.7529, 0.0963}, {13, 12, 0.6902, 0.1068},
                                      {16, 11, 0.6275, 0.1141}, {22, 7, 0.5378, 0.1282},
                                      {23, 6, 0.4482, 0.1346}};
  ASSERT_EQ(steps.size(), expected.size());
  for (size_t i = 0; i < steps.size(); ++i) {
    EXPECT_EQ(steps[i].days(), expected[i].days);
    EXPECT_EQ(steps[i].at_risk(), expected[i].at_risk);
    EXPECT_NEAR(steps[i].unpaid_share(), expected[i].unpaid_share, 5e-5);
    EXPECT_NEAR(steps[i].standard_error(), expected[i].standard_error, 5e-5);
  }
}

// By hand, Aalen and Johansen: of four invoices one is paid on day 10, one written off on day 20,
// one paid on day 30, one open on day 40. S(10) = 3/4; on day 20 one of three ends otherwise, which
// is a share of 3/4·1/3 = 1/4; S(30) = 3/4·1/2 = 3/8.
TEST(TimeToPay, AWriteOffIsARiskOfItsOwn) {
  TimeToPay times;
  times.Add(10, TimeToPay::End::kPaid);
  times.Add(20, TimeToPay::End::kWrittenOff);
  times.Add(30, TimeToPay::End::kPaid);
  times.Add(40, TimeToPay::End::kOpen);
  v1::TimeToPay figures;
  times.Fill(&figures);
  ASSERT_EQ(figures.curve_size(), 4);
  const double unpaid[] = {0.75, 0.75, 0.375, 0.375};
  const double written_off[] = {0, 0.25, 0.25, 0.25};
  for (int i = 0; i < 4; ++i) {
    EXPECT_DOUBLE_EQ(figures.curve(i).unpaid_share(), unpaid[i]) << i;
    EXPECT_DOUBLE_EQ(figures.curve(i).written_off_share(), written_off[i]) << i;
  }
}

}  // namespace
}  // namespace pledger::reliability
