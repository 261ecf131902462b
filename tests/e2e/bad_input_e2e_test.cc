// Bad input: a typed error that says what and where, and nothing recorded.
#include <cstdint>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "storage/format/wire.h"
#include "tests/e2e/ledger_fixture.h"

namespace pledger::testing {
namespace {

using absl::StatusCode;

constexpr char kAppendMethod[] = "/pledger.v1.LedgerService/Append";

class BadInputE2eTest : public LedgerTest {
 protected:
  BadInputE2eTest() { server_.MustAppend(AppendOf({EffortEvent("ada")})); }

  // That the server answers so, and that the ledger stays as it was.
  void ExpectRefused(const v1::AppendRequest& request, StatusCode code, v1::ErrorReason reason,
                     const Metadata& metadata) {
    const uint64_t before = server_.NextPosition();
    EXPECT_TRUE(IsError(client().Append(request).status(), code, reason, metadata));
    EXPECT_EQ(server_.NextPosition(), before);
  }
  void ExpectInvalid(const v1::ProposedEvent& event, v1::ErrorReason reason,
                     const std::string& path) {
    // Behind a good one: the path says which event is to blame, and the good one isn't recorded.
    ExpectRefused(AppendOf({EffortEvent("ada"), event}), StatusCode::kInvalidArgument, reason,
                  {{"field", absl::StrCat("events[1]", path.empty() ? "" : ".", path)}});
  }
  void ExpectInvalidField(const v1::ProposedEvent& event, const std::string& path) {
    ExpectInvalid(event, v1::ERROR_REASON_INVALID_FIELD, path);
  }
  // As ExpectInvalid, for the first occurrence of `good` in the request's bytes changed to `bad`.
  void ExpectNotUtf8(const v1::ProposedEvent& event, const std::string& good,
                     const std::string& path) {
    std::string bytes = AppendOf({EffortEvent("ada"), event}).SerializeAsString();
    bytes[bytes.find(good)] = '\xff';
    const uint64_t before = server_.NextPosition();
    EXPECT_TRUE(IsError(client().CallRaw(kAppendMethod, bytes).status(),
                        StatusCode::kInvalidArgument, v1::ERROR_REASON_MALFORMED_REQUEST,
                        {{"field", path}}));
    EXPECT_EQ(server_.NextPosition(), before);
  }
};

v1::ProposedEvent PromiseEvent(const std::string& id) {
  return NewEvent("ada", absl::StrCat("promise_made { promise_id: '", id,
                                      "' by: PARTY_CLIENT kind: KIND_DELIVERY ",
                                      "due_time { seconds: 1716000000 } text: 'secret' }"));
}

v1::ProposedEvent InvoiceEvent(int64_t minor_units) {
  return NewEvent("ada", absl::StrCat("invoice_issued { invoice_id: 'i-1' amount { currency_code: ",
                                      "'EUR' minor_units: ", minor_units,
                                      " } due_time { seconds: 1716000000 } }"));
}

v1::ProposedEvent KeptEvent(const std::string& id) {
  return NewEvent("ada", absl::StrCat("promise_kept { promise_id: '", id, "' }"));
}

TEST_F(BadInputE2eTest, UnknownFactsAndFields) {
  v1::ProposedEvent event = EffortEvent("ada");
  event.mutable_fact()->Clear();
  event.mutable_fact()
      ->GetReflection()
      ->MutableUnknownFields(event.mutable_fact())
      ->AddLengthDelimited(999)
      ->assign("a fact of the future");
  ExpectRefused(AppendOf({event}), StatusCode::kInvalidArgument, v1::ERROR_REASON_UNKNOWN_FIELD,
                {{"field", "events[0].fact"}, {"number", "999"}});
  event = PromiseEvent("p-1");
  v1::PromiseMade* promise = event.mutable_fact()->mutable_promise_made();
  promise->GetReflection()->MutableUnknownFields(promise)->AddVarint(77, 1);
  ExpectRefused(AppendOf({event}), StatusCode::kInvalidArgument, v1::ERROR_REASON_UNKNOWN_FIELD,
                {{"field", "events[0].fact.promise_made"}, {"number", "77"}});
  v1::AppendRequest request = AppendOf({EffortEvent("ada")});
  request.GetReflection()->MutableUnknownFields(&request)->AddVarint(50, 1);
  ExpectRefused(request, StatusCode::kInvalidArgument, v1::ERROR_REASON_UNKNOWN_FIELD, {});
  event = EffortEvent("ada");
  event.mutable_fact()->Clear();
  ExpectInvalidField(event, "fact");
  event.clear_fact();
  ExpectInvalidField(event, "fact");
}

TEST_F(BadInputE2eTest, Enums) {
  v1::ProposedEvent event = PromiseEvent("p-1");
  event.mutable_fact()->mutable_promise_made()->set_by(v1::PARTY_UNSPECIFIED);
  ExpectInvalidField(event, "fact.promise_made.by");
  event.mutable_fact()->mutable_promise_made()->set_by(static_cast<v1::Party>(99));
  ExpectInvalidField(event, "fact.promise_made.by");
}

TEST_F(BadInputE2eTest, Ids) {
  ExpectInvalidField(EffortEvent(""), "client_id");
  ExpectInvalid(EffortEvent(std::string(129, 'a')), v1::ERROR_REASON_LIMIT_EXCEEDED, "client_id");
  ExpectInvalidField(EffortEvent("zo\xc3\xab"), "client_id");
  ExpectInvalidField(EffortEvent("ada@example.com"), "client_id");
  v1::ProposedEvent event = EffortEvent("ada");
  event.set_event_id("1");
  ExpectInvalidField(event, "event_id");
  event.clear_event_id();
  ExpectInvalidField(event, "event_id");
  server_.MustAppend(AppendOf({EffortEvent(std::string(128, 'a'))}));
}

TEST_F(BadInputE2eTest, TooMuch) {
  v1::AppendRequest request;
  for (int i = 0; i < 10'001; ++i) *request.add_events() = EffortEvent("ada");
  ExpectRefused(request, StatusCode::kInvalidArgument, v1::ERROR_REASON_LIMIT_EXCEEDED,
                {{"field", "events"}, {"limit", "10000"}, {"actual", "10001"}});
  request.Clear();
  for (int i = 0; i < 1'001; ++i) *request.add_events() = EffortEvent(absl::StrCat("c-", i));
  ExpectRefused(request, StatusCode::kInvalidArgument, v1::ERROR_REASON_LIMIT_EXCEEDED,
                {{"field", "events"}, {"limit", "1000"}, {"actual", "1001"}});
  ExpectRefused({}, StatusCode::kInvalidArgument, v1::ERROR_REASON_INVALID_FIELD,
                {{"field", "events"}});
  ExpectInvalid(LargeEvent("ada", 65 << 10), v1::ERROR_REASON_LIMIT_EXCEEDED, "fact");
  ExpectInvalid(NoteEvent("ada", std::string(65 << 10, 'x')), v1::ERROR_REASON_LIMIT_EXCEEDED,
                "fact.sentiment_noted.note");
  // Just above what one append may have, and then above what the server receives at all.
  ExpectRefused(LargeAppend("ada", 64, 64 << 10), StatusCode::kInvalidArgument,
                v1::ERROR_REASON_LIMIT_EXCEEDED, {{"field", "events"}, {"limit", "4194304"}});
  const uint64_t before = server_.NextPosition();
  EXPECT_EQ(client().Append(LargeAppend("ada", 100, 64 << 10)).status().code(),
            StatusCode::kResourceExhausted);
  EXPECT_EQ(server_.NextPosition(), before);
}

TEST_F(BadInputE2eTest, InvalidUtf8) {
  v1::ProposedEvent event = EffortEvent("ada");
  event.set_source("PLACE");
  ExpectNotUtf8(event, "PLACE", "events[1].source");
  ExpectNotUtf8(NoteEvent("ada", "PLACE"), "PLACE", "events[1].fact.sentiment_noted.note");
  ExpectNotUtf8(EffortEvent("PLACE"), "PLACE", "events[1].client_id");
  const auto garbage = client().CallRaw(kAppendMethod, "\x0a\x7f garbage");
  EXPECT_TRUE(
      IsError(garbage.status(), StatusCode::kInvalidArgument, v1::ERROR_REASON_MALFORMED_REQUEST));
}

TEST_F(BadInputE2eTest, Money) {
  const std::string amount = "fact.invoice_issued.amount.minor_units";
  for (const int64_t minor_units :
       {int64_t{1'000'000'000'000'001}, std::numeric_limits<int64_t>::max(), int64_t{0},
        int64_t{-1}, int64_t{-1'000'000'000'000'001}, std::numeric_limits<int64_t>::min()}) {
    SCOPED_TRACE(minor_units);
    ExpectInvalidField(InvoiceEvent(minor_units), amount);
  }
  v1::ProposedEvent event = InvoiceEvent(5);
  event.mutable_fact()->mutable_invoice_issued()->mutable_amount()->set_currency_code("euro");
  ExpectInvalidField(event, "fact.invoice_issued.amount.currency_code");
  server_.MustAppend(AppendOf({InvoiceEvent(1'000'000'000'000'000)}));
  event = NewEvent("ada", R"(payment_received {
      payment_id: "m-1" amount { currency_code: "EUR" minor_units: 10 }
      allocations { invoice_id: "i-1" amount { currency_code: "EUR" minor_units: 11 } } })");
  ExpectInvalidField(event, "fact.payment_received.allocations");
}

TEST_F(BadInputE2eTest, Times) {
  v1::ProposedEvent event = EffortEvent("ada");
  event.mutable_occur_time()->set_seconds(absl::ToUnixSeconds(absl::Now() + absl::Minutes(10)));
  ExpectInvalidField(event, "occur_time");
  event.mutable_occur_time()->set_seconds(std::numeric_limits<int64_t>::max());
  ExpectInvalidField(event, "occur_time");
  event.mutable_occur_time()->set_seconds(0);
  event.mutable_occur_time()->set_nanos(1'000'000'000);
  ExpectInvalidField(event, "occur_time");
  event.clear_occur_time();
  ExpectInvalidField(event, "occur_time");
}

TEST_F(BadInputE2eTest, Obligations) {
  const std::string path = "events[0].fact.promise_kept.promise_id";
  ExpectRefused(
      AppendOf({KeptEvent("p-1")}), StatusCode::kFailedPrecondition,
      v1::ERROR_REASON_OBLIGATION_UNKNOWN,
      {{"client_id", "ada"}, {"kind", "promise"}, {"obligation_id", "p-1"}, {"field", path}});
  server_.MustAppend(AppendOf({PromiseEvent("p-1"), KeptEvent("p-1")}));
  ExpectRefused(AppendOf({KeptEvent("p-1")}), StatusCode::kFailedPrecondition,
                v1::ERROR_REASON_OBLIGATION_STATE,
                {{"client_id", "ada"},
                 {"kind", "promise"},
                 {"obligation_id", "p-1"},
                 {"state", "kept"},
                 {"field", path}});
  ExpectRefused(AppendOf({PromiseEvent("p-1")}), StatusCode::kFailedPrecondition,
                v1::ERROR_REASON_OBLIGATION_EXISTS,
                {{"kind", "promise"}, {"obligation_id", "p-1"}, {"position", "1"}});
  const v1::ProposedEvent twice = EffortEvent("ada");
  ExpectRefused(AppendOf({twice, EffortEvent("bob"), twice}), StatusCode::kInvalidArgument,
                v1::ERROR_REASON_DUPLICATE_IN_APPEND, {{"event_id", twice.event_id()}});
  ExpectRefused(AppendOf({NewEvent("ada", R"(client_erased {
                    basis: "x" approved_by: "staff-1" key_ids: "k" })")}),
                StatusCode::kPermissionDenied, v1::ERROR_REASON_FORBIDDEN, {});
}

TEST_F(BadInputE2eTest, WrongRevision) {
  v1::AppendRequest request = AppendOf({EffortEvent("ada")});
  request.add_expected_revisions()->set_client_id("ada");
  request.mutable_expected_revisions(0)->set_revision(7);
  ExpectRefused(request, StatusCode::kAborted, v1::ERROR_REASON_WRONG_REVISION,
                {{"client_id", "ada"}, {"expected", "7"}, {"actual", "0"}});
  request.mutable_expected_revisions(0)->set_client_id("bob");
  ExpectRefused(request, StatusCode::kInvalidArgument, v1::ERROR_REASON_INVALID_FIELD,
                {{"field", "expected_revisions[0].client_id"}});
}

TEST_F(BadInputE2eTest, Reads) {
  v1::ListClientEventsRequest list;
  list.set_client_id("ada");
  for (const char* token : {"x", "bob/0/0", "ada/2/0", "ada/0/-1", "ada/0/0/0"}) {
    list.set_page_token(token);
    EXPECT_TRUE(IsError(client().ListClientEvents(list).status(), StatusCode::kOutOfRange,
                        v1::ERROR_REASON_OUT_OF_RANGE, {{"field", "page_token"}}))
        << token;
  }
  list.clear_page_token();
  list.set_page_size(1'001);
  EXPECT_TRUE(IsError(client().ListClientEvents(list).status(), StatusCode::kInvalidArgument,
                      v1::ERROR_REASON_INVALID_FIELD, {{"field", "page_size"}}));
  list.set_client_id("nobody");
  list.set_page_size(0);
  EXPECT_TRUE(IsError(client().ListClientEvents(list).status(), StatusCode::kNotFound,
                      v1::ERROR_REASON_CLIENT_NOT_FOUND, {{"client_id", "nobody"}}));
  EXPECT_TRUE(IsError(client().GetEvent(99).status(), StatusCode::kNotFound,
                      v1::ERROR_REASON_EVENT_NOT_FOUND, {{"position", "99"}}));
  v1::GetEventRequest get;
  EXPECT_TRUE(IsError(client().GetEvent(get).status(), StatusCode::kInvalidArgument,
                      v1::ERROR_REASON_INVALID_FIELD, {{"field", "key"}}));
  get.set_event_id(NextEventId());
  EXPECT_TRUE(IsError(client().GetEvent(get).status(), StatusCode::kNotFound,
                      v1::ERROR_REASON_EVENT_NOT_FOUND, {{"event_id", get.event_id()}}));
  v1::SubscribeRequest subscribe;
  subscribe.set_from_position(99);
  EXPECT_TRUE(IsError(OpenSubscription(client(), subscribe).Next().status(),
                      StatusCode::kOutOfRange, v1::ERROR_REASON_OUT_OF_RANGE,
                      {{"field", "from_position"}}));
  subscribe.set_from_end(true);
  subscribe.set_heartbeat_interval_ms(99);
  EXPECT_TRUE(IsError(OpenSubscription(client(), subscribe).Next().status(),
                      StatusCode::kInvalidArgument, v1::ERROR_REASON_INVALID_FIELD,
                      {{"field", "heartbeat_interval_ms"}}));
}

TEST_F(BadInputE2eTest, ListClientsTakesOnlyItsOwnPageTokens) {
  server_.MustAppend(AppendOf({EffortEvent("bob"), EffortEvent("eve")}));
  v1::ListClientsRequest list;
  list.set_page_size(1);
  list.mutable_perspective()->set_min_position(2);
  const auto page = client().ListClients(list);
  ASSERT_TRUE(page.ok()) << page.status();
  list.set_page_token(page->next_page_token());
  EXPECT_TRUE(client().ListClients(list).ok());
  list.mutable_perspective()->mutable_as_of()->set_seconds(1'800'000'000);
  for (const std::string& token : {page->next_page_token(), std::string("no token \x7f")}) {
    list.set_page_token(token);
    EXPECT_TRUE(IsError(client().ListClients(list).status(), StatusCode::kOutOfRange,
                        v1::ERROR_REASON_OUT_OF_RANGE, {{"field", "page_token"}}))
        << token;
  }
}

}  // namespace
}  // namespace pledger::testing
