// Figures: fields of an answer by their path, and how exactly they must hold.
#ifndef PLEDGER_TESTS_SCENARIOS_FIGURE_H_
#define PLEDGER_TESTS_SCENARIOS_FIGURE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace pledger::scenarios {

// Whether `value` rounds to `expected` at the decimals that `expected` has: 74.249 is "74.2".
bool RoundsTo(double value, std::string_view expected);

// What stands at the path, as it compares: "unset" for an absent message, optional field or
// element; a time as "2025-03-01 10:00:00", money as "1200.00 EUR", an enum by its short name, a
// list of plain values joined by commas. Numbers have all their digits.
//   payment.sums[currency_code=EUR].open   assessment.signals[0].code   payment.sums.count
// INVALID_ARGUMENT where the path names no field.
[[nodiscard]] absl::StatusOr<std::string> FigureAt(const google::protobuf::Message& message,
                                                   std::string_view path);

// Whether the figure is what is expected: numbers round to it, times begin with it.
bool FigureIs(const std::string& figure, std::string_view expected);

}  // namespace pledger::scenarios

#endif  // PLEDGER_TESTS_SCENARIOS_FIGURE_H_
