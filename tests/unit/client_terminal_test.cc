// How the tool's output looks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "client/cli/terminal/plot.h"
#include "client/cli/terminal/style.h"
#include "client/cli/terminal/table.h"
#include "client/cli/terminal/text.h"

namespace pledger::client {
namespace {

TEST(Text, IsMeasuredInColumns) {
  EXPECT_EQ(DisplayWidth("abc"), 3);
  EXPECT_EQ(DisplayWidth("Zoë"), 3);
  EXPECT_EQ(DisplayWidth("e\xcc\x81"), 1) << "a letter and its accent apart";
  EXPECT_EQ(DisplayWidth("日本"), 4);
  EXPECT_EQ(DisplayWidth("🙂"), 2);
  EXPECT_EQ(DisplayWidth("\xff"), 1);
}

TEST(Text, IsCutBetweenCharacters) {
  EXPECT_EQ(Truncate("abcdef", 6), "abcdef");
  EXPECT_EQ(Truncate("abcdef", 5), "abcd…");
  EXPECT_EQ(Truncate("日本語", 5), "日本…");
  EXPECT_EQ(Truncate("日本語", 4), "日…");
  EXPECT_EQ(Truncate("abc", 1), "…");
  EXPECT_EQ(Truncate("abc", 0), "");
}

TEST(Text, CannotSteerTheTerminal) {
  EXPECT_EQ(Printable("a\x1b[31mb\tc\nd"), "a�[31mb c d");
  EXPECT_EQ(Printable("a\xe2\x80\xaegnp.exe"), "a�gnp.exe") << "right-to-left override";
  EXPECT_EQ(Printable("\xc2\x9b\xff"), "��");
}

TEST(Text, IsWrappedAtSpaces) {
  EXPECT_EQ(Wrap("one two three", 2, 9), "one two\n  three");
  EXPECT_EQ(Wrap("one two", 2, 0), "one two");
  EXPECT_EQ(Wrap("a incomprehensible b", 1, 8), "a\n incomprehensible\n b");
  EXPECT_EQ(Wrap("日本 日本", 0, 9), "日本 日本");
  EXPECT_EQ(Wrap("日本 日本", 0, 8), "日本\n日本");
  EXPECT_EQ(Wrap("", 4, 8), "");
}

TEST(Text, KnowsUtf8) {
  EXPECT_TRUE(IsUtf8("aé日🙂"));
  for (const char* text : {"\x80", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80",
                           "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80"}) {
    EXPECT_FALSE(IsUtf8(text)) << text;
  }
}

Table SomeTable() {
  Table table({{.header = "NAME", .can_shrink = true},
               {.header = "AMOUNT", .is_number = true},
               {.header = "NOTE", .can_shrink = true}});
  table.AddRow({"Zoë", "1,234.50", "日本"});
  table.AddRow({"Bartholomew & Sons", "7.00", ""});
  return table;
}

TEST(Table, AlignsItsColumns) {
  EXPECT_EQ(SomeTable().Take(0, Palette(false)),
            "NAME                  AMOUNT  NOTE\n"
            "Zoë                 1,234.50  日本\n"
            "Bartholomew & Sons      7.00\n");
}

TEST(Table, FitsTheTerminal) {
  EXPECT_EQ(SomeTable().Take(26, Palette(false)),
            "NAME          AMOUNT  NOTE\n"
            "Zoë         1,234.50  日本\n"
            "Bartholom…      7.00\n");
}

TEST(Table, LeavesOutWhatItMayWhenShrinkingIsNotEnough) {
  Table table({{.header = "A"},
               {.header = "B", .can_drop = true},
               {.header = "C", .can_shrink = true},
               {.header = "D", .can_drop = true}});
  table.AddRow({"aaaa", "bbbb", "cccccccccccc", "dddd"});
  Table narrow = table;
  EXPECT_EQ(table.Take(20, Palette(false)),
            "A     B     C\n"
            "aaaa  bbbb  ccccccc…\n");
  EXPECT_EQ(narrow.Take(14, Palette(false)),
            "A     C\n"
            "aaaa  ccccccc…\n");
  narrow.AddRow({"a", "b", "c", "d"});
  EXPECT_EQ(narrow.Take(14, Palette(false)), "a     c\n") << "and not again";
}

TEST(Table, GoesOnWithoutHeaderAndNotNarrower) {
  Table table = SomeTable();
  (void)table.Take(0, Palette(false));
  table.AddRow({"x", "1.00", "y"});
  EXPECT_EQ(table.Take(0, Palette(false)), "x                       1.00  y\n");
}

TEST(Table, ColoursDoNotMoveColumns) {
  Table table({{.header = "A"}, {.header = "B"}});
  table.AddRow({TableCell("x", Style::kGood), "y"});
  EXPECT_EQ(table.Take(0, Palette(true)),
            "\x1b[1mA\x1b[0m  \x1b[1mB\x1b[0m\n"
            "\x1b[32mx\x1b[0m  y\n");
}

TEST(Plot, ScoreLineShowsValueAndInterval) {
  const Palette plain(false);
  EXPECT_EQ(ScoreLine(50, 30, 70, 11, Charset::kUnicode, plain), "···├─●─┤···");
  EXPECT_EQ(ScoreLine(0, 0, 20, 11, Charset::kUnicode, plain), "●─┤········");
  EXPECT_EQ(ScoreLine(100, std::nullopt, std::nullopt, 11, Charset::kUnicode, plain),
            "··········●");
}

TEST(Plot, AsciiDoesWithoutBoxes) {
  EXPECT_EQ(ScoreLine(50, 30, 70, 11, Charset::kAscii, Palette(false)), "...[-o-]...");
  EXPECT_EQ(Bar(0.5, 4, Charset::kAscii), "##");
  EXPECT_EQ(Bar(1e-9, 4, Charset::kAscii), "#");
}

TEST(Plot, BarsHaveEighths) {
  EXPECT_EQ(Bar(0, 4), "");
  EXPECT_EQ(Bar(1, 4), "████");
  EXPECT_EQ(Bar(0.4, 4), "█▋");
  EXPECT_EQ(Bar(1e-9, 4), "▏");
}

TEST(Plot, TradelineIsCutIntoYears) {
  EXPECT_EQ(Tradeline("0012BBBBBBBB3456BBBBBBBB", Palette(false)), "0012BBBBBBBB 3456BBBBBBBB");
}

}  // namespace
}  // namespace pledger::client
