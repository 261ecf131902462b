// Cursors of every event store, from every place to every place, in both directions.

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/store_fixture.h"

namespace pledger::testing {
namespace {

using storage::Direction;
using storage::Position;
using storage::Revision;

constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();

class CursorContractTest : public StoreContractTest {};

INSTANTIATE_TEST_SUITE_P(Stores, CursorContractTest,
                         ::testing::Values(StoreKind::kMemory, StoreKind::kRocks), StoreKindName);

// The edges of a list of `size`, and places beyond.
std::vector<uint64_t> Places(uint64_t size) {
  std::vector<uint64_t> places = {kMax - 1, kMax};
  for (uint64_t place = 0; place <= size + 2; ++place) places.push_back(place);
  return places;
}

std::vector<Position> Range(Position begin, Position end) {
  std::vector<Position> range;
  for (Position position = begin; position < end; ++position) range.push_back(position);
  return range;
}

TEST_P(CursorContractTest, TheLogForwardEndsBeforeItsEnd) {
  constexpr Position kSize = 6;
  for (Position i = 0; i < kSize; ++i) Commit({"ada"});
  for (const Position from : Places(kSize)) {
    for (const Position end : Places(kSize)) {
      EXPECT_EQ(LogPositions(from, end, Direction::kForward), Range(from, std::min(end, kSize)))
          << from << " to " << end;
    }
  }
}

TEST_P(CursorContractTest, TheLogBackwardIncludesBothItsEnds) {
  constexpr Position kSize = 6;
  for (Position i = 0; i < kSize; ++i) Commit({"ada"});
  for (const Position from : Places(kSize)) {
    for (const Position end : Places(kSize)) {
      auto wanted =
          end == kMax ? std::vector<Position>() : Range(end, std::min(from, kSize - 1) + 1);
      std::reverse(wanted.begin(), wanted.end());
      EXPECT_EQ(LogPositions(from, end, Direction::kBackward), wanted) << from << " to " << end;
    }
  }
}

TEST_P(CursorContractTest, AnEmptyLogHasNothingInEitherDirection) {
  for (const Position from : Places(1)) {
    for (const Position end : Places(1)) {
      EXPECT_TRUE(LogPositions(from, end, Direction::kForward).empty());
      EXPECT_TRUE(LogPositions(from, end, Direction::kBackward).empty());
    }
  }
}

TEST_P(CursorContractTest, AClientsStreamIsItsOwnAlone) {
  // Ids that are prefixes of each other, on both sides of what separates id and revision in a key.
  const std::vector<std::string> clients = {"a", "a.b", "a~", "ab", "b", "~ledger"};
  constexpr Revision kSize = 4;
  for (Revision i = 0; i < kSize; ++i) Commit(clients);
  AwaitIndex();
  for (size_t client = 0; client < clients.size(); ++client) {
    for (const Revision from : Places(kSize)) {
      std::vector<Position> forward;
      std::vector<Position> backward;
      for (Revision revision = 0; revision < kSize; ++revision) {
        const Position position = revision * clients.size() + client;
        if (revision >= from) forward.push_back(position);
        if (revision <= from) backward.insert(backward.begin(), position);
      }
      EXPECT_EQ(ClientPositions(clients[client], from, Direction::kForward), forward)
          << clients[client] << " from " << from;
      EXPECT_EQ(ClientPositions(clients[client], from, Direction::kBackward), backward)
          << clients[client] << " from " << from;
    }
  }
}

TEST_P(CursorContractTest, AllStreamsComeClientByClient) {
  // Ids that are prefixes of each other, and neighbours of what ends an id in a key.
  const std::vector<std::string> clients = {"a", "a-", "a.b", "ab", "a~", "b", "~ledger"};
  constexpr Revision kSize = 3;
  for (Revision i = 0; i < kSize; ++i) Commit(clients);
  AwaitIndex();
  const auto positions_behind = [&](std::string_view after) {
    std::vector<Position> positions;
    for (size_t client = 0; client < clients.size(); ++client) {
      if (clients[client] <= after) continue;
      for (Revision i = 0; i < kSize; ++i) positions.push_back(i * clients.size() + client);
    }
    return positions;
  };
  for (const std::string after : {"", "A", "a", "a-", "a.", "a.b", "a~", "b", "~ledger", "~~"}) {
    EXPECT_EQ(Positions(*store().ReadClients(after)), positions_behind(after)) << after;
  }
}

TEST_P(CursorContractTest, AClientThatIsNotThereHasNoStream) {
  Commit({"b", "d"});
  AwaitIndex();
  for (const std::string client : {"a", "b.", "c", "e", "~"}) {
    EXPECT_TRUE(ClientPositions(client, 0, Direction::kForward).empty()) << client;
    EXPECT_TRUE(ClientPositions(client, kMax, Direction::kBackward).empty()) << client;
    EXPECT_EQ(*store().FindIndexedHead(client), std::nullopt) << client;
  }
}

TEST_P(CursorContractTest, ACursorShowsTheRecordThatItsViewIsOf) {
  CommitEvents({{"ada", "first"}, {"bob", "second"}, {"ada", "third"}});
  const auto cursor = store().ReadLog(0, 3, Direction::kForward);
  for (Position position = 0; position < 3; ++position) {
    ASSERT_TRUE(cursor->Next());
    EXPECT_EQ(cursor->record(), *store().ReadRecord(position));
    EXPECT_EQ(cursor->view().header.position, position);
    EXPECT_EQ(cursor->view().header.event_id, RecordMaker::IdAt(position));
    EXPECT_EQ(cursor->view().body, cursor->record().substr(storage::kRecordHeaderBytes));
  }
  EXPECT_FALSE(cursor->Next());
}

TEST_P(CursorContractTest, ACursorDoesNotWaitForWhatComesLater) {
  Commit({"ada", "ada"});
  const auto cursor = store().ReadLog(0, kMax, Direction::kForward);
  Commit({"ada"});
  Position seen = 0;
  while (cursor->Next()) EXPECT_EQ(cursor->view().header.position, seen++);
  EXPECT_TRUE(cursor->status().ok()) << cursor->status();
  EXPECT_EQ(seen, 2u);
}

}  // namespace
}  // namespace pledger::testing
