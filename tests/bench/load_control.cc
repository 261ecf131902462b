#include "tests/bench/load_control.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"

namespace pledger::bench {
namespace {

using Clock = std::chrono::steady_clock;

Clock::time_point DeadlineAfter(Clock::time_point start, absl::Duration duration) {
  if (duration == absl::InfiniteDuration()) return Clock::time_point::max();
  return start + absl::ToChronoNanoseconds(duration);
}

double Percentile(std::vector<uint32_t>& values, double share) {
  if (values.empty()) return 0;
  const size_t rank = static_cast<size_t>(std::floor(share * static_cast<double>(values.size())));
  const auto at = values.begin() + static_cast<int64_t>(std::min(rank, values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

LoadControl::LoadControl(const Load& load, int workers)
    : load_(load),
      start_(Clock::now()),
      deadline_(DeadlineAfter(start_, load.duration)),
      workers_left_(workers) {}

const grpc::ByteBuffer* LoadControl::Next() {
  if (failed_.load(std::memory_order_relaxed)) return nullptr;
  if (deadline_ != Clock::time_point::max() && Clock::now() >= deadline_) return nullptr;
  const uint64_t index = next_.fetch_add(1, std::memory_order_relaxed);
  const size_t size = load_.requests->size();
  if (index >= size && !load_.cyclic) return nullptr;
  return &(*load_.requests)[index % size];
}

void LoadControl::Fail(const grpc::Status& status) {
  failed_.store(true, std::memory_order_relaxed);
  absl::MutexLock lock(&mutex_);
  if (!error_.ok()) return;
  error_ = absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                        absl::StrCat(load_.method, ": ", status.error_message()));
}

absl::Status LoadControl::Await() {
  workers_left_.Wait();
  absl::MutexLock lock(&mutex_);
  return error_;
}

LoadResult LoadControl::Sum(const std::vector<const WorkerTally*>& tallies) const {
  LoadResult result;
  Clock::time_point end = start_;
  std::vector<uint32_t> latencies_us;
  for (const WorkerTally* tally : tallies) {
    result.calls += tally->calls;
    result.response_messages += tally->response_messages;
    result.response_bytes += tally->response_bytes;
    latencies_us.insert(latencies_us.end(), tally->latencies_us.begin(), tally->latencies_us.end());
    if (tally->calls > 0) end = std::max(end, tally->last_answer);
  }
  result.seconds = std::chrono::duration<double>(end - start_).count();
  result.latency_us_p50 = Percentile(latencies_us, 0.50);
  result.latency_us_p99 = Percentile(latencies_us, 0.99);
  return result;
}

}  // namespace pledger::bench
