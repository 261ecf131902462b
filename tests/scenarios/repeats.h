// Lines that a scenario says once and means many times.
//
//   repeat 90 monthly from 2016-01-05 as n
//     +0d   invoice I-$n 100.00 EUR due +30d
//     +25d  payment P-$n 100.00 EUR for I-$n
//   end
//
// `$n` becomes the number of the round, from 1; a day offset at the beginning of a line becomes the
// day so many days after the round's. Rounds are daily, weekly, monthly, or "every 10d"; without
// "from" they have no day. Repeats don't nest.
#ifndef PLEDGER_TESTS_SCENARIOS_REPEATS_H_
#define PLEDGER_TESTS_SCENARIOS_REPEATS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace pledger::scenarios {

struct SourceLine {
  // From 1.
  int line = 0;
  std::string text;
};

// INVALID_ARGUMENT is "FILE:LINE: what is wrong".
[[nodiscard]] absl::StatusOr<std::vector<SourceLine>> ExpandRepeats(std::string_view file,
                                                                    std::string_view text);

}  // namespace pledger::scenarios

#endif  // PLEDGER_TESTS_SCENARIOS_REPEATS_H_
