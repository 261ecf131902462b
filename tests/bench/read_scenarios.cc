// Reading: the whole ledger as one stream, and one client's events among many.
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/bench/echo_server.h"
#include "tests/bench/events.h"
#include "tests/bench/query_load.h"
#include "tests/bench/scenario.h"
#include "tests/bench/typed_read.h"

namespace pledger::bench {
namespace {

constexpr char kReadEvents[] = "/pledger.v1.LedgerService/ReadEvents";
constexpr int kPreparedRequests = 20'000;

// Reads everything over one stream, as often as fits into a round.
class ReadAll final : public Scenario {
 public:
  ReadAll(Description description, v1::EventView view,
          v1::PersonalFields personal_fields = v1::PERSONAL_FIELDS_OMIT)
      : Scenario(std::move(description)), view_(view), personal_fields_(personal_fields) {}

  absl::Status SetUp(Environment& environment) override {
    events_ = environment.options().events;
    const absl::StatusOr<LedgerServer*> ledger = environment.LoadedLedger();
    if (!ledger.ok()) return ledger.status();
    absl::StatusOr<Channels> channels = Connect((*ledger)->address(), 1);
    if (!channels.ok()) return channels.status();
    channels_ = *std::move(channels);
    absl::StatusOr<std::unique_ptr<ChildProcess>> echo = environment.StartEcho(0);
    if (!echo.ok()) return echo.status();
    echo_ = *std::move(echo);
    absl::StatusOr<Channels> echo_channels = Connect(echo_->address(), 1);
    if (!echo_channels.ok()) return echo_channels.status();
    echo_channels_ = *std::move(echo_channels);
    v1::ReadEventsRequest as_many;
    as_many.set_limit(static_cast<uint64_t>(events_));
    echo_requests_.push_back(ToByteBuffer(as_many.SerializeAsString()));
    return absl::OkStatus();
  }

  absl::StatusOr<Sample> Ceiling(absl::Duration duration) override {
    Load load;
    load.channels = &echo_channels_;
    load.method = kReadEvents;
    load.requests = &echo_requests_;
    load.cyclic = true;
    load.duration = duration;
    const absl::StatusOr<LoadResult> result = RunReadCalls(load);
    if (!result.ok()) return result.status();
    const double records = static_cast<double>(result->response_messages * kRawStreamRecords);
    return Sample{.value = records / result->seconds, .counters = {}};
  }

  absl::StatusOr<Sample> Measure(absl::Duration duration) override {
    v1::ReadEventsRequest request;
    request.set_view(view_);
    request.set_personal_fields(personal_fields_);
    const absl::StatusOr<TypedReadRate> rate = ReadTypedFor(channels_.front(), request, duration);
    if (!rate.ok()) return rate.status();
    const TypedReadResult& total = rate->total;
    if (total.events != total.calls * events_) {
      return absl::DataLossError(absl::StrCat("read ", total.events, " events in ", total.calls,
                                              " calls, and not ", events_, " in each"));
    }
    const double events = static_cast<double>(total.events);
    Sample sample;
    sample.value = rate->events_per_s;
    sample.counters = {{"events_per_message", events / static_cast<double>(total.messages)}};
    if (total.record_bytes > 0) {
      sample.counters.emplace_back("record_bytes",
                                   static_cast<double>(total.record_bytes) / events);
    }
    return sample;
  }

  absl::Status TearDown() override { return echo_->Stop(); }

 private:
  const v1::EventView view_;
  const v1::PersonalFields personal_fields_;
  int64_t events_ = 0;
  Channels channels_;
  std::unique_ptr<ChildProcess> echo_;
  Channels echo_channels_;
  std::vector<grpc::ByteBuffer> echo_requests_;
};

// Reads one client's few events, clients picked at random.
class ReadClient final : public Scenario {
 public:
  explicit ReadClient(Description description,
                      v1::PersonalFields personal_fields = v1::PERSONAL_FIELDS_OMIT)
      : Scenario(std::move(description)),
        personal_fields_(personal_fields),
        load_(kReadEvents, /*streamed=*/true, 64) {}

  absl::Status SetUp(Environment& environment) override {
    const absl::StatusOr<LedgerServer*> ledger = environment.LoadedLedger();
    if (!ledger.ok()) return ledger.status();
    const Options& options = environment.options();
    if (absl::Status status = CheckOne((*ledger)->address(), options); !status.ok()) return status;
    std::mt19937_64 random(options.seed);
    std::vector<grpc::ByteBuffer> requests;
    v1::ReadEventsRequest request;
    request.set_personal_fields(personal_fields_);
    for (int i = 0; i < kPreparedRequests; ++i) {
      request.set_client_id(
          ClientId(static_cast<int>(random() % static_cast<uint64_t>(options.clients))));
      requests.push_back(ToByteBuffer(request.SerializeAsString()));
    }
    return load_.SetUp(environment, (*ledger)->address(), std::move(requests));
  }

  absl::StatusOr<Sample> Ceiling(absl::Duration duration) override {
    return load_.Ceiling(duration);
  }
  absl::StatusOr<Sample> Measure(absl::Duration duration) override {
    return load_.Measure(duration);
  }
  absl::Status TearDown() override { return load_.TearDown(); }

 private:
  // Answers are not parsed while measuring; this sees that they hold what they should.
  static absl::Status CheckOne(const std::string& address, const Options& options) {
    const absl::StatusOr<Channels> channels = Connect(address, 1);
    if (!channels.ok()) return channels.status();
    v1::ReadEventsRequest request;
    request.set_client_id(ClientId(0));
    const absl::StatusOr<TypedReadResult> result = ReadTyped(channels->front(), request);
    if (!result.ok()) return result.status();
    const int64_t least = options.events / options.clients;
    if (result->events == least || result->events == least + 1) return absl::OkStatus();
    return absl::DataLossError(
        absl::StrCat("a client has ", result->events, " events, not ", least));
  }

  const v1::PersonalFields personal_fields_;
  QueryLoad load_;
};

}  // namespace

void AddReadScenarios(Scenarios* scenarios) {
  constexpr char kStreamCeiling[] = "server stream of 100 records of 250 B a message, not parsed";
  scenarios->push_back(std::make_unique<ReadAll>(
      Description{.name = "read_all_typed",
                  .what = "ReadEvents over everything, typed, parsed by the client",
                  .ceiling = kStreamCeiling,
                  .unit = "events/s",
                  .bar = {.kind = Bar::Kind::kAtLeast, .limit = 0.20}},
      v1::EVENT_VIEW_TYPED));
  scenarios->push_back(std::make_unique<ReadAll>(
      Description{.name = "read_all_raw",
                  .what = "ReadEvents over everything, raw records, parsed by the client",
                  .ceiling = kStreamCeiling,
                  .unit = "events/s",
                  .bar = {.kind = Bar::Kind::kAtLeast, .limit = 0.40}},
      v1::EVENT_VIEW_RAW));
  scenarios->push_back(std::make_unique<ReadAll>(
      Description{.name = "read_all_personal",
                  .what = "ReadEvents over everything, typed, with its personal fields",
                  .ceiling = kStreamCeiling,
                  .unit = "events/s",
                  .bar = {}},
      v1::EVENT_VIEW_TYPED, v1::PERSONAL_FIELDS_INCLUDE));
  scenarios->push_back(std::make_unique<ReadClient>(
      Description{.name = "read_client_10_64",
                  .what = "ReadEvents of one client's events, 64 in flight, random clients",
                  .ceiling = "unary echo that returns as many bytes, 64 in flight, same channels",
                  .unit = "calls/s",
                  .bar = {.kind = Bar::Kind::kAtLeast, .limit = 0.45}}));
  scenarios->push_back(std::make_unique<ReadClient>(
      Description{.name = "read_client_10_64_personal",
                  .what = "the same with personal fields: each call is in the access log first",
                  .ceiling = "unary echo that returns as many bytes, 64 in flight, same channels",
                  .unit = "calls/s",
                  .bar = {}},
      v1::PERSONAL_FIELDS_INCLUDE));
}

}  // namespace pledger::bench
