#include "tests/bench/query_load.h"

#include <algorithm>
#include <utility>

namespace pledger::bench {
namespace {

constexpr char kEchoMethod[] = "/pledger.v1.LedgerService/Append";
constexpr size_t kSoundings = 256;

}  // namespace

QueryLoad::QueryLoad(std::string method, bool streamed, int in_flight)
    : method_(std::move(method)), streamed_(streamed), in_flight_(in_flight) {}

absl::StatusOr<LoadResult> QueryLoad::Run(const Load& load) const {
  return streamed_ ? RunReadCalls(load) : RunUnaryCalls(load);
}

Load QueryLoad::Template(const Channels& channels, absl::Duration duration) const {
  Load load;
  load.channels = &channels;
  load.method = method_;
  load.in_flight = in_flight_;
  load.requests = &requests_;
  load.cyclic = true;
  load.duration = duration;
  return load;
}

absl::Status QueryLoad::SetUp(Environment& environment, const std::string& address,
                              std::vector<grpc::ByteBuffer> requests) {
  requests_ = std::move(requests);
  absl::StatusOr<Channels> one = Connect(address, 1);
  if (!one.ok()) return one.status();
  const std::vector<grpc::ByteBuffer> some(
      requests_.begin(), requests_.begin() + std::min(requests_.size(), kSoundings));
  Load sounding = Template(*one, absl::InfiniteDuration());
  sounding.requests = &some;
  sounding.cyclic = false;
  const absl::StatusOr<LoadResult> sounded = Run(sounding);
  if (!sounded.ok()) return sounded.status();
  response_bytes_ =
      static_cast<double>(sounded->response_bytes) / static_cast<double>(sounded->calls);
  absl::StatusOr<std::unique_ptr<ChildProcess>> echo =
      environment.StartEcho(static_cast<size_t>(response_bytes_));
  if (!echo.ok()) return echo.status();
  echo_ = *std::move(echo);
  Load load = Template(*one, absl::ZeroDuration());
  load.method = kEchoMethod;
  const absl::StatusOr<int> count =
      PickChannels(environment.options(), echo_->address(), load, RunUnaryCalls);
  if (!count.ok()) return count.status();
  absl::StatusOr<Channels> echo_channels = Connect(echo_->address(), *count);
  if (!echo_channels.ok()) return echo_channels.status();
  echo_channels_ = *std::move(echo_channels);
  absl::StatusOr<Channels> channels = Connect(address, *count);
  if (!channels.ok()) return channels.status();
  channels_ = *std::move(channels);
  return absl::OkStatus();
}

absl::StatusOr<Sample> QueryLoad::Ceiling(absl::Duration duration) {
  Load load = Template(echo_channels_, duration);
  load.method = kEchoMethod;
  const absl::StatusOr<LoadResult> result = RunUnaryCalls(load);
  if (!result.ok()) return result.status();
  return Sample{.value = result->CallsPerSecond(), .counters = {}};
}

absl::StatusOr<Sample> QueryLoad::Measure(absl::Duration duration) {
  const absl::StatusOr<LoadResult> result = Run(Template(channels_, duration));
  if (!result.ok()) return result.status();
  return Sample{.value = result->CallsPerSecond(),
                .counters = {{"channels", static_cast<double>(channels_.size())},
                             {"answer_bytes", response_bytes_},
                             {"p50_us", result->latency_us_p50},
                             {"p99_us", result->latency_us_p99}}};
}

absl::Status QueryLoad::TearDown() { return echo_->Stop(); }

}  // namespace pledger::bench
