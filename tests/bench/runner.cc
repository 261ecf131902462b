#include "tests/bench/runner.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace pledger::bench {
namespace {

absl::StatusOr<ScenarioResult> RunRounds(const Options& options, Scenario& scenario) {
  const bool has_ceiling = !scenario.description().ceiling.empty();
  const absl::Duration round = absl::Milliseconds(options.round_ms);
  ScenarioResult result;
  result.description = scenario.description();
  std::map<std::string, std::vector<double>> counters;
  for (int i = -1; i < options.rounds; ++i) {
    const bool warming_up = i < 0;
    const absl::Duration duration = warming_up ? round / 4 : round;
    if (has_ceiling) {
      const absl::StatusOr<Sample> sample = scenario.Ceiling(duration);
      if (!sample.ok()) return sample.status();
      if (!warming_up) result.ceiling.push_back(sample->value);
    }
    const absl::StatusOr<Sample> sample = scenario.Measure(duration);
    if (!sample.ok()) return sample.status();
    if (warming_up) continue;
    result.measured.push_back(sample->value);
    for (const auto& [name, value] : sample->counters) counters[name].push_back(value);
  }
  for (auto& [name, values] : counters) {
    result.counters.emplace_back(name, SpreadOf(std::move(values)).median);
  }
  return result;
}

}  // namespace

absl::StatusOr<Sample> Scenario::Ceiling(absl::Duration duration) {
  return absl::UnimplementedError("no ceiling");
}

absl::StatusOr<ScenarioResult> RunScenario(Environment& environment, Scenario& scenario) {
  const auto named = [&scenario](const absl::Status& status) {
    return absl::Status(status.code(),
                        absl::StrCat(scenario.description().name, ": ", status.message()));
  };
  if (absl::Status status = scenario.SetUp(environment); !status.ok()) return named(status);
  absl::StatusOr<ScenarioResult> result = RunRounds(environment.options(), scenario);
  if (!result.ok()) return named(result.status());
  if (absl::Status status = scenario.TearDown(); !status.ok()) return named(status);
  return result;
}

}  // namespace pledger::bench
