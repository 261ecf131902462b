// The disk fails below a ledger at every operation in turn; then the power goes. Each acknowledged
// append is there once, as it was acknowledged; of every other one all events are there, or none;
// and sending everything again ends with everything recorded once.

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/ledger/append_rules.h"
#include "storage/rocks/rocks_event_store.h"
#include "tests/fault/ledger_script.h"
#include "tests/fault/store_on_fault.h"
#include "tests/support/seed.h"
#include "tests/support/store_check.h"
#include "tests/support/test_ledger.h"

namespace pledger::testing {
namespace {

struct Plan {
  std::string name;
  bool no_space = false;
  bool for_ever = false;
};

// Prints a plan's name only.
void PrintTo(const Plan& plan, std::ostream* out) { *out << plan.name; }

class LedgerFaultTest : public ::testing::TestWithParam<Plan> {};

INSTANTIATE_TEST_SUITE_P(Plans, LedgerFaultTest,
                         ::testing::Values(Plan{"FailsOnce", false, false},
                                           Plan{"FailsForEver", false, true},
                                           Plan{"IsFullForAMoment", true, false},
                                           Plan{"IsFull", true, true}),
                         [](const auto& info) { return info.param.name; });

// Where each event id stands.
using Places = std::map<storage::EventId, storage::RecordHeader>;

class FaultRun {
 public:
  FaultRun(const Plan& plan, uint64_t after, uint64_t seed) : seed_(seed), ledger_(seed) {
    DiskFault fault;
    fault.after = after;
    fault.no_space = plan.no_space;
    fault.for_ever = plan.for_ever;
    disk_.faults().SetFault(fault);
    Write();
    failed_ = disk_.faults().failures() > 0;
    disk_.faults().CutPower();
    Close();
    disk_.faults().RestorePower(seed_);
  }

  bool failed() const { return failed_; }

  void CheckWhatIsLeft() {
    ASSERT_NO_FATAL_FAILURE(Open());
    ASSERT_NO_FATAL_FAILURE(CheckOutcomes());
    ASSERT_NO_FATAL_FAILURE(SendEverythingAgain());
    const storage::Hash root = ledger_.machine().GetStatus().root_hash;
    Close();
    ASSERT_NO_FATAL_FAILURE(Open());
    const auto contents = CheckStore(*store_, deriver_);
    ASSERT_TRUE(contents.ok()) << contents.status();
    ASSERT_EQ(contents->root, root);
    ASSERT_EQ(ledger_.machine().GetStatus().root_hash, root);
    Close();
  }

 private:
  void Open() {
    auto opened = disk_.OpenStore(deriver_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    const absl::Status status = ledger_.Open(*store_);
    ASSERT_TRUE(status.ok()) << status;
  }
  void Close() {
    ledger_.Close();
    store_.reset();
  }

  // Two openings, as many acknowledged appends as the disk allows.
  void Write() {
    for (size_t begin : {size_t{0}, script_.size() / 2}) {
      Close();
      auto opened = disk_.OpenStore(deriver_);
      if (!opened.ok()) return;
      store_ = *std::move(opened);
      if (!ledger_.Open(*store_).ok()) return;
      const size_t end = begin == 0 ? script_.size() / 2 : script_.size();
      for (size_t i = begin; i < end; ++i) {
        ledger_.clock().Advance(1'000);
        AppendOutcome outcome = ledger_.Append(script_[i]);
        if (outcome.status.ok()) {
          acknowledged_[i] = outcome.recorded;
          continue;
        }
        EXPECT_EQ(ReasonOf(outcome.status), v1::ERROR_REASON_READ_ONLY) << outcome.status;
        EXPECT_NE(ErrorMetadataValue(outcome.status, "cause"), "");
        // As the sequencer does. It is the full disk alone that comes to something.
        if (ledger_.machine().WantsResume()) ledger_.machine().TryResume();
        if (!ledger_.machine().CheckWritable().ok()) return;
        --i;
      }
    }
  }

  void CheckOutcomes() {
    const auto contents = CheckStore(*store_, deriver_);
    ASSERT_TRUE(contents.ok()) << contents.status();
    ASSERT_EQ(contents->root, ledger_.machine().GetStatus().root_hash);
    Places places;
    for (const std::string& record : contents->records) {
      const storage::RecordHeader header = storage::DecodeRecord(record)->header;
      ASSERT_TRUE(places.emplace(header.event_id, header).second) << "an id is recorded twice";
    }
    size_t accounted = 0;
    for (size_t i = 0; i < script_.size(); ++i) {
      size_t found = 0;
      for (int e = 0; e < script_[i].events_size(); ++e) {
        const auto place = places.find(*ParseUuid(script_[i].events(e).event_id()));
        if (place == places.end()) continue;
        ++found;
        const auto acknowledged = acknowledged_.find(i);
        if (acknowledged == acknowledged_.end()) continue;
        const ledger::RecordedEvent& recorded = acknowledged->second[e];
        ASSERT_EQ(place->second.position, recorded.position);
        ASSERT_EQ(place->second.revision, recorded.revision);
        ASSERT_EQ(place->second.record_time_ns, recorded.record_time_ns);
      }
      const size_t all = script_[i].events_size();
      ASSERT_TRUE(found == all || found == 0) << "append " << i << " is half there";
      ASSERT_TRUE(found == all || acknowledged_.count(i) == 0) << "append " << i << " is lost";
      accounted += found;
    }
    ASSERT_EQ(accounted, contents->records.size()) << "there are events that nobody sent";
  }

  void SendEverythingAgain() {
    for (size_t i = 0; i < script_.size(); ++i) {
      ledger_.clock().Advance(1'000);
      const AppendOutcome outcome = ledger_.Append(script_[i]);
      ASSERT_TRUE(outcome.status.ok()) << "append " << i << ": " << outcome.status;
      const auto acknowledged = acknowledged_.find(i);
      if (acknowledged == acknowledged_.end()) continue;
      for (size_t e = 0; e < outcome.recorded.size(); ++e) {
        ASSERT_TRUE(outcome.recorded[e].duplicate);
        ASSERT_EQ(outcome.recorded[e].position, acknowledged->second[e].position);
        ASSERT_EQ(outcome.recorded[e].record_time_ns, acknowledged->second[e].record_time_ns);
      }
    }
    size_t events = 0;
    for (const v1::AppendRequest& request : script_) events += request.events_size();
    ASSERT_EQ(store_->next_position(), events);
  }

  const uint64_t seed_;
  const std::vector<v1::AppendRequest> script_ = LedgerScript();
  FaultyDisk disk_;
  ledger::RulesDeriver deriver_;
  TestLedger ledger_;
  std::unique_ptr<storage::RocksEventStore> store_;
  std::map<size_t, std::vector<ledger::RecordedEvent>> acknowledged_;
  bool failed_ = false;
};

TEST_P(LedgerFaultTest, AtEveryOperation) {
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
