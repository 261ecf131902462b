// The disk of the log and of the keys fails at every operation in turn; then the power goes. Of
// every event that is recorded, acknowledged or not, the personal part can be opened.

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/ledger/append_preparer.h"
#include "server/ledger/append_rules.h"
#include "server/ledger/ledger_machine.h"
#include "storage/keys/key_eraser.h"
#include "storage/keys/sealing.h"
#include "storage/keys/testing_random.h"
#include "storage/rocks/rocks_key_store.h"
#include "tests/fault/store_on_fault.h"
#include "tests/support/manual_clock.h"
#include "tests/support/sample_facts.h"
#include "tests/support/seed.h"
#include "tests/support/test_ledger.h"

namespace pledger::testing {
namespace {

using storage::Position;

constexpr int kAppends = 14;
// Two of three appends make a new key.
constexpr int kClients = 9;
constexpr size_t kUnsyncedMax = 3;

class NoteAppend final : public ledger::PendingAppend {
 public:
  explicit NoteAppend(uint64_t number) {
    v1::ProposedEvent* event = request.add_events();
    *event = SampleEvent(SampleFact(v1::Fact::kSentimentNoted));
    event->set_client_id(absl::StrCat("client-", number % kClients));
    event->set_event_id(TestUuid(number));
  }
  void Done() override {}
  v1::AppendRequest request;
};

// A ledger with its keys on one disk that can fail; the key file is on one that can't.
class LedgerWithKeys {
 public:
  explicit LedgerWithKeys(uint64_t seed) : random_(seed) {}
  ~LedgerWithKeys() { Close(); }

  FaultFileSystem& faults() { return disk_.faults(); }

  absl::Status Open() {
    auto store = disk_.OpenStore(deriver_);
    if (!store.ok()) return store.status();
    store_ = *std::move(store);
    auto keys = storage::RocksKeyStore::Open(disk_.path() + "/keys", disk_.options().tuning);
    if (!keys.ok()) return keys.status();
    key_store_ = *std::move(keys);
    eraser_ =
        std::make_unique<storage::keys::KeyEraser>(*key_store_, secrets_.path() + "/kek", random_);
    journal_ = std::make_unique<storage::KeyJournal>(*store_, *key_store_, kUnsyncedMax);
    const absl::Status restored =
        journal_->Restore([this](std::string_view wrapped) { return eraser_->CanUnwrap(wrapped); });
    if (!restored.ok()) return restored;
    const auto key = eraser_->Open();
    if (!key.ok()) return key.status();
    vault_ = std::make_unique<storage::keys::KeyVault>(*key_store_, *key, random_, 0);
    auto machine = ledger::LedgerMachine::Create(*store_, signal_, journal_.get());
    if (!machine.ok()) return machine.status();
    machine_ = *std::move(machine);
    preparer_ = std::make_unique<ledger::AppendPreparer>(TestLedger::kOrigin, clock_, *vault_,
                                                         random_, journal_.get());
    return absl::OkStatus();
  }
  void Close() {
    preparer_.reset();
    machine_.reset();
    vault_.reset();
    journal_.reset();
    eraser_.reset();
    key_store_.reset();
    store_.reset();
  }

  // As the sequencer does, where the disk was full.
  void TryResume() {
    if (machine_->WantsResume()) machine_->TryResume();
  }

  // OK if it is acknowledged.
  absl::Status Append(uint64_t number) {
    NoteAppend append(number);
    absl::Status status = preparer_->Check(append.request);
    if (status.ok()) {
      status =
          preparer_->LoadKeys(preparer_->MissingKeys(append.request), storage::ReadTier::kAnywhere);
    }
    if (status.ok()) status = preparer_->Fill(append.request, "principal-1", &append);
    if (!status.ok()) return status;
    ledger::PendingAppend* const appends[] = {&append};
    machine_->Apply(appends);
    return append.status;
  }

  Position recorded() const { return store_->next_position(); }
  size_t new_keys() const { return store_->ReadNewKeys()->size(); }

  void CheckEverythingOpens() {
    const auto cursor = store_->ReadLog(0, recorded(), storage::Direction::kForward);
    Position seen = 0;
    for (; cursor->Next(); ++seen) {
      SCOPED_TRACE(seen);
      const auto client_id = storage::BodyClientId(cursor->view().body);
      ASSERT_TRUE(client_id.ok());
      const auto sealed = cursor->ReadSealed();
      ASSERT_TRUE(sealed.ok()) << sealed.status();
      const auto key = vault_->Find(*client_id);
      ASSERT_TRUE(key.ok()) << key.status();
      ASSERT_TRUE(key->has_value()) << "the key of " << *client_id << " is lost";
      const auto opened = storage::keys::Open(
          **key, {TestLedger::kOrigin, *client_id, cursor->view().header.event_id}, *sealed);
      EXPECT_TRUE(opened.ok()) << opened.status();
    }
    EXPECT_TRUE(cursor->status().ok()) << cursor->status();
    EXPECT_EQ(seen, recorded());
  }

 private:
  FaultyDisk disk_;
  TempFolder secrets_;
  ledger::RulesDeriver deriver_;
  ManualClock clock_{kSampleTimeNs};
  storage::keys::SeededRandomSource random_;
  storage::CommitSignal signal_;
  std::unique_ptr<storage::RocksEventStore> store_;
  std::unique_ptr<storage::RocksKeyStore> key_store_;
  std::unique_ptr<storage::keys::KeyEraser> eraser_;
  std::unique_ptr<storage::KeyJournal> journal_;
  std::unique_ptr<storage::keys::KeyVault> vault_;
  std::unique_ptr<ledger::LedgerMachine> machine_;
  std::unique_ptr<ledger::AppendPreparer> preparer_;
};

enum class Plan { kFailsOnce, kFailsForEver, kIsFullForAMoment };

std::string NameOf(const ::testing::TestParamInfo<Plan>& plan) {
  switch (plan.param) {
    case Plan::kFailsOnce:
      return "FailsOnce";
    case Plan::kFailsForEver:
      return "FailsForEver";
    case Plan::kIsFullForAMoment:
      return "IsFullForAMoment";
  }
  return "";
}

class KeyJournalFaultTest : public ::testing::TestWithParam<Plan> {};

INSTANTIATE_TEST_SUITE_P(Plans, KeyJournalFaultTest,
                         ::testing::Values(Plan::kFailsOnce, Plan::kFailsForEver,
                                           Plan::kIsFullForAMoment),
                         NameOf);

// Goal: no order of syncs, no failure of one and no crash parts an event from its key; and a disk
// that was full for a moment leaves nothing behind.
TEST_P(KeyJournalFaultTest, TheDiskFailsAtTheNthOperation) {
  int with_new_keys = 0;
  int stuck = 0;
  for (uint64_t after = 0;; ++after) {
    SCOPED_TRACE(after);
    const uint64_t seed = Seed(after + 1);
    LedgerWithKeys ledger(seed);
    ASSERT_TRUE(ledger.Open().ok());
    DiskFault fault;
    fault.after = after;
    fault.for_ever = GetParam() == Plan::kFailsForEver;
    fault.no_space = GetParam() == Plan::kIsFullForAMoment;
    ledger.faults().SetFault(fault);
    Position acknowledged = 0;
    for (uint64_t number = 0; number < kAppends; ++number) {
      absl::Status status = ledger.Append(number);
      for (int more = 0; !status.ok() && fault.no_space && more < 2; ++more) {
        ledger.TryResume();
        status = ledger.Append(number);
      }
      if (status.ok()) {
        acknowledged = ledger.recorded();
      } else if (fault.no_space) {
        // Where it was a folder that could not be synced, RocksDB has nothing to resume from.
        ASSERT_THAT(std::string(status.message()), ::testing::HasSubstr("until it is opened anew"));
        ++stuck;
        break;
      }
    }
    const bool failed = ledger.faults().failures() > 0;
    with_new_keys += ledger.new_keys() > 0;
    ledger.faults().CutPower();
    ledger.Close();
    ledger.faults().RestorePower(seed);
    ledger.faults().ClearFault();
    const absl::Status opened = ledger.Open();
    ASSERT_TRUE(opened.ok()) << opened;
    EXPECT_GE(ledger.recorded(), acknowledged);
    ledger.CheckEverythingOpens();
    EXPECT_EQ(ledger.new_keys(), 0u);
    // It goes on, with all that was not acknowledged.
    for (uint64_t number = 0; number < kAppends; ++number) EXPECT_TRUE(ledger.Append(number).ok());
    EXPECT_EQ(ledger.recorded(), Position{kAppends});
    ledger.CheckEverythingOpens();
    if (HasFailure() || !failed) break;
  }
  EXPECT_GE(with_new_keys, 2);
  EXPECT_LE(stuck, 2);
}

}  // namespace
}  // namespace pledger::testing
