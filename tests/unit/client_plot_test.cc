// Charts out of characters, and what the charts are made of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_split.h"
#include "client/cli/charts.h"
#include "client/cli/terminal/line_plot.h"
#include "client/cli/terminal/text.h"
#include "tests/unit/client_sample_answers.h"

namespace pledger::client {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

Chart Steps() {
  Chart chart;
  chart.x_max = 10;
  chart.y_max = 100;
  chart.x_marks = {{0, "0"}, {5, "5"}, {10, "10"}};
  chart.y_marks = {{0, "0"}, {50, "50"}, {100, "100"}};
  chart.lines.push_back(
      {.is_stepped = true, .runs = {{{0, 100}, {5, 0}, {10, 0}}}, .end_label = "end"});
  return chart;
}

TEST(LinePlot, StepsHoldTheirValueUntilTheNext) {
  EXPECT_EQ(DrawChart(Steps(), {.columns = 24, .rows = 7}, Charset::kAscii, Palette(false)),
            "100 +********\n"
            "    |       *\n"
            " 50 +       *\n"
            "    |       *\n"
            "  0 +       ******** end\n"
            "    ++------+------+\n"
            "     0      5     10\n");
}

TEST(LinePlot, BrailleHasEightDotsInACell) {
  Chart chart = Steps();
  chart.lines[0].end_label = "";
  chart.lines[0].is_stepped = false;
  chart.lines[0].runs = {{{0, 100}, {10, 100}}, {{0, 0}, {10, 0}}};
  const std::string plot =
      DrawChart(chart, {.columns = 24, .rows = 5}, Charset::kUnicode, Palette(false));
  EXPECT_EQ(plot,
            "100 ┤⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉\n"
            " 50 ┤\n"
            "  0 ┤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀\n"
            "    └┬────────┬────────┬\n"
            "     0        5       10\n");
}

TEST(LinePlot, TicksWithoutALabelTakeNoRoomFromThoseWithOne) {
  Chart chart = Steps();
  chart.x_marks = {{0, "start"}, {7, ""}, {8, "8888"}};
  EXPECT_THAT(DrawChart(chart, {.columns = 24, .rows = 7}, Charset::kAscii, Palette(false)),
              HasSubstr("    ++---------++---\n"
                        "     start    8888\n"));
}

TEST(LinePlot, NeverExceedsItsColumns) {
  for (const Charset charset : {Charset::kUnicode, Charset::kAscii}) {
    for (const size_t columns : {24, 40, 79, 120}) {
      const std::string plot =
          DrawChart(HistoryChart(SampleHistory().points(), v1::DIMENSION_OVERALL, {80, 65, 50, 35},
                                 absl::InfinitePast(), absl::FromUnixSeconds(1'780'272'000)),
                    {.columns = columns, .rows = 12}, charset, Palette(false));
      const std::vector<std::string> lines = absl::StrSplit(plot, '\n');
      EXPECT_THAT(lines, SizeIs(13)) << "the last one is empty";
      for (const std::string& line : lines) EXPECT_LE(DisplayWidth(line), columns) << line;
    }
  }
}

TEST(LinePlot, AnEmptyChartIsNothing) {
  EXPECT_THAT(DrawChart(Chart(), {}, Charset::kUnicode, Palette(false)), IsEmpty());
}

TEST(LinePlot, AsciiIsAscii) {
  const std::string plot = DrawChart(
      SurvivalChart({{.name = "all", .figures = &SamplePortfolio().cohorts(0).time_to_pay()}}), {},
      Charset::kAscii, Palette(false));
  EXPECT_THAT(plot, AllOf(HasSubstr(":"), HasSubstr("*")));
  for (const char c : plot) EXPECT_GE(c, 0);
}

TEST(HistoryChart, BreaksWhereThereIsNoScoreAndEndsNow) {
  v1::GetReliabilityHistoryResponse history = SampleHistory();
  history.mutable_points(2)->clear_after();
  const Chart chart = HistoryChart(history.points(), v1::DIMENSION_OVERALL, {80, 65, 50, 35},
                                   absl::InfinitePast(), absl::FromUnixSeconds(1'780'272'000));
  ASSERT_THAT(chart.lines, SizeIs(1));
  ASSERT_THAT(chart.lines[0].runs, SizeIs(2));
  EXPECT_EQ(chart.lines[0].runs[0].back().y, 82) << "held until the score was lost";
  EXPECT_EQ(chart.lines[0].runs[1].back().x, 1'780'272'000);
  EXPECT_EQ(chart.lines[0].end_label, "62.7");
  EXPECT_EQ(chart.x_min, 1'768'435'200) << "the first point";
  EXPECT_THAT(chart.x_marks,
              ElementsAre(Field(&AxisMark::label, "Feb"), Field(&AxisMark::label, "Mar"),
                          Field(&AxisMark::label, "Apr"), Field(&AxisMark::label, "May"),
                          Field(&AxisMark::label, "Jun")));
}

// At S = 0.4 with a standard error of 0.22: θ = 1.96·0.22/(0.4·|ln 0.4|) = 1.1764, so the band is
// 0.4^exp(1.1764) = 0.0512 to 0.4^exp(−1.1764) = 0.7538 (Kalbfleisch and Prentice).
TEST(SurvivalChart, BandsStayWithinZeroAndOne) {
  const v1::GetPortfolioResponse portfolio = SamplePortfolio();
  const Chart chart =
      SurvivalChart({{.name = "all", .figures = &portfolio.cohorts(0).time_to_pay()}});
  const std::vector<ChartPoint>& run = chart.lines[0].runs[0];
  EXPECT_EQ(run[0].x, 0) << "all are unpaid at first";
  EXPECT_EQ(run[0].y, 1);
  EXPECT_NEAR(run[2].low, 0.0512, 5e-4);
  EXPECT_NEAR(run[2].high, 0.7538, 5e-4);
  EXPECT_THAT(run, Each(AllOf(Field(&ChartPoint::low, testing::Ge(0)),
                              Field(&ChartPoint::high, testing::Le(1)))));
}

TEST(SurvivalChart, EndsSoonBehindTheLastPayment) {
  v1::GetPortfolioResponse portfolio = SamplePortfolio();
  v1::SurvivalPoint& open = *portfolio.mutable_cohorts(0)->mutable_time_to_pay()->add_curve();
  open.set_days(900);
  open.set_unpaid_share(0.2);
  open.set_censored(1);
  const Chart chart =
      SurvivalChart({{.name = "all", .figures = &portfolio.cohorts(0).time_to_pay()}});
  EXPECT_DOUBLE_EQ(chart.x_max, 63);
  EXPECT_DOUBLE_EQ(chart.lines[0].runs[0].back().x, 63);
  EXPECT_DOUBLE_EQ(chart.lines[0].runs[0].back().y, 0.2);
}

TEST(AgeingBars, AreThereOnlyWhereSomethingIsOpen) {
  v1::Ageing ageing;
  ageing.set_currency_code("EUR");
  EXPECT_THAT(AgeingBars(ageing), IsEmpty());
  ageing.set_days_over_90(5);
  EXPECT_THAT(AgeingBars(ageing), SizeIs(5));
}

TEST(WeeklyStrainBars, ShowWeeksWithoutStrain) {
  const std::vector<ChartBar> bars = WeeklyStrainBars(SamplePortfolio().exposure());
  EXPECT_THAT(bars, ElementsAre(Field(&ChartBar::value, 60), Field(&ChartBar::value, 0),
                                Field(&ChartBar::value, 900)));
  EXPECT_EQ(bars[1].label, "2026-05-11");
}

}  // namespace
}  // namespace pledger::client
