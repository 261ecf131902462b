// Holds, exports and the access log over the real server.

#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/merkle/compact_range.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/proofs.h"
#include "tests/e2e/privacy_fixture.h"

namespace pledger::testing {
namespace {

// Goal: a hold blocks erasure until it is released, whichever way it came.
TEST_F(PrivacyE2eTest, HoldsBlockErasure) {
  server_.MustAppend(AppendOf({NoteEvent("ada", kText)}));
  ASSERT_TRUE(PlaceHold("ada", "case-7").ok());
  server_.MustAppend(AppendOf({NewEvent("ada", "hold_placed { hold_id: 'case-8' basis: 'tax' }")}));
  EXPECT_TRUE(IsError(Erase("ada").status(), absl::StatusCode::kFailedPrecondition,
                      v1::ERROR_REASON_CLIENT_ON_HOLD,
                      {{"client_id", "ada"}, {"hold_id", "case-7"}}));
  EXPECT_TRUE(IsError(PlaceHold("ada", "case-7"), absl::StatusCode::kFailedPrecondition,
                      v1::ERROR_REASON_OBLIGATION_EXISTS));
  ASSERT_TRUE(ReleaseHold("ada", "case-7").ok());
  EXPECT_TRUE(IsError(Erase("ada").status(), absl::StatusCode::kFailedPrecondition,
                      v1::ERROR_REASON_CLIENT_ON_HOLD, {{"hold_id", "case-8"}}));
  EXPECT_EQ(MustGet(0).fact().sentiment_noted().note(), kText);
  ASSERT_TRUE(ReleaseHold("ada", "case-8").ok());
  const auto holds = ListHolds("ada");
  ASSERT_TRUE(holds.ok()) << holds.status();
  ASSERT_EQ(holds->holds_size(), 2);
  EXPECT_EQ(holds->holds(0).hold_id(), "case-7");
  EXPECT_EQ(holds->holds(0).placed_by(), "local");
  EXPECT_TRUE(holds->holds(1).has_released_time());
  EXPECT_TRUE(Erase("ada").ok());
}

// Goal: nobody can say that a client was erased but the procedure that does it.
TEST_F(PrivacyE2eTest, AnErasureCannotBeClaimed) {
  EXPECT_TRUE(IsError(
      client()
          .Append(AppendOf(
              {NewEvent("ada", "client_erased { basis: 'b' approved_by: 'x' key_ids: 'k' }")}))
          .status(),
      absl::StatusCode::kPermissionDenied, v1::ERROR_REASON_FORBIDDEN,
      {{"fact", "client_erased"}}));
}

// Goal: an export has everything with its texts, and nobody else in it.
TEST_F(PrivacyE2eTest, AnExportHasEverythingAndNobodyElse) {
  v1::ProposedEvent note = NoteEvent("ada", kText);
  note.set_reporter("staff-9");
  server_.MustAppend(AppendOf(
      {note, NewEvent("ada", "referral_received { referred_client_id: 'bob-the-other' }")}));
  server_.MustAppend(AppendOf(
      {NewEvent("ada", "statement_added { target_position: 0 by: PARTY_CLIENT text: 'not so' }"),
       NewEvent("ada",
                "dispute_opened { dispute_id: 'd-1' event_position: 0 reason: "
                "REASON_INACCURATE_RECORD }"),
       NoteEvent("bob", kOtherText)}));
  ASSERT_TRUE(PlaceHold("ada", "case-7").ok());
  const auto messages = Export("ada");
  ASSERT_TRUE(messages.ok()) << messages.status();
  ASSERT_GE(messages->size(), 2u);
  const v1::ClientExport& head = messages->front().export_();
  EXPECT_EQ(head.client_id(), "ada");
  EXPECT_EQ(head.event_count(), 5u);
  EXPECT_EQ(head.holds_size(), 1);
  EXPECT_TRUE(head.has_figures());
  std::vector<v1::Event> events;
  std::string all;
  for (const v1::ExportClientResponse& message : *messages) {
    all += message.SerializeAsString();
    for (const v1::Event& event : message.events().events()) events.push_back(event);
  }
  ASSERT_EQ(events.size(), 5u);
  EXPECT_EQ(events[0].fact().sentiment_noted().note(), kText);
  EXPECT_EQ(events[0].fact().sentiment_noted().staff_ref(), "hidden");
  EXPECT_EQ(events[2].fact().statement_added().text(), "not so");
  EXPECT_EQ(events[3].fact().dispute_opened().event_position(), 0u);
  for (const char* other : {"staff-1", "staff-9", "bob", kOtherText, "local"}) {
    EXPECT_EQ(all.find(other), std::string::npos) << other;
  }
  EXPECT_TRUE(IsError(Export("nobody").status(), absl::StatusCode::kNotFound,
                      v1::ERROR_REASON_CLIENT_NOT_FOUND));
  ASSERT_TRUE(ReleaseHold("ada", "case-7").ok());
  ASSERT_TRUE(Erase("ada").ok());
  const auto later = Export("ada");
  ASSERT_TRUE(later.ok()) << later.status();
  EXPECT_EQ(later->front().export_().erasures_size(), 1);
  EXPECT_EQ(later->at(1).events().events(0).personal_state(), v1::PERSONAL_STATE_ERASED);
}

// Goal: who read names and texts can be read back, hashed into a tree that only grows; what was
// read without them leaves nothing there.
TEST_F(PrivacyE2eTest, TheAccessLogTellsWhoReadWhat) {
  server_.MustAppend(AppendOf({NoteEvent("ada", kText)}));
  v1::ReadEventsRequest clear;
  clear.set_personal_fields(v1::PERSONAL_FIELDS_OMIT);
  ASSERT_TRUE(client().ReadEvents(clear).ok());
  ASSERT_TRUE(client().GetEvent(0).ok());
  ASSERT_TRUE(Export("ada").ok());
  const auto first = ReadAccessLog(0, 0);
  ASSERT_TRUE(first.ok()) << first.status();
  // Reading it is an entry of its own, already there.
  ASSERT_EQ(first->records_size(), 3);
  ASSERT_EQ(first->tree_size(), 3u);
  EXPECT_EQ(first->records(0).entry().method(), "GetEvent");
  EXPECT_EQ(first->records(0).entry().position(), 0u);
  EXPECT_EQ(first->records(1).entry().kind(), v1::AccessEntry::KIND_EXPORT);
  EXPECT_EQ(first->records(1).entry().client_id(), "ada");
  EXPECT_EQ(first->records(2).entry().kind(), v1::AccessEntry::KIND_ACCESS_LOG);
  storage::merkle::CompactRange tree;
  for (const v1::AccessRecord& record : first->records()) {
    EXPECT_EQ(record.index(), tree.size());
    EXPECT_EQ(record.entry().principal(), "local");
    EXPECT_EQ(record.entry().SerializeAsString(), record.entry_bytes());
    tree.Append(storage::merkle::LeafHash(record.entry_bytes()));
  }
  EXPECT_EQ(first->root_hash(), storage::AsChars(tree.Root()));

  ASSERT_TRUE(client().ReadEvents({}).ok());
  server_.Restart();
  const auto second = ReadAccessLog(3, 3);
  ASSERT_TRUE(second.ok()) << second.status();
  ASSERT_EQ(second->tree_size(), 5u);
  ASSERT_EQ(second->records_size(), 2);
  EXPECT_EQ(second->records(0).entry().method(), "ReadEvents");
  EXPECT_EQ(second->records(0).entry().client_id(), "") << "of all clients";
  std::vector<storage::Hash> proof;
  for (const std::string& hash : second->consistency_hashes()) {
    std::copy_n(hash.begin(), 32, reinterpret_cast<char*>(proof.emplace_back().data()));
  }
  storage::Hash root;
  std::copy_n(second->root_hash().begin(), root.size(), reinterpret_cast<char*>(root.data()));
  const absl::Status consistent =
      storage::merkle::VerifyConsistency(3, 5, proof, tree.Root(), root);
  EXPECT_TRUE(consistent.ok()) << consistent;
  EXPECT_TRUE(IsError(ReadAccessLog(0, 100).status(), absl::StatusCode::kOutOfRange,
                      v1::ERROR_REASON_TREE_SIZE_UNKNOWN, {{"field", "known_size"}}));
}

}  // namespace
}  // namespace pledger::testing
