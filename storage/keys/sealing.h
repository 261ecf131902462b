// Personal fields, sealed under their client's data key.
//
// A sealed blob, format 2, has 69 bytes more than the plaintext:
//
//   offset  bytes
//        0      1  format: 2
//        1      8  the id of the data key (wrapping.h)
//        9     12  nonce, random
//       21     32  ciphertext of the salt, which is random
//       53      n  ciphertext of the plaintext
//   53 + n     16  tag
//
// AES-256-GCM under the data key over salt ‖ plaintext; the associated data is AssociatedData()
// (aead.h) of these four: the ledger's origin, the client id, the event id's 16 bytes, bytes 0 to 8
// of the blob. A client whose key was erased may have another one: the id tells which blobs are
// dark. Format 1 is opened, and no longer made: it has no id, and its associated data are the first
// three fields.
//
// The record holds the SHA-256 of the blob and the commitment, HMAC-SHA-256 with the salt as the
// key and the plaintext as the message. With plaintext and salt anybody can check a disclosure
// against the commitment, without the data key; and as GCM alone would let a blob be made that
// opens to two texts under two keys, it is the commitment that excludes a second story. All is pure
// and thread-safe.
#ifndef PLEDGER_STORAGE_KEYS_SEALING_H_
#define PLEDGER_STORAGE_KEYS_SEALING_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/format/types.h"
#include "storage/keys/random.h"
#include "storage/keys/secret.h"
#include "storage/keys/wrapping.h"

namespace pledger::storage::keys {

inline constexpr uint8_t kSealedFormatVersion = 2;
inline constexpr size_t kSaltBytes = 32;
// What a blob has besides the plaintext.
inline constexpr size_t kSealedOverheadBytes = 69;

using Salt = std::array<uint8_t, kSaltBytes>;

// The one place where a blob opens. Views its strings.
struct SealContext {
  // The name of the ledger, as in its checkpoints.
  std::string_view origin;
  std::string_view client_id;
  EventId event_id{};
};

struct SealedPersonal {
  std::string blob;
  // SHA-256 of the blob.
  Hash blob_hash{};
  // PersonalCommitment() of the salt in the blob and the plaintext.
  Hash commitment{};
};

struct OpenedPersonal {
  std::string plaintext;
  Salt salt{};
};

// Takes 32 bytes of salt and then 12 of nonce from `random`. INVALID_ARGUMENT if the blob would be
// larger than kSealedBytesMax (format/record.h).
[[nodiscard]] absl::StatusOr<SealedPersonal> Seal(const DataKey& key, const SealContext& context,
                                                  std::string_view plaintext, RandomSource& random);

// The id of the data key that the blob was sealed under; none in format 1, which does not say.
// DATA_LOSS if the blob is of a format that isn't known, or of no possible size.
[[nodiscard]] absl::StatusOr<std::optional<KeyId>> SealingKeyId(std::string_view blob);

// DATA_LOSS if the blob is of a format that isn't known, was changed, or was sealed under another
// key or in another context.
[[nodiscard]] absl::StatusOr<OpenedPersonal> Open(const DataKey& key, const SealContext& context,
                                                  std::string_view blob);

// HMAC-SHA-256(salt, plaintext): what the record holds for the personal part. Whoever opens a blob
// or is shown a disclosure compares it with the record's.
Hash PersonalCommitment(const Salt& salt, std::string_view plaintext);

// What tells two plaintexts of one client apart: the first 16 bytes of HMAC-SHA-256(k, plaintext)
// with k = DeriveKey(key, "pledger personal fingerprint") (hmac.h). Without the data key it says
// nothing about the plaintext, so that after an erasure nobody can try out guesses.
Fingerprint PersonalFingerprint(const DataKey& key, std::string_view plaintext);

}  // namespace pledger::storage::keys

#endif  // PLEDGER_STORAGE_KEYS_SEALING_H_
