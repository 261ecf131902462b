// HMAC-SHA-256 (RFC 2104).
#ifndef PLEDGER_STORAGE_KEYS_HMAC_H_
#define PLEDGER_STORAGE_KEYS_HMAC_H_

#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "storage/format/types.h"
#include "storage/keys/secret.h"

namespace pledger::storage::keys {

// Pure and thread-safe.
Hash HmacSha256(absl::Span<const uint8_t> key, std::string_view message);

// A key for one purpose: HKDF-Expand (RFC 5869) of `key` with `label` as the info and 32 bytes as
// the length, which is HMAC-SHA-256(key, label ‖ 0x01). `key` is uniformly random, so that it needs
// no HKDF-Extract.
Secret DeriveKey(const Secret& key, std::string_view label);

}  // namespace pledger::storage::keys

#endif  // PLEDGER_STORAGE_KEYS_HMAC_H_
