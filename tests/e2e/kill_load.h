// Appenders that keep a server busy until it is killed, and what they know then.
#ifndef PLEDGER_TESTS_E2E_KILL_LOAD_H_
#define PLEDGER_TESTS_E2E_KILL_LOAD_H_

#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "pledger/v1/ledger.pb.h"

namespace pledger::testing {

struct AckedAppend {
  v1::AppendRequest request;
  v1::AppendResponse response;
};

// One appender: unary calls, or a pipelined stream. Each append has 1 to 20 events of several
// clients; some of them have personal fields, some open or close promises. Not thread-safe.
class KillAppender {
 public:
  // `name` makes its obligations its own; the clients are shared with the other appenders.
  KillAppender(std::string name, bool streams, uint64_t seed);

  // Appends until the server at `address` has gone. Whatever fails otherwise is in `trouble`.
  void Run(const std::string& address);

  // What the server answered, in the order of the answers, and what it did not answer, in the order
  // of sending.
  std::vector<AckedAppend> acked;
  std::vector<v1::AppendRequest> unanswered;
  std::string trouble;

 private:
  v1::AppendRequest MakeAppend();
  v1::ProposedEvent MakeEvent();
  v1::ProposedEvent MakePromise();
  void Acknowledge(v1::AppendRequest request, v1::AppendResponse response);
  void RunUnary(const std::string& address);
  void RunStream(const std::string& address);
  uint64_t Draw(uint64_t end) { return random_() % end; }

  const std::string name_;
  const bool streams_;
  std::mt19937_64 random_;
  uint64_t promises_ = 0;
  // Promises that are surely recorded and open: the client and the id.
  std::vector<std::pair<std::string, std::string>> open_promises_;
};

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_E2E_KILL_LOAD_H_
