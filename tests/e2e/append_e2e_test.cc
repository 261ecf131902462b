// Append: what is recorded, what comes back, what a retry gets.
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/domain/fact_types.h"
#include "server/domain/personal.h"
#include "storage/format/record.h"
#include "storage/merkle/hash.h"
#include "tests/e2e/fact_history.h"
#include "tests/e2e/ledger_fixture.h"
#include "tests/support/sample_facts.h"

namespace pledger::testing {
namespace {

using absl::StatusCode;

class AppendE2eTest : public LedgerTest {
 protected:
  // That the ledger holds `proposed` as `appended` says, by its position and by its id.
  void ExpectRecorded(const v1::ProposedEvent& proposed, const v1::AppendedEvent& appended) {
    const auto by_position = client().GetEvent(appended.position());
    ASSERT_TRUE(by_position.ok()) << by_position.status();
    EXPECT_TRUE(IsRecorded(*by_position, proposed, appended));
    v1::GetEventRequest request;
    request.set_event_id(proposed.event_id());
    const auto by_id = client().GetEvent(request);
    ASSERT_TRUE(by_id.ok()) << by_id.status();
    EXPECT_TRUE(IsRecorded(by_id->event(), proposed, appended));
  }

  void ExpectSame(const v1::AppendResponse& first, const v1::AppendResponse& again) {
    ASSERT_EQ(first.events_size(), again.events_size());
    for (int i = 0; i < first.events_size(); ++i) {
      EXPECT_FALSE(first.events(i).duplicate());
      v1::AppendedEvent expected = first.events(i);
      expected.set_duplicate(true);
      EXPECT_EQ(again.events(i).ShortDebugString(), expected.ShortDebugString());
    }
  }
};

v1::AppendRequest Expecting(v1::ProposedEvent event, const std::string& expectation) {
  v1::AppendRequest request = AppendOf({event});
  v1::ExpectedRevision& expected = *request.add_expected_revisions();
  expected.set_client_id(event.client_id());
  if (expectation == "no_stream") {
    expected.set_no_stream(true);
  } else if (expectation == "some_stream") {
    expected.set_some_stream(true);
  } else {
    expected.set_revision(std::stoull(expectation));
  }
  return request;
}

TEST_F(AppendE2eTest, EveryTypeOfFactComesBackAsItWasSent) {
  int with_personal = 0;
  for (const v1::Fact& sample : SampleFacts()) {
    if (IsRecordedByLedgerOnly(sample.fact_case())) continue;
    SCOPED_TRACE(FactTypeName(FactTypeOf(sample)));
    v1::ProposedEvent proposed = SampleEvent(sample);
    proposed.set_event_id(NextEventId());
    if (proposed.client_id() != "~ledger") {
      proposed.set_client_id(absl::StrCat("client-", FactTypeOf(sample)));
    }
    v1::AppendRequest before;
    for (const v1::Fact& fact : FactsBefore(sample)) {
      *before.add_events() = NewEvent(proposed.client_id(), fact);
    }
    if (before.events_size() > 0) {
      const v1::AppendResponse recorded = server_.MustAppend(before);
      ASSERT_EQ(recorded.events_size(), before.events_size());
      SetTarget(recorded.events().rbegin()->position(), proposed.mutable_fact());
    }
    const v1::AppendResponse recorded = server_.MustAppend(AppendOf({proposed}));
    ASSERT_EQ(recorded.events_size(), 1);
    EXPECT_EQ(recorded.events(0).revision(), static_cast<uint64_t>(before.events_size()));
    ExpectRecorded(proposed, recorded.events(0));
    const auto event = client().GetEvent(recorded.events(0).position());
    ASSERT_TRUE(event.ok()) << event.status();
    EXPECT_EQ(event->actor(), "local");
    const bool personal = HasPersonalFields(sample);
    with_personal += personal ? 1 : 0;
    EXPECT_EQ(event->personal_state(),
              personal ? v1::PERSONAL_STATE_PRESENT : v1::PERSONAL_STATE_UNSPECIFIED);
    EXPECT_EQ(event->personal_commitment().size(), personal ? 32u : 0u);
    EXPECT_EQ(event->personal_fingerprint().size(), personal ? 16u : 0u);
  }
  EXPECT_GT(with_personal, 10);
}

TEST_F(AppendE2eTest, RawRecordsAreTheLeavesAndKeepPersonalFieldsSealed) {
  const std::string secret = "nobody may read this in the log";
  const v1::AppendRequest request = AppendOf({NoteEvent("ada", secret), EffortEvent("ada", 3)});
  const v1::AppendResponse recorded = server_.MustAppend(request);
  const auto records = client().ReadRecords({});
  ASSERT_TRUE(records.ok()) << records.status();
  ASSERT_EQ(records->size(), 2u);
  for (int i = 0; i < 2; ++i) {
    const v1::RawRecord& raw = (*records)[i];
    const auto view = storage::DecodeRecord(raw.record());
    ASSERT_TRUE(view.ok()) << view.status();
    EXPECT_EQ(view->header.position, recorded.events(i).position());
    EXPECT_EQ(view->header.revision, recorded.events(i).revision());
    EXPECT_EQ(view->header.record_time_ns, NanosOf(recorded.events(i).record_time()));
    EXPECT_EQ(view->header.occur_time_ns, kSampleTimeNs);
    EXPECT_EQ(view->header.fact_type, FactTypeOf(request.events(i).fact()));
    EXPECT_EQ(raw.record().find(secret), std::string::npos);
    EXPECT_EQ(raw.sealed().find(secret), std::string::npos);
    EXPECT_EQ(view->header.has_sealed, i == 0);
    EXPECT_EQ(raw.sealed().empty(), i == 1);
  }
  EXPECT_EQ(storage::DecodeRecord((*records)[0].record())->header.sealed_hash,
            storage::merkle::Sha256((*records)[0].sealed()));
  EXPECT_EQ(storage::DecodeRecord((*records)[1].record())->header.previous_leaf_hash,
            storage::merkle::LeafHash((*records)[0].record()));
}

TEST_F(AppendE2eTest, RetryGetsTheOriginalPositionsAlsoAfterRestart) {
  const v1::AppendRequest request =
      AppendOf({EffortEvent("ada", 1), NoteEvent("ada", "friendly"), EffortEvent("bob", 2)});
  const v1::AppendResponse first = server_.MustAppend(request);
  server_.MustAppend(AppendOf({EffortEvent("ada", 9)}));
  ExpectSame(first, server_.MustAppend(request));
  server_.Restart();
  ExpectSame(first, server_.MustAppend(request));
  EXPECT_EQ(server_.NextPosition(), 4u);
}

TEST_F(AppendE2eTest, SameIdWithOtherContentNamesWhatDiffers) {
  v1::ProposedEvent original = NoteEvent("ada", "friendly");
  original.set_source("crm");
  server_.MustAppend(AppendOf({EffortEvent("bob"), original}));
  std::map<std::string, v1::ProposedEvent> others;
  const auto other = [&](const std::string& differs) -> v1::ProposedEvent& {
    return others.emplace(differs, original).first->second;
  };
  other("client_id").set_client_id("bob");
  other("occur_time").mutable_occur_time()->set_nanos(1);
  other("source").set_source("erp");
  other("reporter").set_reporter("staff-1");
  other("correlation_id").set_correlation_id("order-1");
  other("causation_id").set_causation_id("cmd-1");
  other("fact").mutable_fact()->mutable_sentiment_noted()->set_rating(-1);
  other("the personal fields of fact").mutable_fact()->mutable_sentiment_noted()->set_note("rude");
  for (const bool restarted : {false, true}) {
    if (restarted) server_.Restart();
    for (const auto& [differs, event] : others) {
      EXPECT_TRUE(
          IsError(client().Append(AppendOf({event})).status(), StatusCode::kAlreadyExists,
                  v1::ERROR_REASON_EVENT_ID_REUSED,
                  {{"event_id", original.event_id()}, {"position", "1"}, {"differs", differs}}))
          << differs << (restarted ? " after restart" : "");
    }
  }
  EXPECT_EQ(server_.NextPosition(), 2u);
}

TEST_F(AppendE2eTest, ExpectedRevisions) {
  const auto expect_wrong = [&](const std::string& expectation, const std::string& actual) {
    EXPECT_TRUE(IsError(client().Append(Expecting(EffortEvent("ada"), expectation)).status(),
                        StatusCode::kAborted, v1::ERROR_REASON_WRONG_REVISION,
                        {{"client_id", "ada"}, {"expected", expectation}, {"actual", actual}}));
  };
  expect_wrong("some_stream", "no_stream");
  expect_wrong("0", "no_stream");
  server_.MustAppend(Expecting(EffortEvent("ada"), "no_stream"));
  expect_wrong("no_stream", "0");
  expect_wrong("1", "0");
  server_.MustAppend(Expecting(EffortEvent("ada"), "0"));
  server_.MustAppend(Expecting(EffortEvent("ada"), "some_stream"));
  expect_wrong("1", "2");
  server_.Restart();
  expect_wrong("1", "2");
  const v1::AppendRequest last = Expecting(EffortEvent("ada"), "2");
  server_.MustAppend(last);
  // A retry is no second append: what it expected is not asked again.
  EXPECT_TRUE(server_.MustAppend(last).events(0).duplicate());
  EXPECT_EQ(server_.NextPosition(), 4u);
}

TEST_F(AppendE2eTest, AnAppendOverSeveralClientsIsRecordedAsOneOrNotAtAll) {
  server_.MustAppend(AppendOf({EffortEvent("ada")}));
  v1::AppendRequest request =
      AppendOf({EffortEvent("ada", 2), EffortEvent("bob", 3), EffortEvent("eve", 4),
                NewEvent("bob", R"(promise_kept { promise_id: "p-1" })")});
  EXPECT_TRUE(IsError(client().Append(request).status(), StatusCode::kFailedPrecondition,
                      v1::ERROR_REASON_OBLIGATION_UNKNOWN,
                      {{"client_id", "bob"}, {"field", "events[3].fact.promise_kept.promise_id"}}));
  request.mutable_events()->RemoveLast();
  v1::ExpectedRevision& expected = *request.add_expected_revisions();
  expected.set_client_id("eve");
  expected.set_some_stream(true);
  EXPECT_TRUE(IsError(client().Append(request).status(), StatusCode::kAborted,
                      v1::ERROR_REASON_WRONG_REVISION, {{"client_id", "eve"}}));
  EXPECT_EQ(server_.NextPosition(), 1u);
  request.clear_expected_revisions();
  const v1::AppendResponse recorded = server_.MustAppend(request);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(recorded.events(i).position(), 1u + i);
  EXPECT_EQ(recorded.events(0).revision(), 1u);
  EXPECT_EQ(recorded.events(1).revision(), 0u);
  EXPECT_LT(NanosOf(recorded.events(0).record_time()), NanosOf(recorded.events(1).record_time()));
}

TEST_F(AppendE2eTest, AnAppendMayHoldWhatIsRecordedAndWhatIsNew) {
  const v1::ProposedEvent known = NoteEvent("ada", "known");
  const v1::AppendResponse first = server_.MustAppend(AppendOf({known}));
  const v1::AppendRequest mixed = AppendOf({EffortEvent("ada", 1), known, EffortEvent("bob", 2)});
  const v1::AppendResponse response = server_.MustAppend(mixed);
  ASSERT_EQ(response.events_size(), 3);
  EXPECT_EQ(response.events(0).position(), 1u);
  EXPECT_TRUE(response.events(1).duplicate());
  EXPECT_EQ(response.events(1).position(), first.events(0).position());
  EXPECT_EQ(response.events(2).position(), 2u);
  for (int i = 0; i < 3; ++i) ExpectRecorded(mixed.events(i), response.events(i));
  EXPECT_EQ(server_.NextPosition(), 3u);
}

TEST_F(AppendE2eTest, ListClientEventsPagesBothWays) {
  v1::AppendRequest request;
  for (int i = 0; i < 25; ++i)
    *request.add_events() = EffortEvent(i % 5 == 4 ? "bob" : "ada", i + 1);
  server_.MustAppend(request);
  for (const v1::Direction direction : {v1::DIRECTION_FORWARD, v1::DIRECTION_BACKWARD}) {
    v1::ListClientEventsRequest list;
    list.set_client_id("ada");
    list.set_page_size(7);
    list.set_direction(direction);
    std::vector<uint64_t> revisions;
    do {
      const auto page = client().ListClientEvents(list);
      ASSERT_TRUE(page.ok()) << page.status();
      EXPECT_EQ(page->head_revision(), 19u);
      EXPECT_LE(page->events_size(), 7);
      for (const v1::Event& event : page->events()) {
        EXPECT_EQ(event.client_id(), "ada");
        revisions.push_back(event.revision());
      }
      list.set_page_token(page->next_page_token());
    } while (!list.page_token().empty());
    ASSERT_EQ(revisions.size(), 20u);
    for (uint64_t i = 0; i < 20; ++i) {
      EXPECT_EQ(revisions[i], direction == v1::DIRECTION_FORWARD ? i : 19 - i);
    }
  }
}

}  // namespace
}  // namespace pledger::testing
