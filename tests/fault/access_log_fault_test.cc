// The access log on a disk that fails: what it acknowledged is there, and what it could not write
// it did not acknowledge.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "storage/merkle/compact_range.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/proofs.h"
#include "storage/rocks/rocks_access_log.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/seed.h"
#include "tests/support/temp_folder.h"

namespace pledger::testing {
namespace {

using storage::AccessLog;
using storage::Hash;
using storage::RocksAccessLog;

class AccessLogFaultTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }
  void TearDown() override { log_.reset(); }

  void Open() {
    storage::RocksTuning tuning;
    tuning.env = env_.get();
    auto log = RocksAccessLog::Open(folder_.path() + "/access", tuning);
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
  }
  void Crash(uint64_t seed) {
    disk_->CutPower();
    log_.reset();
    disk_->RestorePower(seed);
    disk_->ClearFault();
  }

  absl::Status Append(const std::string& entry) {
    absl::Notification done;
    absl::Status outcome;
    log_->Append(entry, [&](absl::Status status) {
      outcome = std::move(status);
      done.Notify();
    });
    done.WaitForNotification();
    return outcome;
  }

  // The root of a tree over the entries, by other code.
  static Hash RootOf(const std::vector<std::string>& entries) {
    storage::merkle::CompactRange tree;
    for (const std::string& entry : entries) tree.Append(storage::merkle::LeafHash(entry));
    return tree.Root();
  }
  void ExpectHolds(const std::vector<std::string>& entries) {
    const AccessLog::Head head = log_->head();
    EXPECT_EQ(head.size, entries.size());
    EXPECT_EQ(head.root, RootOf(entries));
    const auto read = log_->Read(0, entries.size() + 10);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, entries);
  }

  TempFolder folder_;
  const std::shared_ptr<FaultFileSystem> disk_ = std::make_shared<FaultFileSystem>();
  const std::unique_ptr<rocksdb::Env> env_ = NewFaultEnv(disk_);
  std::unique_ptr<RocksAccessLog> log_;
};

// Goal: what was acknowledged outlives a power cut, and the tree goes on from there.
TEST_F(AccessLogFaultTest, AcknowledgedEntriesOutliveAPowerCut) {
  std::vector<std::string> entries;
  // Past a full tile, so that restoring reads one.
  for (int i = 0; i < 300; ++i) {
    entries.push_back(absl::StrCat("entry ", i));
    ASSERT_TRUE(Append(entries.back()).ok());
  }
  ExpectHolds(entries);
  Crash(Seed(7));
  Open();
  ExpectHolds(entries);
  entries.push_back("later");
  ASSERT_TRUE(Append("later").ok());
  ExpectHolds(entries);
  for (const uint64_t known : {1, 255, 256, 300, 301}) {
    const auto proof = log_->ProveConsistency(known, 301);
    ASSERT_TRUE(proof.ok()) << proof.status();
    const std::vector<std::string> before(entries.begin(), entries.begin() + known);
    EXPECT_TRUE(
        storage::merkle::VerifyConsistency(known, 301, *proof, RootOf(before), RootOf(entries))
            .ok());
  }
  EXPECT_EQ(log_->ProveConsistency(1, 302).status().code(), absl::StatusCode::kOutOfRange);
}

// Goal: a full disk fails the entry, and the log goes on by itself once there is room.
TEST_F(AccessLogFaultTest, AFullDiskFailsTheEntryAndPasses) {
  ASSERT_TRUE(Append("first").ok());
  DiskFault full;
  full.operations = kAppend | kSync;
  full.no_space = true;
  full.for_ever = true;
  disk_->SetFault(full);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Append("refused").code(), absl::StatusCode::kResourceExhausted);
  }
  ExpectHolds({"first"});
  disk_->ClearFault();
  const absl::Status resumed = Append("second");
  if (!resumed.ok()) {
    // Where RocksDB can't go on, opening anew can.
    EXPECT_EQ(resumed.code(), absl::StatusCode::kUnavailable) << resumed;
    log_.reset();
    Open();
    ASSERT_TRUE(Append("second").ok());
  }
  const auto read = log_->Read(0, 10);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->front(), "first");
  EXPECT_EQ(read->back(), "second");
}

// Goal: no entry is acknowledged that a crash then loses, wherever the disk failed.
TEST_F(AccessLogFaultTest, NothingAcknowledgedIsLostWhereverTheDiskFails) {
  std::vector<std::string> acknowledged;
  for (uint64_t after = 0; after < 12; ++after) {
    SCOPED_TRACE(after);
    DiskFault fault;
    fault.after = after;
    fault.for_ever = true;
    disk_->SetFault(fault);
    for (int i = 0; i < 4; ++i) {
      const std::string entry = absl::StrCat(after, "/", i);
      if (Append(entry).ok()) acknowledged.push_back(entry);
    }
    Crash(Seed(after + 1));
    Open();
    const auto read = log_->Read(0, 1'000);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(log_->head().root, RootOf(*read));
    for (const std::string& entry : acknowledged) {
      EXPECT_TRUE(std::find(read->begin(), read->end(), entry) != read->end()) << entry;
    }
  }
  EXPECT_FALSE(acknowledged.empty());
}

// Goal: many readers at once share syncs: far fewer than there are entries.
TEST_F(AccessLogFaultTest, EntriesThatComeTogetherShareASync) {
  constexpr int kEntries = 2'000;
  absl::BlockingCounter done(kEntries);
  const uint64_t before = disk_->operations();
  for (int i = 0; i < kEntries; ++i) {
    log_->Append("entry", [&](const absl::Status& status) {
      EXPECT_TRUE(status.ok()) << status;
      done.DecrementCount();
    });
  }
  done.Wait();
  EXPECT_EQ(log_->head().size, static_cast<uint64_t>(kEntries));
  EXPECT_LT(disk_->operations() - before, static_cast<uint64_t>(kEntries));
}

}  // namespace
}  // namespace pledger::testing
