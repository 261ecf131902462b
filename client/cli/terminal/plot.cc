#include "client/cli/terminal/plot.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace pledger::client {

std::string ScoreLine(double value, std::optional<double> low, std::optional<double> high,
                      size_t width, Charset charset, const Palette& palette) {
  const bool is_unicode = charset == Charset::kUnicode;
  const absl::string_view nothing = is_unicode ? "·" : ".";
  const absl::string_view dot = is_unicode ? "●" : "o", line = is_unicode ? "─" : "-";
  const absl::string_view begin = is_unicode ? "├" : "[", end = is_unicode ? "┤" : "]";
  const auto column = [&](double score) {
    const double share = std::clamp(score, 0.0, 100.0) / 100;
    return static_cast<size_t>(std::lround(share * static_cast<double>(width - 1)));
  };
  const size_t at = column(value);
  const size_t from = std::min(column(low.value_or(value)), at);
  const size_t to = std::max(column(high.value_or(value)), at);
  std::string before, interval, after;
  for (size_t i = 0; i < from; ++i) absl::StrAppend(&before, nothing);
  for (size_t i = from; i <= to; ++i) {
    absl::StrAppend(&interval, i == at ? dot : i == from ? begin : i == to ? end : line);
  }
  for (size_t i = to + 1; i < width; ++i) absl::StrAppend(&after, nothing);
  return palette.Paint(before, Style::kDim) + palette.Paint(interval, StyleOfScore(value)) +
         palette.Paint(after, Style::kDim);
}

std::string Bar(double share, size_t width, Charset charset) {
  constexpr std::array<absl::string_view, 8> kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  if (!(share > 0)) return "";
  if (charset == Charset::kAscii) {
    const long columns = std::lround(std::min(share, 1.0) * static_cast<double>(width));
    return std::string(static_cast<size_t>(std::max(columns, 1L)), '#');
  }
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
