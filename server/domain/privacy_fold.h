// What one client's facts say about privacy: holds, erasures, and how much there is to erase.
//
// Pure. Not thread-safe.
#ifndef PLEDGER_SERVER_DOMAIN_PRIVACY_FOLD_H_
#define PLEDGER_SERVER_DOMAIN_PRIVACY_FOLD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pledger/v1/fact.pb.h"

namespace pledger {

// What an event is, besides its fact.
struct PrivacyEvent {
  uint64_t position = 0;
  int64_t record_time_ns = 0;
  std::string_view actor;
};

class PrivacyFold {
 public:
  struct Hold {
    std::string hold_id;
    std::string basis;
    uint64_t position = 0;
    int64_t placed_time_ns = 0;
    std::string placed_by;
    struct Release {
      uint64_t position = 0;
      int64_t time_ns = 0;
      std::string by;
    };
    // None while it is in force.
    std::optional<Release> release;
  };
  struct Erasure {
    uint64_t position = 0;
    int64_t record_time_ns = 0;
    v1::ClientErased fact;
  };

  // Whether a fact of this type is to be given to Add(); others need only AddSealed().
  static bool Concerns(uint16_t fact_type);

  // To be given the client's facts, as they are recorded and in their order.
  void Add(const PrivacyEvent& event, const v1::Fact& fact);
  // The next event has personal fields.
  void AddSealed() { ++sealed_count_; }

  // In the order in which they were placed. One whose HoldPlaced was retracted is not among them.
  const std::vector<Hold>& holds() const { return holds_; }
  const std::vector<Erasure>& erasures() const { return erasures_; }
  // The first that is in force; null if none is.
  const Hold* hold_in_force() const;
  // How many events have had personal fields since the last erasure.
  int64_t sealed_count() const { return sealed_count_; }

 private:
  void Retract(uint64_t target);

  std::vector<Hold> holds_;
  std::vector<Erasure> erasures_;
  int64_t sealed_count_ = 0;
};

}  // namespace pledger

#endif  // PLEDGER_SERVER_DOMAIN_PRIVACY_FOLD_H_
