// Data keys as they are stored: encrypted under the key-encryption key. Thread-safe.
//
// A wrapped key, format 1, has 69 bytes:
//
//   offset  bytes
//        0      1  format: 1
//        1      8  the id of the key-encryption key
//        9     12  nonce, random
//       21     32  ciphertext of the data key
//       53     16  tag
//
// AES-256-GCM under the key-encryption key; the associated data is AssociatedData() of these three:
// the text "pledger wrapped data key", bytes 0 to 8 of the wrapped key, the client id. The id of a
// key-encryption key is the first 8 bytes of HMAC-SHA-256(key, "pledger key-encryption key id"),
// that of a data key the same with "pledger data key id": it tells keys apart and gives nothing of
// them away.
#ifndef PLEDGER_STORAGE_KEYS_WRAPPING_H_
#define PLEDGER_STORAGE_KEYS_WRAPPING_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/keys/random.h"
#include "storage/keys/secret.h"

namespace pledger::storage::keys {

inline constexpr uint8_t kWrappedFormatVersion = 1;
inline constexpr size_t kWrappedBytes = 69;

using KeyId = std::array<uint8_t, 8>;

KeyId IdOf(const KeyEncryptionKey& key);
KeyId IdOf(const DataKey& key);

// 16 hexadecimal digits, for messages and the key file.
std::string ToString(const KeyId& id);

// Takes the 12 bytes of the nonce from `random`.
std::string WrapDataKey(const KeyEncryptionKey& key, std::string_view client_id,
                        const DataKey& data_key, RandomSource& random);

// The id of the key-encryption key that `wrapped` says it was wrapped under. DATA_LOSS if it is no
// wrapped key.
[[nodiscard]] absl::StatusOr<KeyId> WrappingKeyId(std::string_view wrapped);

// DATA_LOSS if `wrapped` is no wrapped key, was changed, or is another client's.
// FAILED_PRECONDITION if it was wrapped under another key-encryption key: a wrong key file, or a
// copy from before an erasure.
[[nodiscard]] absl::StatusOr<DataKey> UnwrapDataKey(const KeyEncryptionKey& key,
                                                    std::string_view client_id,
                                                    std::string_view wrapped);

}  // namespace pledger::storage::keys

#endif  // PLEDGER_STORAGE_KEYS_WRAPPING_H_
