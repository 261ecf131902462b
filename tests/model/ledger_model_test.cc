// The ledger over the real store against the ledger over the memory store, step by step, and both
// against a few lines that say what idempotency and expected revisions mean.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "rocksdb/env.h"
#include "server/domain/errors.h"
#include "server/ledger/append_rules.h"
#include "storage/memory/memory_event_store.h"
#include "storage/rocks/rocks_event_store.h"
#include "tests/model/random_appends.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/seed.h"
#include "tests/support/store_check.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_ledger.h"

namespace pledger::testing {
namespace {

// What must come of an append, as far as the rules of obligations have no say in it.
class Model {
 public:
  void Check(const v1::AppendRequest& request, const AppendOutcome& outcome) {
    const v1::ErrorReason wanted = Predict(request);
    if (wanted != v1::ERROR_REASON_UNSPECIFIED) {
      ASSERT_EQ(ReasonOf(outcome.status), wanted) << outcome.status;
      return;
    }
    if (!outcome.status.ok()) {
      const v1::ErrorReason reason = ReasonOf(outcome.status);
      ASSERT_TRUE(
          reason != v1::ERROR_REASON_UNSPECIFIED && reason != v1::ERROR_REASON_WRONG_REVISION &&
          reason != v1::ERROR_REASON_EVENT_ID_REUSED && reason != v1::ERROR_REASON_READ_ONLY)
          << outcome.status;
      ASSERT_FALSE(IsSound(request) && AllRecorded(request))
          << "a duplicate is rejected: " << outcome.status;
      return;
    }
    ASSERT_EQ(outcome.recorded.size(), static_cast<size_t>(request.events_size()));
    for (int i = 0; i < request.events_size(); ++i) {
      ASSERT_NO_FATAL_FAILURE(CheckEvent(request.events(i), outcome.recorded[i]));
    }
  }

  uint64_t next_position() const { return next_position_; }
  int duplicates() const { return duplicates_; }

 private:
  struct Recorded {
    std::string content;
    ledger::RecordedEvent place;
  };

  void CheckEvent(const v1::ProposedEvent& event, const ledger::RecordedEvent& place) {
    const auto found = recorded_.find(event.event_id());
    ASSERT_EQ(place.duplicate, found != recorded_.end());
    if (place.duplicate) {
      ++duplicates_;
      ASSERT_EQ(place.position, found->second.place.position);
      ASSERT_EQ(place.revision, found->second.place.revision);
      ASSERT_EQ(place.record_time_ns, found->second.place.record_time_ns);
      return;
    }
    ASSERT_EQ(place.position, next_position_++);
    ASSERT_EQ(place.revision, streams_[event.client_id()]++);
    ASSERT_GT(place.record_time_ns, last_time_ns_);
    last_time_ns_ = place.record_time_ns;
    recorded_[event.event_id()] = {event.SerializeAsString(), place};
  }

  bool AllRecorded(const v1::AppendRequest& request) const {
    for (const v1::ProposedEvent& event : request.events()) {
      if (recorded_.count(event.event_id()) == 0) return false;
    }
    return !request.events().empty();
  }

  // UNSPECIFIED where it is for others to say.
  v1::ErrorReason Predict(const v1::AppendRequest& request) const {
    if (!IsSound(request)) return v1::ERROR_REASON_UNSPECIFIED;
    for (const v1::ProposedEvent& event : request.events()) {
      const auto found = recorded_.find(event.event_id());
      if (found == recorded_.end()) continue;
      if (found->second.content != event.SerializeAsString()) {
        return v1::ERROR_REASON_EVENT_ID_REUSED;
      }
    }
    if (AllRecorded(request)) return v1::ERROR_REASON_UNSPECIFIED;
    for (const v1::ExpectedRevision& expected : request.expected_revisions()) {
      const auto stream = streams_.find(expected.client_id());
      const bool exists = stream != streams_.end();
      const bool met = expected.has_no_stream() ? !exists
                       : expected.has_some_stream()
                           ? exists
                           : exists && stream->second == expected.revision() + 1;
      if (!met) return v1::ERROR_REASON_WRONG_REVISION;
    }
    return v1::ERROR_REASON_UNSPECIFIED;
  }

  // Whether it gets as far as the writer, by what random appends do wrong.
  static bool IsSound(const v1::AppendRequest& request) {
    std::map<std::string, int> ids;
    for (const v1::ProposedEvent& event : request.events()) {
      if (++ids[event.event_id()] > 1) return false;
      if (event.client_id().find(' ') != std::string::npos) return false;
      if (event.event_id().size() != 36 || !event.has_fact()) return false;
    }
    if (!request.expected_revisions().empty()) {
      const std::string& client_id = request.expected_revisions(0).client_id();
      bool named = false;
      for (const v1::ProposedEvent& event : request.events()) {
        named = named || event.client_id() == client_id;
      }
      if (!named) return false;
    }
    return !request.events().empty();
  }

  std::map<std::string, Recorded> recorded_;
  std::map<std::string, uint64_t> streams_;
  uint64_t next_position_ = 0;
  int64_t last_time_ns_ = 0;
  int duplicates_ = 0;
};

class ModelRun {
 public:
  explicit ModelRun(uint64_t seed)
      : env_(NewFaultEnv(std::make_shared<FaultFileSystem>())),
        appends_(seed),
        real_ledger_(seed),
        memory_ledger_(seed) {}

  void Steps(int steps) {
    ASSERT_NO_FATAL_FAILURE(Open());
    const absl::Status status = memory_ledger_.Open(memory_);
    ASSERT_TRUE(status.ok()) << status;
    for (int step = 0; step < steps; ++step) {
      SCOPED_TRACE(absl::StrCat("step ", step));
      ASSERT_NO_FATAL_FAILURE(Step());
      if (appends_.Below(60) == 0) {
        ASSERT_NO_FATAL_FAILURE(Compare());
        Close();
        if (appends_.Below(3) == 0) std::filesystem::remove_all(folder_.path() + "/index");
        ASSERT_NO_FATAL_FAILURE(Open());
      }
    }
    ASSERT_NO_FATAL_FAILURE(Compare());
    // Lest a generator that went dull proves nothing.
    EXPECT_GT(model_.next_position(), static_cast<uint64_t>(steps) / 3);
    EXPECT_GT(model_.duplicates(), steps / 20);
    for (const v1::ErrorReason reason :
         {v1::ERROR_REASON_EVENT_ID_REUSED, v1::ERROR_REASON_WRONG_REVISION,
          v1::ERROR_REASON_INVALID_FIELD, v1::ERROR_REASON_DUPLICATE_IN_APPEND}) {
      EXPECT_GT(reasons_[reason], 0) << v1::ErrorReason_Name(reason);
    }
    Close();
  }

 private:
  void Open() {
    storage::RocksStoreOptions options;
    options.path = folder_.path();
    options.origin = TestLedger::kOrigin;
    options.free_bytes_min = 0;
    options.tuning.env = env_.get();
    options.tuning.block_cache_bytes = 8 << 20;
    auto opened = storage::RocksEventStore::Open(options, deriver_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    real_ = *std::move(opened);
    const absl::Status status = real_ledger_.Open(*real_);
    ASSERT_TRUE(status.ok()) << status;
  }
  void Close() {
    real_ledger_.Close();
    real_.reset();
  }

  // A few appends at once, at some other time, which may be an earlier one.
  void Step() {
    const auto delta_ns = static_cast<int64_t>(appends_.Below(2'000'000)) - 500'000;
    real_ledger_.clock().Advance(delta_ns);
    memory_ledger_.clock().Advance(delta_ns);
    std::vector<v1::AppendRequest> requests(1 + appends_.Below(4));
    for (v1::AppendRequest& request : requests) request = appends_.Next(memory_.next_position());
    const auto real = real_ledger_.AppendTogether(requests);
    const auto memory = memory_ledger_.AppendTogether(requests);
    for (size_t i = 0; i < requests.size(); ++i) {
      SCOPED_TRACE(absl::StrCat("append ", i, ": ", requests[i].ShortDebugString()));
      // Not the payload's bytes: the metadata in it is a map, which has no order.
      ASSERT_EQ(real[i].status.code(), memory[i].status.code());
      ASSERT_EQ(real[i].status.message(), memory[i].status.message());
      ASSERT_EQ(real[i].recorded.size(), memory[i].recorded.size());
      for (size_t e = 0; real[i].status.ok() && e < real[i].recorded.size(); ++e) {
        const ledger::RecordedEvent& a = real[i].recorded[e];
        const ledger::RecordedEvent& b = memory[i].recorded[e];
        ASSERT_EQ(std::tie(a.position, a.revision, a.record_time_ns, a.duplicate),
                  std::tie(b.position, b.revision, b.record_time_ns, b.duplicate));
      }
      ++reasons_[ReasonOf(real[i].status)];
      ASSERT_NO_FATAL_FAILURE(model_.Check(requests[i], real[i]));
    }
    const ledger::LedgerStatus a = real_ledger_.machine().GetStatus();
    const ledger::LedgerStatus b = memory_ledger_.machine().GetStatus();
    ASSERT_EQ(a.next_position, model_.next_position());
    ASSERT_EQ(a.root_hash, b.root_hash);
    ASSERT_EQ(a.last_record_time_ns, b.last_record_time_ns);
  }

  // Both hold the same bytes, which follow from the records.
  void Compare() {
    const auto real = CheckStore(*real_, deriver_);
    const auto memory = CheckStore(memory_, deriver_);
    ASSERT_TRUE(real.ok()) << real.status();
    ASSERT_TRUE(memory.ok()) << memory.status();
    ASSERT_TRUE(*real == *memory);
    ASSERT_EQ(real->root, real_ledger_.machine().GetStatus().root_hash);
  }

  TempFolder folder_;
  const std::unique_ptr<rocksdb::Env> env_;
  ledger::RulesDeriver deriver_;
  RandomAppends appends_;
  TestLedger real_ledger_;
  TestLedger memory_ledger_;
  std::unique_ptr<storage::RocksEventStore> real_;
  storage::MemoryEventStore memory_;
  Model model_;
  std::map<v1::ErrorReason, int> reasons_;
};

TEST(LedgerModelTest, TheRealStoreDoesWhatTheModelDoes) {
  const uint64_t seed = Seed(1);
  const int rounds = Rounds(kSanitized ? 1 : 4);
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE(absl::StrCat("PLEDGER_SEED=", seed + round));
    ModelRun run(seed + round);
    run.Steps(1'000);
    if (::testing::Test::HasFatalFailure()) break;
  }
}

}  // namespace
}  // namespace pledger::testing
