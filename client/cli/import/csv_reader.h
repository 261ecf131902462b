// Reads CSV as RFC 4180 has it: quoted cells may hold delimiters, doubled quotes and line ends;
// rows end with LF or CRLF. A byte order mark is skipped.
#ifndef PLEDGER_CLIENT_CLI_IMPORT_CSV_READER_H_
#define PLEDGER_CLIENT_CLI_IMPORT_CSV_READER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/import/byte_source.h"

namespace pledger::client {

// Larger rows and cells are bad ones: most likely a quote was not closed.
inline constexpr size_t kCsvCellBytesMax = 64 << 10;
inline constexpr size_t kCsvColumnsMax = 4'096;
inline constexpr size_t kCsvRowBytesMax = 1 << 20;

// One row, or why it is none.
struct CsvRow {
  // Where it begins; the first line is 1.
  uint64_t line = 0;
  std::vector<std::string> cells;
  // Empty for a good row. Then `error_column`, from 0, is where it went wrong.
  std::string error;
  size_t error_column = 0;
};

// Not thread-safe. The source must outlive it.
class CsvReader {
 public:
  CsvReader(ByteSource& source, char delimiter) : source_(source), delimiter_(delimiter) {}

  // Reads the next row, bad rows included; lines without any text are passed over. False at the
  // end. An error is one of the source. Behind a bad row reading goes on with the line after the
  // one where it began, so that a quote that is never closed costs one line and not the rest of the
  // file.
  [[nodiscard]] absl::StatusOr<bool> Next(CsvRow& row);

 private:
  // The next byte, without taking it; −1 at the end or after an error of the source.
  int Peek();
  void Fill();
  void Take();
  void ReadRow(CsvRow& row);
  void ReadQuoted(CsvRow& row);
  void ReadPlain(CsvRow& row);
  // Takes the line end, if there is one here.
  void TakeLineEnd();
  void SkipLine();
  // Goes back to the end of the line where the present row began.
  void Rewind(uint64_t row_line);

  ByteSource& source_;
  const char delimiter_;
  absl::Status source_error_;
  std::vector<char> buffer_;
  size_t next_ = 0;
  size_t filled_ = 0;
  bool at_end_ = false;
  // What was taken of the present row.
  std::vector<char> taken_;
  bool begun_ = false;
  uint64_t line_ = 1;
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_IMPORT_CSV_READER_H_
