#include "tests/bench/append_load.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace pledger::bench {
namespace {

constexpr char kAppend[] = "/pledger.v1.LedgerService/Append";
constexpr char kAppendStream[] = "/pledger.v1.LedgerService/AppendStream";
constexpr int kFillEventsPerCall = 100;
// Requests prepared for a round, by those that the round before would have needed.
constexpr double kReserve = 1.6;

}  // namespace

absl::Status AppendLoad::SetUp(Environment& environment) {
  options_ = &environment.options();
  generator_ = std::make_unique<EventGenerator>(options_->seed, options_->clients, options_->epoch);
  absl::StatusOr<std::unique_ptr<LedgerServer>> server = environment.StartLedger();
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  if (absl::Status status = AppendOneOfEach(); !status.ok()) return status;
  return SoundAnswer();
}

absl::Status AppendLoad::AppendOneOfEach() {
  int made = 0;
  v1::AppendRequest request;
  appended_ += options_->clients;
  const int calls = (options_->clients + kFillEventsPerCall - 1) / kFillEventsPerCall;
  return server_->AppendAll(calls, [&](int) {
    request.Clear();
    for (int i = 0; i < kFillEventsPerCall && made < options_->clients; ++i) {
      generator_->FillFor(made++, request.add_events());
    }
    return request.SerializeAsString();
  });
}

absl::Status AppendLoad::SoundAnswer() {
  const absl::StatusOr<Channels> channels = Connect(server_->address(), 1);
  if (!channels.ok()) return channels.status();
  const std::vector<grpc::ByteBuffer> requests = Requests(1);
  Load load = Template();
  load.channels = &*channels;
  load.requests = &requests;
  load.in_flight = 1;
  const absl::StatusOr<LoadResult> result = Run(load);
  if (!result.ok()) return result.status();
  appended_ += shape_.events_per_call;
  response_bytes_ = static_cast<size_t>(result->response_bytes);
  return absl::OkStatus();
}

absl::Status AppendLoad::UseChannels(int count) {
  absl::StatusOr<Channels> channels = Connect(server_->address(), count);
  if (!channels.ok()) return channels.status();
  channels_ = *std::move(channels);
  return absl::OkStatus();
}

Load AppendLoad::Template() const {
  Load load;
  load.method = shape_.streamed ? kAppendStream : kAppend;
  load.in_flight = shape_.in_flight;
  load.window = options_->stream_window;
  return load;
}

std::vector<grpc::ByteBuffer> AppendLoad::Requests(int count) {
  std::vector<grpc::ByteBuffer> requests;
  requests.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    requests.push_back(ToByteBuffer(shape_.streamed
                                        ? generator_->RandomAppendStream()
                                        : generator_->RandomAppend(shape_.events_per_call)));
  }
  return requests;
}

absl::StatusOr<LoadResult> AppendLoad::Run(const Load& load) const {
  return shape_.streamed ? RunBidiStreams(load) : RunUnaryCalls(load);
}

absl::StatusOr<Sample> AppendLoad::Measure(absl::Duration duration) {
  const double calls = expected_rate_ * kReserve * absl::ToDoubleSeconds(duration) /
                       static_cast<double>(shape_.events_per_call);
  const std::vector<grpc::ByteBuffer> requests =
      Requests(std::max(static_cast<int>(calls), 2 * shape_.in_flight));
  Load load = Template();
  load.channels = &channels_;
  load.requests = &requests;
  load.duration = duration;
  load.check_appended = shape_.streamed;
  const absl::StatusOr<LoadResult> result = Run(load);
  if (!result.ok()) return result.status();
  appended_ += result->calls * shape_.events_per_call;
  const auto begin = std::chrono::steady_clock::now();
  if (absl::Status status = server_->AwaitCaughtUp(); !status.ok()) return status;
  const std::chrono::duration<double, std::milli> catch_up =
      std::chrono::steady_clock::now() - begin;
  Sample sample;
  sample.value = result->CallsPerSecond() * shape_.events_per_call;
  expected_rate_ = sample.value;
  sample.counters = {{"channels", static_cast<double>(channels_.size())},
                     {"catch_up_ms", catch_up.count()}};
  if (!shape_.streamed) {
    sample.counters.emplace_back("p50_us", result->latency_us_p50);
    sample.counters.emplace_back("p99_us", result->latency_us_p99);
  }
  return sample;
}

absl::Status AppendLoad::TearDown() {
  const absl::StatusOr<v1::GetStatusResponse> status = server_->GetStatus();
  if (!status.ok()) return status.status();
  if (status->next_position() != static_cast<uint64_t>(appended_)) {
    return absl::DataLossError(absl::StrCat(appended_, " events were acknowledged, and ",
                                            status->next_position(), " are recorded"));
  }
  return server_->Stop();
}

}  // namespace pledger::bench
