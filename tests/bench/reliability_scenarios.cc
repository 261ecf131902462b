// Asking for the reliability of clients with a long history.
#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pledger/v1/reliability.pb.h"
#include "tests/bench/events.h"
#include "tests/bench/query_load.h"
#include "tests/bench/scenario.h"

namespace pledger::bench {
namespace {

constexpr int kPreparedRequests = 20'000;
// So many of the ledger's events belong to a client of 200; 2,000 of a million.
constexpr int kEventsPerLongClient = 500;
// Of one month, so that cohorts are made once.
constexpr int kDays = 20;

enum class Asked { kNow, kAnotherDayEachTime };

class GetReliability final : public Scenario {
 public:
  GetReliability(Asked asked, Description description)
      : Scenario(std::move(description)),
        asked_(asked),
        load_("/pledger.v1.ReliabilityService/GetReliability", /*streamed=*/false, 64) {}

  absl::Status SetUp(Environment& environment) override {
    const Options& options = environment.options();
    absl::StatusOr<std::unique_ptr<LedgerServer>> server = environment.StartLedger();
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    const int clients = std::max(1, options.events / kEventsPerLongClient);
    EventGenerator generator(options.seed, clients, options.epoch);
    v1::AppendRequest history;
    // A client's facts build on each other, so they go in one call.
    const absl::Status loaded = server_->AppendAll(clients, [&](int client) {
      history.Clear();
      generator.FillHistory(client, &history);
      return history.SerializeAsString();
    });
    if (!loaded.ok()) return loaded;
    std::mt19937_64 random(options.seed);
    std::vector<grpc::ByteBuffer> requests;
    v1::GetReliabilityRequest request;
    for (int i = 0; i < kPreparedRequests; ++i) {
      request.set_client_id(ClientId(static_cast<int>(random() % static_cast<uint64_t>(clients))));
      if (asked_ == Asked::kAnotherDayEachTime) {
        // All facts count on each of these days; what was said of another serves no more.
        const int64_t day_s = absl::ToUnixSeconds(options.epoch) + (1 + i % kDays) * 86'400;
        request.mutable_perspective()->mutable_as_of()->set_seconds(day_s);
      }
      requests.push_back(ToByteBuffer(request.SerializeAsString()));
    }
    return load_.SetUp(environment, server_->address(), std::move(requests));
  }

  absl::StatusOr<Sample> Ceiling(absl::Duration duration) override {
    return load_.Ceiling(duration);
  }
  absl::StatusOr<Sample> Measure(absl::Duration duration) override {
    return load_.Measure(duration);
  }
  absl::Status TearDown() override {
    if (absl::Status status = load_.TearDown(); !status.ok()) return status;
    return server_->Stop();
  }

 private:
  const Asked asked_;
  std::unique_ptr<LedgerServer> server_;
  QueryLoad load_;
};

}  // namespace

void AddReliabilityScenarios(Scenarios* scenarios) {
  scenarios->push_back(std::make_unique<GetReliability>(
      Asked::kNow,
      Description{.name = "reliability_200_64",
                  .what = "GetReliability of a client with 200 facts, 64 in flight",
                  .ceiling = "unary echo that returns as many bytes, 64 in flight, same channels",
                  .unit = "calls/s",
                  .bar = {.kind = Bar::Kind::kAtLeast, .limit = 0.50}}));
  scenarios->push_back(std::make_unique<GetReliability>(
      Asked::kAnotherDayEachTime,
      Description{.name = "reliability_200_64_anew",
                  .what = "the same as of another day each time, so that every call is assessed",
                  .ceiling = "unary echo that returns as many bytes, 64 in flight, same channels",
                  .unit = "calls/s",
                  .bar = {}}));
  AddListScenarios(scenarios);
  AddPerspectiveScenarios(scenarios);
}

}  // namespace pledger::bench
