#include "storage/keys/hmac.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>
#include <string>

#include "storage/keys/crypto_check.h"

namespace pledger::storage::keys {
namespace {

struct FreeContext {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MAC_CTX, FreeContext>;

// A context that knows its algorithms but no key. Looking the algorithms up costs more than a short
// message does (1.0 against 0.7 us), so that it is done once.
const EVP_MAC_CTX* NewPrototype() {
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
  CheckCrypto(mac != nullptr, "finding HMAC");
  EVP_MAC_CTX* context = EVP_MAC_CTX_new(mac);
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_end()};
  CheckCrypto(context != nullptr && EVP_MAC_CTX_set_params(context, params) == 1,
              "preparing HMAC-SHA-256");
  return context;
}

}  // namespace

Hash HmacSha256(absl::Span<const uint8_t> key, std::string_view message) {
  static const EVP_MAC_CTX* const prototype = NewPrototype();
  // A copy is freed, and with it the key wiped, before this returns.
  const Context context(EVP_MAC_CTX_dup(prototype));
  Hash hash;
  size_t size = 0;
  CheckCrypto(
      context != nullptr && EVP_MAC_init(context.get(), key.data(), key.size(), nullptr) == 1 &&
          EVP_MAC_update(context.get(), reinterpret_cast<const uint8_t*>(message.data()),
                         message.size()) == 1 &&
          EVP_MAC_final(context.get(), hash.data(), &size, hash.size()) == 1 && size == hash.size(),
      "HMAC-SHA-256");
  return hash;
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
