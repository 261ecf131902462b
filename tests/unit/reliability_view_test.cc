// The reliability view over a store in memory: built client by client or folded in the order of the
// log, it is the same view.
#include "server/projections/reliability_view.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "server/domain/fact_types.h"
#include "server/projections/view_builder.h"
#include "server/projections/view_entry.h"
#include "storage/format/record.h"
#include "storage/memory/memory_event_store.h"
#include "storage/memory/memory_view_store.h"
#include "tests/support/manual_clock.h"
#include "tests/support/record_maker.h"
#include "tests/support/seed.h"
#include "tests/unit/reliability_random_story.h"

namespace pledger::projections {
namespace {

using reliability::ClientHistory;
using storage::Position;
using Entries = std::map<std::string, std::string>;

constexpr absl::Duration kOften = absl::Milliseconds(1);
constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

// A ledger of some clients' stories, told in turns.
class ReliabilityViewTest : public ::testing::Test {
 protected:
  // Adds `count` events of random clients.
  void Record(int count) {
    for (int i = 0; i < count; ++i) {
      const size_t number = random_() % kClients;
      std::vector<reliability::StoryEvent>& story = stories_[number];
      if (story.empty()) {
        story = reliability::RandomStory(random_(), {.amendments = false}).events();
        std::reverse(story.begin(), story.end());
      }
      const v1::Fact& fact = story.back().fact;
      Commit({absl::StrCat("client-", number), fact.SerializeAsString(), "", FactTypeOf(fact)});
      story.pop_back();
    }
  }

  void Commit(const testing::TestEvent& event) {
    ASSERT_TRUE(store_.Commit(maker_.Batch({event})).ok());
    signal_.Announce(store_.next_position());
  }

  // What the events below `end` make of the clients, by the definition.
  Entries Expected(Position end) {
    std::map<std::string, ViewEntry> entries;
    const auto cursor = store_.ReadLog(0, end, storage::Direction::kForward);
    while (cursor->Next()) {
      const auto body = storage::ScanBody(cursor->view().body);
      const storage::RecordHeader& header = cursor->view().header;
      entries[std::string(body->client_id)].Fold({.position = header.position,
                                                  .record_time_ns = header.record_time_ns,
                                                  .occur_time_ns = header.occur_time_ns,
                                                  .fact_type = header.fact_type,
                                                  .fact = body->fact});
    }
    Entries encoded;
    for (const auto& [client_id, entry] : entries) entry.EncodeTo(&encoded[client_id]);
    return encoded;
  }

  static Entries Stored(const storage::ViewStore& views) {
    const auto entries = views.List("", kNever);
    return Entries(entries->begin(), entries->end());
  }

  // A view that builds from `build_events_min` missing events on, once it has everything.
  std::unique_ptr<ReliabilityView> OpenView(storage::ViewStore& views, uint64_t build_events_min) {
    auto view = std::make_unique<ReliabilityView>(
        store_, views, signal_, clock_, policies_,
        ReliabilityViewOptions{.build_events_min = build_events_min});
    AwaitAll(*view);
    return view;
  }

  void AwaitAll(ReliabilityView& view) {
    absl::Notification done;
    view.WhenApplied(store_.next_position(), std::numeric_limits<int64_t>::max(),
                     [&](absl::Status status) {
                       EXPECT_TRUE(status.ok()) << status;
                       done.Notify();
                     });
    done.WaitForNotification();
  }

  void AwaitWritten(ReliabilityView& view) {
    absl::Notification done;
    view.WhenWritten([&](absl::Status status) {
      EXPECT_TRUE(status.ok()) << status;
      done.Notify();
    });
    done.WaitForNotification();
  }

  static std::string HistoryOf(ReliabilityView& view, const std::string& client_id) {
    std::string bytes;
    EXPECT_TRUE(view.WithHistory(client_id,
                                 [&](const ClientHistory* history) {
                                   if (history != nullptr) history->EncodeTo(&bytes);
                                 })
                    .ok());
    return bytes;
  }

  static constexpr size_t kClients = 7;
  const uint64_t seed_ = testing::Seed(20240229);
  std::mt19937_64 random_{seed_};
  std::map<size_t, std::vector<reliability::StoryEvent>> stories_;
  testing::RecordMaker maker_;
  testing::CountingDeriver deriver_;
  storage::MemoryEventStore store_;
  storage::CommitSignal signal_;
  testing::ManualClock clock_{1'700'000'000'000'000'000};
  reliability::PolicyBook policies_;
};

// Goal: a build of any prefix of the log holds what folding that prefix gives, whatever was
// recorded since.
TEST_F(ReliabilityViewTest, ABuildIsTheFoldOfEveryPrefix) {
  Record(60);
  for (Position end = 0; end <= store_.next_position(); ++end) {
    storage::MemoryViewStore views;
    ViewBuilder builder(store_, views);
    ASSERT_TRUE(builder.Run(end, kOften, [] {}).ok()) << end;
    EXPECT_EQ(views.checkpoint(), end);
    EXPECT_TRUE(Stored(views) == Expected(end)) << end << ", seed " << seed_;
  }
}

// Goal: a fact that cannot be folded withholds its client in a build as in a fold, and nobody else.
TEST_F(ReliabilityViewTest, AClientIsQuarantinedByABuildAsByAFold) {
  Record(20);
  Commit({"poisoned", "\xff\xff", "", v1::FACT_TYPE_INVOICE_ISSUED});
  const Position poison = store_.next_position() - 1;
  Record(20);
  Commit({"poisoned", "", "", v1::FACT_TYPE_INVOICE_ISSUED});
  storage::MemoryViewStore built;
  storage::MemoryViewStore folded;
  for (auto [views, build_events_min] : {std::pair(&built, uint64_t{1}), {&folded, kNever}}) {
    const auto view = OpenView(*views, build_events_min);
    AwaitWritten(*view);
    const absl::Status status = view->WithHistory("poisoned", [](const ClientHistory*) {});
    EXPECT_NE(status.ToString().find(absl::StrCat("position ", poison)), std::string::npos)
        << status;
    const auto contents = view->ReadContents();
    ASSERT_TRUE(contents.ok()) << contents.status();
    EXPECT_EQ(contents->quarantined_count, 1u);
    EXPECT_EQ(contents->position, store_.next_position());
  }
  EXPECT_TRUE(Stored(built) == Stored(folded));
  EXPECT_TRUE(Stored(built) == Expected(store_.next_position()));
}

// Goal: a view that is built anew forgets what it had in memory, and what it folds afterwards
// continues what was built.
TEST_F(ReliabilityViewTest, ABuildTakesThePlaceOfWhatIsInMemory) {
  storage::MemoryViewStore views;
  Record(10);
  const auto view = OpenView(views, 50);
  for (size_t i = 0; i < kClients; ++i) HistoryOf(*view, absl::StrCat("client-", i));
  for (const int count : {200, 30, 300, 1}) {
    Record(count);
    AwaitAll(*view);
    for (const auto& [client_id, value] : Expected(store_.next_position())) {
      EXPECT_TRUE(HistoryOf(*view, client_id) == value.substr(1))
          << client_id << " at " << store_.next_position() << ", seed " << seed_;
    }
  }
  AwaitWritten(*view);
  EXPECT_TRUE(Stored(views) == Expected(store_.next_position()));
}

// Goal: an index that lacks events is found, and the view does not stand where it is not.
TEST_F(ReliabilityViewTest, ABuildCountsWhatTheIndexHolds) {
  Record(30);
  storage::MemoryViewStore views;
  ViewBuilder builder(store_, views);
  const absl::Status status = builder.Run(store_.next_position() + 1, kOften, [] {});
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_EQ(views.checkpoint(), 0u);
}

TEST_F(ReliabilityViewTest, ABuildThatIsStoppedLeavesTheCheckpoint) {
  Record(30);
  storage::MemoryViewStore views;
  ViewBuilder builder(store_, views);
  builder.Stop();
  EXPECT_TRUE(absl::IsCancelled(builder.Run(store_.next_position(), kOften, [] {})));
  EXPECT_EQ(views.checkpoint(), 0u);
}

}  // namespace
}  // namespace pledger::projections
