#include "tests/scenarios/words.h"

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "storage/format/text.h"

namespace pledger::scenarios {
namespace {

bool IsDigits(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

std::optional<int64_t> ParseCount(std::string_view text) {
  int64_t value = 0;
  if (!IsDigits(text) || !absl::SimpleAtoi(ToAbsl(text), &value)) return std::nullopt;
  return value;
}

// Currencies whose minor unit is the unit itself; those of two decimals are all others here.
bool HasNoDecimals(std::string_view currency) { return currency == "JPY" || currency == "KRW"; }

void TakeWord(std::string_view text, std::vector<Word>* words) {
  const bool colon = text.size() > 1 && text.back() == ':';
  if (colon) text.remove_suffix(1);
  words->push_back({std::string(text), false});
  if (colon) words->push_back({":", false});
}

}  // namespace

absl::Status Complaint(std::string_view what) { return absl::InvalidArgumentError(ToAbsl(what)); }

absl::StatusOr<std::vector<Word>> SplitWords(std::string_view line) {
  std::vector<Word> words;
  size_t i = 0;
  while (i < line.size()) {
    if (absl::ascii_isspace(static_cast<unsigned char>(line[i]))) {
      ++i;
      continue;
    }
    if (line[i] == '#') break;
    if (line[i] == '"') {
      const size_t end = line.find('"', i + 1);
      if (end == std::string_view::npos) {
        return Complaint(absl::StrCat("a quotation is not closed: ", ToAbsl(line.substr(i))));
      }
      words.push_back({std::string(line.substr(i + 1, end - i - 1)), true});
      i = end + 1;
      continue;
    }
    size_t end = i;
    while (end < line.size() && !absl::ascii_isspace(static_cast<unsigned char>(line[end]))) ++end;
    TakeWord(line.substr(i, end - i), &words);
    i = end;
  }
  return words;
}

std::optional<absl::CivilDay> ParseDay(std::string_view word) {
  if (word.size() != 10 || word[4] != '-' || word[7] != '-') return std::nullopt;
  const auto year = ParseCount(word.substr(0, 4));
  const auto month = ParseCount(word.substr(5, 2));
  const auto day = ParseCount(word.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const absl::CivilDay civil(*year, *month, *day);
  // A day that doesn't exist is carried into the next month.
  if (civil.month() != *month || civil.day() != *day) return std::nullopt;
  return civil;
}

std::optional<int> ParseTimeOfDay(std::string_view word) {
  if (word.size() != 5 || word[2] != ':') return std::nullopt;
  const auto hours = ParseCount(word.substr(0, 2));
  const auto minutes = ParseCount(word.substr(3, 2));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return static_cast<int>(*hours * 60 + *minutes);
}

std::optional<int> ParseDayOffset(std::string_view word) {
  if (word.size() < 3 || word.back() != 'd' || (word[0] != '+' && word[0] != '-')) {
    return std::nullopt;
  }
  const auto days = ParseCount(word.substr(1, word.size() - 2));
  if (!days) return std::nullopt;
  return static_cast<int>(word[0] == '-' ? -*days : *days);
}

std::optional<int64_t> ParseMinutes(std::string_view word) {
  int64_t minutes = 0;
  const size_t h = word.find('h');
  if (h != std::string_view::npos) {
    const auto hours = ParseCount(word.substr(0, h));
    if (!hours) return std::nullopt;
    minutes = *hours * 60;
    word.remove_prefix(h + 1);
    if (word.empty()) return minutes;
  }
  if (word.size() < 4 || word.substr(word.size() - 3) != "min") return std::nullopt;
  const auto rest = ParseCount(word.substr(0, word.size() - 3));
  if (!rest) return std::nullopt;
  return minutes + *rest;
}

absl::StatusOr<v1::Money> ParseMoney(std::string_view amount, std::string_view currency) {
  const auto wrong = [&] {
    return Complaint(absl::StrCat("\"", ToAbsl(amount), " ", ToAbsl(currency),
                                  "\" is no amount of money such as 1200.00 EUR"));
  };
  if (currency.size() != 3) return wrong();
  for (const char c : currency) {
    if (!absl::ascii_isupper(static_cast<unsigned char>(c))) return wrong();
  }
  std::string digits(amount);
  const bool negative = !digits.empty() && digits[0] == '-';
  if (negative) digits.erase(0, 1);
  if (!HasNoDecimals(currency)) {
    if (digits.size() < 4 || digits[digits.size() - 3] != '.') return wrong();
    digits.erase(digits.size() - 3, 1);
  }
  const auto units = ParseCount(digits);
  if (!units) return wrong();
  v1::Money money;
  money.set_currency_code(std::string(currency));
  money.set_minor_units(negative ? -*units : *units);
  return money;
}

std::string MoneyText(const v1::Money& money) {
  const int64_t units = std::abs(money.minor_units());
  const char* sign = money.minor_units() < 0 ? "-" : "";
  if (HasNoDecimals(money.currency_code())) {
    return absl::StrCat(sign, units, " ", money.currency_code());
  }
  return absl::StrFormat("%s%d.%02d %s", sign, units / 100, units % 100, money.currency_code());
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", time, absl::UTCTimeZone());
}

}  // namespace pledger::scenarios
