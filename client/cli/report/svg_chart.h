// Charts as inline SVG. Colours come from the page's style, so that they suit light and dark.
#ifndef PLEDGER_CLIENT_CLI_REPORT_SVG_CHART_H_
#define PLEDGER_CLIENT_CLI_REPORT_SVG_CHART_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/cli/chart.h"
#include "client/cli/report/html.h"

namespace pledger::client {

// Lines with their zones, bands of uncertainty, axes and labels; empty for an empty chart. `height`
// in the units of a drawing that is 720 wide.
Markup SvgChart(const Chart& chart, double height);

// Bars below each other; empty without any.
Markup SvgBars(const std::string& title, const std::vector<ChartBar>& bars);

// A score from 0 to 100 in a row of several.
struct ScoreRow {
  std::string name;
  // None: too little to go by.
  std::optional<double> value;
  double low = 0;
  double high = 0;
  std::optional<double> recent;
  std::optional<double> lifetime;
};

// Scores below each other, each with its interval, and marks for recent and lifetime values.
Markup SvgScores(const std::string& title, const std::vector<ScoreRow>& rows);

// 24 months as squares, the newest first.
Markup SvgTradeline(absl::string_view months);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_REPORT_SVG_CHART_H_
