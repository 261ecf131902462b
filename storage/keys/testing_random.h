// Random bytes that a test can foresee. Never for anything that is kept.
#ifndef PLEDGER_STORAGE_KEYS_TESTING_RANDOM_H_
#define PLEDGER_STORAGE_KEYS_TESTING_RANDOM_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/format/big_endian.h"
#include "storage/keys/random.h"
#include "storage/merkle/hash.h"

namespace pledger::storage::keys {

// The bytes SHA-256(seed ‖ 0) ‖ SHA-256(seed ‖ 1) ‖ …, both numbers as 8 bytes, big-endian, handed
// out one after the other. Thread-safe; with several threads it is open who gets which.
class SeededRandomSource : public RandomSource {
 public:
  explicit SeededRandomSource(uint64_t seed) : seed_(seed) {}

  void Fill(absl::Span<uint8_t> out) override {
    absl::MutexLock lock(&mutex_);
    for (uint8_t& byte : out) {
      if (used_ == block_.size()) NextBlock();
      byte = block_[used_++];
    }
  }

 private:
  void NextBlock() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::string input;
    AppendBig64(seed_, &input);
    AppendBig64(counter_++, &input);
    block_ = merkle::Sha256(input);
    used_ = 0;
  }

  const uint64_t seed_;
  absl::Mutex mutex_;
  uint64_t counter_ ABSL_GUARDED_BY(mutex_) = 0;
  Hash block_ ABSL_GUARDED_BY(mutex_){};
  size_t used_ ABSL_GUARDED_BY(mutex_) = sizeof(Hash);
};

}  // namespace pledger::storage::keys

#endif  // PLEDGER_STORAGE_KEYS_TESTING_RANDOM_H_
