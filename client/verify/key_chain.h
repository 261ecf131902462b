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

// The first line of the statement that both keys sign.
inline constexpr std::string_view kRotationTitle = "pledger.v1 signing key rotation";

// The text of a rotation's statement.
std::string RotationText(std::string_view origin, const storage::merkle::NoteVerifier& old_key,
                         const storage::merkle::NoteVerifier& new_key);

// OK if the rotation is what it says: both keys have the origin for their name, and both signed the
// statement about just them. INVALID_ARGUMENT, DATA_LOSS or NOT_FOUND else.
[[nodiscard]] absl::Status CheckRotation(std::string_view origin,
                                         const v1::SigningKeyRotated& rotation);

// Not thread-safe.
class KeyChain {
 public:
  explicit KeyChain(std::string origin) : origin_(std::move(origin)) {}

  // Takes the rotation recorded at `position`, in the order of positions. FAILED_PRECONDITION if it
  // does not go on from the key in force; statuses of CheckRotation().
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
