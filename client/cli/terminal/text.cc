#include "client/cli/terminal/text.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace pledger::client {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Combining marks, joiners and variation selectors. In order.
constexpr Range kZeroWidth[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a},  {0x064b, 0x065f},
    {0x06d6, 0x06dc}, {0x0900, 0x0902}, {0x093c, 0x093c}, {0x0941, 0x0948},  {0x094d, 0x094d},
    {0x0e31, 0x0e31}, {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff},  {0x1dc0, 0x1dff},
    {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x2064}, {0x20d0, 0x20ff},  {0x3099, 0x309a},
    {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0100, 0xe01ef}};

// East Asian Wide and Fullwidth (Unicode annex 11), emoji included. In order.
constexpr Range kDoubleWidth[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x23e9, 0x23ec},   {0x25fd, 0x25fe},
    {0x2614, 0x2615},   {0x26aa, 0x26ab},   {0x26bd, 0x26be},   {0x2705, 0x2705},
    {0x2728, 0x2728},   {0x274c, 0x274c},   {0x2753, 0x2757},   {0x2795, 0x2797},
    {0x2b1b, 0x2b1c},   {0x2b50, 0x2b50},   {0x2e80, 0x303e},   {0x3041, 0x33ff},
    {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xa960, 0xa97f},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},
    {0xffe0, 0xffe6},   {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff},
    {0x1fa70, 0x1faff}, {0x20000, 0x3fffd}};

template <size_t N>
bool IsIn(const Range (&ranges)[N], char32_t c) {
  const Range* found =
      std::lower_bound(std::begin(ranges), std::end(ranges), c,
                       [](const Range& r, char32_t value) { return r.last < value; });
  return found != std::end(ranges) && found->first <= c;
}

constexpr char32_t kNotUtf8 = 0xffffffff;

// Takes one character off the front of `text`; a byte that begins none yields kNotUtf8.
char32_t TakeCharacter(absl::string_view& text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  const size_t size = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  char32_t c = size == 1 ? lead : lead & (0x7f >> size);
  bool good = size > 0 && lead < 0xf5 && text.size() >= size;
  for (size_t i = 1; good && i < size; ++i) {
    good = (byte(i) & 0xc0) == 0x80;
    c = c << 6 | (byte(i) & 0x3f);
  }
  if (size == 3) good = good && c >= 0x800 && (c < 0xd800 || c > 0xdfff);
  if (size == 4) good = good && c >= 0x10000 && c <= 0x10ffff;
  text.remove_prefix(good ? size : 1);
  return good ? c : kNotUtf8;
}

size_t WidthOf(char32_t c) { return IsIn(kZeroWidth, c) ? 0 : IsIn(kDoubleWidth, c) ? 2 : 1; }

}  // namespace

bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    if (TakeCharacter(text) == kNotUtf8) return false;
  }
  return true;
}

size_t DisplayWidth(absl::string_view text) {
  size_t width = 0;
  while (!text.empty()) width += WidthOf(TakeCharacter(text));
  return width;
}

std::string Truncate(absl::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width == 0) return "";
  absl::string_view rest = text;
  size_t used = 0;
  size_t kept_bytes = 0;
  while (true) {
    used += WidthOf(TakeCharacter(rest));
    if (used > width - 1) break;
    kept_bytes = text.size() - rest.size();
  }
  return std::string(text.substr(0, kept_bytes)) + "…";
}

std::string Wrap(absl::string_view text, size_t indent, size_t width) {
  if (width == 0) return std::string(text);
  std::string result;
  // The first line begins where the caller is, which is at `indent`, too.
  size_t column = indent;
  for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    const size_t word_width = DisplayWidth(word);
    if (column > indent && column + 1 + word_width > width) {
      absl::StrAppend(&result, "\n", std::string(indent, ' '));
      column = indent;
    }
    if (column > indent) {
      result += ' ';
      ++column;
    }
    absl::StrAppend(&result, word);
    column += word_width;
  }
  return result;
}

std::string Printable(absl::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const absl::string_view before = text;
    const char32_t c = TakeCharacter(text);
    if (c == '\n' || c == '\r' || c == '\t') {
      result.push_back(' ');
    } else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == kNotUtf8 ||
               (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069)) {
      // The last two ranges reorder the text around them.
      result += "�";
    } else {
      absl::StrAppend(&result, before.substr(0, before.size() - text.size()));
    }
  }
  return result;
}

}  // namespace pledger::client
