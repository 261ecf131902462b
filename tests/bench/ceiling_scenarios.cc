// The ceilings by themselves: what this machine could do at most, without a server under test.
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/bench/echo_server.h"
#include "tests/bench/events.h"
#include "tests/bench/scenario.h"
#include "tests/bench/typed_read.h"

namespace pledger::bench {
namespace {

// About what AppendResponse takes for one event.
constexpr size_t kResponseBytes = 24;
constexpr int kPreparedRequests = 1'000;

Description Described(std::string name, std::string what, std::string unit) {
  Description description;
  description.name = std::move(name);
  description.what = std::move(what);
  description.unit = std::move(unit);
  return description;
}

class RawGrpc final : public Scenario {
 public:
  enum class Shape { kUnary, kBidi, kStream };

  RawGrpc(std::string name, std::string what, Shape shape, int in_flight)
      : Scenario(Described(std::move(name), std::move(what),
                           shape == Shape::kStream ? "records/s" : "calls/s")),
        shape_(shape) {
    load_.in_flight = in_flight;
  }

  absl::Status SetUp(Environment& environment) override {
    const Options& options = environment.options();
    absl::StatusOr<std::unique_ptr<ChildProcess>> echo = environment.StartEcho(kResponseBytes);
    if (!echo.ok()) return echo.status();
    echo_ = *std::move(echo);
    EventGenerator generator(options.seed, options.clients, options.epoch);
    v1::ReadEventsRequest read;
    read.set_limit(static_cast<uint64_t>(options.events));
    for (int i = 0; i < kPreparedRequests; ++i) {
      requests_.push_back(ToByteBuffer(shape_ == Shape::kStream ? read.SerializeAsString()
                                                                : generator.RandomAppend(1)));
    }
    load_.method =
        absl::StrCat("/pledger.v1.LedgerService/", shape_ == Shape::kUnary  ? "Append"
                                                   : shape_ == Shape::kBidi ? "AppendStream"
                                                                            : "ReadEvents");
    load_.requests = &requests_;
    load_.cyclic = true;
    load_.window = options.stream_window;
    const absl::StatusOr<int> count = PickChannels(options, echo_->address(), load_,
                                                   [this](const Load& load) { return Run(load); });
    if (!count.ok()) return count.status();
    absl::StatusOr<Channels> channels = Connect(echo_->address(), *count);
    if (!channels.ok()) return channels.status();
    channels_ = *std::move(channels);
    load_.channels = &channels_;
    return absl::OkStatus();
  }

  absl::StatusOr<Sample> Measure(absl::Duration duration) override {
    load_.duration = duration;
    const absl::StatusOr<LoadResult> result = Run(load_);
    if (!result.ok()) return result.status();
    Sample sample;
    sample.value = result->CallsPerSecond();
    if (shape_ == Shape::kStream) {
      sample.value =
          static_cast<double>(result->response_messages * kRawStreamRecords) / result->seconds;
    }
    sample.counters = {{"channels", channels_.size()},
                       {"p50_us", result->latency_us_p50},
                       {"p99_us", result->latency_us_p99}};
    return sample;
  }

  absl::Status TearDown() override { return echo_->Stop(); }

 private:
  absl::StatusOr<LoadResult> Run(const Load& load) {
    switch (shape_) {
      case Shape::kUnary:
        return RunUnaryCalls(load);
      case Shape::kBidi:
        return RunBidiStreams(load);
      case Shape::kStream:
        return RunReadCalls(load);
    }
    return absl::InternalError("no such shape");
  }

  const Shape shape_;
  std::unique_ptr<ChildProcess> echo_;
  std::vector<grpc::ByteBuffer> requests_;
  Channels channels_;
  Load load_;
};

// What the same stream comes to when the client parses it.
class ParsedStream final : public Scenario {
 public:
  ParsedStream()
      : Scenario(
            Described("ceiling_stream_parsed", "the same, parsed by the client", "records/s")) {}

  absl::Status SetUp(Environment& environment) override {
    absl::StatusOr<std::unique_ptr<ChildProcess>> echo = environment.StartEcho(0);
    if (!echo.ok()) return echo.status();
    echo_ = *std::move(echo);
    absl::StatusOr<Channels> channels = Connect(echo_->address(), 1);
    if (!channels.ok()) return channels.status();
    channels_ = *std::move(channels);
    request_.set_limit(static_cast<uint64_t>(environment.options().events));
    return absl::OkStatus();
  }

  absl::StatusOr<Sample> Measure(absl::Duration duration) override {
    const absl::StatusOr<TypedReadRate> rate = ReadTypedFor(channels_.front(), request_, duration);
    if (!rate.ok()) return rate.status();
    return Sample{.value = rate->events_per_s, .counters = {}};
  }

  absl::Status TearDown() override { return echo_->Stop(); }

 private:
  std::unique_ptr<ChildProcess> echo_;
  Channels channels_;
  v1::ReadEventsRequest request_;
};

class RawSyncedWrites final : public Scenario {
 public:
  RawSyncedWrites(int events, EventKeys keys)
      : Scenario(Described(
            absl::StrCat("ceiling_rocksdb_", events, keys == EventKeys::kPosition ? "x1" : "x3"),
            absl::StrCat("synced batches of ", events, " events, ",
                         keys == EventKeys::kPosition ? "one key" : "three keys", " each"),
            "events/s")),
        events_(events),
        keys_(keys) {}

  absl::Status SetUp(Environment& environment) override {
    absl::StatusOr<std::unique_ptr<RawStore>> store = environment.OpenRawStore();
    if (!store.ok()) return store.status();
    store_ = *std::move(store);
    return absl::OkStatus();
  }

  absl::StatusOr<Sample> Measure(absl::Duration duration) override {
    const absl::StatusOr<double> rate = store_->WriteSynced(events_, keys_, duration);
    if (!rate.ok()) return rate.status();
    return Sample{.value = *rate, .counters = {}};
  }

  absl::Status TearDown() override {
    store_.reset();
    return absl::OkStatus();
  }

 private:
  const int events_;
  const EventKeys keys_;
  std::unique_ptr<RawStore> store_;
};

}  // namespace

void AddCeilings(Scenarios* scenarios) {
  for (const int in_flight : {1, 16, 64}) {
    scenarios->push_back(std::make_unique<RawGrpc>(
        absl::StrCat("ceiling_echo_", in_flight),
        absl::StrCat("unary echo of one event, ", in_flight, " in flight"), RawGrpc::Shape::kUnary,
        in_flight));
  }
  scenarios->push_back(std::make_unique<RawGrpc>(
      "ceiling_bidi_4", "bidirectional echo of one event, 4 streams", RawGrpc::Shape::kBidi, 4));
  scenarios->push_back(std::make_unique<RawGrpc>("ceiling_stream",
                                                 "server stream, 100 records of 250 B a message",
                                                 RawGrpc::Shape::kStream, 1));
  scenarios->push_back(std::make_unique<ParsedStream>());
  for (const EventKeys keys : {EventKeys::kPosition, EventKeys::kPositionStreamAndId}) {
    for (const int events : {1, 16, 64, 100, 256}) {
      scenarios->push_back(std::make_unique<RawSyncedWrites>(events, keys));
    }
  }
}

}  // namespace pledger::bench
