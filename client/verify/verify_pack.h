// Verifies an audit pack (pack.h) without its server.
#ifndef PLEDGER_CLIENT_VERIFY_VERIFY_PACK_H_
#define PLEDGER_CLIENT_VERIFY_VERIFY_PACK_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/verify/pack.h"
#include "client/verify/verdicts.h"
#include "storage/format/types.h"
#include "storage/merkle/signed_note.h"
#include "storage/merkle/witness_policy.h"

namespace pledger::verify {

// What the verifier brings along; the rest is taken from the pack.
struct Trust {
  // Keys of the log, of any age. None: the pack's own policy is believed, and authorship can only
  // be checked as far as that goes.
  std::vector<storage::merkle::NoteVerifier> log_keys;
  // The witnesses and the quorum. None: those of the pack's policy.
  std::optional<storage::merkle::WitnessPolicy> witnesses;
  // Checkpoints of the same log that are known from elsewhere: seen before, got from a witness.
  std::vector<CheckpointFile> known;
  absl::Time now = absl::InfinitePast();
  // How old the quorum's word may be; infinite: any age will do.
  absl::Duration age_max = absl::InfiniteDuration();
};

struct VerifyOptions {
  Trust trust;
  size_t threads = 1;
  // Told now and then on the calling thread how many records are done, of how many. May be empty.
  std::function<void(uint64_t done, uint64_t total)> progress;
};

struct PackReport {
  Report report;
  std::string origin;
  // Of the checkpoint that the pack goes up to.
  uint64_t size = 0;
  storage::Hash root{};
  uint64_t clients = 0;
  uint64_t checkpoints = 0;
};

// Takes the memory of some bundles for each thread, and of one hash for each client: the same
// however long the history is. A damaged pack is OK, and the report says where it is damaged.
// NOT_FOUND or INVALID_ARGUMENT if the folder is no pack at all: no checkpoint, or none that can be
// read.
[[nodiscard]] absl::StatusOr<PackReport> VerifyPack(const std::string& folder,
                                                    const VerifyOptions& options);

}  // namespace pledger::verify

#endif  // PLEDGER_CLIENT_VERIFY_VERIFY_PACK_H_
