#include "client/cli/currency.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace pledger::client {
namespace {

constexpr std::array<absl::string_view, 16> kNoDigits = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                                         "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
                                                         "VND", "VUV", "XAF", "XOF"};
constexpr std::array<absl::string_view, 7> kThreeDigits = {"BHD", "IQD", "JOD", "KWD",
                                                           "LYD", "OMR", "TND"};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

absl::Status BadNumber(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" ", why));
}

bool AppendDigit(char digit, int64_t& value) {
  return !__builtin_mul_overflow(value, 10, &value) &&
         !__builtin_add_overflow(value, digit - '0', &value);
}

}  // namespace

int MinorUnitDigits(absl::string_view currency_code) {
  if (std::find(kNoDigits.begin(), kNoDigits.end(), currency_code) != kNoDigits.end()) return 0;
  if (std::find(kThreeDigits.begin(), kThreeDigits.end(), currency_code) != kThreeDigits.end()) {
    return 3;
  }
  return 2;
}

absl::StatusOr<int64_t> ParseMinorUnits(absl::string_view text, absl::string_view currency_code,
                                        const DecimalStyle& style) {
  const int digits = MinorUnitDigits(currency_code);
  absl::string_view rest = text;
  const bool negative = absl::ConsumePrefix(&rest, "-");
  if (!negative) absl::ConsumePrefix(&rest, "+");
  int64_t value = 0;
  int behind_point = -1;  // −1 until the point was seen.
  bool any_digit = false;
  while (!rest.empty()) {
    if (IsDigit(rest[0])) {
      any_digit = true;
      if (behind_point >= digits) {
        // Zeros beyond the minor unit say nothing; other digits would be lost.
        if (rest[0] != '0')
          return BadNumber(text,
                           absl::StrCat("has more than ", digits, " digits behind the point"));
      } else if (!AppendDigit(rest[0], value)) {
        return BadNumber(text, "is too large an amount");
      }
      if (behind_point >= 0) ++behind_point;
      rest.remove_prefix(1);
    } else if (behind_point < 0 && absl::ConsumePrefix(&rest, style.decimal_point)) {
      behind_point = 0;
    } else if (behind_point >= 0 || !any_digit || style.digit_separator.empty() ||
               !absl::ConsumePrefix(&rest, style.digit_separator)) {
      return BadNumber(text, "is no decimal number");
    }
  }
  if (!any_digit) return BadNumber(text, "is no decimal number");
  for (int i = std::max(behind_point, 0); i < digits; ++i) {
    if (!AppendDigit('0', value)) return BadNumber(text, "is too large an amount");
  }
  return negative ? -value : value;
}

std::string FormatMinorUnits(int64_t minor_units, absl::string_view currency_code) {
  const int digits = MinorUnitDigits(currency_code);
  // Unsigned: the smallest value has no positive counterpart.
  uint64_t magnitude = minor_units < 0 ? -static_cast<uint64_t>(minor_units) : minor_units;
  std::string text;
  int written = 0;
  while (magnitude > 0 || written <= digits) {
    if (written == digits && digits > 0) text.push_back('.');
    if (written > digits && (written - digits) % 3 == 0) text.push_back(',');
    text.push_back(static_cast<char>('0' + magnitude % 10));
    magnitude /= 10;
    ++written;
  }
  if (minor_units < 0) text.push_back('-');
  std::reverse(text.begin(), text.end());
  return text;
}

}  // namespace pledger::client
