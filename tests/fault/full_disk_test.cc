// A full disk, a failed sync, and an index that can't be written: what the writer is told, what
// readers still get, and what it takes to write again.

#include <cstdint>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "storage/rocks/rocks_event_store.h"
#include "tests/fault/store_on_fault.h"
#include "tests/support/record_maker.h"
#include "tests/support/seed.h"
#include "tests/support/store_check.h"

namespace pledger::testing {
namespace {

constexpr uint64_t kFreeMin = 1'000'000;

class FullDiskTest : public ::testing::Test {
 protected:
  void SetUp() override {
    disk_.options().free_bytes_min = kFreeMin;
    disk_.faults().SetFreeBytes(10 * kFreeMin);
  }
  void TearDown() override {
    disk_.faults().CutPower();
    store_.reset();
  }

  void Open() {
    auto opened = disk_.OpenStore(deriver_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }
  // The power goes and comes back.
  void Crash(uint64_t seed) {
    disk_.faults().CutPower();
    store_.reset();
    disk_.faults().RestorePower(seed);
  }
  // The next batch that follows what is recorded, of so many events.
  std::shared_ptr<const storage::CommitBatch> NextBatch(int events) {
    // What the store refused was never recorded: made again from what was.
    RecordMaker maker = recorded_;
    const auto batch = maker.Batch(std::vector<TestEvent>(events, {"ada", "fact", "sealed"}));
    proposed_ = maker;
    return batch;
  }
  absl::Status Commit(int events) {
    absl::Status status = store_->Commit(NextBatch(events));
    if (status.ok()) recorded_ = proposed_;
    return status;
  }
  // The store holds what was acknowledged, and no more.
  void Check() {
    const auto contents = CheckStore(*store_, deriver_);
    ASSERT_TRUE(contents.ok()) << contents.status();
    EXPECT_EQ(contents->records.size(), recorded_.next_position());
    EXPECT_EQ(contents->root, ReferenceRoot(recorded_.leaves()));
  }
  void FailOnce(uint32_t operations, std::string_view path_part, bool no_space) {
    DiskFault fault;
    fault.operations = operations;
    fault.path_part = std::string(path_part);
    fault.no_space = no_space;
    disk_.faults().SetFault(fault);
  }

  FaultyDisk disk_;
  CountingDeriver deriver_;
  RecordMaker recorded_;
  RecordMaker proposed_;
  std::unique_ptr<storage::RocksEventStore> store_;
};

TEST_F(FullDiskTest, TheStoreStopsBeforeTheLastByteAndGoesOnWithRoomToSpare) {
  Open();
  ASSERT_TRUE(Commit(2).ok());
  disk_.faults().SetFreeBytes(kFreeMin - 1);
  for (int i = 0; i < 3; ++i) {
    const absl::Status full = Commit(2);
    EXPECT_TRUE(absl::IsResourceExhausted(full)) << full;
    Check();
  }
  disk_.faults().SetFreeBytes(kFreeMin);
  EXPECT_TRUE(absl::IsResourceExhausted(store_->TryResume())) << "it would flap";
  disk_.faults().SetFreeBytes(2 * kFreeMin);
  const absl::Status resumed = store_->TryResume();
  EXPECT_TRUE(resumed.ok()) << resumed;
  ASSERT_TRUE(Commit(2).ok());
  Check();
}

// Whatever of a write came to pass before there was no room, none of it may be seen after a crash
// once another took its place.
class FullWriteTest : public FullDiskTest, public ::testing::WithParamInterface<int> {
 protected:
  void Run(uint32_t operation, int acknowledged_before, uint64_t seed) {
    Open();
    for (int i = 0; i < acknowledged_before; ++i) ASSERT_TRUE(Commit(3).ok());
    FailOnce(operation, "/ledger/", true);
    const absl::Status full = Commit(7);
    ASSERT_TRUE(absl::IsResourceExhausted(full)) << full;
    ASSERT_NO_FATAL_FAILURE(Check());
    const absl::Status resumed = store_->TryResume();
    ASSERT_TRUE(resumed.ok()) << resumed;
    const absl::Status committed = Commit(2);
    ASSERT_TRUE(committed.ok()) << committed;
    ASSERT_NO_FATAL_FAILURE(Check());
    Crash(seed);
    Open();
    ASSERT_NO_FATAL_FAILURE(Check());
    ASSERT_TRUE(Commit(1).ok());
    Crash(seed + 1);
    Open();
    ASSERT_NO_FATAL_FAILURE(Check());
  }
};

INSTANTIATE_TEST_SUITE_P(AfterCommits, FullWriteTest, ::testing::Values(0, 1, 4));

TEST_P(FullWriteTest, ATornAppendIsGone) {
  const uint64_t seed = Seed(1);
  Run(kAppend, GetParam(), seed);
}

TEST_P(FullWriteTest, AnAppendThatWasNotSyncedIsGone) {
  const uint64_t seed = Seed(1);
  Run(kSync, GetParam(), seed);
}

TEST_F(FullDiskTest, AFullDiskThatStaysFullForAWhileIsNoReasonToGiveUp) {
  Open();
  ASSERT_TRUE(Commit(3).ok());
  FailOnce(kAppend, ".log", true);
  ASSERT_TRUE(absl::IsResourceExhausted(Commit(7)));
  // Room for another write-ahead log, but not for what has to be flushed first.
  DiskFault fault;
  fault.path_part = ".sst";
  fault.no_space = true;
  fault.for_ever = true;
  disk_.faults().SetFault(fault);
  for (int i = 0; i < 3; ++i) {
    const absl::Status resumed = store_->TryResume();
    ASSERT_TRUE(absl::IsResourceExhausted(resumed)) << resumed;
    ASSERT_FALSE(Commit(1).ok());
  }
  disk_.faults().ClearFault();
  const absl::Status resumed = store_->TryResume();
  ASSERT_TRUE(resumed.ok()) << resumed;
  ASSERT_TRUE(Commit(2).ok());
  ASSERT_NO_FATAL_FAILURE(Check());
  Crash(Seed(1));
  Open();
  Check();
}

class FailedWriteTest : public FullDiskTest, public ::testing::WithParamInterface<int> {};

INSTANTIATE_TEST_SUITE_P(Operations, FailedWriteTest, ::testing::Values(int{kAppend}, int{kSync}));

TEST_P(FailedWriteTest, NothingIsWrittenUntilTheStoreIsOpenedAnew) {
  const uint64_t seed = Seed(1);
  Open();
  ASSERT_TRUE(Commit(3).ok());
  FailOnce(GetParam(), "/ledger/", false);
  const absl::Status failed = Commit(7);
  ASSERT_TRUE(absl::IsUnavailable(failed)) << failed;
  ASSERT_NO_FATAL_FAILURE(Check());
  // The disk is well again, but nobody can say what it holds.
  for (int i = 0; i < 3; ++i) {
    const absl::Status resumed = store_->TryResume();
    EXPECT_TRUE(absl::IsUnavailable(resumed)) << resumed;
    const absl::Status again = Commit(2);
    EXPECT_TRUE(absl::IsUnavailable(again)) << again;
    ASSERT_NO_FATAL_FAILURE(Check());
  }
  Crash(seed);
  Open();
  // What was not acknowledged may have been written, but only whole.
  const storage::Position next = store_->next_position();
  ASSERT_TRUE(next == 3 || next == 10) << next;
  if (next == 10) {
    NextBatch(7);
    recorded_ = proposed_;
  }
  ASSERT_NO_FATAL_FAILURE(Check());
  ASSERT_TRUE(Commit(2).ok());
  Check();
}

// An index that is flushed after every few events.
class FullIndexTest : public FullDiskTest {
 protected:
  void SetUp() override {
    FullDiskTest::SetUp();
    disk_.options().tuning.index_unflushed_bytes_max = 64 << 10;
  }
};

TEST_F(FullIndexTest, TheWriterStopsReadersGoOnAndItRecoversByItself) {
  Open();
  DiskFault fault;
  fault.path_part = "/index/";
  fault.no_space = true;
  fault.for_ever = true;
  disk_.faults().SetFault(fault);
  absl::Status status;
  for (int i = 0; i < 10'000 && status.ok(); ++i) status = Commit(50);
  ASSERT_TRUE(absl::IsResourceExhausted(status)) << status;
  const auto records = ReadAll(*store_->ReadLog(0, ~uint64_t{0}, storage::Direction::kForward));
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_EQ(records->size(), recorded_.next_position());
  EXPECT_FALSE(store_->TryResume().ok());
  EXPECT_TRUE(absl::IsResourceExhausted(Commit(1)));
  disk_.faults().ClearFault();
  absl::Status resumed = store_->TryResume();
  ASSERT_TRUE(resumed.ok()) << resumed;
  status = Commit(3);
  ASSERT_TRUE(status.ok()) << status;
  Check();
  Crash(Seed(1));
  Open();
  Check();
}

}  // namespace
}  // namespace pledger::testing
