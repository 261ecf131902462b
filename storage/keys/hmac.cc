// The low-level functions are deprecated for EVP, whose HMAC costs three times what it computes
// here; see merkle/hash.cc.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "storage/keys/hmac.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <string>

#include "storage/merkle/hash.h"

namespace pledger::storage::keys {
namespace {

using Block = std::array<uint8_t, SHA256_CBLOCK>;

// RFC 2104: the key, padded, each byte combined with `pad`, hashed before `message`.
Hash HashKeyed(const Block& key, uint8_t pad, const void* message, size_t size) {
  Block padded;
  for (size_t i = 0; i < padded.size(); ++i) padded[i] = key[i] ^ pad;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, padded.data(), padded.size());
  SHA256_Update(&context, message, size);
  Hash hash;
  SHA256_Final(hash.data(), &context);
  OPENSSL_cleanse(padded.data(), padded.size());
  OPENSSL_cleanse(&context, sizeof context);
  return hash;
}

}  // namespace

Hash HmacSha256(absl::Span<const uint8_t> key, std::string_view message) {
  Block block{};
  if (key.size() <= block.size()) {
    std::copy(key.begin(), key.end(), block.begin());
  } else {
    const Hash hash = merkle::Sha256({reinterpret_cast<const char*>(key.data()), key.size()});
    std::copy(hash.begin(), hash.end(), block.begin());
  }
  const Hash inner = HashKeyed(block, 0x36, message.data(), message.size());
  const Hash outer = HashKeyed(block, 0x5c, inner.data(), inner.size());
  OPENSSL_cleanse(block.data(), block.size());
  return outer;
}

Secret DeriveKey(const Secret& key, std::string_view label) {
  std::string info(label);
  info += '\x01';
  Hash hash = HmacSha256(key.bytes(), info);
  const Secret derived(hash);
  OPENSSL_cleanse(hash.data(), hash.size());
  return derived;
}

}  // namespace pledger::storage::keys
