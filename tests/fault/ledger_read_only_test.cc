// What callers of a ledger see when it can't write: a typed error with the cause, unchanged reads,
// and an end to it where there can be one.

#include <memory>
#include <vector>

#include "gtest/gtest.h"
#include "server/domain/errors.h"
#include "server/ledger/append_rules.h"
#include "storage/rocks/rocks_event_store.h"
#include "tests/fault/ledger_script.h"
#include "tests/fault/store_on_fault.h"
#include "tests/support/store_check.h"
#include "tests/support/test_ledger.h"

namespace pledger::testing {
namespace {

constexpr uint64_t kFreeMin = 1'000'000;

class LedgerReadOnlyTest : public ::testing::Test {
 protected:
  LedgerReadOnlyTest() : ledger_(1) {
    disk_.options().free_bytes_min = kFreeMin;
    disk_.faults().SetFreeBytes(10 * kFreeMin);
    Open();
    EXPECT_TRUE(Append(0).status.ok());
  }
  ~LedgerReadOnlyTest() override {
    disk_.faults().CutPower();
    Close();
  }

  void Open() {
    auto opened = disk_.OpenStore(deriver_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    const absl::Status status = ledger_.Open(*store_);
    ASSERT_TRUE(status.ok()) << status;
  }
  void Close() {
    ledger_.Close();
    store_.reset();
  }
  AppendOutcome Append(size_t i) { return ledger_.Append(script_[i]); }

  // Appends fail for this cause, and everything that is recorded is read as before.
  void ExpectReadOnly(std::string_view cause) {
    const absl::Status status = Append(1).status;
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_READ_ONLY) << status;
    EXPECT_NE(ErrorMetadataValue(status, "cause").find(cause), std::string::npos) << status;
    EXPECT_EQ(ReasonOf(ledger_.machine().CheckWritable()), v1::ERROR_REASON_READ_ONLY);
    EXPECT_NE(ledger_.machine().GetStatus().read_only_cause, "");
    ExpectEvents(2);
  }
  void ExpectEvents(size_t count) {
    const auto contents = CheckStore(*store_, deriver_);
    ASSERT_TRUE(contents.ok()) << contents.status();
    EXPECT_EQ(contents->records.size(), count);
    EXPECT_EQ(ledger_.machine().GetStatus().root_hash, contents->root);
  }
  void ExpectWritable() {
    EXPECT_TRUE(ledger_.machine().CheckWritable().ok());
    EXPECT_EQ(ledger_.machine().GetStatus().read_only_cause, "");
    const AppendOutcome outcome = Append(1);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status;
    EXPECT_TRUE(Append(0).recorded[0].duplicate);
    ExpectEvents(3);
  }

  const std::vector<v1::AppendRequest> script_ = LedgerScript();
  FaultyDisk disk_;
  ledger::RulesDeriver deriver_;
  TestLedger ledger_;
  std::unique_ptr<storage::RocksEventStore> store_;
};

TEST_F(LedgerReadOnlyTest, AnAlmostFullDiskEndsWithRoomToSpare) {
  disk_.faults().SetFreeBytes(kFreeMin - 1);
  ExpectReadOnly("is full");
  EXPECT_TRUE(ledger_.machine().WantsResume());
  ledger_.machine().TryResume();
  ExpectReadOnly("is full");
  disk_.faults().SetFreeBytes(2 * kFreeMin);
  // Not by itself, but when the sequencer tries.
  EXPECT_EQ(ReasonOf(Append(1).status), v1::ERROR_REASON_READ_ONLY);
  ledger_.machine().TryResume();
  ExpectWritable();
}

TEST_F(LedgerReadOnlyTest, AFullDiskEndsWhenThereIsRoom) {
  DiskFault fault;
  fault.operations = kAppend;
  fault.path_part = "/ledger/";
  fault.no_space = true;
  fault.for_ever = true;
  disk_.faults().SetFault(fault);
  ExpectReadOnly("injected full disk");
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(ledger_.machine().WantsResume());
    ledger_.machine().TryResume();
    ExpectReadOnly("injected full disk");
  }
  disk_.faults().ClearFault();
  ledger_.machine().TryResume();
  ExpectWritable();
}

TEST_F(LedgerReadOnlyTest, AFailedSyncEndsOnlyWithTheStoreOpenedAnew) {
  DiskFault fault;
  fault.operations = kSync;
  fault.path_part = "/ledger/";
  disk_.faults().SetFault(fault);
  ExpectReadOnly("injected fault");
  EXPECT_FALSE(ledger_.machine().WantsResume());
  ledger_.machine().TryResume();
  ExpectReadOnly("");
  disk_.faults().CutPower();
  Close();
  disk_.faults().RestorePower(0);
  Open();
  ExpectWritable();
}

// Goal: nothing is told that was decided upon events that never were: also who was rejected hears
// that the ledger could not write, and learns the truth when it asks again.
TEST_F(LedgerReadOnlyTest, WhatWasDecidedBesideABatchThatFailsIsNotTold) {
  DiskFault fault;
  fault.operations = kSync;
  fault.path_part = "/ledger/";
  disk_.faults().SetFault(fault);
  v1::AppendRequest reused = script_[0];
  reused.mutable_events(0)->set_source("another");
  const auto outcomes = ledger_.AppendTogether({script_[1], reused, script_[0], script_[4]});
  for (const AppendOutcome& outcome : outcomes) {
    EXPECT_EQ(ReasonOf(outcome.status), v1::ERROR_REASON_READ_ONLY);
  }
  ExpectEvents(2);
}

}  // namespace
}  // namespace pledger::testing
