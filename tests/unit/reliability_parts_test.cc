// Goal: what assessing is built from agrees with the plain way of doing it: dates with a calendar
// library's, sorting with a stable sort's, sums over a moving window with adding up anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "server/domain/reliability/civil_day.h"
#include "server/domain/reliability/nearly_sorted.h"
#include "server/domain/reliability/running_sums.h"

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

}  // namespace
}  // namespace pledger::reliability
