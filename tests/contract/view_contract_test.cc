// What every view store promises.

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "storage/memory/memory_view_store.h"
#include "storage/rocks/rocks_view_store.h"
#include "tests/contract/store_fixture.h"
#include "tests/support/temp_folder.h"

namespace pledger::testing {
namespace {

using Entries = storage::ViewStore::Entries;

class ViewContractTest : public ::testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    if (GetParam() == StoreKind::kMemory) {
      view_ = std::make_unique<storage::MemoryViewStore>();
      return;
    }
    view_.reset();
    auto opened = storage::RocksViewStore::Open(folder_.path() + "/view", {});
    ASSERT_TRUE(opened.ok()) << opened.status();
    view_ = *std::move(opened);
  }

  TempFolder folder_;
  std::unique_ptr<storage::ViewStore> view_;
};

INSTANTIATE_TEST_SUITE_P(Views, ViewContractTest,
                         ::testing::Values(StoreKind::kMemory, StoreKind::kRocks), StoreKindName);

TEST_P(ViewContractTest, AnEmptyViewHasNothing) {
  EXPECT_EQ(view_->checkpoint(), 0u);
  EXPECT_EQ(*view_->Find("a"), std::nullopt);
  EXPECT_TRUE(view_->List("", 10)->empty());
}

TEST_P(ViewContractTest, EntriesAreReplacedAndTheCheckpointMovesWithThem) {
  ASSERT_TRUE(view_->Write({{"b", "1"}, {"a", "2"}}, 7).ok());
  EXPECT_EQ(view_->checkpoint(), 7u);
  ASSERT_TRUE(view_->Write({{"a", "3"}, {"c", ""}}, 9).ok());
  EXPECT_EQ(view_->checkpoint(), 9u);
  ASSERT_TRUE(view_->Write({}, 11).ok());
  EXPECT_EQ(view_->checkpoint(), 11u);
  EXPECT_EQ(*view_->Find("a"), "3");
  EXPECT_EQ(*view_->Find("b"), "1");
  EXPECT_EQ(*view_->Find("c"), "");
  EXPECT_EQ(*view_->Find(""), std::nullopt);
  EXPECT_EQ(*view_->List("", 10), Entries({{"a", "3"}, {"b", "1"}, {"c", ""}}));
}

TEST_P(ViewContractTest, ListingBeginsBehindAnyKey) {
  ASSERT_TRUE(view_->Write({{"a", "1"}, {"a.b", "2"}, {"ab", "3"}, {"a~", "4"}}, 1).ok());
  EXPECT_EQ(*view_->List("a", 2), Entries({{"a.b", "2"}, {"ab", "3"}}));
  EXPECT_EQ(*view_->List("a-", 1), Entries({{"a.b", "2"}}));
  EXPECT_EQ(*view_->List("a~", 1), Entries());
  EXPECT_EQ(*view_->List("", 0), Entries());
}

TEST_P(ViewContractTest, AVisitSeesOneCheckpointWhateverIsWrittenMeanwhile) {
  ASSERT_TRUE(view_->Write({{"b", "1"}, {"a", "2"}}, 7).ok());
  Entries seen;
  const auto visited = view_->VisitAll([&](std::string_view key, std::string_view value) {
    seen.emplace_back(key, value);
    return view_->Write({{"b", "3"}, {"c", "4"}}, 9);
  });
  ASSERT_TRUE(visited.ok()) << visited.status();
  EXPECT_EQ(*visited, 7u);
  EXPECT_EQ(seen, Entries({{"a", "2"}, {"b", "1"}}));
  EXPECT_EQ(view_->checkpoint(), 9u);
}

TEST_P(ViewContractTest, AVisitEndsWithTheVisitorsError) {
  ASSERT_TRUE(view_->Write({{"a", "1"}, {"b", "2"}}, 1).ok());
  int calls = 0;
  const auto visited = view_->VisitAll([&](std::string_view, std::string_view) {
    ++calls;
    return absl::CancelledError("enough");
  });
  EXPECT_TRUE(absl::IsCancelled(visited.status()));
  EXPECT_EQ(calls, 1);
}

TEST_P(ViewContractTest, TheRealOneIsThereAfterOpeningItAgain) {
  if (GetParam() == StoreKind::kMemory) return;
  ASSERT_TRUE(view_->Write({{"a", "1"}}, 5).ok());
  Open();
  EXPECT_EQ(view_->checkpoint(), 5u);
  EXPECT_EQ(*view_->Find("a"), "1");
}

}  // namespace
}  // namespace pledger::testing
