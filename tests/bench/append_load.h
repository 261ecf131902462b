// Appends of one shape to a server of their own.
#ifndef PLEDGER_TESTS_BENCH_APPEND_LOAD_H_
#define PLEDGER_TESTS_BENCH_APPEND_LOAD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/bench/environment.h"
#include "tests/bench/events.h"
#include "tests/bench/load.h"
#include "tests/bench/scenario.h"

namespace pledger::bench {

struct AppendShape {
  // Calls; streams where `streamed`.
  int in_flight = 1;
  int events_per_call = 1;
  bool streamed = false;
};

// A server with one event of each client, and appends to it that are never sent twice. Not
// thread-safe.
class AppendLoad {
 public:
  explicit AppendLoad(AppendShape shape) : shape_(shape) {}

  // Starts and fills the server and learns how long its answers are.
  absl::Status SetUp(Environment& environment);
  // Connects for Measure.
  absl::Status UseChannels(int count);

  // A load of this shape, without channels and requests.
  Load Template() const;
  // New requests of this shape.
  std::vector<grpc::ByteBuffer> Requests(int count);
  // Runs a load of this shape, against whatever its channels lead to.
  absl::StatusOr<LoadResult> Run(const Load& load) const;

  // Prepares new requests and appends them for `duration`, or until they are used up. The value is
  // events per second. Afterwards waits until index and view have them: what that takes is the
  // counter catch_up_ms.
  absl::StatusOr<Sample> Measure(absl::Duration duration);

  // Checks that the ledger holds as many events as it acknowledged, and stops it. DATA_LOSS if not.
  absl::Status TearDown();

  LedgerServer& server() { return *server_; }
  // Of the answer to one request.
  size_t response_bytes() const { return response_bytes_; }

 private:
  absl::Status AppendOneOfEach();
  absl::Status SoundAnswer();

  const AppendShape shape_;
  const Options* options_ = nullptr;
  std::unique_ptr<EventGenerator> generator_;
  std::unique_ptr<LedgerServer> server_;
  Channels channels_;
  size_t response_bytes_ = 0;
  int64_t appended_ = 0;
  // Events per second in the round before; until then a guess.
  double expected_rate_ = 60'000;
};

}  // namespace pledger::bench

#endif  // PLEDGER_TESTS_BENCH_APPEND_LOAD_H_
