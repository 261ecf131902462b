// What every event store promises of its log and of what the writer asks.

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "gtest/gtest.h"
#include "storage/merkle/hash.h"
#include "tests/contract/store_fixture.h"
#include "tests/support/store_check.h"

namespace pledger::testing {
namespace {

using storage::Direction;
using storage::Position;

class LogContractTest : public StoreContractTest {};

INSTANTIATE_TEST_SUITE_P(Stores, LogContractTest,
                         ::testing::Values(StoreKind::kMemory, StoreKind::kRocks), StoreKindName);

TEST_P(LogContractTest, AnEmptyStoreHasNothing) {
  EXPECT_EQ(store().next_position(), 0u);
  EXPECT_EQ(store().indexed_position(), 0u);
  EXPECT_TRUE(absl::IsNotFound(store().ReadRecord(0).status()));
  EXPECT_TRUE(absl::IsNotFound(store().ReadSealed(0, {}).status()));
  EXPECT_TRUE(absl::IsNotFound(store().ReadTile(0, 0).status()));
  EXPECT_EQ(*store().FindHead("a"), std::nullopt);
  EXPECT_EQ(*store().FindEventId(RecordMaker::IdAt(0)), std::nullopt);
  EXPECT_EQ(*store().FindState("key"), std::nullopt);
  EXPECT_TRUE(store().ListClients("", 10)->empty());
  CountingDeriver deriver;
  const auto contents = CheckStore(store(), deriver);
  ASSERT_TRUE(contents.ok()) << contents.status();
  EXPECT_EQ(contents->root, storage::merkle::EmptyRoot());
}

TEST_P(LogContractTest, ACommitOfSeveralClientsIsWhole) {
  Commit({"ada", "bob", "ada"});
  EXPECT_EQ(store().next_position(), 3u);
  Commit({"bob"});
  EXPECT_EQ(store().next_position(), 4u);
  CountingDeriver deriver;
  const auto contents = CheckStore(store(), deriver);
  ASSERT_TRUE(contents.ok()) << contents.status();
  EXPECT_EQ(contents->records.size(), 4u);
  EXPECT_EQ(contents->root, ReferenceRoot(maker().leaves()));
}

TEST_P(LogContractTest, EverythingThatWasCommittedReadsBackByteForByte) {
  std::vector<std::string> records;
  for (size_t size : {0, 1, 100, 60'000}) {
    const auto batch = maker().Batch({{"ada", std::string(size, 'x')}});
    records.emplace_back(*storage::CheckStoredValue(batch->events[0].stored_value));
    ASSERT_TRUE(store().Commit(batch).ok());
  }
  for (Position position = 0; position < records.size(); ++position) {
    EXPECT_EQ(*store().ReadRecord(position), records[position]);
  }
  EXPECT_EQ(*ReadAll(*store().ReadLog(0, 4, Direction::kForward)), records);
  EXPECT_TRUE(absl::IsNotFound(store().ReadRecord(4).status()));
  EXPECT_TRUE(absl::IsNotFound(store().ReadRecord(~Position{0}).status()));
}

TEST_P(LogContractTest, SealedPartsAreReadByTheHashThatTheRecordHolds) {
  const std::string sealed(60'000, 's');
  CommitEvents({{"ada", "fact", sealed}, {"ada"}, {"bob", "fact", "x"}});
  const storage::Hash hash = storage::merkle::Sha256(sealed);
  EXPECT_EQ(*store().ReadSealed(0, hash), sealed);
  EXPECT_EQ(*store().ReadSealed(2, storage::merkle::Sha256("x")), "x");
  EXPECT_TRUE(absl::IsNotFound(store().ReadSealed(1, hash).status()));
  EXPECT_TRUE(absl::IsNotFound(store().ReadSealed(3, hash).status()));
  const absl::Status wrong = store().ReadSealed(2, hash).status();
  EXPECT_TRUE(absl::IsDataLoss(wrong)) << wrong;
  EXPECT_EQ(storage::CorruptPosition(wrong), "2");
}

TEST_P(LogContractTest, NewKeysComeWithTheirEventsAndStayUntilTheyAreForgotten) {
  EXPECT_TRUE(store().ReadNewKeys()->empty());
  const auto commit = [&](std::vector<storage::NewKey> keys) {
    auto batch = maker().Batch({{"ada", "fact", "sealed"}});
    batch->new_keys = std::move(keys);
    ASSERT_TRUE(store().Commit(batch).ok());
  };
  commit({{"bob", "2"}, {"ada", "1"}, {"ada", "1"}});
  commit({});
  commit({{"cyd", std::string("\0\xff", 2)}});
  const std::vector<storage::NewKey> all = {
      {"ada", "1"}, {"bob", "2"}, {"cyd", std::string("\0\xff", 2)}};
  EXPECT_EQ(*store().ReadNewKeys(), all);
  ASSERT_TRUE(store().ForgetNewKeys({"bob", "nobody"}).ok());
  EXPECT_EQ(*store().ReadNewKeys(), (std::vector<storage::NewKey>{all[0], all[2]}));
  ASSERT_TRUE(store().ForgetNewKeys({"ada", "cyd"}).ok());
  EXPECT_TRUE(store().ReadNewKeys()->empty());
  commit({{"bob", "3"}});
  EXPECT_EQ(*store().ReadNewKeys(), (std::vector<storage::NewKey>{{"bob", "3"}}));
  EXPECT_EQ(store().next_position(), 4u);
}

TEST_P(LogContractTest, ACursorReadsTheSealedPartsOfItsRecordsWhicheverAreAskedFor) {
  std::vector<TestEvent> facts;
  for (int i = 0; i < 40; ++i) {
    facts.push_back({"ada", "fact", i % 3 == 1 ? std::string() : absl::StrCat("sealed ", i)});
  }
  CommitEvents(facts);
  AwaitIndex();
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    for (const int step : {1, 2, 7}) {
      const bool forward = direction == Direction::kForward;
      const auto log = store().ReadLog(forward ? 0 : 39, forward ? 40 : 0, direction);
      const auto client =
          store().ReadClient("ada", forward ? 0 : 39, direction, storage::ReadTier::kAnywhere);
      for (storage::RecordCursor* cursor : {log.get(), client.get()}) {
        for (int seen = 0; cursor->Next(); ++seen) {
          const Position position = cursor->view().header.position;
          if (seen % step != 0) continue;
          const auto sealed = cursor->ReadSealed();
          if (position % 3 == 1) {
            EXPECT_TRUE(absl::IsNotFound(sealed.status())) << position;
          } else {
            EXPECT_EQ(*sealed, absl::StrCat("sealed ", position));
          }
        }
        EXPECT_TRUE(cursor->status().ok()) << cursor->status();
      }
    }
  }
}

TEST_P(LogContractTest, TheWriterSeesWhatItCommittedAtOnce) {
  for (int i = 0; i < 300; ++i) {
    const std::string client_id = absl::StrCat("c", i % 7);
    const auto batch = maker().Batch({{client_id}});
    const storage::NewEvent& event = batch->events[0];
    ASSERT_TRUE(store().Commit(batch).ok());
    const storage::StreamHead head = {event.header.revision, event.leaf_hash};
    ASSERT_EQ(*store().FindHead(client_id), head);
    const storage::RecordedId id = {event.header.position, event.header.revision,
                                    event.header.record_time_ns, event.fingerprint};
    ASSERT_EQ(*store().FindEventId(event.header.event_id), id);
    ASSERT_EQ(*store().FindState(batch->states->front().key), batch->states->front().value);
    ASSERT_EQ(*store().FindEventId(RecordMaker::IdAt(store().next_position())), std::nullopt);
  }
}

TEST_P(LogContractTest, OfSeveralValuesOfAStateTheLastOneCounts) {
  auto batch = std::make_shared<storage::CommitBatch>(*maker().Batch({{"ada"}}));
  *batch->states = {{"key", "first"}, {"other", ""}, {"key", "last"}};
  // The copy's view is still of the original, which is gone.
  batch->events[0].client_id = "ada";
  ASSERT_TRUE(store().Commit(batch).ok());
  EXPECT_EQ(*store().FindState("key"), "last");
  EXPECT_EQ(*store().FindState("other"), "");
  AwaitIndex();
  EXPECT_EQ(*store().FindState("key"), "last");
  EXPECT_EQ(*store().FindState("other"), "");
}

TEST_P(LogContractTest, ReadersNeverSeeAGapOrAHalfCommit) {
  constexpr int kBatches = 200;
  constexpr size_t kBatchEvents = 5;
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!stop.load()) {
        const Position next = store().next_position();
        EXPECT_EQ(next % kBatchEvents, 0u);
        const auto records = ReadAll(*store().ReadLog(0, next, Direction::kForward));
        ASSERT_TRUE(records.ok()) << records.status();
        EXPECT_EQ(records->size(), next);
        // In this order: what is indexed now may not be recorded a moment earlier.
        const Position indexed = store().indexed_position();
        EXPECT_LE(indexed, store().next_position());
        const auto stream = ReadAll(
            *store().ReadClient("ada", 0, Direction::kForward, storage::ReadTier::kAnywhere));
        ASSERT_TRUE(stream.ok()) << stream.status();
      }
    });
  }
  for (int i = 0; i < kBatches; ++i) Commit({"ada", "bob", "ada", "cid", "ada"});
  stop.store(true);
  for (std::thread& reader : readers) reader.join();
  CountingDeriver deriver;
  const auto contents = CheckStore(store(), deriver);
  EXPECT_TRUE(contents.ok()) << contents.status();
}

TEST_P(LogContractTest, WhoWaitsForTheIndexIsCalledOnceItHolds) {
  constexpr int kThreads = 4;
  constexpr int kEvents = 200;
  // Each wait takes its positions in another order; all are recorded before anybody waits.
  for (int i = 0; i < kEvents; ++i) Commit({absl::StrCat("c", i)});
  absl::BlockingCounter called(kThreads * kEvents);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEvents; ++i) {
        const Position position = (i * 37 + t) % kEvents + 1;
        store().WhenIndexed(position, [&, position](absl::Status status) {
          EXPECT_TRUE(status.ok()) << status;
          EXPECT_GE(store().indexed_position(), position);
          EXPECT_NE(*store().FindIndexedEventId(RecordMaker::IdAt(position - 1)), std::nullopt);
          called.DecrementCount();
        });
      }
    });
  }
  called.Wait();
  for (std::thread& thread : threads) thread.join();
  bool at_once = false;
  store().WhenIndexed(0, [&](absl::Status status) { at_once = status.ok(); });
  EXPECT_TRUE(at_once);
}

}  // namespace
}  // namespace pledger::testing
