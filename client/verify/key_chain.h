// Which keys sign a log's checkpoints: the first, and those that succeeded each other by recorded,
// doubly signed rotations.
#ifndef PLEDGER_CLIENT_VERIFY_KEY_CHAIN_H_
#define PLEDGER_CLIENT_VERIFY_KEY_CHAIN_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "pledger/v1/fact_audit.pb.h"
#include "storage/format/types.h"
#include "storage/merkle/checkpoint.h"
#include "storage/merkle/signed_note.h"

namespace pledger::verify {

// Not thread-safe.
class KeyChain {
 public:
  explicit KeyChain(std::string origin) : origin_(std::move(origin)) {}

  // Takes the rotation recorded at `position`, in the order of positions. FAILED_PRECONDITION if it
  // does not go on from the key in force; statuses of VerifyRotation().
  [[nodiscard]] absl::Status Add(storage::Position position, const v1::SigningKeyRotated& rotation);

  // Says which key was in force before any rotation, where none was recorded to tell it.
  void SetOnlyKey(const storage::merkle::NoteVerifier& key);

  bool empty() const { return keys_.empty(); }
  // The oldest first; each was succeeded at `ends()[i]` by the next.
  absl::Span<const storage::merkle::NoteVerifier> keys() const { return keys_; }
  absl::Span<const storage::Position> ends() const { return ends_; }

  // OK if the key that was in force for a checkpoint of this size signed it. NOT_FOUND or DATA_LOSS
  // else.
  [[nodiscard]] absl::Status CheckSignature(const storage::merkle::Checkpoint& checkpoint,
                                            const storage::merkle::SignedNote& note) const;

 private:
  std::string origin_;
  std::vector<storage::merkle::NoteVerifier> keys_;
  std::vector<storage::Position> ends_;
};

}  // namespace pledger::verify

#endif  // PLEDGER_CLIENT_VERIFY_KEY_CHAIN_H_
