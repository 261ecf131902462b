// AES-256-GCM (NIST SP 800-38D), as wrapping and sealing use it. Pure and thread-safe.
//
// Nonces are random, which is safe for 2^32 messages under one key: more than a client has events,
// and more than a ledger has clients.
#ifndef PLEDGER_STORAGE_KEYS_AEAD_H_
#define PLEDGER_STORAGE_KEYS_AEAD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/keys/secret.h"

namespace pledger::storage::keys {

inline constexpr size_t kAeadNonceBytes = 12;
inline constexpr size_t kAeadTagBytes = 16;

using AeadNonce = std::array<uint8_t, kAeadNonceBytes>;

// Each field preceded by its size as 8 bytes, big-endian: no two lists of fields give the same.
std::string AssociatedData(std::initializer_list<std::string_view> fields);

// Appends to `out` the ciphertext of the parts, taken as one text, and the tag. The nonce is never
// to be used with this key again.
void AeadSeal(const Secret& key, const AeadNonce& nonce, std::string_view associated,
              std::initializer_list<std::string_view> parts, std::string* out);

// The text that `sealed` (ciphertext and tag) was made of. DATA_LOSS if it was not made with this
// key, nonce and associated data, or was changed; nothing of the text is then given.
[[nodiscard]] absl::StatusOr<std::string> AeadOpen(const Secret& key, const AeadNonce& nonce,
                                                   std::string_view associated,
                                                   std::string_view sealed);

}  // namespace pledger::storage::keys

#endif  // PLEDGER_STORAGE_KEYS_AEAD_H_
