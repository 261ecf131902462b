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
  bool must_be_covered = false;
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

  // One that is part of what is verified; the first is head(). INVALID_ARGUMENT if the note is no
  // checkpoint.
  [[nodiscard]] absl::Status Take(const CheckpointFile& file);
  // All that the verifier brings along. INVALID_ARGUMENT, naming its source, for one that is no
  // checkpoint.
  [[nodiscard]] absl::Status TakeKnown();

  // By size.
  std::vector<SeenCheckpoint>& BySize();
  const SeenCheckpoint& head() const;

  // Compares every checkpoint with the tree. `size` is how far the records go.
  void CheckTree(uint64_t size);
  // Whether the keys that were in force signed them all, and are trusted.
  void CheckSignatures(KeyChain& keys);
  // Whether the witnesses saw the head, and nothing later is known. Where the head need not be the
  // latest, a later one is no failure, but can't be compared either.
  void CheckFreshness(bool must_be_latest);

 private:
  std::vector<storage::merkle::NoteVerifier> TrustedKeys() const;
  bool AnchorKeys(KeyChain& keys);
  absl::Status Add(const CheckpointFile& file, bool is_known);
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
