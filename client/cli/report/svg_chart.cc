#include "client/cli/report/svg_chart.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/format.h"

namespace pledger::client {
namespace {

constexpr double kWidth = 720;

std::string Number(double value) { return absl::StrFormat("%.1f", value); }

Markup Text(double x, double y, const char* css_class, const std::string& text) {
  return Element("text", {{"x", Number(x)}, {"y", Number(y)}, {"class", css_class}},
                 Markup::Text(text));
}

Markup Line(double x1, double y1, double x2, double y2, const char* css_class) {
  return Element("line",
                 {{"x1", Number(x1)},
                  {"y1", Number(y1)},
                  {"x2", Number(x2)},
                  {"y2", Number(y2)},
                  {"class", css_class}},
                 Markup());
}

Markup Rectangle(double x, double y, double width, double height, const std::string& css_class) {
  return Element("rect",
                 {{"x", Number(x)},
                  {"y", Number(y)},
                  {"width", Number(std::max(width, 0.0))},
                  {"height", Number(std::max(height, 0.0))},
                  {"class", css_class}},
                 Markup());
}

Markup Drawing(const std::string& title, double height, const Markup& content) {
  return Element("svg",
                 {{"viewBox", absl::StrCat("0 0 ", Number(kWidth), " ", Number(height))},
                  {"role", "img"}},
                 Element("title", Markup::Text(title)) + content) +
         Markup::Literal("\n");
}

const char* ClassOf(Style style) {
  switch (style) {
    case Style::kGood:
      return "good";
    case Style::kFair:
      return "fair";
    case Style::kPoor:
      return "poor";
    default:
      return "plain";
  }
}

// Where a chart's values stand in the drawing.
class Frame {
 public:
  Frame(const Chart& chart, double height) : chart_(chart), bottom_(height - kBottom) {}

  double left() const { return kLeft; }
  double right() const { return kWidth - kRight; }
  double top() const { return kTop; }
  double bottom() const { return bottom_; }
  double X(double x) const {
    const double share = (x - chart_.x_min) / (chart_.x_max - chart_.x_min);
    return left() + std::clamp(share, 0.0, 1.0) * (right() - left());
  }
  double Y(double y) const {
    const double share = (y - chart_.y_min) / (chart_.y_max - chart_.y_min);
    return bottom() - std::clamp(share, 0.0, 1.0) * (bottom() - top());
  }

 private:
  static constexpr double kLeft = 46, kRight = 92, kTop = 10, kBottom = 26;
  const Chart& chart_;
  const double bottom_;
};

// "M x y H x V y …" along `value` of each point.
template <class Value>
std::string PathAlong(const Frame& frame, const std::vector<ChartPoint>& run, bool is_stepped,
                      Value value) {
  std::string path;
  for (size_t i = 0; i < run.size(); ++i) {
    const std::string x = Number(frame.X(run[i].x)), y = Number(frame.Y(value(run[i])));
    if (i == 0) {
      absl::StrAppend(&path, "M", x, " ", y);
    } else if (is_stepped) {
      absl::StrAppend(&path, "H", x, "V", y);
    } else {
      absl::StrAppend(&path, "L", x, " ", y);
    }
  }
  return path;
}

// The area between the lower and the upper ends of a run's intervals.
std::string BandPath(const Frame& frame, const std::vector<ChartPoint>& run, bool is_stepped) {
  std::string path =
      PathAlong(frame, run, is_stepped, [](const ChartPoint& point) { return point.high; });
  for (size_t i = run.size(); i-- > 0;) {
    const std::string x = Number(frame.X(run[i].x)), y = Number(frame.Y(run[i].low));
    if (is_stepped && i + 1 < run.size()) {
      absl::StrAppend(&path, "V", y, "H", x);
    } else {
      absl::StrAppend(&path, "L", x, " ", y);
    }
  }
  return path + "Z";
}

Markup Path(const std::string& data, const std::string& css_class) {
  return Element("path", {{"d", data}, {"class", css_class}}, Markup());
}

Markup ZonesAndAxes(const Chart& chart, const Frame& frame) {
  Markup drawing;
  for (const ChartZone& zone : chart.zones) {
    drawing += Rectangle(frame.left(), frame.Y(zone.high), frame.right() - frame.left(),
                         frame.Y(zone.low) - frame.Y(zone.high),
                         absl::StrCat("zone band-", absl::AsciiStrToLower(zone.label)));
    drawing += Text(frame.right() - 8, (frame.Y(zone.high) + frame.Y(zone.low)) / 2 + 4,
                    "zone-label end", zone.label);
  }
  for (const AxisMark& mark : chart.y_marks) {
    drawing += Line(frame.left(), frame.Y(mark.at), frame.right(), frame.Y(mark.at), "grid");
    drawing += Text(frame.left() - 6, frame.Y(mark.at) + 4, "axis end", mark.label);
  }
  for (const AxisMark& mark : chart.x_marks) {
    const double x = frame.X(mark.at);
    drawing += Line(x, frame.bottom(), x, frame.bottom() + (mark.label.empty() ? 3 : 6), "tick");
    if (!mark.label.empty()) drawing += Text(x, frame.bottom() + 19, "axis middle", mark.label);
  }
  return drawing + Line(frame.left(), frame.bottom(), frame.right(), frame.bottom(), "tick");
}

Markup Lines(const Chart& chart, const Frame& frame) {
  Markup drawing;
  std::vector<double> label_heights;
  for (size_t i = 0; i < chart.lines.size(); ++i) {
    const ChartLine& line = chart.lines[i];
    const std::string ink = absl::StrCat("ink-", i + 1);
    for (const auto& run : line.runs) {
      if (run.empty()) continue;
      if (line.has_band) {
        drawing += Path(BandPath(frame, run, line.is_stepped), "haze " + ink);
      }
      drawing += Path(
          PathAlong(frame, run, line.is_stepped, [](const ChartPoint& point) { return point.y; }),
          "line " + ink);
    }
    if (line.end_label.empty() || line.runs.empty()) continue;
    const ChartPoint& end = line.runs.back().back();
    double y = frame.Y(end.y) + 4;
    // Labels that would lie upon each other move apart.
    for (const double other : label_heights) {
      if (std::abs(y - other) < 14) y = other - 14;
    }
    label_heights.push_back(y);
    drawing += Text(frame.right() + 8, y, i == 0 ? "label text-1" : "label text-2", line.end_label);
  }
  return drawing;
}

}  // namespace

Markup SvgChart(const Chart& chart, double height) {
  if (chart.empty() || !(chart.x_max > chart.x_min) || !(chart.y_max > chart.y_min)) return {};
  const Frame frame(chart, height);
  return Drawing(chart.title, height, ZonesAndAxes(chart, frame) + Lines(chart, frame));
}

Markup SvgBars(const std::string& title, const std::vector<ChartBar>& bars) {
  constexpr double kRow = 28, kBar = 16, kLabel = 110, kValue = 120;
  double largest = 0;
  for (const ChartBar& bar : bars) largest = std::max(largest, bar.value);
  if (!(largest > 0)) return {};
  Markup drawing;
  double y = 2;
  for (const ChartBar& bar : bars) {
    const double room = kWidth - kLabel - kValue;
    const double width = bar.value > 0 ? std::max(bar.value / largest * room, 2.0) : 0;
    drawing += Text(kLabel - 10, y + 15, "axis end", bar.label);
    drawing += Rectangle(kLabel, y + 3, room, kBar, "track");
    drawing += Rectangle(kLabel, y + 3, width, kBar, absl::StrCat("bar ", ClassOf(bar.style)));
    drawing += Text(kWidth, y + 15, "value end", bar.value_label);
    y += kRow;
  }
  return Drawing(title, y, drawing);
}

Markup SvgScores(const std::string& title, const std::vector<ScoreRow>& rows) {
  constexpr double kRow = 30, kLabel = 140, kValue = 60, kAxis = 20;
  const auto x = [&](double score) {
    return kLabel + std::clamp(score, 0.0, 100.0) / 100 * (kWidth - kLabel - kValue);
  };
  const double height = kRow * static_cast<double>(rows.size()) + kAxis;
  Markup drawing;
  for (const double mark : {0.0, 25.0, 50.0, 75.0, 100.0}) {
    drawing += Line(x(mark), 0, x(mark), height - kAxis, "grid");
    drawing += Text(x(mark), height - 5, "axis middle", FormatNumber(mark, 0));
  }
  double y = kRow / 2;
  for (const ScoreRow& row : rows) {
    drawing += Text(kLabel - 12, y + 4, "axis end", row.name);
    if (!row.value.has_value()) {
      drawing += Text(x(0) + 8, y + 4, "axis faint", "too few facts");
    } else {
      const char* quality = ClassOf(StyleOfScore(*row.value));
      drawing += Line(x(row.low), y, x(row.high), y, absl::StrCat("span ", quality).c_str());
      if (row.lifetime.has_value()) {
        drawing += Line(x(*row.lifetime), y - 8, x(*row.lifetime), y + 8, "lifetime");
      }
      if (row.recent.has_value()) {
        drawing += Element(
            "circle",
            {{"cx", Number(x(*row.recent))}, {"cy", Number(y)}, {"r", "5.5"}, {"class", "recent"}},
            Markup());
      }
      drawing += Element("circle",
                         {{"cx", Number(x(*row.value))},
                          {"cy", Number(y)},
                          {"r", "5.5"},
                          {"class", absl::StrCat("dot ", quality)}},
                         Markup());
      drawing += Text(kWidth, y + 4, "value end", FormatNumber(*row.value, 1));
    }
    y += kRow;
  }
  return Drawing(title, height, drawing);
}

Markup SvgTradeline(absl::string_view months) {
  constexpr double kStep = 29.6, kSize = 26, kHeight = 46;
  Markup drawing;
  for (size_t i = 0; i < months.size(); ++i) {
    const char month = months[i];
    const char* quality = month == 'B'   ? "nothing"
                          : month == '0' ? "good"
                          : month <= '2' ? "fair"
                                         : "poor";
    const double x = kStep * static_cast<double>(i) + 2;
    drawing += Rectangle(x, 2, kSize, kSize, absl::StrCat("month ", quality));
    drawing += Text(x + kSize / 2, 20, month == 'B' ? "month-nothing middle" : "month-label middle",
                    month == 'B' ? "–" : std::string(1, month));
    if (i % 6 == 0) {
      drawing +=
          Text(x, kHeight - 4, "axis", i == 0 ? "this month" : absl::StrCat(i, " months ago"));
    }
  }
  return Drawing("Worst lateness by month, the newest first", kHeight, drawing);
}

}  // namespace pledger::client
