// Auditing the real server from outside: nothing is believed that does not verify.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/format/big_endian.h"
#include "storage/format/record.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/tlog_proof.h"
#include "tests/e2e/audit_calls.h"
#include "tests/e2e/ledger_fixture.h"
#include "tests/support/raw_log.h"

namespace pledger::testing {
namespace {

using ::testing::HasSubstr;
using Stub = v1::AuditService::Stub;
namespace merkle = storage::merkle;

class AuditE2eTest : public LedgerTest {
 protected:
  // `count` events, each of one of a few clients in turn.
  void AppendSome(int count, const std::string& prefix = "client") {
    for (int i = 0; i < count;) {
      v1::AppendRequest request;
      for (int j = 0; j < 50 && i < count; ++j, ++i) {
        *request.add_events() = EffortEvent(absl::StrCat(prefix, i % 7), i + 1);
      }
      server_.MustAppend(request);
    }
  }
  v1::Checkpoint Checkpoint(const v1::GetCheckpointRequest& request = {}) {
    const auto response = Ask(client(), &Stub::GetCheckpoint, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->checkpoint() : v1::Checkpoint();
  }
  v1::Checkpoint FreshCheckpoint() {
    v1::GetCheckpointRequest request;
    request.set_fresh(true);
    return Checkpoint(request);
  }
};

TEST_F(AuditE2eTest, ACheckpointCoversWhatItIsAskedFor) {
  const auto keys = KeysOf(client());
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(Open(Checkpoint(), keys)->size, 0u);
  const auto appended = server_.MustAppend(AppendOf({EffortEvent("ada"), EffortEvent("bob")}));
  v1::GetCheckpointRequest request;
  request.set_min_position(appended.events(1).position());
  const auto checkpoint = Open(Checkpoint(request), keys);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_EQ(checkpoint->size, 2u);
  EXPECT_EQ(std::string(storage::AsChars(checkpoint->root)), client().GetStatus()->root_hash());
  EXPECT_EQ(client().GetStatus()->checkpoint_size(), 2u);
  request.set_size(2);
  EXPECT_EQ(Checkpoint(request).note(), Checkpoint().note());
  request.set_size(1);
  EXPECT_TRUE(IsError(Ask(client(), &Stub::GetCheckpoint, request).status(),
                      absl::StatusCode::kNotFound, v1::ERROR_REASON_CHECKPOINT_NOT_FOUND,
                      {{"size", "1"}}));
  request.set_min_position(2);
  EXPECT_TRUE(
      IsError(Ask(client(), &Stub::GetCheckpoint, request, absl::Milliseconds(300)).status(),
              absl::StatusCode::kDeadlineExceeded, v1::ERROR_REASON_VIEW_BEHIND));
}

// Nobody asks: the clerk makes one by itself.
TEST_F(AuditE2eTest, ACheckpointComesByItself) {
  const uint64_t size = server_.MustAppend(AppendOf({EffortEvent("ada")})).events_size();
  const absl::Time deadline = absl::Now() + kCallPatience;
  v1::GetStatusResponse status;
  while (status.checkpoint_size() < size && absl::Now() < deadline) {
    status = *client().GetStatus();
  }
  EXPECT_EQ(status.checkpoint_size(), size);
  EXPECT_TRUE(Open(Checkpoint(), KeysOf(client())).ok());
}

TEST_F(AuditE2eTest, EveryKindOfProofVerifies) {
  AppendSome(300);
  const auto keys = KeysOf(client());
  const auto checkpoint = Open(FreshCheckpoint(), keys);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  const auto leaves = ReadLeaves(client());
  ASSERT_TRUE(leaves.ok()) << leaves.status();
  ASSERT_EQ(leaves->size(), 300u);
  EXPECT_EQ(RootOf(*leaves, 300), checkpoint->root);
  for (uint64_t position = 0; position < 300; position += 13) {
    v1::GetInclusionProofRequest request;
    request.set_position(position);
    const auto latest = Ask(client(), &Stub::GetInclusionProof, request);
    ASSERT_TRUE(latest.ok()) << latest.status();
    EXPECT_EQ(Open(latest->checkpoint(), keys)->size, 300u);
    EXPECT_EQ(CheckInclusion(latest->proof(), (*leaves)[position], *checkpoint), absl::OkStatus());
    request.set_size(position + 1);
    const auto least = Ask(client(), &Stub::GetInclusionProof, request);
    ASSERT_TRUE(least.ok()) << least.status();
    EXPECT_EQ(HashOf(least->proof().root_hash()), RootOf(*leaves, position + 1));
    EXPECT_EQ(
        merkle::VerifyInclusion(position, position + 1, merkle::LeafHash((*leaves)[position]),
                                ProofOf(least->proof().hashes()), RootOf(*leaves, position + 1)),
        absl::OkStatus());
  }
  for (uint64_t first = 0; first <= 300; first += 25) {
    v1::GetConsistencyProofRequest request;
    request.set_first_size(first);
    const auto proof = Ask(client(), &Stub::GetConsistencyProof, request);
    ASSERT_TRUE(proof.ok()) << proof.status();
    EXPECT_EQ(proof->second_size(), 300u);
    EXPECT_EQ(merkle::VerifyConsistency(first, 300, ProofOf(proof->hashes()),
                                        RootOf(*leaves, first), checkpoint->root),
              absl::OkStatus());
  }
}

TEST_F(AuditE2eTest, WhatIsNotThereIsRefusedWithItsName) {
  AppendSome(3);
  v1::GetInclusionProofRequest inclusion;
  inclusion.set_position(3);
  EXPECT_TRUE(IsError(Ask(client(), &Stub::GetInclusionProof, inclusion).status(),
                      absl::StatusCode::kNotFound, v1::ERROR_REASON_EVENT_NOT_FOUND,
                      {{"position", "3"}}));
  inclusion.set_position(1);
  inclusion.set_size(4);
  EXPECT_TRUE(IsError(Ask(client(), &Stub::GetInclusionProof, inclusion).status(),
                      absl::StatusCode::kOutOfRange, v1::ERROR_REASON_TREE_SIZE_UNKNOWN,
                      {{"size", "4"}, {"next_position", "3"}}));
  v1::GetConsistencyProofRequest consistency;
  consistency.set_first_size(3);
  consistency.set_second_size(2);
  EXPECT_TRUE(IsError(Ask(client(), &Stub::GetConsistencyProof, consistency).status(),
                      absl::StatusCode::kOutOfRange, v1::ERROR_REASON_TREE_SIZE_UNKNOWN));
  EXPECT_TRUE(IsError(ReadLeaves(client(), 0, 4).status(), absl::StatusCode::kOutOfRange,
                      v1::ERROR_REASON_TREE_SIZE_UNKNOWN));
  v1::VerifyProjectionRequest projection;
  projection.set_view("other");
  EXPECT_TRUE(IsError(Ask(client(), &Stub::VerifyProjection, projection).status(),
                      absl::StatusCode::kNotFound, v1::ERROR_REASON_VIEW_NOT_FOUND));
  v1::AppendRequest own = AppendOf({EffortEvent("ada")});
  own.mutable_events(0)->set_client_id("~ledger");
  v1::ClientDirectoryRecorded* directory =
      own.mutable_events(0)->mutable_fact()->mutable_client_directory_recorded();
  directory->set_next_position(1);
  directory->set_client_count(1);
  directory->set_root_hash(std::string(32, 'r'));
  EXPECT_TRUE(IsError(client().Append(own).status(), absl::StatusCode::kPermissionDenied,
                      v1::ERROR_REASON_FORBIDDEN, {{"fact", "client_directory_recorded"}}));
}

TEST_F(AuditE2eTest, AReceiptIsAllThatIsNeeded) {
  const auto appended = server_.MustAppend(
      AppendOf({EffortEvent("ada"), NoteEvent("bob", "kind"), EffortEvent("bob")}));
  const auto event = client().GetEvent(appended.events(1).position());
  v1::GetReceiptRequest request;
  request.set_event_id(event->event_id());
  request.set_with_sealed(true);
  const auto response = Ask(client(), &Stub::GetReceipt, request);
  ASSERT_TRUE(response.ok()) << response.status();
  const auto proof = merkle::ParseTlogProof(response->receipt());
  ASSERT_TRUE(proof.ok()) << proof.status();
  EXPECT_EQ(proof->index, 1u);
  EXPECT_EQ(proof->extra, response->record().record());
  const auto opened =
      merkle::VerifyTlogProof(*proof, merkle::LeafHash(*proof->extra), KeysOf(client()));
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->checkpoint.size, 3u);
  const auto view = storage::DecodeRecord(*proof->extra);
  EXPECT_EQ(merkle::Sha256(response->record().sealed()), view->header.sealed_hash);
  request.set_event_id(NextEventId());
  EXPECT_TRUE(IsError(Ask(client(), &Stub::GetReceipt, request).status(),
                      absl::StatusCode::kNotFound, v1::ERROR_REASON_EVENT_NOT_FOUND));
}

TEST_F(AuditE2eTest, AWholeHistoryIsProvedAndSoIsAbsence) {
  AppendSome(300);
  const auto keys = KeysOf(client());
  v1::ProveClientHistoryRequest request;
  request.set_client_id("client3");
  request.set_fresh_directory(true);
  const auto history = ProveHistory(client(), request);
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_EQ(history->records.size(), 43u);
  const auto entry = CheckHistory(*history, keys);
  ASSERT_TRUE(entry.ok()) << entry.status();
  ASSERT_TRUE(entry->has_value());
  EXPECT_EQ((*entry)->last_revision, 42u);
  for (const std::string absent : {"aaa", "client33", "zzz"}) {
    request.set_client_id(absent);
    const auto none = ProveHistory(client(), request);
    ASSERT_TRUE(none.ok()) << none.status();
    EXPECT_TRUE(none->records.empty());
    const auto checked = CheckHistory(*none, keys);
    ASSERT_TRUE(checked.ok()) << absent << ": " << checked.status();
    EXPECT_FALSE(checked->has_value());
  }
  // Leaving out a record, or changing one, is noticed.
  ClientHistory cut = *history;
  cut.records.pop_back();
  cut.proof.set_record_count(42);
  EXPECT_FALSE(CheckHistory(cut, keys).ok());
  ClientHistory changed = *history;
  changed.records[7].back() ^= 1;
  EXPECT_FALSE(CheckHistory(changed, keys).ok());
}

TEST_F(AuditE2eTest, ADirectoryIsRecordedOnceForWhatItCovers) {
  AppendSome(20);
  const v1::RecordClientDirectoryRequest request;
  const auto first = Ask(client(), &Stub::RecordClientDirectory, request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->next_position(), 20u);
  EXPECT_EQ(first->client_count(), 7u);
  EXPECT_EQ(first->position(), 20u);
  EXPECT_EQ(Ask(client(), &Stub::RecordClientDirectory, request)->SerializeAsString(),
            first->SerializeAsString());
  // It is taken up again after a restart, and built again if it is gone.
  server_.Stop();
  std::filesystem::remove_all(server_.data() + "/views");
  server_.Start();
  EXPECT_EQ(Ask(client(), &Stub::RecordClientDirectory, request)->SerializeAsString(),
            first->SerializeAsString());
  AppendSome(1, "new");
  const auto second = Ask(client(), &Stub::RecordClientDirectory, request);
  EXPECT_EQ(second->next_position(), 22u);
  EXPECT_EQ(second->client_count(), 9u);
  v1::ProveClientHistoryRequest history;
  history.set_client_id("new0");
  EXPECT_TRUE(CheckHistory(*ProveHistory(client(), history), KeysOf(client()))->has_value());
}

TEST_F(AuditE2eTest, CheckpointsAreListedByTimeAndSize) {
  std::vector<v1::Checkpoint> made;
  for (int i = 0; i < 5; ++i) {
    AppendSome(3);
    made.push_back(FreshCheckpoint());
  }
  v1::ListCheckpointsRequest request;
  request.set_page_size(2);
  request.set_min_size(made[1].size());
  *request.mutable_end_time() = made[4].time();
  std::vector<uint64_t> sizes;
  do {
    const auto page = Ask(client(), &Stub::ListCheckpoints, request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const v1::Checkpoint& one : page->checkpoints()) {
      EXPECT_TRUE(Open(one, KeysOf(client())).ok());
      sizes.push_back(one.size());
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(sizes, ::testing::ElementsAre(6, 9, 12));
  request.set_descending(true);
  request.clear_end_time();
  *request.mutable_start_time() = made[3].time();
  const auto page = Ask(client(), &Stub::ListCheckpoints, request);
  EXPECT_EQ(page->checkpoints(0).size(), 15u);
  EXPECT_EQ(page->checkpoints(1).size(), 12u);
  EXPECT_EQ(page->next_page_token(), "");
  request.set_page_token("x");
  EXPECT_TRUE(IsError(Ask(client(), &Stub::ListCheckpoints, request).status(),
                      absl::StatusCode::kOutOfRange, v1::ERROR_REASON_OUT_OF_RANGE));
}

TEST_F(AuditE2eTest, TheDigestOfAViewIsThatOfOneBuiltAnew) {
  AppendSome(200);
  v1::VerifyProjectionRequest request;
  request.set_min_position(199);
  const auto before = Ask(client(), &Stub::VerifyProjection, request);
  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_EQ(before->next_position(), 200u);
  EXPECT_EQ(before->entry_count(), 7u);
  EXPECT_EQ(before->quarantined_count(), 0u);
  server_.Stop();
  std::filesystem::remove_all(server_.data() + "/views");
  server_.Start();
  const auto after = Ask(client(), &Stub::VerifyProjection, request);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->SerializeAsString(), before->SerializeAsString());
  AppendSome(1);
  request.set_min_position(200);
  EXPECT_NE(Ask(client(), &Stub::VerifyProjection, request)->digest(), before->digest());
}

// What was handed out before a power cut stands after it: each checkpoint continues the last.
TEST_F(AuditE2eTest, CheckpointsNeverGoBackAcrossKills) {
  v1::Checkpoint before = FreshCheckpoint();
  for (int round = 0; round < 6; ++round) {
    AppendSome(40 + round);
    before = FreshCheckpoint();
    // Not covered by any checkpoint when the end comes.
    AppendSome(round);
    server_.process().Kill();
    server_.Start();
    const v1::Checkpoint after = Checkpoint();
    ASSERT_GE(after.size(), before.size());
    v1::GetConsistencyProofRequest request;
    request.set_first_size(before.size());
    const auto proof = Ask(client(), &Stub::GetConsistencyProof, request);
    ASSERT_TRUE(proof.ok()) << proof.status();
    const auto latest = Open(proof->checkpoint(), KeysOf(client()));
    ASSERT_TRUE(latest.ok()) << latest.status();
    EXPECT_EQ(
        merkle::VerifyConsistency(before.size(), proof->second_size(), ProofOf(proof->hashes()),
                                  HashOf(before.root_hash()), latest->root),
        absl::OkStatus());
  }
}

// What is derived from the log, and would tell as well.
void RemoveDerived(const std::string& data) {
  std::filesystem::remove_all(data + "/index");
  std::filesystem::remove_all(data + "/views");
}

std::string PositionKey(uint64_t position) {
  std::string key;
  storage::AppendBig64(position, &key);
  return key;
}

TEST_F(AuditE2eTest, ALogThatLostItsEndIsRefused) {
  AppendSome(10);
  FreshCheckpoint();
  server_.Stop();
  RawLog(server_.data()).Delete("events", PositionKey(9));
  RemoveDerived(server_.data());
  const auto started = ServerProcess::Start({.data = server_.data()});
  ASSERT_FALSE(started.ok());
  EXPECT_THAT(std::string(started.status().message()),
              HasSubstr("the log has 9 events but a checkpoint over 10 was signed"));
}

TEST_F(AuditE2eTest, ALogThatWasRewrittenIsRefused) {
  server_.MustAppend(AppendOf({EffortEvent("ada", 5)}));
  FreshCheckpoint();
  server_.Stop();
  {
    RawLog log(server_.data());
    std::string value = log.Get("events", PositionKey(0));
    value.resize(value.size() - storage::kChecksumBytes);
    // Another event id, with everything else in order.
    value[40] ^= 1;
    storage::AppendChecksum(&value);
    log.Put("events", PositionKey(0), value);
  }
  RemoveDerived(server_.data());
  const auto started = ServerProcess::Start({.data = server_.data()});
  ASSERT_FALSE(started.ok());
  EXPECT_THAT(std::string(started.status().message()), HasSubstr("recorded events were changed"));
}

}  // namespace
}  // namespace pledger::testing
