// The CSV reader: RFC 4180, and everything that a real file does instead.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/currency.h"
#include "client/cli/import/byte_source.h"
#include "client/cli/import/csv_reader.h"
#include "tests/unit/client_import_fakes.h"

namespace pledger::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<CsvRow> ReadAll(const std::string& text, size_t chunk = 1'000, char delimiter = ',') {
  StringSource source(text, chunk);
  CsvReader reader(source, delimiter);
  std::vector<CsvRow> rows;
  CsvRow row;
  while (*reader.Next(row)) rows.push_back(row);
  return rows;
}

TEST(CsvReader, ReadsPlainRowsHoweverTheLinesEnd) {
  for (const std::string end : {"\n", "\r\n"}) {
    const auto rows = ReadAll("a,b" + end + "1,2" + end + end + "3," + end);
    ASSERT_THAT(rows, SizeIs(3));
    EXPECT_THAT(rows[1].cells, ElementsAre("1", "2"));
    EXPECT_THAT(rows[2].cells, ElementsAre("3", ""));
    EXPECT_EQ(rows[2].line, 4);
  }
}

TEST(CsvReader, TheLastLineNeedsNoEnd) {
  EXPECT_THAT(ReadAll("a,b\n1,2")[1].cells, ElementsAre("1", "2"));
}

TEST(CsvReader, QuotedCellsHoldAnything) {
  const auto rows = ReadAll("\"a,b\",\"say \"\"x\"\"\",\"two\r\nlines\",\"\"\nnext,,,\n");
  EXPECT_THAT(rows[0].cells, ElementsAre("a,b", "say \"x\"", "two\r\nlines", ""));
  EXPECT_EQ(rows[1].line, 3);
}

TEST(CsvReader, SkipsAByteOrderMarkAndTakesOtherDelimiters) {
  EXPECT_THAT(ReadAll("\xef\xbb\xbf"
                      "a;b,c\n",
                      2, ';')[0]
                  .cells,
              ElementsAre("a", "b,c"));
}

TEST(CsvReader, TheSizeOfReadsDoesNotMatter) {
  const std::string text =
      "\xef\xbb\xbf"
      "a,\"b\"\"\r\n\",c\r\n\"x\"y,1\n1,2,é\n";
  const auto expected = ReadAll(text);
  for (size_t chunk = 1; chunk < 12; ++chunk) {
    const auto rows = ReadAll(text, chunk);
    ASSERT_EQ(rows.size(), expected.size()) << chunk;
    for (size_t i = 0; i < rows.size(); ++i) {
      EXPECT_EQ(rows[i].cells, expected[i].cells) << chunk;
      EXPECT_EQ(rows[i].error, expected[i].error) << chunk;
      EXPECT_EQ(rows[i].line, expected[i].line) << chunk;
    }
  }
}

struct BadCase {
  std::string text;
  std::string error;
  size_t column;
};

TEST(CsvReader, ABadRowCostsOnlyItself) {
  const BadCase cases[] = {
      {"1,2\"3\n", "a quote within", 1},
      {"\"1\"2,3\n", "follows a closing quote", 0},
      {"1,\xff\n", "not UTF-8", 1},
      {"1,\xc0\x80\n", "not UTF-8", 1},
      {"1,\xed\xa0\x80\n", "not UTF-8", 1},
      {std::string("1,2\0,3\n", 7), "NUL", 1},
      {"1,\"never closed\n", "quote", 1},
      {absl::StrCat("1,", std::string(kCsvCellBytesMax + 1, 'x'), "\n"), "larger than", 1},
      {std::string(kCsvColumnsMax + 1, ',') + "\n", "too many columns", kCsvColumnsMax},
  };
  for (const BadCase& bad : cases) {
    const auto rows = ReadAll("a,b\n" + bad.text + "good,1\nalso,2\n");
    ASSERT_THAT(rows, SizeIs(4)) << bad.error;
    EXPECT_THAT(rows[1].error, HasSubstr(bad.error));
    EXPECT_EQ(rows[1].error_column, bad.column) << bad.error;
    EXPECT_THAT(rows[2].error, IsEmpty());
    EXPECT_THAT(rows[2].cells, ElementsAre("good", "1")) << bad.error;
    EXPECT_EQ(rows[3].line, 4) << bad.error;
  }
}

TEST(Money, IsReadExactly) {
  const DecimalStyle plain;
  EXPECT_EQ(*ParseMinorUnits("55.94", "USD", plain), 5594);
  EXPECT_EQ(*ParseMinorUnits("35.0", "EUR", plain), 3500);
  EXPECT_EQ(*ParseMinorUnits("-.5", "EUR", plain), -50);
  EXPECT_EQ(*ParseMinorUnits("+7", "EUR", plain), 700);
  EXPECT_EQ(*ParseMinorUnits("1.230000", "EUR", plain), 123);
  EXPECT_EQ(*ParseMinorUnits("1234", "JPY", plain), 1234);
  EXPECT_EQ(*ParseMinorUnits("1.234", "KWD", plain), 1234);
  EXPECT_EQ(*ParseMinorUnits("90071992547409.93", "EUR", plain), 9'007'199'254'740'993);
  EXPECT_EQ(*ParseMinorUnits("1.234.567,89", "EUR", {",", "."}), 123'456'789);
}

TEST(Money, WhatIsNoAmountIsRefused) {
  const DecimalStyle plain;
  for (const char* text : {"", "-", ".", "abc", "1e3", "1,000", "1.2.3", "--1", " 1", "1 ", "0x10",
                           "1.234", "92233720368547758.08", "99999999999999999999"}) {
    EXPECT_FALSE(ParseMinorUnits(text, "EUR", plain).ok()) << text;
  }
  EXPECT_FALSE(ParseMinorUnits("1.5", "JPY", plain).ok());
}

TEST(Money, IsWrittenAsItIsRead) {
  EXPECT_EQ(FormatMinorUnits(0, "EUR"), "0.00");
  EXPECT_EQ(FormatMinorUnits(-5, "EUR"), "-0.05");
  EXPECT_EQ(FormatMinorUnits(123'456'789, "EUR"), "1,234,567.89");
  EXPECT_EQ(FormatMinorUnits(1'234, "JPY"), "1,234");
  EXPECT_EQ(FormatMinorUnits(INT64_MIN, "EUR"), "-92,233,720,368,547,758.08");
}

}  // namespace
}  // namespace pledger::client
