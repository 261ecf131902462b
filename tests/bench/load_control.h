// What the calls of one load have in common: the next request, the first error, the end.
#ifndef PLEDGER_TESTS_BENCH_LOAD_CONTROL_H_
#define PLEDGER_TESTS_BENCH_LOAD_CONTROL_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "tests/bench/load.h"

namespace pledger::bench {

// One worker's figures: a call slot or a stream. Written by that worker alone.
struct WorkerTally {
  int64_t calls = 0;
  int64_t response_messages = 0;
  int64_t response_bytes = 0;
  std::vector<uint32_t> latencies_us;
  std::chrono::steady_clock::time_point last_answer;
};

// Shared by the workers of one load. Thread-safe. `load` must outlive it.
class LoadControl {
 public:
  LoadControl(const Load& load, int workers);

  // The request to send now, or nullptr when there is none left, time is up, or a call failed.
  const grpc::ByteBuffer* Next();
  // Keeps the first error, and ends the load.
  void Fail(const grpc::Status& status);
  // A worker is done and will not touch its fields again.
  void WorkerDone() { workers_left_.DecrementCount(); }
  // Waits for every worker.
  absl::Status Await();
  // Sums up, after Await.
  LoadResult Sum(const std::vector<const WorkerTally*>& tallies) const;

 private:
  const Load& load_;
  const std::chrono::steady_clock::time_point start_;
  const std::chrono::steady_clock::time_point deadline_;
  std::atomic<uint64_t> next_ = 0;
  std::atomic<bool> failed_ = false;
  absl::BlockingCounter workers_left_;
  absl::Mutex mutex_;
  absl::Status error_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pledger::bench

#endif  // PLEDGER_TESTS_BENCH_LOAD_CONTROL_H_
