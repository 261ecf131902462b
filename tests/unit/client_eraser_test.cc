// Erasing a client through the ledger: stopped at any step, it is finished by the next call or the
// next start, and said once; meanwhile nothing personal of that client comes in.

#include "server/ledger/client_eraser.h"

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "server/domain/errors.h"
#include "server/ledger/client_privacy.h"
#include "server/ledger/embedded_sequencer.h"
#include "storage/commit_signal.h"
#include "storage/keys/testing_random.h"
#include "storage/memory/memory_event_store.h"
#include "tests/support/sample_facts.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_ledger.h"

namespace pledger::ledger {
namespace {

constexpr char kOrigin[] = "test.example/ledger";

v1::AppendRequest NoteOf(const std::string& client_id, uint64_t number) {
  v1::AppendRequest request;
  *request.add_events() = testing::SampleEvent(testing::SampleFact(v1::Fact::kSentimentNoted));
  request.mutable_events(0)->set_client_id(client_id);
  request.mutable_events(0)->set_event_id(testing::TestUuid(number));
  return request;
}

class WaitedAppend final : public PendingAppend {
 public:
  void Done() override { done.Notify(); }
  v1::AppendRequest request;
  absl::Notification done;
};

// What outlives a process, and what one has of its own.
class ClientEraserTest : public ::testing::Test {
 protected:
  struct Process {
    Process(ClientEraserTest& test, storage::keys::KeyEraser::BeforeStep before_step)
        : key_eraser(test.key_store_, test.folder_.path() + "/kek", test.random_,
                     std::move(before_step)),
          key_journal(test.store_, test.key_store_, /*unsynced_max=*/3),
          restored(key_journal.Restore(
              [this](std::string_view wrapped) { return key_eraser.CanUnwrap(wrapped); })),
          keys(test.key_store_, *key_eraser.Open(), test.random_, 16),
          machine(*LedgerMachine::Create(test.store_, signal, &key_journal)),
          sequencer(*machine, absl::Seconds(1)),
          preparer(kOrigin, test.clock_, keys, test.random_, &key_journal),
          eraser({test.store_, *machine, sequencer, preparer, keys, key_journal, key_eraser, guard,
                  test.clock_}) {
      EXPECT_TRUE(restored.ok()) << restored;
    }

    storage::keys::KeyEraser key_eraser;
    storage::KeyJournal key_journal;
    absl::Status restored;
    storage::keys::KeyVault keys;
    storage::CommitSignal signal;
    std::unique_ptr<LedgerMachine> machine;
    EmbeddedSequencer sequencer;
    AppendPreparer preparer;
    ErasureGuard guard;
    ClientEraser eraser;
  };

  void Start(storage::keys::KeyEraser::BeforeStep before_step = nullptr) {
    process_.reset();
    // The one before has crashed.
    key_store_.LoseUnsynced();
    process_ = std::make_unique<Process>(*this, std::move(before_step));
  }

  absl::Status Append(v1::AppendRequest request) {
    WaitedAppend append;
    append.request = std::move(request);
    const absl::Status submitted = process_->guard.Submit(append.request, [&] {
      absl::Status filled = process_->preparer.LoadKeys(
          process_->preparer.MissingKeys(append.request), storage::ReadTier::kAnywhere);
      if (!filled.ok()) return filled;
      filled = process_->preparer.Fill(append.request, "someone", &append);
      return filled.ok() ? process_->sequencer.Submit(&append) : filled;
    });
    if (!submitted.ok()) return submitted;
    append.done.WaitForNotification();
    return append.status;
  }
  absl::StatusOr<storage::Position> Erase(const std::string& client_id, uint64_t number) {
    return process_->eraser.Erase(
        {client_id, testing::TestUuid(number), "art. 17", "dpo-1", "officer"});
  }
  // How often the client's erasure is on record, and how many texts it was about.
  std::pair<size_t, int64_t> Recorded(const std::string& client_id) {
    const auto privacy = ReadClientPrivacy(store_, client_id);
    EXPECT_TRUE(privacy.ok()) << privacy.status();
    const auto& erasures = privacy->erasures();
    return {erasures.size(), erasures.empty() ? 0 : erasures.back().fact.affected_count()};
  }

  testing::TempFolder folder_;
  testing::ManualClock clock_{testing::kSampleTimeNs};
  storage::keys::SeededRandomSource random_{5};
  storage::keys::MemoryKeyStore key_store_;
  storage::MemoryEventStore store_;
  std::unique_ptr<Process> process_;
};

// Goal: wherever it stops, the next call or the next start finishes it, and it is said once.
TEST_F(ClientEraserTest, StoppedAtAnyStepItIsFinishedAndSaidOnce) {
  uint64_t number = 0;
  int stops = 0;
  for (const bool restarts : {false, true}) {
    for (int stop_at = 0;; ++stop_at) {
      const std::string client_id = absl::StrCat(restarts ? "restarted-" : "retried-", stop_at);
      SCOPED_TRACE(client_id);
      int step = 0;
      bool armed = true;
      Start([&](std::string_view) {
        return armed && step++ == stop_at ? absl::AbortedError("stop") : absl::OkStatus();
      });
      ASSERT_TRUE(Append(NoteOf(client_id, ++number)).ok());
      ASSERT_TRUE(Append(NoteOf("other", ++number)).ok());
      const uint64_t id = ++number;
      const auto first = Erase(client_id, id);
      const bool stopped = !first.ok();
      const bool begun = process_->key_eraser.pending()->has_value();
      armed = false;
      if (stopped) {
        ++stops;
        const absl::Status meanwhile = Append(NoteOf(client_id, ++number));
        EXPECT_EQ(ReasonOf(meanwhile) == v1::ERROR_REASON_ERASURE_UNDER_WAY, begun) << meanwhile;
        EXPECT_TRUE(Append(NoteOf("other", ++number)).ok());
      }
      if (restarts) {
        Start();
        EXPECT_TRUE(process_->eraser.FinishBegun().ok());
      }
      if (!restarts || !begun) {
        EXPECT_TRUE(Erase(client_id, id).ok());
      }
      EXPECT_EQ(Recorded(client_id).first, 1u);
      EXPECT_EQ(Recorded(client_id).second, stopped && !begun ? 2 : 1);
      EXPECT_FALSE(process_->key_eraser.pending()->has_value());
      EXPECT_FALSE(process_->keys.Find(client_id)->has_value());
      EXPECT_TRUE(process_->keys.Find("other")->has_value());
      const auto kept = store_.ReadNewKeys();
      EXPECT_TRUE(std::ranges::none_of(*kept, [&](const storage::NewKey& key) {
        return key.client_id == client_id;
      })) << "the log still has the key that was destroyed";
      EXPECT_TRUE(Append(NoteOf(client_id, ++number)).ok());
      if (!stopped || HasFailure()) break;
    }
  }
  EXPECT_GE(stops, 14);
}

// Goal: asking again under the same id answers the same; under another there is nothing to do.
TEST_F(ClientEraserTest, AskingAgainErasesNothingMore) {
  Start();
  ASSERT_TRUE(Append(NoteOf("ada", 1)).ok());
  const auto first = Erase("ada", 2);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto again = Erase("ada", 2);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, *first);
  EXPECT_EQ(ReasonOf(Erase("ada", 3).status()), v1::ERROR_REASON_NOTHING_TO_ERASE);
  EXPECT_EQ(ReasonOf(Erase("bob", 2).status()), v1::ERROR_REASON_EVENT_ID_REUSED);
  EXPECT_EQ(ReasonOf(Erase("bob", 4).status()), v1::ERROR_REASON_CLIENT_NOT_FOUND);
  // What was refused guards nobody.
  EXPECT_TRUE(Append(NoteOf("bob", 5)).ok());
}

// Goal: what is personal of the client, and holds on it, are kept out while it is erased; all else
// is not.
TEST(ErasureGuardTest, KeepsOutWhatMustNotComeBetween) {
  ErasureGuard guard;
  v1::AppendRequest hold = NoteOf("ada", 1);
  *hold.mutable_events(0)->mutable_fact() = testing::SampleFact(v1::Fact::kHoldPlaced);
  v1::AppendRequest effort = NoteOf("ada", 1);
  *effort.mutable_events(0)->mutable_fact() = testing::SampleFact(v1::Fact::kEffortLogged);
  int submitted = 0;
  const auto submit = [&] {
    ++submitted;
    return absl::OkStatus();
  };
  guard.Begin("ada");
  for (const v1::AppendRequest& request : {NoteOf("ada", 1), hold}) {
    const absl::Status status = guard.Submit(request, submit);
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_ERASURE_UNDER_WAY);
    EXPECT_EQ(ErrorMetadataValue(status, "client_id"), "ada");
  }
  EXPECT_EQ(submitted, 0);
  EXPECT_TRUE(guard.Submit(effort, submit).ok());
  EXPECT_TRUE(guard.Submit(NoteOf("bob", 1), submit).ok());
  guard.End();
  EXPECT_TRUE(guard.Submit(NoteOf("ada", 1), submit).ok());
  EXPECT_EQ(submitted, 3);
}

// Goal: an erasure begins only when what is being submitted has its place in the order.
TEST(ErasureGuardTest, WaitsForWhatIsBeingSubmitted) {
  ErasureGuard guard;
  std::vector<std::string> order;
  std::thread erasing;
  ASSERT_TRUE(guard
                  .Submit(NoteOf("ada", 1),
                          [&] {
                            absl::Notification started;
                            erasing = std::thread([&] {
                              started.Notify();
                              guard.Begin("ada");
                              order.push_back("begun");
                            });
                            started.WaitForNotification();
                            order.push_back("submitted");
                            return absl::OkStatus();
                          })
                  .ok());
  erasing.join();
  EXPECT_EQ(order, (std::vector<std::string>{"submitted", "begun"}));
}

}  // namespace
}  // namespace pledger::ledger
