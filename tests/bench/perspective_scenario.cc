// Asking what was known then of a client with a very long history.
#include <algorithm>
#include <chrono>
#include <random>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "pledger/v1/reliability.grpc.pb.h"
#include "tests/bench/events.h"
#include "tests/bench/scenario.h"

namespace pledger::bench {
namespace {

// Ten times the 200 facts of EventGenerator::FillHistory.
constexpr int kHistories = 10;
// All of them in the three years before the epoch.
constexpr int kPastDays = 1'095;

class AskThen final : public Scenario {
 public:
  explicit AskThen(Description description) : Scenario(std::move(description)) {}

  absl::Status SetUp(Environment& environment) override {
    const absl::StatusOr<LedgerServer*> others = environment.LoadedLedger();
    if (!others.ok()) return others.status();
    const Options& options = environment.options();
    epoch_ = options.epoch;
    random_.seed(options.seed);
    client_ = options.clients + 1;
    EventGenerator generator(options.seed + 1, client_ + 1, options.epoch);
    v1::AppendRequest history;
    const absl::Status loaded = (*others)->AppendAll(kHistories, [&](int) {
      history.Clear();
      generator.FillHistory(client_, &history);
      return history.SerializeAsString();
    });
    if (!loaded.ok()) return loaded;
    const absl::StatusOr<v1::GetStatusResponse> status = (*others)->GetStatus();
    if (!status.ok()) return status.status();
    positions_ = status->next_position();
    stub_ = v1::ReliabilityService::NewStub(
        grpc::CreateChannel((*others)->address(), grpc::InsecureChannelCredentials()));
    return absl::OkStatus();
  }

  // One call after the other; the value is the median of their times.
  absl::StatusOr<Sample> Measure(absl::Duration duration) override {
    std::vector<double> times_ms;
    double total_ms = 0;
    while (total_ms < absl::ToDoubleMilliseconds(duration)) {
      const absl::StatusOr<double> ms = AskOnce();
      if (!ms.ok()) return ms.status();
      times_ms.push_back(*ms);
      total_ms += *ms;
    }
    std::sort(times_ms.begin(), times_ms.end());
    return Sample{.value = times_ms[times_ms.size() / 2],
                  .counters = {{"p99_ms", times_ms[times_ms.size() * 99 / 100]},
                               {"max_ms", times_ms.back()}}};
  }

  absl::Status TearDown() override { return absl::OkStatus(); }

 private:
  // At a random moment of the last two years, from what a random part of the history told.
  absl::StatusOr<double> AskOnce() {
    v1::GetReliabilityRequest request;
    request.set_client_id(ClientId(client_));
    v1::Perspective* at = request.mutable_perspective();
    const auto days = static_cast<int64_t>(random_() % (kPastDays * 2 / 3));
    at->mutable_as_of()->set_seconds(absl::ToUnixSeconds(epoch_) - days * 86'400);
    const uint64_t behind = random_() % (kHistories * 200 - 1);
    if (random_() % 2 == 0) at->set_known_at_position(positions_ - 1 - behind);
    grpc::ClientContext context;
    v1::GetReliabilityResponse response;
    const auto start = std::chrono::steady_clock::now();
    const grpc::Status status = stub_->GetReliability(&context, request, &response);
    const std::chrono::duration<double, std::milli> taken =
        std::chrono::steady_clock::now() - start;
    if (!status.ok()) return absl::InternalError(status.error_message());
    return taken.count();
  }

  absl::Time epoch_;
  std::mt19937_64 random_;
  int client_ = 0;
  uint64_t positions_ = 0;
  std::unique_ptr<v1::ReliabilityService::Stub> stub_;
};

}  // namespace

void AddPerspectiveScenarios(Scenarios* scenarios) {
  scenarios->push_back(std::make_unique<AskThen>(
      Description{.name = "as_of_known_at_2000",
                  .what = "GetReliability as_of and known_at some moment, of a client with 2,000 "
                          "facts, one call at a time: median",
                  .ceiling = "",
                  .unit = "ms",
                  .bar = {.kind = Bar::Kind::kAtMost, .limit = 5}}));
}

}  // namespace pledger::bench
