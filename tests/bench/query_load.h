// Many small queries against a server, next to an echo of answers as long.
#ifndef PLEDGER_TESTS_BENCH_QUERY_LOAD_H_
#define PLEDGER_TESTS_BENCH_QUERY_LOAD_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/bench/environment.h"
#include "tests/bench/load.h"
#include "tests/bench/scenario.h"

namespace pledger::bench {

// Queries whose answers the client receives and does not parse, on either side. Not thread-safe.
class QueryLoad {
 public:
  // Server-streaming calls if `streamed`, else unary ones.
  QueryLoad(std::string method, bool streamed, int in_flight);

  // Takes `requests`, sends some of them to `address` to learn how long answers are, and starts an
  // echo that gives answers of their mean length.
  absl::Status SetUp(Environment& environment, const std::string& address,
                     std::vector<grpc::ByteBuffer> requests);
  // Calls per second.
  absl::StatusOr<Sample> Ceiling(absl::Duration duration);
  absl::StatusOr<Sample> Measure(absl::Duration duration);
  absl::Status TearDown();

 private:
  absl::StatusOr<LoadResult> Run(const Load& load) const;
  Load Template(const Channels& channels, absl::Duration duration) const;

  const std::string method_;
  const bool streamed_;
  const int in_flight_;
  std::vector<grpc::ByteBuffer> requests_;
  std::unique_ptr<ChildProcess> echo_;
  Channels channels_;
  Channels echo_channels_;
  double response_bytes_ = 0;
};

}  // namespace pledger::bench

#endif  // PLEDGER_TESTS_BENCH_QUERY_LOAD_H_
