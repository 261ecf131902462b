#include "client/lib/uuid.h"

#include <cstdint>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"

namespace pledger::client {
namespace {

constexpr int kRandomBits = 74;

// 122 bits with the version and the variant put in their places.
absl::uint128 WithVersion7(absl::uint128 bits) {
  const absl::uint128 low_62 = bits & ((absl::uint128(1) << 62) - 1);
  const absl::uint128 middle_12 = (bits >> 62) & 0xfff;
  const absl::uint128 time_48 = bits >> kRandomBits;
  return time_48 << 80 | absl::uint128(7) << 76 | middle_12 << 64 | absl::uint128(2) << 62 | low_62;
}

}  // namespace

std::string FormatUuid(absl::uint128 uuid) {
  const uint64_t high = absl::Uint128High64(uuid);
  const uint64_t low = absl::Uint128Low64(uuid);
  return absl::StrFormat("%08x-%04x-%04x-%04x-%012x", high >> 32, high >> 16 & 0xffff,
                         high & 0xffff, low >> 48, low & 0xffffffffffff);
}

std::string UuidV7Generator::Next() {
  const absl::uint128 time_ms =
      static_cast<uint64_t>(absl::ToUnixMillis(environment_.Now())) & 0xffffffffffff;
  const absl::uint128 chance =
      absl::MakeUint128(environment_.Random() & 0x3ff, environment_.Random());
  absl::MutexLock lock(&mutex_);
  if (time_ms > last_ >> kRandomBits) {
    last_ = time_ms << kRandomBits | chance;
  } else {
    // A random step keeps ids of one millisecond unguessable; an overflow borrows from the next.
    last_ += 1 + (chance & 0xffffffff);
  }
  return FormatUuid(WithVersion7(last_));
}

}  // namespace pledger::client
