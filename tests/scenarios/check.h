// Whether an answer is what a scenario expects.
#ifndef PLEDGER_TESTS_SCENARIOS_CHECK_H_
#define PLEDGER_TESTS_SCENARIOS_CHECK_H_

#include <string>

#include "tests/scenarios/answers.h"
#include "tests/scenarios/scenario.h"

namespace pledger::scenarios {

// Empty if it is; else "FILE:LINE: the line, and what was answered instead".
std::string Mismatch(const ExpectLine& expected, Answers& answers);

}  // namespace pledger::scenarios

#endif  // PLEDGER_TESTS_SCENARIOS_CHECK_H_
