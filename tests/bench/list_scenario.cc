// Pages of the list of all clients.
#include <chrono>
#include <random>
#include <utility>
#include <vector>

#include "pledger/v1/reliability.grpc.pb.h"
#include "tests/bench/query_load.h"
#include "tests/bench/scenario.h"

namespace pledger::bench {
namespace {

constexpr int kPreparedRequests = 2'000;
constexpr int kPageRows = 50;

// First pages by every order, up and down; one in four with a filter.
std::vector<v1::ListClientsRequest> MakeRequests(uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<v1::ListClientsRequest> requests(kPreparedRequests);
  for (v1::ListClientsRequest& request : requests) {
    request.set_page_size(kPageRows);
    request.set_order(static_cast<v1::ClientOrder>(1 + random() % v1::ClientOrder_MAX));
    request.set_descending(random() % 2 == 0);
    if (random() % 4 != 0) continue;
    if (random() % 2 == 0) {
      request.mutable_filter()->add_bands(v1::BAND_A);
      request.mutable_filter()->add_bands(v1::BAND_B);
    } else {
      request.mutable_filter()->set_overdue_min(10'000);
    }
  }
  return requests;
}

class ListClients final : public Scenario {
 public:
  explicit ListClients(Description description)
      : Scenario(std::move(description)),
        load_("/pledger.v1.ReliabilityService/ListClients", /*streamed=*/false, 64) {}

  absl::Status SetUp(Environment& environment) override {
    const absl::StatusOr<LedgerServer*> server = environment.LoadedLedger();
    if (!server.ok()) return server.status();
    const std::vector<v1::ListClientsRequest> requests = MakeRequests(environment.options().seed);
    // The first list of a day assesses every client.
    const auto stub = v1::ReliabilityService::NewStub(
        grpc::CreateChannel((*server)->address(), grpc::InsecureChannelCredentials()));
    const auto start = std::chrono::steady_clock::now();
    grpc::ClientContext context;
    v1::ListClientsResponse page;
    const grpc::Status listed = stub->ListClients(&context, requests.front(), &page);
    if (!listed.ok()) return absl::InternalError(listed.error_message());
    cold_ms_ =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    std::vector<grpc::ByteBuffer> buffers;
    for (const v1::ListClientsRequest& request : requests) {
      buffers.push_back(ToByteBuffer(request.SerializeAsString()));
    }
    return load_.SetUp(environment, (*server)->address(), std::move(buffers));
  }

  absl::StatusOr<Sample> Ceiling(absl::Duration duration) override {
    return load_.Ceiling(duration);
  }
  absl::StatusOr<Sample> Measure(absl::Duration duration) override {
    absl::StatusOr<Sample> sample = load_.Measure(duration);
    if (sample.ok()) sample->counters.emplace_back("cold_ms", cold_ms_);
    return sample;
  }
  absl::Status TearDown() override { return load_.TearDown(); }

 private:
  QueryLoad load_;
  double cold_ms_ = 0;
};

}  // namespace

void AddListScenarios(Scenarios* scenarios) {
  scenarios->push_back(std::make_unique<ListClients>(
      Description{.name = "list_clients_50",
                  .what = "ListClients, pages of 50 by any order and filter, 64 in flight, warm",
                  .ceiling = "unary echo that returns as many bytes, 64 in flight, same channels",
                  .unit = "calls/s",
                  .bar = {.kind = Bar::Kind::kAtLeast, .limit = 0.30}}));
}

}  // namespace pledger::bench
