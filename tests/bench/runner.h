// Runs a scenario and its ceiling in turns.
#ifndef PLEDGER_TESTS_BENCH_RUNNER_H_
#define PLEDGER_TESTS_BENCH_RUNNER_H_

#include "absl/status/statusor.h"
#include "tests/bench/report.h"
#include "tests/bench/scenario.h"

namespace pledger::bench {

// Sets up, warms both sides up for a quarter of a round, takes Options::rounds rounds of ceiling
// and scenario in turns, and tears down. Returns the first error, with the scenario's name.
absl::StatusOr<ScenarioResult> RunScenario(Environment& environment, Scenario& scenario);

}  // namespace pledger::bench

#endif  // PLEDGER_TESTS_BENCH_RUNNER_H_
