// A scenario: facts in the order in which they are recorded, questions, and the answers that they
// must have. README.md describes the file.
#ifndef PLEDGER_TESTS_SCENARIOS_SCENARIO_H_
#define PLEDGER_TESTS_SCENARIOS_SCENARIO_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pledger/v1/errors.pb.h"
#include "pledger/v1/fact.pb.h"
#include "pledger/v1/policy.pb.h"
#include "tests/scenarios/expectation.pb.h"

namespace pledger::scenarios {

struct FactLine {
  int line = 0;
  std::string text;
  std::string client_id;
  absl::Time occur_time;
  v1::Fact fact;
  // The fact that this one is about, as an index into the scenario's facts: its position, which is
  // known only once that is recorded, belongs into the fact.
  std::optional<size_t> target;
  // Anything but UNSPECIFIED: the ledger must reject it so.
  v1::ErrorReason rejected = v1::ERROR_REASON_UNSPECIFIED;
};

// From where, and by which numbers, a question is asked.
struct Question {
  std::string client_id;
  absl::Time as_of;
  // What was known once this fact was recorded, as an index.
  std::optional<size_t> known_at;
  std::optional<v1::Policy> draft;
};

struct ExpectLine {
  int line = 0;
  std::string text;
  // Index into the scenario's questions.
  size_t question = 0;
  Expectation expectation;
};

struct Scenario {
  std::string file;
  // The practice of DOMAIN.md section 9 that it shows, "B5"; or "-" for how answers are given.
  std::string tag;
  std::string title;
  std::vector<FactLine> facts;
  // By label, "@bill": indices into `facts`.
  std::map<std::string, size_t> labels;
  std::vector<Question> questions;
  std::vector<ExpectLine> expectations;
};

// INVALID_ARGUMENT is "FILE:LINE: what is wrong".
[[nodiscard]] absl::StatusOr<Scenario> ParseScenario(std::string_view file, std::string_view text);

// What is expected, without the word "expect" before it. Labels are not resolved.
[[nodiscard]] absl::StatusOr<Expectation> ParseExpectation(std::string_view text);

}  // namespace pledger::scenarios

#endif  // PLEDGER_TESTS_SCENARIOS_SCENARIO_H_
