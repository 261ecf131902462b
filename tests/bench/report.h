// What a run found, and how it is shown.
#ifndef PLEDGER_TESTS_BENCH_REPORT_H_
#define PLEDGER_TESTS_BENCH_REPORT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "tests/bench/scenario.h"

namespace pledger::bench {

// The middle one of some values and their extremes; all zero for none.
struct Spread {
  double median = 0;
  double min = 0;
  double max = 0;
};

Spread SpreadOf(std::vector<double> values);

// The figures of one scenario, one a round.
struct ScenarioResult {
  Description description;
  std::vector<double> measured;
  // Empty where there is no ceiling.
  std::vector<double> ceiling;
  // The median of each over the rounds.
  std::vector<std::pair<std::string, double>> counters;

  // Of each round its measured value by its ceiling, which was taken just before it: the machine's
  // slow swings then fall on both. The bar is held against the median of these.
  Spread Ratio() const;
  // True without a bar.
  bool MeetsBar() const;
};

// The machine and the options, for whoever compares runs.
struct RunContext {
  absl::Time start;
  std::string program;
  int cpus = 0;
  double load_average = 0;
  Options options;
  // Mean size of a ProposedEvent as it is sent.
  double event_bytes = 0;
};

// The lines above the table, and those of the table: its head, and one scenario.
std::string ContextText(const RunContext& context);
std::string TableHead();
std::string TableRow(const ScenarioResult& result);

// Everything, every round included, in the manner of Google Benchmark's JSON.
std::string ToJson(const RunContext& context, const std::vector<ScenarioResult>& results);

}  // namespace pledger::bench

#endif  // PLEDGER_TESTS_BENCH_REPORT_H_
