#include "client/cli/portfolio_text.h"

#include <algorithm>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/assessment_text.h"
#include "client/cli/charts.h"
#include "client/cli/figures.h"
#include "client/cli/figures_text.h"
#include "client/cli/format.h"
#include "client/cli/terminal/line_plot.h"
#include "client/cli/terminal/table.h"

namespace pledger::client {
namespace {

constexpr size_t kPlotColumns = 80;
constexpr size_t kPlotColumnsMax = 100;
constexpr size_t kPlotRows = 13;
constexpr size_t kBarColumns = 30;
constexpr int kExposedStaffShown = 8;

std::string DaysText(bool is_known, double days) { return is_known ? FormatNumber(days, 0) : "–"; }

// "2 A 3 B 1 C", without a score last.
std::string BandsText(const v1::Cohort& cohort) {
  std::vector<std::string> parts;
  std::string unscored;
  for (const v1::BandCount& count : cohort.bands()) {
    if (count.clients() == 0) continue;
    const std::string text = absl::StrCat(count.clients(), " ", BandText(count.band()));
    if (count.band() == v1::BAND_UNSPECIFIED) {
      unscored = text;
    } else {
      parts.push_back(text);
    }
  }
  if (!unscored.empty()) parts.push_back(unscored);
  return absl::StrJoin(parts, " ");
}

}  // namespace

void PrintSignalCounts(Context& context, const v1::GetPortfolioResponse& portfolio) {
  Table table({{.header = "SIGNAL"},
               {.header = "PRESENT", .is_number = true},
               {.header = "WATCH", .is_number = true},
               {.header = ""}});
  int64_t largest = 1;
  for (const v1::SignalCount& count : portfolio.signals()) {
    largest = std::max(largest, count.present());
  }
  for (const v1::SignalCount& count : portfolio.signals()) {
    const double share = static_cast<double>(count.present()) / static_cast<double>(largest);
    table.AddRow({count.code(), FormatCount(count.present()), FormatCount(count.watch()),
                  Bar(share, kBarColumns, context.charset())});
  }
  if (table.empty()) {
    context.out() << "No client shows a signal.\n";
    return;
  }
  context.out() << table.Take(context.width(), context.palette());
}

void PrintGrowthCounts(Context& context,
                       const google::protobuf::RepeatedPtrField<v1::GrowthPoint>& points) {
  Table table({{.header = "OUR PART"},
               {.header = "CLIENTS", .is_number = true},
               {.header = "IN ALL", .is_number = true},
               {.header = "RECENT", .is_number = true},
               {.header = "BEFORE", .is_number = true},
               {.header = "WHAT WAS SEEN", .can_shrink = true}});
  for (const v1::GrowthPoint& point : points) {
    const Style trend = point.recent_count() > point.previous_count()   ? Style::kPoor
                        : point.recent_count() < point.previous_count() ? Style::kGood
                                                                        : Style::kPlain;
    table.AddRow({point.code(), FormatCount(point.clients()), FormatCount(point.count()),
                  TableCell(FormatCount(point.recent_count()), trend),
                  FormatCount(point.previous_count()), point.statement()});
  }
  if (!table.empty()) context.out() << table.Take(context.width(), context.palette());
}

void PrintCohorts(Context& context, const v1::GetPortfolioResponse& portfolio) {
  Table table({{.header = "TIER", .can_shrink = true},
               {.header = "CLIENTS", .is_number = true},
               {.header = "BANDS"},
               {.header = "OVERALL", .is_number = true},
               {.header = "PAYMENT", .is_number = true},
               {.header = "PAID BY HALF", .is_number = true},
               {.header = "PAID ALONE", .is_number = true, .can_drop = true},
               {.header = "TO ORDER 50 % / 95 %", .is_number = true, .can_drop = true},
               {.header = "EFFORT", .is_number = true, .can_drop = true},
               {.header = "STRAIN", .is_number = true, .can_drop = true}});
  bool is_all = true;
  for (const v1::Cohort& cohort : portfolio.cohorts()) {
    const v1::TimeToPay& pay = cohort.time_to_pay();
    const v1::EnquiryFigures& enquiries = cohort.enquiries();
    const std::string name = is_all                  ? "all clients"
                             : cohort.tier().empty() ? "(no tier)"
                                                     : cohort.tier();
    is_all = false;
    table.AddRow({name, FormatCount(cohort.clients()), BandsText(cohort),
                  ValueCell(cohort.has_overall_mean(), cohort.overall_mean()),
                  ScoreCell(cohort.payment_dimension().score()),
                  DaysText(pay.has_median_days(), static_cast<double>(pay.median_days())),
                  TableCell(DaysText(pay.has_naive_median_days(),
                                     static_cast<double>(pay.naive_median_days())),
                            Style::kDim),
                  absl::StrCat(DaysText(enquiries.has_median_days(), enquiries.median_days()),
                               " / ", DaysText(enquiries.has_days_95th(), enquiries.days_95th())),
                  DurationText(cohort.effort_minutes()), FormatCount(cohort.strain_minutes())});
  }
  if (!table.empty()) context.out() << table.Take(context.width(), context.palette());
}

void PrintTimeToPay(Context& context, const v1::GetPortfolioResponse& portfolio) {
  if (portfolio.cohorts().empty()) return;
  const v1::TimeToPay& pay = portfolio.cohorts(0).time_to_pay();
  const Chart chart = SurvivalChart({{.name = "", .figures = &pay, .style = Style::kGood}});
  const size_t columns =
      context.width() == 0 ? kPlotColumns : std::min(context.width(), kPlotColumnsMax);
  const std::string plot = DrawChart(chart, {.columns = columns, .rows = kPlotRows},
                                     context.charset(), context.palette());
  if (plot.empty()) return;
  PrintHeading(context, "TIME TO PAY: share of invoices still unpaid by days since issue, 95 %");
  context.out() << plot;
  std::string text = absl::StrCat(Counted(pay.invoices(), "invoice"), ": ", pay.paid(), " paid, ",
                                  pay.censored(), " open, ", pay.written_off(), " written off.");
  if (pay.has_median_days()) {
    absl::StrAppend(&text, " Half are paid after ", pay.median_days(), " days");
    if (pay.has_naive_median_days() && pay.naive_median_days() != pay.median_days()) {
      absl::StrAppend(&text, "; looking at paid ones alone it would seem ",
                      pay.naive_median_days());
    }
    text += ".";
  }
  PrintIndented(context, 0, text, Style::kDim);
}

void PrintExposure(Context& context, const v1::GetPortfolioResponse& portfolio) {
  const std::vector<ChartBar> bars = WeeklyStrainBars(portfolio.exposure());
  if (bars.empty()) return;
  PrintHeading(context, "STRAIN: minutes times how exhausting they were; exposure, not a score");
  PrintBars(context, "WEEK OF", "STRAIN", bars, kBarColumns);
  Table table({{.header = "STAFF", .can_shrink = true},
               {.header = "WEEK OF"},
               {.header = "STRAIN", .is_number = true, .can_drop = true},
               {.header = "MINUTES", .is_number = true},
               {.header = "INCIDENTS", .is_number = true},
               {.header = "CLIENTS", .is_number = true}});
  for (const v1::StaffExposure& exposure : portfolio.exposure()) {
    if (table.size() >= kExposedStaffShown) break;
    table.AddRow({exposure.staff_ref(), exposure.week(), FormatCount(exposure.strain_minutes()),
                  FormatCount(exposure.minutes()), FormatCount(exposure.incidents()),
                  FormatCount(exposure.clients())});
  }
  context.out() << '\n' << table.Take(context.width(), context.palette());
}

}  // namespace pledger::client
