// What the real store promises over being closed and opened again.

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/rocks/rocks_event_store.h"
#include "tests/contract/store_fixture.h"
#include "tests/support/raw_log.h"
#include "tests/support/record_maker.h"
#include "tests/support/store_check.h"
#include "tests/support/temp_folder.h"

namespace pledger::testing {
namespace {

class PersistenceTest : public ::testing::Test {
 protected:
  void Open() {
    auto opened = OpenRocks(folder_.path(), deriver_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }
  void Close() { store_.reset(); }
  void Commit(int batches) {
    for (int i = 0; i < batches; ++i) {
      const auto batch =
          maker_.Batch({{"a"}, {absl::StrCat("c", i % 50), "fact", "sealed"}, {"ab"}});
      ASSERT_TRUE(store_->Commit(batch).ok());
    }
  }
  StoreContents Check() {
    auto contents = CheckStore(*store_, deriver_);
    EXPECT_TRUE(contents.ok()) << contents.status();
    return contents.ok() ? *std::move(contents) : StoreContents();
  }
  std::string Folder(std::string_view name) {
    return (std::filesystem::path(folder_.path()) / name).string();
  }

  TempFolder folder_;
  CountingDeriver deriver_;
  RecordMaker maker_;
  std::unique_ptr<storage::RocksEventStore> store_;
};

TEST_F(PersistenceTest, OpeningAgainGivesTheSameAnswers) {
  Open();
  Commit(400);
  const StoreContents before = Check();
  EXPECT_EQ(before.records.size(), 1'200u);
  for (int i = 0; i < 3; ++i) {
    Close();
    Open();
    EXPECT_EQ(store_->next_position(), 1'200u);
    EXPECT_EQ(store_->indexed_position(), 1'200u) << "open before the index has caught up";
    EXPECT_TRUE(Check() == before);
  }
  Commit(400);
  EXPECT_EQ(Check().records.size(), 2'400u);
}

TEST_F(PersistenceTest, AnIndexThatIsDeletedIsRebuiltFromTheLog) {
  Open();
  // More than one batch of the index.
  Commit(3'000);
  const StoreContents before = Check();
  Close();
  ASSERT_GT(std::filesystem::remove_all(Folder("index")), 0u);
  Open();
  EXPECT_TRUE(Check() == before);
  Commit(10);
  EXPECT_EQ(Check().records.size(), before.records.size() + 30);
}

TEST_F(PersistenceTest, AnOldIndexCatchesUp) {
  Open();
  Commit(300);
  Close();
  std::filesystem::copy(Folder("index"), Folder("old"));
  Open();
  Commit(300);
  const StoreContents before = Check();
  Close();
  std::filesystem::remove_all(Folder("index"));
  std::filesystem::rename(Folder("old"), Folder("index"));
  Open();
  EXPECT_TRUE(Check() == before);
}

TEST_F(PersistenceTest, ALogThatEndsBeforeItsIndexIsMissingEvents) {
  Open();
  Commit(10);
  Close();
  std::filesystem::copy(Folder("ledger"), Folder("old"));
  Open();
  Commit(1);
  Close();
  std::filesystem::remove_all(Folder("ledger"));
  std::filesystem::rename(Folder("old"), Folder("ledger"));
  const auto opened = OpenRocks(folder_.path(), deriver_);
  EXPECT_TRUE(absl::IsDataLoss(opened.status())) << opened.status();
}

TEST_F(PersistenceTest, TheOriginIsThatOfTheFirstOpening) {
  Open();
  EXPECT_EQ(store_->origin(), "contract.example/ledger");
  Close();
  storage::RocksStoreOptions options;
  options.path = folder_.path();
  options.origin = "another.example";
  options.free_bytes_min = 0;
  const auto opened = storage::RocksEventStore::Open(options, deriver_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ((*opened)->origin(), "contract.example/ledger");
}

TEST_F(PersistenceTest, OneFolderIsOpenOnceAtATime) {
  Open();
  const auto second = OpenRocks(folder_.path(), deriver_);
  EXPECT_FALSE(second.ok());
  EXPECT_TRUE(absl::IsInternal(second.status()) || absl::IsUnavailable(second.status()))
      << second.status();
}

TEST_F(PersistenceTest, ClosingCallsEverybodyWhoStillWaits) {
  for (int round = 0; round < 5; ++round) {
    Open();
    Commit(50);
    std::atomic<int> called{0};
    for (storage::Position position = 1; position <= store_->next_position(); ++position) {
      store_->WhenIndexed(position, [&](absl::Status status) {
        EXPECT_TRUE(status.ok() || absl::IsUnavailable(status)) << status;
        ++called;
      });
    }
    const int waiters = static_cast<int>(store_->next_position());
    Close();
    EXPECT_EQ(called.load(), waiters);
  }
}

TEST_F(PersistenceTest, NewKeysStayUntilTheyAreForgotten) {
  const std::vector<storage::NewKey> keys = {{"ada", "1"}, {"bob", "2"}};
  Open();
  const auto batch = maker_.Batch({{"ada", "fact", "sealed"}});
  batch->new_keys = keys;
  ASSERT_TRUE(store_->Commit(batch).ok());
  Close();
  Open();
  EXPECT_EQ(*store_->ReadNewKeys(), keys);
  ASSERT_TRUE(store_->ForgetNewKeys({"ada"}).ok());
  Close();
  Open();
  EXPECT_EQ(*store_->ReadNewKeys(), (std::vector<storage::NewKey>{keys[1]}));
}

TEST_F(PersistenceTest, ALogOfTheFormatBeforeIsOpenedAndBecomesThisOne) {
  Open();
  Commit(10);
  const StoreContents before = Check();
  Close();
  {
    RawLog log(folder_.path());
    log.Put("meta", "format", "1");
    log.Drop("new_keys");
  }
  Open();
  EXPECT_TRUE(Check() == before);
  EXPECT_TRUE(store_->ReadNewKeys()->empty());
  const auto batch = maker_.Batch({{"ada", "fact", "sealed"}});
  batch->new_keys = {{"ada", "1"}};
  ASSERT_TRUE(store_->Commit(batch).ok());
  Close();
  Open();
  EXPECT_EQ(store_->ReadNewKeys()->size(), 1u);
}

TEST_F(PersistenceTest, ALogOfAnUnknownFormatIsRefused) {
  Open();
  Close();
  RawLog(folder_.path()).Put("meta", "format", "3");
  const auto opened = OpenRocks(folder_.path(), deriver_);
  EXPECT_TRUE(absl::IsFailedPrecondition(opened.status())) << opened.status();
}

}  // namespace
}  // namespace pledger::testing
