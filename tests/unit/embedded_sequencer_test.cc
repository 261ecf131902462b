// The order of appends and who writes them, over a machine that only notes what it is asked.
#include "server/ledger/embedded_sequencer.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "server/domain/errors.h"
#include "server/domain/limits.h"

namespace pledger::ledger {
namespace {

constexpr absl::Duration kNever = absl::InfiniteDuration();

class TestAppend final : public PendingAppend {
 public:
  void Done() override {
    ++done;
    if (finished != nullptr) finished->count_down();
  }

  std::atomic<int> done{0};
  std::latch* finished = nullptr;
  int caller = 0;
  int number = 0;
};

class TestMachine final : public AppendMachine {
 public:
  void Apply(absl::Span<PendingAppend* const> appends) override {
    EXPECT_FALSE(applying.exchange(true)) << "two wrote at once";
    if (meanwhile) meanwhile();
    {
      absl::MutexLock lock(&mutex);
      commits.push_back(std::this_thread::get_id());
      for (PendingAppend* append : appends) order.push_back(static_cast<TestAppend*>(append));
    }
    if (blocks != nullptr) blocks->WaitForNotification();
    std::this_thread::yield();
    applying = false;
  }

  void TryResume() override {
    wants_resume = false;
    if (++resumes == 1) resumed.Notify();
  }
  bool WantsResume() const override { return wants_resume; }

  std::atomic<bool> applying{false};
  std::atomic<bool> wants_resume{false};
  // What happens while it writes.
  std::function<void()> meanwhile;
  absl::Notification* blocks = nullptr;
  std::atomic<int> resumes{0};
  absl::Notification resumed;
  absl::Mutex mutex;
  std::vector<const TestAppend*> order ABSL_GUARDED_BY(mutex);
  // Where each commit was written.
  std::vector<std::thread::id> commits ABSL_GUARDED_BY(mutex);
};

// Goal: an append that comes alone wakes nobody: it is written and answered where it was submitted.
TEST(EmbeddedSequencerTest, ALoneCallerWritesByItself) {
  TestMachine machine;
  EmbeddedSequencer sequencer(machine, kNever);
  TestAppend append;
  ASSERT_TRUE(sequencer.Submit(&append).ok());
  EXPECT_EQ(append.done, 1);
  absl::MutexLock lock(&machine.mutex);
  EXPECT_EQ(machine.commits, std::vector({std::this_thread::get_id()}));
}

// Ten appends, each of which comes while the one before is written. How many of the commits, the
// first ones, the caller of the first append wrote.
size_t CommitsOfTheCaller(bool caller_may_write) {
  constexpr int kAppends = 10;
  TestMachine machine;
  std::vector<TestAppend> appends(kAppends);
  std::latch finished(kAppends);
  for (TestAppend& append : appends) append.finished = &finished;
  appends[0].caller_may_write = caller_may_write;
  EmbeddedSequencer sequencer(machine, kNever);
  int submitted = 1;
  machine.meanwhile = [&] {
    if (submitted == kAppends) return;
    EXPECT_TRUE(sequencer.Submit(&appends[submitted++]).ok());
  };
  EXPECT_TRUE(sequencer.Submit(&appends[0]).ok());
  finished.wait();
  absl::MutexLock lock(&machine.mutex);
  EXPECT_EQ(machine.commits.size(), kAppends);
  const auto is_caller = [](std::thread::id writer) {
    return writer == std::this_thread::get_id();
  };
  EXPECT_TRUE(absl::c_is_partitioned(machine.commits, is_caller));
  return absl::c_count_if(machine.commits, is_caller);
}

// Goal: a caller that may write also writes what comes meanwhile, without waking anybody, but is
// let go after a few commits; one that may not is let go after its own.
TEST(EmbeddedSequencerTest, ACallerWritesForOthersForAWhile) {
  EXPECT_EQ(CommitsOfTheCaller(false), 1u);
  // A thread of the sequencer that just starts, or wakes by chance, may be quicker.
  size_t most = 0;
  for (int tries = 0; tries < 100 && most < 3; ++tries) {
    most = std::max(most, CommitsOfTheCaller(true));
    ASSERT_LE(most, 3u);
  }
  EXPECT_EQ(most, 3u);
}

// Goal: whatever callers do side by side, one writes at a time, every append is answered once, and
// those of one caller keep their order.
TEST(EmbeddedSequencerTest, CallersSideBySide) {
  constexpr int kCallers = 4;
  constexpr int kAppends = 500;
  TestMachine machine;
  std::vector<std::unique_ptr<TestAppend>> appends;
  std::latch finished(kCallers * kAppends);
  for (int i = 0; i < kCallers * kAppends; ++i) {
    auto append = std::make_unique<TestAppend>();
    append->finished = &finished;
    // Of all callers every other one.
    append->caller_may_write = i / kAppends % 2 == 0;
    append->caller = i / kAppends;
    append->number = i % kAppends;
    appends.push_back(std::move(append));
  }
  {
    EmbeddedSequencer sequencer(machine, kNever);
    std::vector<std::thread> callers;
    for (int caller = 0; caller < kCallers; ++caller) {
      callers.emplace_back([&, caller] {
        for (int i = 0; i < kAppends; ++i) {
          TestAppend& append = *appends[caller * kAppends + i];
          EXPECT_TRUE(sequencer.Submit(&append).ok());
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
    finished.wait();
  }
  for (const auto& append : appends) EXPECT_EQ(append->done, 1);
  absl::MutexLock lock(&machine.mutex);
  ASSERT_EQ(machine.order.size(), appends.size());
  std::vector<int> next(kCallers, 0);
  for (const TestAppend* append : machine.order) {
    EXPECT_EQ(append->number, next[append->caller]++);
  }
}

// Goal: what was taken is done when Stop() returns, also what waits behind a commit; what comes
// later is refused and stays the caller's.
TEST(EmbeddedSequencerTest, StopsWhenAllIsDone) {
  TestMachine machine;
  absl::Notification may_go_on;
  machine.blocks = &may_go_on;
  EmbeddedSequencer sequencer(machine, kNever);
  std::vector<std::unique_ptr<TestAppend>> appends;
  for (int i = 0; i < 10; ++i) appends.push_back(std::make_unique<TestAppend>());
  std::thread lone([&] { EXPECT_TRUE(sequencer.Submit(appends[0].get()).ok()); });
  while (!machine.applying) std::this_thread::yield();
  for (int i = 1; i < 10; ++i) {
    ASSERT_TRUE(sequencer.Submit(appends[i].get()).ok());
  }
  std::thread stopper([&] { sequencer.Stop(); });
  may_go_on.Notify();
  stopper.join();
  for (const auto& append : appends) EXPECT_EQ(append->done, 1);
  lone.join();
  TestAppend late;
  EXPECT_EQ(ReasonOf(sequencer.Submit(&late)), v1::ERROR_REASON_SHUTTING_DOWN);
  EXPECT_EQ(late.done, 0);
}

// Goal: a full queue refuses at once instead of growing.
TEST(EmbeddedSequencerTest, AFullQueueIsBusy) {
  TestMachine machine;
  absl::Notification may_go_on;
  machine.blocks = &may_go_on;
  EmbeddedSequencer sequencer(machine, kNever);
  TestAppend first;
  std::thread lone([&] { EXPECT_TRUE(sequencer.Submit(&first).ok()); });
  while (!machine.applying) std::this_thread::yield();
  std::vector<std::unique_ptr<TestAppend>> appends;
  for (size_t i = 0; i < limits::kWriterQueueAppendsMax; ++i) {
    appends.push_back(std::make_unique<TestAppend>());
    ASSERT_TRUE(sequencer.Submit(appends.back().get()).ok()) << i;
  }
  TestAppend refused;
  EXPECT_EQ(ReasonOf(sequencer.Submit(&refused)), v1::ERROR_REASON_BUSY);
  may_go_on.Notify();
  lone.join();
  sequencer.Stop();
  EXPECT_EQ(refused.done, 0);
  for (const auto& append : appends) EXPECT_EQ(append->done, 1);
}

// Goal: a failure that may pass is tried again, also when a lone caller met it and no other append
// comes; and once it has passed, neither of the two threads that waited tries again.
TEST(EmbeddedSequencerTest, TriesAgainByItselfUntilItHasPassed) {
  // Both threads come at the same moment in some of the rounds only.
  for (int round = 0; round < 50; ++round) {
    TestMachine machine;
    EmbeddedSequencer sequencer(machine, absl::Milliseconds(1));
    machine.wants_resume = true;
    TestAppend append;
    ASSERT_TRUE(sequencer.Submit(&append).ok());
    machine.resumed.WaitForNotification();
    EXPECT_FALSE(machine.wants_resume);
    sequencer.Stop();
    EXPECT_EQ(machine.resumes, 1);
  }
}

}  // namespace
}  // namespace pledger::ledger
