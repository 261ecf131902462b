// Charts out of braille dots, or of plain ASCII.
#ifndef PLEDGER_CLIENT_CLI_TERMINAL_LINE_PLOT_H_
#define PLEDGER_CLIENT_CLI_TERMINAL_LINE_PLOT_H_

#include <cstddef>
#include <string>

#include "client/cli/chart.h"
#include "client/cli/terminal/plot.h"
#include "client/cli/terminal/style.h"

namespace pledger::client {

struct PlotSize {
  // Of the whole plot, axes and labels included. At least 24 columns and 5 rows.
  size_t columns = 80;
  size_t rows = 14;
};

// The chart with its axes, `size.rows` lines, each ended by LF and without spaces at its end. Zones
// show as dotted lines where they meet, bands of uncertainty as a haze. Empty for an empty chart.
std::string DrawChart(const Chart& chart, const PlotSize& size, Charset charset,
                      const Palette& palette);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_TERMINAL_LINE_PLOT_H_
