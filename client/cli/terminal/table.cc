#include "client/cli/terminal/table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/terminal/text.h"

namespace pledger::client {
namespace {

constexpr size_t kGap = 2;

void AppendCell(const TableCell& cell, const TableColumn& column, size_t width, bool is_last,
                const Palette& palette, std::string& line) {
  const std::string text = Truncate(cell.text, width);
  const std::string padding(width - DisplayWidth(text), ' ');
  if (column.is_number) line += padding;
  line += palette.Paint(text, cell.style);
  if (is_last) return;
  if (!column.is_number) line += padding;
  line.append(kGap, ' ');
}

}  // namespace

void Table::AddRow(std::vector<TableCell> cells) {
  for (TableCell& cell : cells) cell.text = Printable(cell.text);
  rows_.push_back(std::move(cells));
}

void Table::DropColumns(size_t width) {
  dropped_.resize(columns_.size());
  if (width == 0) return;
  const auto least_width = [&](size_t i) {
    const size_t natural = natural_widths_[i];
    return kGap + (columns_[i].can_shrink ? std::min(natural, columns_[i].shrunk_min) : natural);
  };
  size_t least = 0;
  for (size_t i = 0; i < columns_.size(); ++i) least += dropped_[i] ? 0 : least_width(i);
  for (size_t i = columns_.size(); i-- > 0 && least > width + kGap;) {
    if (dropped_[i] || !columns_[i].can_drop) continue;
    dropped_[i] = true;
    least -= least_width(i);
  }
}

std::vector<size_t> Table::FittingWidths(size_t width) const {
  std::vector<size_t> widths = natural_widths_;
  if (width == 0) return widths;
  size_t total = 0;
  for (size_t i = 0; i < widths.size(); ++i) total += dropped_[i] ? 0 : widths[i] + kGap;
  while (total > width + kGap) {
    size_t widest = columns_.size();
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (dropped_[i] || !columns_[i].can_shrink || widths[i] <= columns_[i].shrunk_min) continue;
      if (widest == columns_.size() || widths[i] > widths[widest]) widest = i;
    }
    if (widest == columns_.size()) break;
    --widths[widest];
    --total;
  }
  return widths;
}

std::string Table::Take(size_t width, const Palette& palette) {
  std::vector<std::vector<TableCell>> lines = std::exchange(rows_, {});
  if (natural_widths_.empty()) {
    std::vector<TableCell> header;
    for (const TableColumn& column : columns_) header.emplace_back(column.header, Style::kBold);
    lines.insert(lines.begin(), std::move(header));
    natural_widths_.resize(columns_.size());
  }
  for (const auto& cells : lines) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      natural_widths_[i] = std::max(natural_widths_[i], DisplayWidth(cells[i].text));
    }
  }
  DropColumns(width);
  const std::vector<size_t> widths = FittingWidths(width);
  std::string text;
  for (const auto& cells : lines) {
    std::string line;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (dropped_[i]) continue;
      AppendCell(cells[i], columns_[i], widths[i], i + 1 == columns_.size(), palette, line);
    }
    absl::StripTrailingAsciiWhitespace(&line);
    absl::StrAppend(&text, line, "\n");
  }
  return text;
}

}  // namespace pledger::client
