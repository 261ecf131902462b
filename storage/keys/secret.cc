#include "storage/keys/secret.h"

#include <openssl/crypto.h>

namespace pledger::storage::keys {

Secret::~Secret() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

bool Secret::operator==(const Secret& other) const {
  return CRYPTO_memcmp(bytes_.data(), other.bytes_.data(), kBytes) == 0;
}

}  // namespace pledger::storage::keys
