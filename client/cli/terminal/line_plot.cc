#include "client/cli/terminal/line_plot.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/cli/terminal/text.h"

namespace pledger::client {
namespace {

constexpr size_t kColumnsMin = 24;
constexpr size_t kRowsMin = 5;
// Below the plot: the axis and its labels.
constexpr size_t kAxisRows = 2;

// What a dot belongs to; of those in one cell the greatest gives it its colour.
enum Layer : uint8_t { kNothing = 0, kZone = 1, kHaze = 2, kFirstLine = 3 };

// Dots in cells: 2 × 4 in a cell of braille, 1 × 1 in one of ASCII.
class Canvas {
 public:
  Canvas(size_t columns, size_t rows, Charset charset)
      : columns_(columns),
        rows_(rows),
        dots_x_(charset == Charset::kUnicode ? 2 : 1),
        dots_y_(charset == Charset::kUnicode ? 4 : 1),
        dots_(columns * dots_x_ * rows * dots_y_, kNothing) {}

  int width() const { return static_cast<int>(columns_ * dots_x_); }
  int height() const { return static_cast<int>(rows_ * dots_y_); }
  size_t dots_y() const { return dots_y_; }

  // Row 0 is at the top. What lies outside is left out.
  void Set(int x, int y, uint8_t layer) {
    if (x < 0 || y < 0 || x >= width() || y >= height()) return;
    uint8_t& dot = dots_[static_cast<size_t>(y) * columns_ * dots_x_ + static_cast<size_t>(x)];
    dot = std::max(dot, layer);
  }

  // Bresenham's line.
  void Line(int x0, int y0, int x1, int y1, uint8_t layer) {
    const int dx = std::abs(x1 - x0), dy = -std::abs(y1 - y0);
    const int step_x = x0 < x1 ? 1 : -1, step_y = y0 < y1 ? 1 : -1;
    int error = dx + dy;
    while (true) {
      Set(x0, y0, layer);
      if (x0 == x1 && y0 == y1) return;
      const int doubled = 2 * error;
      if (doubled >= dy) error += dy, x0 += step_x;
      if (doubled <= dx) error += dx, y0 += step_y;
    }
  }

  // One row of cells; neighbours of one style are painted at once.
  std::string Row(size_t row, const std::vector<Style>& styles, const Palette& palette) const {
    std::string text, stretch;
    Style style = Style::kPlain;
    for (size_t column = 0; column < columns_; ++column) {
      const auto [top, bits] = Cell(row, column);
      const Style own = StyleOf(top, styles);
      if (own != style) {
        absl::StrAppend(&text, palette.Paint(std::exchange(stretch, {}), style));
        style = own;
      }
      stretch += Glyph(top, bits);
    }
    return text + palette.Paint(stretch, style);
  }

 private:
  // The greatest layer in a cell, and its dots as the bits of a braille character.
  std::pair<uint8_t, uint8_t> Cell(size_t row, size_t column) const {
    uint8_t top = kNothing;
    uint8_t bits = 0;
    for (size_t y = 0; y < dots_y_; ++y) {
      for (size_t x = 0; x < dots_x_; ++x) {
        const uint8_t dot = dots_[(row * dots_y_ + y) * columns_ * dots_x_ + column * dots_x_ + x];
        if (dot == kNothing) continue;
        top = std::max(top, dot);
        // Unicode numbers the dots of braille down the columns, and the lowest row last.
        bits |= y == 3 ? 0x40 << x : 1 << (y + 3 * x);
      }
    }
    return {top, bits};
  }

  std::string Glyph(uint8_t top, uint8_t bits) const {
    if (top == kNothing) return " ";
    if (dots_y_ == 4) {
      // U+2800 and the dots, in UTF-8.
      return {static_cast<char>(0xe2), static_cast<char>(0xa0 | bits >> 6),
              static_cast<char>(0x80 | (bits & 0x3f))};
    }
    constexpr absl::string_view kInks = "*o+x";
    if (top == kZone) return ".";
    if (top == kHaze) return ":";
    return std::string(1, kInks[(top - kFirstLine) % kInks.size()]);
  }

  static Style StyleOf(uint8_t top, const std::vector<Style>& styles) {
    if (top == kNothing) return Style::kPlain;
    return top < kFirstLine ? Style::kDim : styles[top - kFirstLine];
  }

  const size_t columns_;
  const size_t rows_;
  const size_t dots_x_;
  const size_t dots_y_;
  std::vector<uint8_t> dots_;
};

// Draws the chart's content on a canvas.
class Painter {
 public:
  Painter(const Chart& chart, Canvas& canvas) : chart_(chart), canvas_(canvas) {}

  void PaintAll() {
    for (size_t i = 1; i < chart_.zones.size(); ++i) {
      const int y = Y(chart_.zones[i].high);
      for (int x = 0; x < canvas_.width(); x += 4) canvas_.Set(x, y, kZone);
    }
    for (const ChartLine& line : chart_.lines) {
      for (const auto& run : line.runs) PaintHaze(line, run);
    }
    for (size_t i = 0; i < chart_.lines.size(); ++i) {
      for (const auto& run : chart_.lines[i].runs) {
        PaintRun(chart_.lines[i], run, static_cast<uint8_t>(kFirstLine + i));
      }
    }
  }

  int X(double value) const {
    const double share = (value - chart_.x_min) / (chart_.x_max - chart_.x_min);
    return static_cast<int>(std::lround(share * (canvas_.width() - 1)));
  }
  int Y(double value) const {
    const double share = (value - chart_.y_min) / (chart_.y_max - chart_.y_min);
    return static_cast<int>(std::lround((1 - share) * (canvas_.height() - 1)));
  }

 private:
  void PaintRun(const ChartLine& line, const std::vector<ChartPoint>& run, uint8_t layer) {
    for (size_t i = 0; i < run.size(); ++i) {
      const ChartPoint& from = run[i == 0 ? 0 : i - 1];
      const ChartPoint& to = run[i];
      if (line.is_stepped) {
        canvas_.Line(X(from.x), Y(from.y), X(to.x), Y(from.y), layer);
        canvas_.Line(X(to.x), Y(from.y), X(to.x), Y(to.y), layer);
      } else {
        canvas_.Line(X(from.x), Y(from.y), X(to.x), Y(to.y), layer);
      }
    }
  }

  void PaintHaze(const ChartLine& line, const std::vector<ChartPoint>& run) {
    if (!line.has_band) return;
    for (size_t i = 1; i < run.size(); ++i) {
      const ChartPoint& from = run[i - 1];
      for (int x = X(from.x); x < X(run[i].x); ++x) {
        for (int y = Y(from.high); y <= Y(from.low); ++y) {
          if (canvas_.dots_y() == 1 || (x % 2 == 0 && (y + x / 2) % 2 == 0)) {
            canvas_.Set(x, y, kHaze);
          }
        }
      }
    }
  }

  const Chart& chart_;
  Canvas& canvas_;
};

struct Axis {
  absl::string_view vertical, tick_left, corner, horizontal, tick_below;
};

Axis AxisOf(Charset charset) {
  return charset == Charset::kUnicode ? Axis{"│", "┤", "└", "─", "┬"}
                                      : Axis{"|", "+", "+", "-", "+"};
}

std::string Right(absl::string_view text, size_t width) {
  const size_t used = DisplayWidth(text);
  return absl::StrCat(std::string(width > used ? width - used : 0, ' '), text);
}

size_t WidestLabel(const std::vector<AxisMark>& marks) {
  size_t widest = 0;
  for (const AxisMark& mark : marks) widest = std::max(widest, DisplayWidth(mark.label));
  return widest;
}

// The axis and the labels below it; of labels that would touch each other the later one is left
// out, its tick stays.
std::string BottomLines(const Chart& chart, const Painter& painter, size_t dots_x, size_t gutter,
                        size_t columns, const Axis& axis, const Palette& palette) {
  std::vector<absl::string_view> line(columns, axis.horizontal);
  std::string labels(gutter + 1, ' ');
  size_t used = labels.size();
  for (const AxisMark& mark : chart.x_marks) {
    const size_t column = static_cast<size_t>(painter.X(mark.at)) / dots_x;
    if (column >= columns) continue;
    line[column] = axis.tick_below;
    if (mark.label.empty()) continue;
    const size_t width = DisplayWidth(mark.label);
    const size_t centre = gutter + 1 + column;
    // Centred, as far as the ends allow.
    const size_t start = std::min(std::max(centre - std::min(centre, width / 2), gutter + 1),
                                  gutter + 1 + columns - std::min(columns, width));
    if (start < used) continue;
    labels.append(start - used, ' ');
    absl::StrAppend(&labels, mark.label, " ");
    used = start + width + 1;
  }
  std::string text(gutter, ' ');
  absl::StrAppend(&text, axis.corner);
  for (const absl::string_view cell : line) absl::StrAppend(&text, cell);
  absl::StripTrailingAsciiWhitespace(&labels);
  return absl::StrCat(palette.Paint(text, Style::kDim), "\n", labels, "\n");
}

}  // namespace

std::string DrawChart(const Chart& chart, const PlotSize& size, Charset charset,
                      const Palette& palette) {
  if (chart.empty() || !(chart.x_max > chart.x_min) || !(chart.y_max > chart.y_min)) return "";
  size_t end_width = 0;
  std::vector<Style> styles;
  for (const ChartLine& line : chart.lines) {
    styles.push_back(line.style);
    if (!line.end_label.empty()) {
      end_width = std::max(end_width, DisplayWidth(line.end_label) + 1);
    }
  }
  const size_t gutter = WidestLabel(chart.y_marks) + 1;
  const size_t rows = std::max(size.rows, kRowsMin) - kAxisRows;
  const size_t columns = std::max(size.columns, kColumnsMin) - gutter - 1 - end_width;
  Canvas canvas(columns, rows, charset);
  Painter painter(chart, canvas);
  painter.PaintAll();

  const Axis axis = AxisOf(charset);
  std::vector<std::string> left(rows), right(rows);
  for (const AxisMark& mark : chart.y_marks) {
    left[static_cast<size_t>(painter.Y(mark.at)) / canvas.dots_y()] = mark.label;
  }
  for (const ChartLine& line : chart.lines) {
    if (line.end_label.empty() || line.runs.empty() || line.runs.back().empty()) continue;
    right[static_cast<size_t>(painter.Y(line.runs.back().back().y)) / canvas.dots_y()] =
        palette.Paint(line.end_label, line.style);
  }
  std::string text;
  for (size_t row = 0; row < rows; ++row) {
    const absl::string_view edge = left[row].empty() ? axis.vertical : axis.tick_left;
    std::string line =
        absl::StrCat(Right(left[row], gutter - 1), " ", palette.Paint(edge, Style::kDim),
                     canvas.Row(row, styles, palette));
    if (!right[row].empty()) absl::StrAppend(&line, " ", right[row]);
    absl::StripTrailingAsciiWhitespace(&line);
    absl::StrAppend(&text, line, "\n");
  }
  return text + BottomLines(chart, painter, charset == Charset::kUnicode ? 2 : 1, gutter, columns,
                            axis, palette);
}

}  // namespace pledger::client
