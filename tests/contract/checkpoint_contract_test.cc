// What every checkpoint store promises.

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "storage/memory/memory_checkpoint_store.h"
#include "tests/contract/store_fixture.h"
#include "tests/support/raw_log.h"
#include "tests/support/store_check.h"
#include "tests/support/temp_folder.h"

namespace pledger::testing {
namespace {

using storage::Direction;
using storage::StoredCheckpoint;

class CheckpointContractTest : public ::testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    if (GetParam() == StoreKind::kMemory) {
      if (memory_ == nullptr) memory_ = std::make_unique<storage::MemoryCheckpointStore>();
      return;
    }
    rocks_.reset();
    auto opened = OpenRocks(folder_.path(), deriver_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    rocks_ = *std::move(opened);
  }
  storage::CheckpointStore& store() { return rocks_ != nullptr ? rocks_->checkpoints() : *memory_; }
  std::vector<uint64_t> Sizes(uint64_t from, Direction direction, size_t limit) {
    const auto listed = store().ListCheckpoints(from, direction, limit);
    EXPECT_TRUE(listed.ok()) << listed.status();
    std::vector<uint64_t> sizes;
    for (const StoredCheckpoint& one : *listed) sizes.push_back(one.size);
    return sizes;
  }

  TempFolder folder_;
  CountingDeriver deriver_;
  std::unique_ptr<storage::RocksEventStore> rocks_;
  std::unique_ptr<storage::MemoryCheckpointStore> memory_;
};

INSTANTIATE_TEST_SUITE_P(Stores, CheckpointContractTest,
                         ::testing::Values(StoreKind::kMemory, StoreKind::kRocks), StoreKindName);

TEST_P(CheckpointContractTest, ANewStoreHasNone) {
  EXPECT_EQ(*store().FindCheckpoint(0), std::nullopt);
  EXPECT_TRUE(store().ListCheckpoints(0, Direction::kForward, 10)->empty());
  EXPECT_TRUE(store().ListCheckpoints(~uint64_t{0}, Direction::kBackward, 10)->empty());
}

TEST_P(CheckpointContractTest, WhatIsPutIsFoundAlsoAfterOpeningAgain) {
  const StoredCheckpoint first = {3, -5, "a note\n"};
  const StoredCheckpoint second = {300, 7, std::string("\0 binary", 8)};
  ASSERT_TRUE(store().PutCheckpoint(first).ok());
  ASSERT_TRUE(store().PutCheckpoint(second).ok());
  Open();
  EXPECT_EQ(*store().FindCheckpoint(3), first);
  EXPECT_EQ(*store().FindCheckpoint(300), second);
  EXPECT_EQ(*store().FindCheckpoint(4), std::nullopt);
}

TEST_P(CheckpointContractTest, PuttingAgainReplaces) {
  ASSERT_TRUE(store().PutCheckpoint({3, 1, "one"}).ok());
  ASSERT_TRUE(store().PutCheckpoint({3, 2, "two"}).ok());
  EXPECT_EQ((*store().FindCheckpoint(3))->note, "two");
  EXPECT_EQ(Sizes(0, Direction::kForward, 10), std::vector<uint64_t>({3}));
}

TEST_P(CheckpointContractTest, ListsBothWaysFromAnySize) {
  for (const uint64_t size : {512, 0, 7, 256}) {
    ASSERT_TRUE(store().PutCheckpoint({size, 1, "note"}).ok());
  }
  EXPECT_EQ(Sizes(0, Direction::kForward, 9), std::vector<uint64_t>({0, 7, 256, 512}));
  EXPECT_EQ(Sizes(8, Direction::kForward, 1), std::vector<uint64_t>({256}));
  EXPECT_EQ(Sizes(256, Direction::kBackward, 9), std::vector<uint64_t>({256, 7, 0}));
  EXPECT_EQ(Sizes(255, Direction::kBackward, 1), std::vector<uint64_t>({7}));
  EXPECT_EQ(Sizes(513, Direction::kForward, 9), std::vector<uint64_t>());
}

// A ledger that was made before there were checkpoints gets its column family when it is opened.
TEST_P(CheckpointContractTest, AFolderWithoutThemIsOpened) {
  if (GetParam() == StoreKind::kMemory) return;
  rocks_.reset();
  RawLog(folder_.path()).Drop("checkpoints");
  Open();
  ASSERT_TRUE(store().PutCheckpoint({1, 1, "note"}).ok());
  Open();
  EXPECT_EQ(Sizes(0, Direction::kForward, 9), std::vector<uint64_t>({1}));
}

}  // namespace
}  // namespace pledger::testing
