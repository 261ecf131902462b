#include "client/cli/charts.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "client/cli/currency.h"
#include "client/cli/figures.h"
#include "client/cli/format.h"

namespace pledger::client {
namespace {

constexpr BandFloors kBuiltInFloors = {80, 65, 50, 35};
// Up to so many months every month is labelled, up to so many every quarter, beyond every year.
constexpr int64_t kMonthlyLabelsMax = 14;
constexpr int64_t kQuarterlyLabelsMax = 40;
// The normal distribution's quantile of 97.5 %.
constexpr double kZ = 1.959963984540054;
// So far beyond the last payment a survival curve is shown.
constexpr double kBeyondLastPayment = 1.05;

bool TakeFloors(const v1::Policy& policy, BandFloors& floors) {
  if (policy.overall().band_floors_size() != static_cast<int>(floors.size())) return false;
  std::copy(policy.overall().band_floors().begin(), policy.overall().band_floors().end(),
            floors.begin());
  return true;
}

double Seconds(absl::Time time) { return absl::ToDoubleSeconds(time - absl::UnixEpoch()); }

std::vector<AxisMark> MonthMarks(absl::Time from, absl::Time to) {
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const absl::TimeZone utc = absl::UTCTimeZone();
  const absl::CivilMonth first = absl::ToCivilMonth(from, utc);
  const absl::CivilMonth last = absl::ToCivilMonth(to, utc);
  const int64_t months = last - first;
  std::vector<AxisMark> marks;
  for (absl::CivilMonth month = first; month <= last; ++month) {
    const absl::Time begin = absl::FromCivil(month, utc);
    if (begin < from) continue;
    const bool is_quarter = (month.month() - 1) % 3 == 0;
    if (months > kQuarterlyLabelsMax && !is_quarter) continue;
    std::string label;
    if (month.month() == 1) {
      label = absl::StrCat(month.year());
    } else if (months <= kMonthlyLabelsMax || (months <= kQuarterlyLabelsMax && is_quarter)) {
      label = kMonths[month.month() - 1];
    }
    marks.push_back({Seconds(begin), std::move(label)});
  }
  return marks;
}

// The points of the dimension in the order of time.
std::vector<const v1::HistoryPoint*> PointsInOrder(
    const google::protobuf::RepeatedPtrField<v1::HistoryPoint>& points, v1::Dimension dimension) {
  std::vector<const v1::HistoryPoint*> in_order;
  for (const v1::HistoryPoint& point : points) {
    if (point.dimension() == dimension) in_order.push_back(&point);
  }
  std::stable_sort(in_order.begin(), in_order.end(),
                   [](const v1::HistoryPoint* a, const v1::HistoryPoint* b) {
                     return ToTime(a->occur_time()) < ToTime(b->occur_time());
                   });
  return in_order;
}

// A curve's point with its interval. On the scale of log(−log S) an interval cannot leave (0, 1).
ChartPoint SurvivalChartPoint(const v1::SurvivalPoint& point) {
  const double share = point.unpaid_share();
  ChartPoint result{static_cast<double>(point.days()), share, share, share};
  if (share > 0 && share < 1 && point.standard_error() > 0) {
    const double spread = kZ * point.standard_error() / (share * std::abs(std::log(share)));
    result.low = std::pow(share, std::exp(spread));
    result.high = std::pow(share, std::exp(-spread));
  }
  return result;
}

// Cuts a stepped run off at `x`, or lets it go on until there where it ends above zero.
void EndAt(double x, std::vector<ChartPoint>& run) {
  while (run.back().x > x) run.pop_back();
  if (run.back().x < x && run.back().y > 0) {
    run.push_back(run.back());
    run.back().x = x;
  }
}

std::vector<AxisMark> DayMarks(double days_max) {
  double step = 10;
  for (const double candidate : {30.0, 60.0, 90.0, 180.0, 365.0}) {
    if (days_max / step <= 8) break;
    step = candidate;
  }
  std::vector<AxisMark> marks;
  for (double day = 0; day <= days_max; day += step) {
    marks.push_back({day, day == 0 ? "0 days" : FormatNumber(day, 0)});
  }
  return marks;
}

}  // namespace

BandFloors BandFloorsOf(Context& context, const v1::Perspective& perspective,
                        const v1::AnswerBasis& basis) {
  BandFloors floors = kBuiltInFloors;
  if (basis.policy_version() < 0) {
    (void)TakeFloors(perspective.draft_policy(), floors);
  } else if (basis.policy_version() > 0) {
    v1::GetPolicyRequest request;
    request.set_version(basis.policy_version());
    const absl::StatusOr<v1::GetPolicyResponse> response = context.client().GetPolicy(request);
    if (response.ok()) (void)TakeFloors(response->policy().policy(), floors);
  }
  return floors;
}

std::vector<ChartZone> BandZones(const BandFloors& floors) {
  std::vector<ChartZone> zones;
  double high = 100;
  for (size_t i = 0; i < floors.size(); ++i) {
    zones.push_back({floors[i], high, std::string(1, static_cast<char>('A' + i))});
    high = floors[i];
  }
  zones.push_back({0, high, "E"});
  return zones;
}

Chart HistoryChart(const google::protobuf::RepeatedPtrField<v1::HistoryPoint>& points,
                   v1::Dimension dimension, const BandFloors& floors, absl::Time from,
                   absl::Time to) {
  Chart chart;
  const std::string name = ShortEnumName(v1::Dimension_descriptor(), dimension);
  chart.title = absl::StrCat(name, " over time");
  chart.y_max = 100;
  chart.zones = BandZones(floors);
  chart.y_marks.push_back({0, "0"});
  for (size_t i = floors.size(); i-- > 0;) {
    chart.y_marks.push_back(
        {floors[i], absl::StrCat(FormatNumber(floors[i], 0), " ", chart.zones[i].label)});
  }
  chart.y_marks.push_back({100, "100"});
  ChartLine line{.name = name, .style = Style::kBold, .is_stepped = true};
  std::vector<ChartPoint> run;
  absl::Time first = absl::InfiniteFuture();
  for (const v1::HistoryPoint* in_order : PointsInOrder(points, dimension)) {
    const v1::HistoryPoint& point = *in_order;
    const absl::Time time = ToTime(point.occur_time());
    first = std::min(first, time);
    if (point.has_after()) {
      run.push_back({Seconds(time), point.after(), point.after(), point.after()});
    } else if (!run.empty()) {
      run.push_back({Seconds(time), run.back().y, run.back().y, run.back().y});
      line.runs.push_back(std::exchange(run, {}));
    }
  }
  if (!run.empty()) {
    ChartPoint end = run.back();
    end.x = std::max(end.x, Seconds(to));
    run.push_back(end);
    line.end_label = FormatNumber(end.y, 1);
    line.style = StyleOfScore(end.y);
    line.runs.push_back(std::move(run));
  }
  from = std::max(from, std::min(first, to));
  chart.x_min = Seconds(from);
  chart.x_max = Seconds(to);
  chart.x_marks = MonthMarks(from, to);
  chart.lines.push_back(std::move(line));
  return chart;
}

Chart SurvivalChart(const std::vector<NamedTimeToPay>& curves) {
  Chart chart;
  chart.title = "Share of invoices still unpaid, by days since they were issued";
  double days_max = 30;
  for (const NamedTimeToPay& curve : curves) {
    const auto& points = curve.figures->curve();
    if (points.empty()) continue;
    ChartLine line{.name = curve.name, .style = curve.style, .is_stepped = true, .has_band = true};
    std::vector<ChartPoint> run;
    if (points[0].days() > 0) run.push_back({0, 1, 1, 1});
    for (const v1::SurvivalPoint& point : points) {
      // Behind the last payment the curve is flat: what is open may stay so for years.
      if (point.paid() > 0) days_max = std::max(days_max, static_cast<double>(point.days()));
      run.push_back(SurvivalChartPoint(point));
    }
    line.runs.push_back(std::move(run));
    line.end_label = curve.name;
    chart.lines.push_back(std::move(line));
  }
  for (ChartLine& line : chart.lines) EndAt(days_max * kBeyondLastPayment, line.runs[0]);
  chart.x_max = days_max * kBeyondLastPayment;
  chart.x_marks = DayMarks(chart.x_max);
  for (const int percent : {0, 25, 50, 75, 100}) {
    chart.y_marks.push_back({percent / 100.0, absl::StrCat(percent, " %")});
  }
  return chart;
}

std::vector<ChartBar> AgeingBars(const v1::Ageing& ageing) {
  const std::string& code = ageing.currency_code();
  std::vector<ChartBar> bars;
  const auto add = [&](const char* label, int64_t amount, Style style) {
    bars.push_back({label, static_cast<double>(amount), FormatMinorUnits(amount, code), style});
  };
  add("not due", ageing.not_due(), Style::kGood);
  add("1–30 days", ageing.days_1_to_30(), Style::kFair);
  add("31–60 days", ageing.days_31_to_60(), Style::kFair);
  add("61–90 days", ageing.days_61_to_90(), Style::kPoor);
  add("over 90 days", ageing.days_over_90(), Style::kPoor);
  const bool is_open =
      std::any_of(bars.begin(), bars.end(), [](const ChartBar& bar) { return bar.value > 0; });
  return is_open ? bars : std::vector<ChartBar>();
}

std::vector<ChartBar> WeeklyStrainBars(
    const google::protobuf::RepeatedPtrField<v1::StaffExposure>& exposure) {
  std::map<absl::CivilDay, int64_t> strain;
  for (const v1::StaffExposure& week : exposure) {
    absl::CivilDay monday;
    if (absl::ParseCivilTime(week.week(), &monday)) strain[monday] += week.strain_minutes();
  }
  std::vector<ChartBar> bars;
  if (strain.empty()) return bars;
  for (absl::CivilDay monday = strain.begin()->first; monday <= strain.rbegin()->first;
       monday += 7) {
    const auto found = strain.find(monday);
    const int64_t minutes = found == strain.end() ? 0 : found->second;
    bars.push_back({absl::FormatCivilTime(monday), static_cast<double>(minutes),
                    FormatCount(static_cast<uint64_t>(minutes)), Style::kFair});
  }
  return bars;
}

}  // namespace pledger::client
