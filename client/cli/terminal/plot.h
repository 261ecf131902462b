// Small plots out of characters.
#ifndef PLEDGER_CLIENT_CLI_TERMINAL_PLOT_H_
#define PLEDGER_CLIENT_CLI_TERMINAL_PLOT_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "client/cli/terminal/style.h"

namespace pledger::client {

// What plots are made of: ASCII for terminals whose locale is not UTF-8.
enum class Charset { kUnicode, kAscii };

// A score from 0 to 100 on a line of `width` columns, with its interval: "····├──●─┤···".
std::string ScoreLine(double value, std::optional<double> low, std::optional<double> high,
                      size_t width, Charset charset, const Palette& palette);

// A bar for the share (0 to 1) of `width` columns, in eighths of a column where there are
// characters for that. Something that is not nothing shows.
std::string Bar(double share, size_t width, Charset charset = Charset::kUnicode);

// A tradeline, 24 months with the newest first, in years: "000001000BB0 0000BBBBBBBB".
std::string Tradeline(absl::string_view months, const Palette& palette);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_TERMINAL_PLOT_H_
