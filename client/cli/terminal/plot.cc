#include "client/cli/terminal/plot.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace pledger::client {

std::string ScoreLine(double value, std::optional<double> low, std::optional<double> high,
                      size_t width, const Palette& palette) {
  const auto column = [&](double score) {
    const double share = std::clamp(score, 0.0, 100.0) / 100;
    return static_cast<size_t>(std::lround(share * static_cast<double>(width - 1)));
  };
  const size_t at = column(value);
  const size_t from = std::min(column(low.value_or(value)), at);
  const size_t to = std::max(column(high.value_or(value)), at);
  std::string before, interval, after;
  for (size_t i = 0; i < from; ++i) before += "·";
  for (size_t i = from; i <= to; ++i) {
    interval += i == at ? "●" : i == from ? "├" : i == to ? "┤" : "─";
  }
  for (size_t i = to + 1; i < width; ++i) after += "·";
  return palette.Paint(before, Style::kDim) + palette.Paint(interval, StyleOfScore(value)) +
         palette.Paint(after, Style::kDim);
}

std::string Bar(double share, size_t width) {
  constexpr std::array<absl::string_view, 8> kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  if (!(share > 0)) return "";
  size_t eighths =
      static_cast<size_t>(std::lround(std::min(share, 1.0) * static_cast<double>(width * 8)));
  eighths = std::max<size_t>(eighths, 1);
  std::string bar;
  for (size_t i = 0; i < eighths / 8; ++i) bar += "█";
  absl::StrAppend(&bar, kEighths[eighths % 8]);
  return bar;
}

std::string Tradeline(absl::string_view months, const Palette& palette) {
  std::string line;
  for (size_t i = 0; i < months.size(); ++i) {
    if (i > 0 && i % 12 == 0) line += ' ';
    const char month = months[i];
    const Style style = month == 'B'   ? Style::kDim
                        : month == '0' ? Style::kGood
                        : month <= '2' ? Style::kFair
                                       : Style::kPoor;
    line += palette.Paint(months.substr(i, 1), style);
  }
  return line;
}

}  // namespace pledger::client
