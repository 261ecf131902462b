// The load generator: closed loops of raw calls, the same for a scenario and for its ceiling.
//
// Requests are serialised before the clock starts and answers are not parsed, so that the client
// takes as little as it can of the two cores that it shares with the server, and takes the same
// from either. A call that fails ends the load and becomes its error; it is never counted.
#ifndef PLEDGER_TESTS_BENCH_LOAD_H_
#define PLEDGER_TESTS_BENCH_LOAD_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace pledger::bench {

using Channels = std::vector<std::shared_ptr<grpc::Channel>>;

// `count` connections to `address`, each with a socket of its own, ready for calls. UNAVAILABLE if
// one is not ready within 30 s.
absl::StatusOr<Channels> Connect(const std::string& address, int count);

// Makes one request of its serialised bytes.
grpc::ByteBuffer ToByteBuffer(absl::string_view bytes);

// What to send, and for how long.
struct Load {
  const Channels* channels = nullptr;
  // Full method name: "/pledger.v1.LedgerService/Append".
  std::string method;
  // Calls in flight, spread evenly over the channels; for RunBidiStreams, streams.
  int in_flight = 1;
  // For RunBidiStreams: messages of one stream that are not yet answered.
  int window = 64;
  const std::vector<grpc::ByteBuffer>* requests = nullptr;
  // Send the requests again and again, instead of stopping after the last.
  bool cyclic = false;
  // No new call begins after this.
  absl::Duration duration = absl::InfiniteDuration();
  // For RunBidiStreams: refuse an answer that is no AppendStreamResponse with `appended` set.
  bool check_appended = false;
};

// What came of it.
struct LoadResult {
  // Calls that ended with OK; for RunBidiStreams, messages that were answered.
  int64_t calls = 0;
  int64_t response_messages = 0;
  int64_t response_bytes = 0;
  // From the first call to the last answer.
  double seconds = 0;
  // Of a call, from its start to its end. Not measured by RunBidiStreams.
  double latency_us_p50 = 0;
  double latency_us_p99 = 0;

  double CallsPerSecond() const { return seconds > 0 ? static_cast<double>(calls) / seconds : 0; }
};

// Unary calls. Any error is the first failed call's, with its code.
absl::StatusOr<LoadResult> RunUnaryCalls(const Load& load);

// Server-streaming calls, each read to its end.
absl::StatusOr<LoadResult> RunReadCalls(const Load& load);

// Messages over `in_flight` bidirectional streams, each kept `window` messages full.
absl::StatusOr<LoadResult> RunBidiStreams(const Load& load);

}  // namespace pledger::bench

#endif  // PLEDGER_TESTS_BENCH_LOAD_H_
