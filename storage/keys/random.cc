#include "storage/keys/random.h"

#include <openssl/rand.h>

#include "storage/keys/crypto_check.h"

namespace pledger::storage::keys {

void SystemRandomSource::Fill(absl::Span<uint8_t> out) {
  CheckCrypto(RAND_bytes(out.data(), static_cast<int>(out.size())) == 1, "RAND_bytes");
}

}  // namespace pledger::storage::keys
