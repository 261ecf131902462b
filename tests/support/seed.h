// The seed of a random test: printed, so that a failure can be run again.
#ifndef PLEDGER_TESTS_SUPPORT_SEED_H_
#define PLEDGER_TESTS_SUPPORT_SEED_H_

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace pledger::testing {

// PLEDGER_SEED if it is set, else `standard`: a run in CI is the same every time.
inline uint64_t Seed(uint64_t standard) {
  const char* given = std::getenv("PLEDGER_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : standard;
  std::printf("PLEDGER_SEED=%" PRIu64 " runs this again\n", seed);
  return seed;
}

// How often to repeat what a nightly run repeats more often: PLEDGER_ROUNDS, else `standard`.
inline int Rounds(int standard) {
  const char* given = std::getenv("PLEDGER_ROUNDS");
  return given != nullptr ? std::atoi(given) : standard;
}

// Whether this is a run under a sanitizer, which takes several times as long: sweeps then take
// longer steps.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_SUPPORT_SEED_H_
