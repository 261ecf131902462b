// A line of a scenario as words, and what words mean: dates, money, lengths of time.
//
// Errors are INVALID_ARGUMENT with a sentence that names the word; the caller adds file and line.
// Pure, therefore thread-safe.
#ifndef PLEDGER_TESTS_SCENARIOS_WORDS_H_
#define PLEDGER_TESTS_SCENARIOS_WORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "pledger/v1/common.pb.h"

namespace pledger::scenarios {

struct Word {
  std::string text;
  // Stood in double quotes: never a keyword.
  bool quoted = false;

  bool Is(std::string_view keyword) const { return !quoted && text == keyword; }
};

absl::Status Complaint(std::string_view what);

// Splits at white space, keeps what stands in double quotes together, and ends at a `#` that begins
// a word. A colon at the end of a word is a word of its own.
[[nodiscard]] absl::StatusOr<std::vector<Word>> SplitWords(std::string_view line);

// "2025-03-01".
std::optional<absl::CivilDay> ParseDay(std::string_view word);
// "10:00", as minutes after midnight.
std::optional<int> ParseTimeOfDay(std::string_view word);
// "+30d" or "-2d", in days.
std::optional<int> ParseDayOffset(std::string_view word);
// "90min", "8h", "1h30min" in minutes.
std::optional<int64_t> ParseMinutes(std::string_view word);
// "1200.00" with as many decimals as the currency has.
[[nodiscard]] absl::StatusOr<v1::Money> ParseMoney(std::string_view amount,
                                                   std::string_view currency);

// "1200.00 EUR".
std::string MoneyText(const v1::Money& money);
// "2025-03-01 10:00:00".
std::string TimeText(absl::Time time);

}  // namespace pledger::scenarios

#endif  // PLEDGER_TESTS_SCENARIOS_WORDS_H_
