// The disk fails at every single operation in turn; then the power goes. What was acknowledged is
// there, and nothing is half there.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/rocks/rocks_event_store.h"
#include "tests/fault/store_on_fault.h"
#include "tests/support/record_maker.h"
#include "tests/support/seed.h"
#include "tests/support/store_check.h"

namespace pledger::testing {
namespace {

// A way for the disk to fail.
struct Plan {
  std::string name;
  bool no_space = false;
  bool for_ever = false;
  // The power goes after the failure; else the store is closed in order, if it can.
  bool cut_power = true;
};

class StoreFaultTest : public ::testing::TestWithParam<Plan> {};

INSTANTIATE_TEST_SUITE_P(Plans, StoreFaultTest,
                         ::testing::Values(Plan{"FailsOnce", false, false, true},
                                           Plan{"FailsForEver", false, true, true},
                                           Plan{"IsFull", true, true, true},
                                           Plan{"FailsOnceAndIsClosed", false, false, false}),
                         [](const auto& info) { return info.param.name; });

// Opens the store several times and commits in between, until something fails: so that there are
// files of every kind, and every operation on them has its turn to fail.
class FaultRun {
 public:
  FaultRun(const Plan& plan, uint64_t after, uint64_t seed) : plan_(plan), seed_(seed) {
    DiskFault fault;
    fault.after = after;
    fault.no_space = plan.no_space;
    fault.for_ever = plan.for_ever;
    disk_.faults().SetFault(fault);
    for (int cycle = 0; cycle < kCycles; ++cycle) {
      if (!Cycle()) break;
    }
    failed_ = disk_.faults().failures() > 0;
    if (plan_.cut_power) disk_.faults().CutPower();
    store_.reset();
    disk_.faults().RestorePower(seed_);
  }

  // Whether the fault came to anything.
  bool failed() const { return failed_; }

  void CheckWhatIsLeft() {
    auto opened = disk_.OpenStore(deriver_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    const auto contents = CheckStore(*store_, deriver_);
    ASSERT_TRUE(contents.ok()) << contents.status();
    ASSERT_GE(contents->records.size(), acknowledged_) << "an acknowledged event is lost";
    ASSERT_EQ(contents->records.size() % kBatchEvents, 0u) << "half a commit is there";
    ASSERT_LE(contents->records.size(), proposed_.size());
    for (size_t i = 0; i < contents->records.size(); ++i) {
      ASSERT_EQ(contents->records[i], proposed_[i]) << "position " << i;
    }
    // It can be written to again.
    RecordMaker maker;
    std::shared_ptr<const storage::CommitBatch> batch;
    do {
      batch = MakeBatch(maker);
    } while (batch->events[0].header.position < contents->records.size());
    const absl::Status status = store_->Commit(batch);
    ASSERT_TRUE(status.ok()) << status;
    const auto more = CheckStore(*store_, deriver_);
    ASSERT_TRUE(more.ok()) << more.status();
  }

 private:
  static constexpr int kCycles = 3;
  static constexpr int kCommits = 2;
  static constexpr size_t kBatchEvents = 3;

  static std::shared_ptr<const storage::CommitBatch> MakeBatch(RecordMaker& maker) {
    return maker.Batch({{"ada"}, {"bob", "fact", "sealed"}, {"ada", std::string(300, 'x')}});
  }

  bool Cycle() {
    store_.reset();
    auto opened = disk_.OpenStore(deriver_);
    if (!opened.ok()) return false;
    store_ = *std::move(opened);
    for (int i = 0; i < kCommits; ++i) {
      const auto batch = MakeBatch(maker_);
      for (const storage::NewEvent& event : batch->events) {
        proposed_.emplace_back(*storage::CheckStoredValue(event.stored_value));
      }
      const absl::Status status = store_->Commit(batch);
      if (!status.ok()) {
        EXPECT_TRUE(absl::IsUnavailable(status) || absl::IsResourceExhausted(status)) << status;
        return false;
      }
      acknowledged_ += batch->events.size();
      if (!WaitIndexed(*store_).ok()) return false;
    }
    return true;
  }

  const Plan plan_;
  const uint64_t seed_;
  FaultyDisk disk_;
  CountingDeriver deriver_;
  RecordMaker maker_;
  std::unique_ptr<storage::RocksEventStore> store_;
  std::vector<std::string> proposed_;
  size_t acknowledged_ = 0;
  bool failed_ = false;
};

TEST_P(StoreFaultTest, AtEveryOperation) {
  const uint64_t seed = Seed(1);
  uint64_t after = 0;
  for (;; after += kSanitized ? 7 : 1) {
    SCOPED_TRACE(absl::StrCat("operation ", after));
    FaultRun run(GetParam(), after, seed + after);
    run.CheckWhatIsLeft();
    if (HasFatalFailure() || !run.failed()) break;
  }
  std::printf("%d operations failed in turn\n", static_cast<int>(after));
  EXPECT_GT(after, 50u);
}

}  // namespace
}  // namespace pledger::testing
