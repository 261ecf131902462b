// Which logs and witnesses are trusted, and how many of these must have cosigned (C2SP
// tlog-policy).
//
// A file of lines; those that begin with # and empty ones are skipped:
//
//     log <verifier key> [<url>]
//     witness <name> <verifier key> [<url>]
//     group <name> <number>|any|all <name of a witness or group>...
//     quorum <name of a witness or group>|none
//
// The same file serves the server, which asks each witness that has a URL, and whoever verifies
// offline. Pure and thread-safe; takes hostile input.
#ifndef PLEDGER_STORAGE_MERKLE_WITNESS_POLICY_H_
#define PLEDGER_STORAGE_MERKLE_WITNESS_POLICY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/merkle/signed_note.h"

namespace pledger::storage::merkle {

struct PolicyLog {
  NoteVerifier key;
  // Empty if none is given.
  std::string url;
};

struct PolicyWitness {
  // Used in the policy alone; the key has its own.
  std::string name;
  NoteVerifier key;
  // The witness's submission prefix, to which `/add-checkpoint` is appended; empty if none is
  // given.
  std::string url;
};

// Witnesses, or smaller groups, of which some must have cosigned.
struct PolicyGroup {
  std::string name;
  size_t needed = 0;
  std::vector<std::string> members;
};

struct WitnessPolicy {
  std::vector<PolicyLog> logs;
  std::vector<PolicyWitness> witnesses;
  std::vector<PolicyGroup> groups;
  // The name of a witness or of a group; "none" if no cosignature is needed.
  std::string quorum = "none";
};

inline constexpr size_t kPolicyBytesMax = 1 << 20;

// INVALID_ARGUMENT, naming the line, for what isn't such a file: a name that isn't defined above
// its use or is a member twice, a key twice or of the wrong type, a group that needs more than it
// has, not exactly one quorum.
[[nodiscard]] absl::StatusOr<WitnessPolicy> ParseWitnessPolicy(std::string_view text);

// As ParseWitnessPolicy() takes it.
std::string FormatWitnessPolicy(const WitnessPolicy& policy);

// Which witnesses saw a checkpoint, and whether they are enough.
struct WitnessedBy {
  // By witness of the policy: seconds since 1970, none if it didn't cosign.
  std::vector<std::optional<uint64_t>> times_s;
  bool quorum = false;
};

// DATA_LOSS if a cosignature that names one of the witnesses is false.
[[nodiscard]] absl::StatusOr<WitnessedBy> CheckWitnesses(const SignedNote& checkpoint,
                                                         const WitnessPolicy& policy);

}  // namespace pledger::storage::merkle

#endif  // PLEDGER_STORAGE_MERKLE_WITNESS_POLICY_H_
