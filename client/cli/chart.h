// What a plot shows, apart from how: the terminal and the report draw the same charts.
#ifndef PLEDGER_CLIENT_CLI_CHART_H_
#define PLEDGER_CLIENT_CLI_CHART_H_

#include <string>
#include <vector>

#include "client/cli/terminal/style.h"

namespace pledger::client {

struct ChartPoint {
  double x = 0;
  double y = 0;
  // What is known of y's uncertainty; both equal to y where nothing is.
  double low = 0;
  double high = 0;
};

// Points in the order of x, joined by lines.
struct ChartLine {
  std::string name = {};
  Style style = Style::kPlain;
  // Holds its value until the next point, instead of leading to it.
  bool is_stepped = false;
  // The points' uncertainty is shown.
  bool has_band = false;
  // Each run is unbroken; nothing is drawn between two of them.
  std::vector<std::vector<ChartPoint>> runs = {};
  // Stands at the line's end.
  std::string end_label = {};
};

struct AxisMark {
  double at = 0;
  std::string label;
};

// A range of y that has a meaning of its own, like a band of scores.
struct ChartZone {
  double low = 0;
  double high = 0;
  std::string label;
};

struct Chart {
  // What it shows, for those who cannot see it.
  std::string title;
  double x_min = 0;
  double x_max = 1;
  double y_min = 0;
  double y_max = 1;
  // In ascending order.
  std::vector<AxisMark> x_marks;
  std::vector<AxisMark> y_marks;
  // From the highest to the lowest.
  std::vector<ChartZone> zones;
  std::vector<ChartLine> lines;

  bool empty() const {
    for (const ChartLine& line : lines) {
      for (const auto& run : line.runs) {
        if (!run.empty()) return false;
      }
    }
    return true;
  }
};

// One bar of several below each other.
struct ChartBar {
  std::string label;
  double value = 0;
  std::string value_label;
  Style style = Style::kPlain;
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_CHART_H_
