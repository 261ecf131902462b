// What every event store's index answers.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gtest/gtest.h"
#include "tests/contract/store_fixture.h"
#include "tests/support/store_check.h"

namespace pledger::testing {
namespace {

using storage::Direction;
using Clients = std::vector<std::string>;

class IndexContractTest : public StoreContractTest {};

INSTANTIATE_TEST_SUITE_P(Stores, IndexContractTest,
                         ::testing::Values(StoreKind::kMemory, StoreKind::kRocks), StoreKindName);

TEST_P(IndexContractTest, ClientsAreListedInOrderBehindAnyId) {
  Commit({"b", "a~", "ab", "a", "a.b", "~ledger", "A", "a"});
  AwaitIndex();
  const Clients all = {"A", "a", "a.b", "ab", "a~", "b", "~ledger"};
  EXPECT_EQ(*store().ListClients("", 100), all);
  EXPECT_EQ(*store().ListClients("", 7), all);
  EXPECT_EQ(*store().ListClients("", 2), Clients({"A", "a"}));
  EXPECT_EQ(*store().ListClients("", 0), Clients());
  EXPECT_EQ(*store().ListClients("a", 3), Clients({"a.b", "ab", "a~"}));
  EXPECT_EQ(*store().ListClients("a.b", 1), Clients({"ab"}));
  // Ids that are not there.
  EXPECT_EQ(*store().ListClients("a-", 1), Clients({"a.b"}));
  EXPECT_EQ(*store().ListClients("a.bc", 1), Clients({"ab"}));
  EXPECT_EQ(*store().ListClients("a.", 1), Clients({"a.b"}));
  EXPECT_EQ(*store().ListClients("~ledger", 5), Clients());
  EXPECT_EQ(*store().ListClients("~~", 5), Clients());
  for (size_t page = 1; page <= all.size(); ++page) {
    Clients listed;
    while (true) {
      const auto next = store().ListClients(listed.empty() ? "" : listed.back(), page);
      if (next->empty()) break;
      listed.insert(listed.end(), next->begin(), next->end());
    }
    EXPECT_EQ(listed, all) << "by pages of " << page;
  }
}

TEST_P(IndexContractTest, TilesAreThoseOfTheTreeOverAllRecords) {
  // Enough for 257 tiles of the lowest level and so for one above.
  constexpr uint64_t kEvents = 257 * 256 + 17;
  while (maker().next_position() < kEvents) {
    const uint64_t left = kEvents - maker().next_position();
    Clients clients(std::min<uint64_t>(left, 1'001));
    for (size_t i = 0; i < clients.size(); ++i) clients[i] = absl::StrCat("c", i % 211);
    Commit(clients);
  }
  AwaitIndex();
  CountingDeriver deriver;
  const auto contents = CheckStore(store(), deriver);
  ASSERT_TRUE(contents.ok()) << contents.status();
  EXPECT_EQ(contents->root, ReferenceRoot(maker().leaves()));
  EXPECT_TRUE(absl::IsNotFound(store().ReadTile(0, 257).status()));
  EXPECT_TRUE(absl::IsNotFound(store().ReadTile(1, 1).status()));
  EXPECT_TRUE(absl::IsNotFound(store().ReadTile(2, 0).status()));
}

TEST_P(IndexContractTest, NothingIsForgottenHoweverMuchWasWrittenSince) {
  // More than what the real store remembers of late, several times over.
  constexpr uint64_t kEvents = 400'000;
  while (maker().next_position() < kEvents) {
    std::vector<TestEvent> events(10'000);
    for (size_t i = 0; i < events.size(); ++i) {
      events[i].client_id = absl::StrFormat("client-%d", maker().next_position() + i);
    }
    CommitEvents(events);
    // The hot one's head is asked for between all the others.
    Commit({"hot"});
    ASSERT_EQ((*store().FindHead("hot"))->leaf_hash, maker().leaves().back());
  }
  for (storage::Position position = 0; position < kEvents; position += 997) {
    const auto id = store().FindEventId(RecordMaker::IdAt(position));
    ASSERT_TRUE(id.ok() && id->has_value()) << position << ": " << id.status();
    EXPECT_EQ((*id)->position, position);
  }
  for (storage::Position position = 0; position < 10'000; position += 97) {
    const std::string client_id = absl::StrFormat("client-%d", position);
    const auto head = store().FindHead(client_id);
    ASSERT_TRUE(head.ok() && head->has_value()) << client_id << ": " << head.status();
    EXPECT_EQ((*head)->leaf_hash, maker().leaves()[position]);
    const auto state = store().FindState(CountingDeriver::Key(client_id));
    ASSERT_TRUE(state.ok() && state->has_value()) << client_id << ": " << state.status();
  }
  EXPECT_EQ((*store().FindHead("hot"))->revision, kEvents / 10'000 - 1);
}

}  // namespace
}  // namespace pledger::testing
