// The state of one obligation, and the states that one fact reads and changes.
//
// Internal to obligations, but for whoever shows states to people. Not thread-safe.
#ifndef PLEDGER_SERVER_DOMAIN_OBLIGATION_STATE_H_
#define PLEDGER_SERVER_DOMAIN_OBLIGATION_STATE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/obligations.h"

namespace pledger {

// The numbers are stored. Says nothing of outcomes, which a correction may change.
enum class ObligationStatus : uint8_t {
  // Not known: never opened, or its opening was retracted.
  kUnknown = 0,
  kOpen = 1,
  kClosed = 2,
  kKept = 3,
  kBroken = 4,
  kWaived = 5,
  kCancelled = 6,
  kWrittenOff = 7,
  kReversed = 8,
  kResolved = 9,
  kAgreed = 10,
  kAbsorbed = 11,
  kDeclined = 12,
  kWithdrawn = 13,
  kDecided = 14,
  kReleased = 15,
  // How far a parting has come; each is the step's number plus 15.
  kThanked = 16,
  kReframed = 17,
  kRefunded = 18,
  kAlternativeOffered = 19,
  // Of a target: it reads as its latest correction, whose position is `aux`.
  kCorrected = 20,
  kRetracted = 21,
};

// "written_off": how errors name the state.
std::string_view ObligationStatusName(ObligationStatus status);

// A change of status that can be taken back while it is the last one.
struct ObligationMove {
  uint64_t position = 0;
  ObligationStatus previous = ObligationStatus::kUnknown;
  // Facts recorded after it that this status allowed.
  uint64_t notes = 0;

  bool operator==(const ObligationMove&) const = default;
};

struct ObligationState {
  // A complaint may be reopened without end; only this many moves are kept to be taken back.
  static constexpr size_t kMovesKept = 8;

  ObligationStatus status = ObligationStatus::kUnknown;
  // The event that opened it.
  uint64_t opener_position = 0;
  // Facts that rely on it and are not retracted, except those that moved it.
  uint64_t dependents = 0;
  // Moves not retracted, whether they are kept or not.
  uint64_t move_count = 0;
  // For a promise: 1 if payments settle it. For a target: the position of its latest correction.
  // For the policy: its version.
  uint64_t aux = 0;
  // The last moves, oldest first.
  std::vector<ObligationMove> moves;

  bool operator==(const ObligationState&) const = default;
};

// A version byte, the status, then varints; see the .cc file. Equal states have equal encodings.
std::string EncodeObligation(const ObligationState& state);

// CORRUPT if `value` is not exactly what EncodeObligation returns for some state.
absl::StatusOr<ObligationState> DecodeObligation(std::string_view value);

// What one fact reads and changes: states are read through from the table, and nothing reaches it
// until Commit.
class ObligationDraft {
 public:
  // `table` outlives the draft.
  ObligationDraft(std::string_view client_id, ObligationTable& table)
      : client_id_(client_id), table_(table) {}

  std::string_view client_id() const { return client_id_; }

  // The state to read or change in place; kUnknown if the table has none. The pointer stays valid
  // as long as the draft.
  absl::StatusOr<ObligationState*> Get(ObligationKind kind, std::string_view id);

  // Puts the states that differ from what was read, in the order of their keys.
  void Commit();

 private:
  struct Entry {
    ObligationState read;
    ObligationState state;
  };

  const std::string_view client_id_;
  ObligationTable& table_;
  // Ordered, so that a commit is deterministic, and with stable addresses.
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace pledger

#endif  // PLEDGER_SERVER_DOMAIN_OBLIGATION_STATE_H_
