#include "client/cli/import/csv_reader.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/cli/terminal/text.h"

namespace pledger::client {
namespace {

constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr size_t kReadBytes = 64 << 10;

void Fail(CsvRow& row, std::string why) {
  row.error = std::move(why);
  row.error_column = row.cells.empty() ? 0 : row.cells.size() - 1;
}

std::string CellTooLarge() {
  return absl::StrCat("the cell is larger than ", kCsvCellBytesMax,
                      " bytes; is a quote not closed?");
}

}  // namespace

void CsvReader::Fill() {
  // What is left unread stays in front: at the start a mark may come in pieces.
  buffer_.erase(buffer_.begin(), buffer_.begin() + next_);
  filled_ -= next_;
  next_ = 0;
  buffer_.resize(filled_ + kReadBytes);
  const absl::StatusOr<size_t> got = source_.Read(absl::MakeSpan(buffer_).subspan(filled_));
  if (!got.ok()) source_error_ = got.status();
  at_end_ = !got.ok() || *got == 0;
  if (got.ok()) filled_ += *got;
}

int CsvReader::Peek() {
  if (next_ == filled_ && !at_end_) Fill();
  return next_ == filled_ ? -1 : static_cast<unsigned char>(buffer_[next_]);
}

void CsvReader::Take() {
  const char c = buffer_[next_++];
  taken_.push_back(c);
  if (c == '\n') ++line_;
}

void CsvReader::TakeLineEnd() {
  if (Peek() == '\r') Take();
  if (Peek() == '\n') Take();
}

void CsvReader::SkipLine() {
  while (Peek() >= 0) {
    const bool line_ends = Peek() == '\n';
    Take();
    taken_.clear();
    if (line_ends) return;
  }
}

void CsvReader::Rewind(uint64_t row_line) {
  const auto line_end = std::find(taken_.begin(), taken_.end(), '\n');
  if (line_end == taken_.end()) return SkipLine();
  // What was taken beyond the first line is put before what the buffer still holds.
  std::vector<char> unread(line_end + 1, taken_.end());
  unread.insert(unread.end(), buffer_.begin() + next_, buffer_.begin() + filled_);
  buffer_ = std::move(unread);
  next_ = 0;
  filled_ = buffer_.size();
  line_ = row_line + 1;
}

void CsvReader::ReadQuoted(CsvRow& row) {
  std::string& cell = row.cells.back();
  Take();
  while (true) {
    const int c = Peek();
    if (c < 0) return Fail(row, "a quote is not closed");
    Take();
    if (c == '"') {
      if (Peek() != '"') break;
      Take();
    }
    if (cell.size() >= kCsvCellBytesMax) return Fail(row, CellTooLarge());
    cell.push_back(static_cast<char>(c));
  }
  const int after = Peek();
  if (after >= 0 && after != delimiter_ && after != '\n' && after != '\r') {
    Fail(row, "text follows a closing quote");
  }
}

void CsvReader::ReadPlain(CsvRow& row) {
  std::string& cell = row.cells.back();
  for (int c = Peek(); c >= 0 && c != delimiter_ && c != '\n' && c != '\r'; c = Peek()) {
    if (c == '"') return Fail(row, "a quote within a cell that is not quoted");
    if (cell.size() >= kCsvCellBytesMax) return Fail(row, CellTooLarge());
    cell.push_back(static_cast<char>(c));
    Take();
  }
}

void CsvReader::ReadRow(CsvRow& row) {
  while (row.error.empty()) {
    row.cells.emplace_back();
    if (row.cells.size() > kCsvColumnsMax) return Fail(row, "too many columns");
    if (taken_.size() > kCsvRowBytesMax) return Fail(row, "the row is too large");
    Peek() == '"' ? ReadQuoted(row) : ReadPlain(row);
    if (!row.error.empty()) return;
    if (!IsUtf8(row.cells.back())) return Fail(row, "the cell is not UTF-8");
    if (row.cells.back().find('\0') != std::string::npos) {
      return Fail(row, "the cell has a NUL character");
    }
    if (Peek() != delimiter_) return;
    Take();
  }
}

absl::StatusOr<bool> CsvReader::Next(CsvRow& row) {
  if (!begun_) {
    begun_ = true;
    while (filled_ < kByteOrderMark.size() && !at_end_) Fill();
    const absl::string_view start(buffer_.data(), filled_);
    if (absl::StartsWith(start, kByteOrderMark)) next_ += kByteOrderMark.size();
  }
  while (Peek() == '\n' || Peek() == '\r') Take();
  taken_.clear();
  row.cells.clear();
  row.error.clear();
  row.error_column = 0;
  row.line = line_;
  if (Peek() >= 0) {
    ReadRow(row);
    row.error.empty() ? TakeLineEnd() : Rewind(row.line);
  } else if (source_error_.ok()) {
    return false;
  }
  if (!source_error_.ok()) return source_error_;
  return true;
}

}  // namespace pledger::client
