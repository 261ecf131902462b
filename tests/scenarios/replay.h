// Records a scenario in a ledger, in one order or another.
#ifndef PLEDGER_TESTS_SCENARIOS_REPLAY_H_
#define PLEDGER_TESTS_SCENARIOS_REPLAY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "pledger/v1/event.pb.h"
#include "pledger/v1/ledger.pb.h"
#include "tests/e2e/plain_client.h"
#include "tests/scenarios/scenario.h"

namespace pledger::scenarios {

// As the file has it.
std::vector<size_t> FileOrder(const Scenario& scenario);

// A random order that the rules of recording allow, from the seed: an obligation is opened before
// anything else names it, and what moves it keeps its place among all that name it; what is about
// an event comes after it. Facts that must be rejected, which depend on the order, are left out.
std::vector<size_t> PermutedOrder(const Scenario& scenario, uint64_t seed);

// One scenario in one ledger. Not thread-safe.
class Replay {
 public:
  Replay(const Scenario& scenario, const testing::PlainClient& client)
      : scenario_(scenario), client_(client), recorded_(scenario.facts.size()) {}

  // INVALID_ARGUMENT names the line, and what the ledger said.
  [[nodiscard]] absl::Status Record(const std::vector<size_t>& order);
  // Sends again what Record recorded; INTERNAL unless nothing of it is recorded anew.
  [[nodiscard]] absl::Status Redeliver();

  // Of a fact that was recorded.
  const v1::AppendedEvent& recorded(size_t fact) const { return recorded_[fact]; }
  // The position of a label's fact.
  uint64_t PositionOf(const std::string& label) const;
  uint64_t last_position() const { return last_position_; }

 private:
  v1::ProposedEvent EventOf(size_t fact) const;
  absl::Status Flush();
  absl::Status ExpectRejection(size_t fact);

  const Scenario& scenario_;
  const testing::PlainClient& client_;
  std::vector<v1::AppendedEvent> recorded_;
  uint64_t last_position_ = 0;
  // What waits to be sent, and what was.
  v1::AppendRequest pending_;
  std::vector<size_t> pending_facts_;
  std::vector<v1::AppendRequest> sent_;
};

}  // namespace pledger::scenarios

#endif  // PLEDGER_TESTS_SCENARIOS_REPLAY_H_
