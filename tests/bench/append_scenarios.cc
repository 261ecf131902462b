// Appending: every event on disk, in the tree, in its client's chain and checked before its answer.
#include <algorithm>
#include <utility>

#include "tests/bench/append_load.h"
#include "tests/bench/scenario.h"

namespace pledger::bench {
namespace {

constexpr int kEchoRequests = 1'000;

// Against an echo of the same messages over as many connections.
class AppendAgainstEcho : public Scenario {
 public:
  AppendAgainstEcho(Description description, AppendShape shape)
      : Scenario(std::move(description)), load_(shape) {}

  absl::Status SetUp(Environment& environment) override {
    if (absl::Status status = load_.SetUp(environment); !status.ok()) return status;
    absl::StatusOr<std::unique_ptr<ChildProcess>> echo =
        environment.StartEcho(load_.response_bytes());
    if (!echo.ok()) return echo.status();
    echo_ = *std::move(echo);
    echo_requests_ = load_.Requests(kEchoRequests);
    Load load = load_.Template();
    load.requests = &echo_requests_;
    const absl::StatusOr<int> count =
        PickChannels(environment.options(), echo_->address(), load,
                     [this](const Load& each) { return load_.Run(each); });
    if (!count.ok()) return count.status();
    absl::StatusOr<Channels> channels = Connect(echo_->address(), *count);
    if (!channels.ok()) return channels.status();
    echo_channels_ = *std::move(channels);
    return load_.UseChannels(*count);
  }

  absl::StatusOr<Sample> Ceiling(absl::Duration duration) override {
    Load load = load_.Template();
    load.channels = &echo_channels_;
    load.requests = &echo_requests_;
    load.cyclic = true;
    load.duration = duration;
    const absl::StatusOr<LoadResult> result = load_.Run(load);
    if (!result.ok()) return result.status();
    return Sample{.value = result->CallsPerSecond(), .counters = {}};
  }

  absl::StatusOr<Sample> Measure(absl::Duration duration) override {
    return load_.Measure(duration);
  }

  absl::Status TearDown() override {
    if (absl::Status status = load_.TearDown(); !status.ok()) return status;
    return echo_->Stop();
  }

 protected:
  AppendLoad& load() { return load_; }

 private:
  AppendLoad load_;
  std::unique_ptr<ChildProcess> echo_;
  std::vector<grpc::ByteBuffer> echo_requests_;
  Channels echo_channels_;
};

// One call at a time can't be faster than its way there and back and one sync.
class AppendAgainstEchoAndPut final : public AppendAgainstEcho {
 public:
  using AppendAgainstEcho::AppendAgainstEcho;

  absl::Status SetUp(Environment& environment) override {
    absl::StatusOr<std::unique_ptr<RawStore>> store = environment.OpenRawStore();
    if (!store.ok()) return store.status();
    store_ = *std::move(store);
    return AppendAgainstEcho::SetUp(environment);
  }

  absl::StatusOr<Sample> Ceiling(absl::Duration duration) override {
    const absl::StatusOr<Sample> echo = AppendAgainstEcho::Ceiling(duration / 2);
    if (!echo.ok()) return echo.status();
    const absl::StatusOr<double> puts = store_->WriteSynced(1, EventKeys::kPosition, duration / 2);
    if (!puts.ok()) return puts.status();
    return Sample{.value = 1 / (1 / echo->value + 1 / *puts), .counters = {}};
  }

 private:
  std::unique_ptr<RawStore> store_;
};

// Large calls, against RocksDB alone with the keys that a plain event store would write.
class AppendAgainstRocksDb final : public Scenario {
 public:
  AppendAgainstRocksDb(Description description, AppendShape shape)
      : Scenario(std::move(description)), events_(shape.events_per_call), load_(shape) {}

  absl::Status SetUp(Environment& environment) override {
    absl::StatusOr<std::unique_ptr<RawStore>> store = environment.OpenRawStore();
    if (!store.ok()) return store.status();
    store_ = *std::move(store);
    if (absl::Status status = load_.SetUp(environment); !status.ok()) return status;
    // There is no connection in the ceiling that could decide; one does for messages of this size.
    return load_.UseChannels(std::max(environment.options().channels, 1));
  }

  absl::StatusOr<Sample> Ceiling(absl::Duration duration) override {
    const absl::StatusOr<double> rate =
        store_->WriteSynced(events_, EventKeys::kPositionStreamAndId, duration);
    if (!rate.ok()) return rate.status();
    return Sample{.value = *rate, .counters = {}};
  }

  absl::StatusOr<Sample> Measure(absl::Duration duration) override {
    return load_.Measure(duration);
  }

  absl::Status TearDown() override {
    store_.reset();
    return load_.TearDown();
  }

 private:
  const int events_;
  AppendLoad load_;
  std::unique_ptr<RawStore> store_;
};

// How many synced writes an event takes, as the server counts them.
class SyncsPerEvent final : public AppendAgainstEcho {
 public:
  using AppendAgainstEcho::AppendAgainstEcho;

  absl::StatusOr<Sample> Measure(absl::Duration duration) override {
    const absl::StatusOr<v1::GetStatusResponse> before = load().server().GetStatus();
    if (!before.ok()) return before.status();
    absl::StatusOr<Sample> sample = AppendAgainstEcho::Measure(duration);
    if (!sample.ok()) return sample.status();
    const absl::StatusOr<v1::GetStatusResponse> after = load().server().GetStatus();
    if (!after.ok()) return after.status();
    const uint64_t events = after->events_written() - before->events_written();
    if (events == 0) return absl::DataLossError("the server counts no event that it wrote");
    sample->counters.emplace_back("events_s", sample->value);
    sample->value = static_cast<double>(after->synced_writes() - before->synced_writes()) /
                    static_cast<double>(events);
    return sample;
  }
};

Bar AtLeast(double limit) { return {.kind = Bar::Kind::kAtLeast, .limit = limit}; }

}  // namespace

void AddAppendScenarios(Scenarios* scenarios) {
  scenarios->push_back(std::make_unique<AppendAgainstEcho>(
      Description{.name = "append_1_64",
                  .what = "Append of one event, 64 calls in flight",
                  .ceiling = "unary echo of the same sizes, 64 in flight, same channels",
                  .unit = "events/s",
                  .bar = AtLeast(0.45)},
      AppendShape{.in_flight = 64}));
  scenarios->push_back(std::make_unique<AppendAgainstEchoAndPut>(
      Description{.name = "append_1_1",
                  .what = "Append of one event, one call in flight",
                  .ceiling = "time of an echo plus time of one synced RocksDB put",
                  .unit = "events/s",
                  .bar = AtLeast(0.60)},
      AppendShape{.in_flight = 1}));
  scenarios->push_back(std::make_unique<AppendAgainstRocksDb>(
      Description{.name = "append_100_16",
                  .what = "Append of 100 events a call, 16 calls in flight",
                  .ceiling = "synced RocksDB batches of 100 events with three keys each",
                  .unit = "events/s",
                  .bar = AtLeast(1.2)},
      AppendShape{.in_flight = 16, .events_per_call = 100}));
  scenarios->push_back(std::make_unique<AppendAgainstEcho>(
      Description{.name = "append_stream_4",
                  .what = "AppendStream, 4 streams of single events",
                  .ceiling = "bidirectional echo of the same sizes, 4 streams, same channels",
                  .unit = "events/s",
                  .bar = AtLeast(0.35)},
      AppendShape{.in_flight = 4, .streamed = true}));
  scenarios->push_back(std::make_unique<SyncsPerEvent>(
      Description{.name = "fdatasync_per_event_64",
                  .what = "synced writes per event, appends of one event, 64 calls in flight",
                  .ceiling = "",
                  .unit = "syncs/event",
                  .bar = {.kind = Bar::Kind::kAtMost, .limit = 0.10}},
      AppendShape{.in_flight = 64}));
}

}  // namespace pledger::bench
