// Appends at random: most of them sound, some wrong in every way that a client can be wrong.
#ifndef PLEDGER_TESTS_MODEL_RANDOM_APPENDS_H_
#define PLEDGER_TESTS_MODEL_RANDOM_APPENDS_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "pledger/v1/ledger.pb.h"

namespace pledger::testing {

// The same seed gives the same appends.
class RandomAppends {
 public:
  explicit RandomAppends(uint64_t seed) : random_(seed) {}

  // For a ledger with `next_position` events. Remembers what it gave, to send it again.
  v1::AppendRequest Next(uint64_t next_position);

  uint64_t Below(uint64_t limit) { return random_() % limit; }

 private:
  bool OneIn(uint64_t chance) { return Below(chance) == 0; }
  std::string ClientId();
  std::string Fact(uint64_t next_position);
  v1::ProposedEvent NewEvent(uint64_t next_position);
  // One that was given before, unchanged or with another content.
  v1::ProposedEvent OldEvent();
  void Change(v1::ProposedEvent& event);
  void AddExpectations(v1::AppendRequest& request);
  void Spoil(v1::AppendRequest& request);

  std::mt19937_64 random_;
  uint64_t next_id_ = 0;
  std::vector<v1::AppendRequest> given_;
};

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_MODEL_RANDOM_APPENDS_H_
