#include "storage/keys/crypto_check.h"

#include <openssl/err.h>

#include <cstdio>
#include <cstdlib>

namespace pledger::storage::keys {

void CheckCrypto(bool ok, const char* what) {
  if (ok) return;
  char reason[256];
  ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
  std::fprintf(stderr, "OpenSSL failed: %s: %s\n", what, reason);
  std::abort();
}

}  // namespace pledger::storage::keys
