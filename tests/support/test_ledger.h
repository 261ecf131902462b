// The write path on one thread, with a clock and chance that a test can foresee.
#ifndef PLEDGER_TESTS_SUPPORT_TEST_LEDGER_H_
#define PLEDGER_TESTS_SUPPORT_TEST_LEDGER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "pledger/v1/ledger.pb.h"
#include "server/ledger/append_preparer.h"
#include "server/ledger/ledger_machine.h"
#include "storage/commit_signal.h"
#include "storage/event_store.h"
#include "storage/keys/key_store.h"
#include "storage/keys/key_vault.h"
#include "storage/keys/testing_random.h"
#include "tests/support/manual_clock.h"

namespace pledger::testing {

struct AppendOutcome {
  absl::Status status;
  std::vector<ledger::RecordedEvent> recorded;
};

// Two of the same seed that are asked the same record the same bytes. Its keys and its clock
// outlive the store that it is opened on. Not thread-safe.
class TestLedger {
 public:
  static constexpr char kOrigin[] = "test.example/ledger";

  // The clock stands at kSampleTimeNs.
  explicit TestLedger(uint64_t seed);

  // Writes to `store` from now on, until Close(). The status is the machine's.
  absl::Status Open(storage::EventStore& store);
  void Close();

  // Checks, prepares and applies an append.
  AppendOutcome Append(const v1::AppendRequest& request);
  // The same for several that the writer finds in its queue at once.
  std::vector<AppendOutcome> AppendTogether(const std::vector<v1::AppendRequest>& requests);

  ManualClock& clock() { return clock_; }
  ledger::LedgerMachine& machine() { return *machine_; }
  const ledger::AppendPreparer& preparer() const { return preparer_; }

 private:
  ManualClock clock_;
  storage::keys::SeededRandomSource random_;
  storage::keys::MemoryKeyStore key_store_;
  storage::keys::KeyVault keys_;
  ledger::AppendPreparer preparer_;
  std::unique_ptr<storage::CommitSignal> signal_;
  std::unique_ptr<ledger::LedgerMachine> machine_;
};

// A UUID, of version 4 or 7 in turn, that only `number` tells from others.
std::string TestUuid(uint64_t number);

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_SUPPORT_TEST_LEDGER_H_
