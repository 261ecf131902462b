// ReadEvents: which events come, in which order, and where to go on from.
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/domain/fact_rules.h"
#include "storage/format/record.h"
#include "storage/format/text.h"
#include "storage/merkle/compact_range.h"
#include "storage/merkle/hash.h"
#include "tests/e2e/ledger_fixture.h"

namespace pledger::testing {
namespace {

constexpr int kAppends = 60;
constexpr int kEventsPerAppend = 10;

using Positions = std::vector<uint64_t>;

// A ledger of 600 events of 5 clients: some 2 MiB, so that reads take several messages.
class ReadEventsE2eTest : public LedgerTest {
 protected:
  ReadEventsE2eTest() {
    for (int i = 0; i < kAppends; ++i) {
      v1::AppendRequest request;
      for (int j = 0; j < kEventsPerAppend; ++j) {
        const std::string client_id = absl::StrCat("client-", (i + j * j) % 5);
        v1::ProposedEvent event = LargeEvent(client_id, 8'000);
        if (j % 3 == 1) event = NoteEvent(client_id, absl::StrCat("note ", i));
        if (j % 3 == 2) event = EffortEvent(client_id);
        if (j % 4 == 0) event.set_correlation_id(absl::StrCat("order-", i % 2));
        *request.add_events() = event;
        proposed_.push_back(event);
      }
      const v1::AppendResponse response = server_.MustAppend(request);
      appended_.insert(appended_.end(), response.events().begin(), response.events().end());
    }
  }

  // The positions that pass, forward.
  Positions Where(const std::function<bool(uint64_t)>& passes) const {
    Positions positions;
    for (uint64_t i = 0; i < proposed_.size(); ++i) {
      if (passes(i)) positions.push_back(i);
    }
    return positions;
  }

  // The positions that come; every event is compared with what was proposed.
  Positions Read(const v1::ReadEventsRequest& request) const {
    const auto events = client().ReadEvents(request);
    EXPECT_TRUE(events.ok()) << events.status();
    Positions positions;
    if (!events.ok()) return positions;
    for (const v1::Event& event : *events) {
      positions.push_back(event.position());
      EXPECT_TRUE(IsRecorded(event, proposed_[event.position()], appended_[event.position()]));
    }
    return positions;
  }

  // That reading gives these, forward, and the same from behind.
  void ExpectBothWays(v1::ReadEventsRequest request, Positions expected) const {
    EXPECT_EQ(Read(request), expected);
    request.set_direction(v1::DIRECTION_BACKWARD);
    std::reverse(expected.begin(), expected.end());
    EXPECT_EQ(Read(request), expected);
  }

  // By position.
  std::vector<v1::ProposedEvent> proposed_;
  std::vector<v1::AppendedEvent> appended_;
};

TEST_F(ReadEventsE2eTest, AllEventsAndThoseOfOneClient) {
  ExpectBothWays({}, Where([](uint64_t) { return true; }));
  v1::ReadEventsRequest request;
  for (int i = 0; i < 5; ++i) {
    request.set_client_id(absl::StrCat("client-", i));
    ExpectBothWays(request, Where([&](uint64_t position) {
                     return proposed_[position].client_id() == request.client_id();
                   }));
  }
  request.set_client_id("nobody");
  ExpectBothWays(request, {});
}

TEST_F(ReadEventsE2eTest, Filters) {
  v1::ReadEventsRequest request;
  request.mutable_filter()->add_client_ids("client-1");
  request.mutable_filter()->add_client_ids("client-3");
  request.mutable_filter()->add_client_ids("nobody");
  const auto client_passes = [&](uint64_t position) {
    const std::string& client_id = proposed_[position].client_id();
    return client_id == "client-1" || client_id == "client-3";
  };
  ExpectBothWays(request, Where(client_passes));
  request.mutable_filter()->add_fact_types(v1::FACT_TYPE_SENTIMENT_NOTED);
  request.mutable_filter()->add_fact_types(v1::FACT_TYPE_CUSTOM_FACT);
  const auto both_pass = [&](uint64_t position) {
    return client_passes(position) && !proposed_[position].fact().has_effort_logged();
  };
  ExpectBothWays(request, Where(both_pass));
  request.mutable_filter()->set_correlation_id("order-1");
  ExpectBothWays(request, Where([&](uint64_t position) {
                   return both_pass(position) && proposed_[position].correlation_id() == "order-1";
                 }));
  request.set_client_id("client-3");
  ExpectBothWays(request, Where([&](uint64_t position) {
                   return both_pass(position) &&
                          proposed_[position].correlation_id() == "order-1" &&
                          proposed_[position].client_id() == "client-3";
                 }));
}

TEST_F(ReadEventsE2eTest, FromPositionsAndTimes) {
  for (const std::string client_id : {"", "client-2"}) {
    for (const bool forward : {true, false}) {
      v1::ReadEventsRequest request;
      request.set_client_id(client_id);
      if (!forward) request.set_direction(v1::DIRECTION_BACKWARD);
      const auto expect = [&](const std::function<bool(uint64_t)>& passes) {
        Positions expected = Where([&](uint64_t i) {
          return (client_id.empty() || proposed_[i].client_id() == client_id) && passes(i);
        });
        if (!forward) std::reverse(expected.begin(), expected.end());
        EXPECT_EQ(Read(request), expected);
      };
      for (const uint64_t from : {0, 1, 299, 300, 598, 599}) {
        SCOPED_TRACE(absl::StrCat(client_id, forward ? " forward " : " backward ", from));
        request.set_from_position(from);
        expect([&](uint64_t i) { return forward ? i >= from : i <= from; });
        const int64_t at_ns = NanosOf(appended_[from].record_time());
        for (const int64_t time_ns : {at_ns - 1, at_ns, at_ns + 1}) {
          *request.mutable_from_record_time() = FromNanos(time_ns);
          expect([&](uint64_t i) {
            const int64_t recorded_ns = NanosOf(appended_[i].record_time());
            return forward ? recorded_ns >= time_ns : recorded_ns <= time_ns;
          });
        }
      }
    }
  }
}

TEST_F(ReadEventsE2eTest, LimitsAndResumePositions) {
  for (const std::string client_id : {"", "client-4"}) {
    for (const bool forward : {true, false}) {
      for (const uint64_t limit : {0, 1, 7, 50}) {
        SCOPED_TRACE(absl::StrCat(client_id, forward ? " forward by " : " backward by ", limit));
        v1::ReadEventsRequest request;
        request.set_client_id(client_id);
        if (!forward) request.set_direction(v1::DIRECTION_BACKWARD);
        request.mutable_filter()->add_fact_types(v1::FACT_TYPE_SENTIMENT_NOTED);
        const Positions whole = Read(request);
        ASSERT_GT(whole.size(), 20u);
        request.set_limit(limit);
        // Twenty steps, each from where the one before left off, are the beginning of the whole.
        Positions stepped;
        for (int step = 0; step < 20 && stepped.size() < whole.size(); ++step) {
          const auto messages = client().ReadMessages(request);
          ASSERT_TRUE(messages.ok()) << messages.status();
          ASSERT_FALSE(messages->empty());
          uint64_t count = 0;
          for (const v1::ReadEventsResponse& message : *messages) {
            for (const v1::Event& event : message.events()) stepped.push_back(event.position());
            count += message.events_size();
          }
          EXPECT_TRUE(limit == 0 || count <= limit) << count;
          request.set_from_position(messages->back().resume_position());
        }
        EXPECT_TRUE(std::equal(stepped.begin(), stepped.end(), whole.begin()));
        EXPECT_EQ(stepped.size(), limit == 0 ? whole.size() : std::min(whole.size(), 20 * limit));
      }
    }
  }
}

TEST_F(ReadEventsE2eTest, EveryMessageSaysWhereToGoOn) {
  for (const v1::Direction direction : {v1::DIRECTION_FORWARD, v1::DIRECTION_BACKWARD}) {
    v1::ReadEventsRequest request;
    request.set_direction(direction);
    const auto messages = client().ReadMessages(request);
    ASSERT_TRUE(messages.ok()) << messages.status();
    ASSERT_GT(messages->size(), 5u);
    for (size_t i = 0; i + 1 < messages->size(); ++i) {
      request.set_from_position((*messages)[i].resume_position());
      request.set_limit(1);
      const Positions next = Read(request);
      ASSERT_EQ(next.size(), 1u);
      EXPECT_EQ(next[0], (*messages)[i + 1].events(0).position());
    }
  }
}

TEST_F(ReadEventsE2eTest, RawRecordsChainUpToTheRoot) {
  const auto records = client().ReadRecords({});
  ASSERT_TRUE(records.ok()) << records.status();
  ASSERT_EQ(records->size(), 600u);
  storage::merkle::CompactRange tree;
  absl::flat_hash_map<std::string, storage::Hash> heads;
  for (size_t i = 0; i < records->size(); ++i) {
    const auto view = storage::DecodeRecord((*records)[i].record());
    ASSERT_TRUE(view.ok()) << view.status();
    const auto body = storage::ScanBody(view->body);
    ASSERT_TRUE(body.ok()) << body.status();
    EXPECT_EQ(view->header.position, i);
    EXPECT_EQ(FormatUuid(view->header.event_id), proposed_[i].event_id());
    EXPECT_EQ(body->client_id, proposed_[i].client_id());
    storage::Hash& head = heads[ToAbsl(body->client_id)];
    EXPECT_EQ(view->header.previous_leaf_hash, head);
    head = storage::merkle::LeafHash((*records)[i].record());
    tree.Append(head);
  }
  const auto status = client().GetStatus();
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->root_hash(), storage::AsChars(tree.Root()));
  v1::ReadEventsRequest request;
  request.set_client_id("client-2");
  const auto own = client().ReadRecords(request);
  ASSERT_TRUE(own.ok()) << own.status();
  for (size_t i = 0; i < own->size(); ++i) {
    const auto view = storage::DecodeRecord((*own)[i].record());
    ASSERT_TRUE(view.ok()) << view.status();
    EXPECT_EQ(view->header.revision, i);
    EXPECT_EQ((*own)[i].record(), (*records)[view->header.position].record());
    EXPECT_EQ((*own)[i].sealed(), (*records)[view->header.position].sealed());
  }
}

TEST_F(ReadEventsE2eTest, EndsAtWhatWasRecordedWhenItBegan) {
  v1::ReadEventsRequest request;
  request.set_from_position(600);
  EXPECT_EQ(Read(request), Positions());
  request.set_from_position(1'000'000);
  EXPECT_EQ(Read(request), Positions());
  EXPECT_EQ(Read({}).size(), 600u);
}

}  // namespace
}  // namespace pledger::testing
