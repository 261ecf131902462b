// What end-to-end tests share: a server on a ledger of their own, and the events to send it.
#ifndef PLEDGER_TESTS_E2E_LEDGER_FIXTURE_H_
#define PLEDGER_TESTS_E2E_LEDGER_FIXTURE_H_

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "google/protobuf/timestamp.pb.h"
#include "gtest/gtest.h"
#include "pledger/v1/errors.pb.h"
#include "pledger/v1/event.pb.h"
#include "pledger/v1/ledger.pb.h"
#include "tests/e2e/plain_client.h"
#include "tests/support/server_process.h"

namespace pledger::testing {

// An id that this process has not used yet. Thread-safe.
std::string NextEventId();

// An event with a new id that occurred at kSampleTimeNs. `fact` is protobuf's text format.
v1::ProposedEvent NewEvent(std::string_view client_id, std::string_view fact);
v1::ProposedEvent NewEvent(std::string_view client_id, const v1::Fact& fact);

// A fact that needs nothing before it and has no personal fields; `minutes` tells them apart.
v1::ProposedEvent EffortEvent(std::string_view client_id, int minutes = 1);
// One that has: a note about the client.
v1::ProposedEvent NoteEvent(std::string_view client_id, std::string_view note);
// One of about `bytes` bytes.
v1::ProposedEvent LargeEvent(std::string_view client_id, size_t bytes);

v1::AppendRequest AppendOf(std::initializer_list<v1::ProposedEvent> events);
// `count` events of `client_id`, each of about `bytes` bytes.
v1::AppendRequest LargeAppend(std::string_view client_id, int count, size_t bytes);

int64_t NanosOf(const google::protobuf::Timestamp& time);

// Whether the event is what was proposed, personal fields and all, recorded there.
::testing::AssertionResult IsRecorded(const v1::Event& event, const v1::ProposedEvent& proposed,
                                      const v1::AppendedEvent& appended);

using Metadata = std::map<std::string, std::string>;

// Whether it is the ledger's error of that reason, whose metadata has at least these values.
::testing::AssertionResult IsError(const absl::Status& status, absl::StatusCode code,
                                   v1::ErrorReason reason, const Metadata& metadata = {});

// A folder with a server on it. Ends the server when it goes.
class LedgerServer {
 public:
  explicit LedgerServer(std::vector<std::string> arguments = {});

  // Starts it on the same folder; dies if it doesn't serve.
  void Start();
  // SIGTERM; fails the test unless it ends with code 0.
  void Stop();
  void Restart() {
    Stop();
    Start();
  }

  const std::string& data() const { return data_; }
  void set_arguments(std::vector<std::string> arguments) { arguments_ = std::move(arguments); }
  ServerProcess& process() { return *process_; }
  // Until the next start.
  const PlainClient& client() const { return *client_; }

  // Fails the test, and returns an empty response, if the append is rejected.
  v1::AppendResponse MustAppend(const v1::AppendRequest& request) const;
  uint64_t NextPosition() const;

 private:
  TemporaryFolder folder_;
  const std::string data_;
  std::vector<std::string> arguments_;
  std::unique_ptr<ServerProcess> process_;
  std::unique_ptr<PlainClient> client_;
};

// A ledger of its own for each test.
class LedgerTest : public ::testing::Test {
 protected:
  const PlainClient& client() const { return server_.client(); }

  LedgerServer server_;
};

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_E2E_LEDGER_FIXTURE_H_
