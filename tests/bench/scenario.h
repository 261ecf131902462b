// A benchmark: something measured in turns with what bounds it from above.
#ifndef PLEDGER_TESTS_BENCH_SCENARIO_H_
#define PLEDGER_TESTS_BENCH_SCENARIO_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/bench/environment.h"

namespace pledger::bench {

// Which ratio (or, where there is no ceiling, which value) is good enough.
struct Bar {
  enum class Kind { kNone, kAtLeast, kAtMost };
  Kind kind = Kind::kNone;
  double limit = 0;
};

struct Description {
  std::string name;
  // What is measured, and against what; an empty ceiling says that there is none.
  std::string what;
  std::string ceiling;
  // Of both: "events/s".
  std::string unit;
  Bar bar;
};

// The outcome of one round of one side.
struct Sample {
  double value = 0;
  // What else is worth knowing: ("p99_us", 812.0).
  std::vector<std::pair<std::string, double>> counters;
};

// The runner calls SetUp once, then Ceiling and Measure in turns, then TearDown. An error ends the
// scenario and, with it, the program.
class Scenario {
 public:
  explicit Scenario(Description description) : description_(std::move(description)) {}
  virtual ~Scenario() = default;

  const Description& description() const { return description_; }

  // Starts servers, loads data, prepares requests.
  virtual absl::Status SetUp(Environment& environment) = 0;
  // One round of the ceiling. Not called where the description names none.
  virtual absl::StatusOr<Sample> Ceiling(absl::Duration duration);
  // One round of what is measured.
  virtual absl::StatusOr<Sample> Measure(absl::Duration duration) = 0;
  // Checks that the server has what it acknowledged, and stops what SetUp started.
  virtual absl::Status TearDown() = 0;

 private:
  const Description description_;
};

using Scenarios = std::vector<std::unique_ptr<Scenario>>;

void AddAppendScenarios(Scenarios* scenarios);
void AddReadScenarios(Scenarios* scenarios);
void AddReliabilityScenarios(Scenarios* scenarios);
void AddListScenarios(Scenarios* scenarios);
void AddPerspectiveScenarios(Scenarios* scenarios);
void AddRebuildScenarios(Scenarios* scenarios);
void AddAssessScenarios(Scenarios* scenarios);
void AddVerifyScenarios(Scenarios* scenarios);
// The ceilings alone, without a server under test.
void AddCeilings(Scenarios* scenarios);

}  // namespace pledger::bench

#endif  // PLEDGER_TESTS_BENCH_SCENARIO_H_
