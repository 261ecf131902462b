// What is to be known of currencies: how many digits their minor unit has.
#ifndef PLEDGER_CLIENT_CLI_CURRENCY_H_
#define PLEDGER_CLIENT_CLI_CURRENCY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pledger::client {

// Digits behind the decimal point, by ISO 4217; 2 for a code that is not known.
int MinorUnitDigits(absl::string_view currency_code);

// How numbers are written.
struct DecimalStyle {
  absl::string_view decimal_point = ".";
  // Ignored between digits; empty for nothing.
  absl::string_view digit_separator = "";
};

// Reads "-1,234.5" as −123450 for two digits, exactly. INVALID_ARGUMENT, saying what is wrong,
// where it is no such number, needs more digits than the currency has, or does not fit.
[[nodiscard]] absl::StatusOr<int64_t> ParseMinorUnits(absl::string_view text,
                                                      absl::string_view currency_code,
                                                      const DecimalStyle& style);

// "1,234.50": what ParseMinorUnits reads, with thousands separated.
std::string FormatMinorUnits(int64_t minor_units, absl::string_view currency_code);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_CURRENCY_H_
