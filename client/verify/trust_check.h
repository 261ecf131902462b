// Who signed what: the checkpoints of a log, those in a pack and those known from elsewhere,
// against the tree, the keys and the witnesses.
#ifndef PLEDGER_CLIENT_VERIFY_TRUST_CHECK_H_
#define PLEDGER_CLIENT_VERIFY_TRUST_CHECK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "client/verify/key_chain.h"
#include "client/verify/verdicts.h"
#include "client/verify/verify_pack.h"
#include "storage/format/types.h"
#include "storage/merkle/checkpoint.h"
#include "storage/merkle/witness_policy.h"

namespace pledger::verify {

struct SeenCheckpoint {
  std::string source;
  storage::merkle::Checkpoint checkpoint;
  storage::merkle::SignedNote note;
  // Brought along by the verifier rather than part of what is verified.
  bool is_known = false;
  // The root of the pack's records at its size, if they go so far and are all there.
  std::optional<storage::Hash> tree_root;
};

// Not thread-safe.
class TrustCheck {
 public:
  // `trust` and `report` must outlive it.
  TrustCheck(const Trust& trust, Report& report) : trust_(trust), report_(report) {}

  // The policy that comes with what is verified; its text may be no policy, which is a failure.
  void TakePolicy(std::string_view text);

  // INVALID_ARGUMENT if the note is no checkpoint.
  [[nodiscard]] absl::Status Take(std::string source, std::string_view note, bool is_known);

  // By size; the one that was taken first is head().
  std::vector<SeenCheckpoint>& BySize();
  const SeenCheckpoint& head() const;

  // Compares every checkpoint with the tree. `size` is how far the records go.
  void CheckTree(uint64_t size);
  // Whether the keys that were in force signed them all, and are trusted.
  void CheckSignatures(KeyChain& keys);
  // Whether the witnesses saw the head, and nothing later is known.
  void CheckFreshness();

 private:
  std::vector<storage::merkle::NoteVerifier> TrustedKeys() const;
  bool AnchorKeys(KeyChain& keys);
  const storage::merkle::WitnessPolicy* Witnesses() const;
  std::string WitnessesOf(const SeenCheckpoint& seen) const;
  void CheckQuorum(const storage::merkle::WitnessPolicy& policy);

  const Trust& trust_;
  Report& report_;
  std::optional<storage::merkle::WitnessPolicy> policy_;
  std::vector<SeenCheckpoint> seen_;
  std::string head_source_;
};

}  // namespace pledger::verify

#endif  // PLEDGER_CLIENT_VERIFY_TRUST_CHECK_H_
