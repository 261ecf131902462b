// Where keys, nonces and salts come from.
#ifndef PLEDGER_STORAGE_KEYS_RANDOM_H_
#define PLEDGER_STORAGE_KEYS_RANDOM_H_

#include <cstdint>

#include "absl/types/span.h"

namespace pledger::storage::keys {

// Implementations are thread-safe.
class RandomSource {
 public:
  virtual ~RandomSource() = default;

  // Fills `out` with bytes that nobody can predict. Cannot fail: an implementation that has none
  // ends the process.
  virtual void Fill(absl::Span<uint8_t> out) = 0;
};

// OpenSSL's generator, which the operating system seeds.
class SystemRandomSource : public RandomSource {
 public:
  void Fill(absl::Span<uint8_t> out) override;
};

}  // namespace pledger::storage::keys

#endif  // PLEDGER_STORAGE_KEYS_RANDOM_H_
