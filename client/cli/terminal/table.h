// Tables that fit the terminal.
#ifndef PLEDGER_CLIENT_CLI_TERMINAL_TABLE_H_
#define PLEDGER_CLIENT_CLI_TERMINAL_TABLE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "client/cli/terminal/style.h"

namespace pledger::client {

struct TableColumn {
  std::string header;
  // Numbers stand to the right, so that their digits stand below each other.
  bool is_number = false;
  // May be cut with "…" where the terminal is too narrow.
  bool can_shrink = false;
  // Down to so many columns of the terminal; nobody recognises anything in less than 8.
  size_t shrunk_min = 8;
  // May be left out where shrinking is not enough; the last such column goes first.
  bool can_drop = false;
};

struct TableCell {
  TableCell(std::string text, Style style = Style::kPlain)  // NOLINT: a cell is mostly its text.
      : text(std::move(text)), style(style) {}
  TableCell(const char* text) : text(text) {}  // NOLINT

  std::string text;
  Style style = Style::kPlain;
};

class Table {
 public:
  explicit Table(std::vector<TableColumn> columns) : columns_(std::move(columns)) {}

  // A cell for each column.
  void AddRow(std::vector<TableCell> cells);

  // Rows that Take has not returned yet.
  size_t size() const { return rows_.size(); }
  bool empty() const { return rows_.empty(); }

  // The rows added since the last call, each line ended by LF and without spaces at its end; the
  // first time with the header. Columns do not get narrower from one call to the next. `width` 0:
  // as wide as it likes.
  std::string Take(size_t width, const Palette& palette);

 private:
  void DropColumns(size_t width);
  std::vector<size_t> FittingWidths(size_t width) const;

  std::vector<TableColumn> columns_;
  std::vector<std::vector<TableCell>> rows_;
  // What the columns would need; empty before the first call.
  std::vector<size_t> natural_widths_;
  // Columns that are left out, from then on.
  std::vector<bool> dropped_;
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_TERMINAL_TABLE_H_
