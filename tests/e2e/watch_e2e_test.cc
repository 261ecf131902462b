// WatchReliability: who changes band, and which signals come and go, as it happens.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "client/lib/errors.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "pledger/v1/policy_service.grpc.pb.h"
#include "tests/e2e/ledger_fixture.h"

namespace pledger::testing {
namespace {

using ::testing::ElementsAre;

constexpr int64_t kDay = 86'400;

// `days` before now.
v1::ProposedEvent Ago(int64_t days, v1::ProposedEvent event) {
  event.mutable_occur_time()->set_seconds(absl::ToUnixSeconds(absl::Now()) - days * kDay);
  return event;
}

v1::ProposedEvent Invoice(const std::string& client_id, const std::string& id, int64_t days_ago,
                          int64_t due_days_ago) {
  return Ago(days_ago, NewEvent(client_id,
                                absl::StrCat("invoice_issued { invoice_id: '", id,
                                             "' amount { currency_code: 'EUR' minor_units: 9900 } "
                                             "due_time { seconds: ",
                                             absl::ToUnixSeconds(absl::Now()) - due_days_ago * kDay,
                                             " } }")));
}

v1::ProposedEvent Payment(const std::string& client_id, const std::string& id, int64_t days_ago) {
  return Ago(days_ago, NewEvent(client_id, absl::StrCat("payment_received { payment_id: '", id,
                                                        "' amount { currency_code: 'EUR' "
                                                        "minor_units: 9900 } }")));
}

v1::ProposedEvent Refusal(const std::string& client_id, const std::string& invoice) {
  return Ago(1,
             NewEvent(client_id, absl::StrCat("payment_refused { invoice_id: '", invoice, "' }")));
}

// "ada – A", "ada A E +NON_PAYER -QUIET".
std::string Text(const v1::ReliabilityMove& move) {
  std::string text = move.client_id();
  for (const v1::Band band : {move.band_before(), move.band_after()}) {
    absl::StrAppend(&text, " ", std::string(1, "-ABCDE"[band]));
  }
  for (const std::string& code : move.appeared_signals()) absl::StrAppend(&text, " +", code);
  for (const std::string& code : move.disappeared_signals()) absl::StrAppend(&text, " -", code);
  return text;
}

// An open watch. Cancels when it ends.
class OpenWatch {
 public:
  OpenWatch(const PlainClient& client, v1::WatchReliabilityRequest request)
      : stub_(v1::ReliabilityService::NewStub(
            std::shared_ptr<grpc::Channel>(&client.channel(), [](grpc::Channel*) {}))) {
    SetPatience(context_, kCallPatience);
    request.set_heartbeat_interval_ms(100);
    stream_ = stub_->WatchReliability(&context_, request);
  }
  ~OpenWatch() {
    context_.TryCancel();
    if (!ended_) (void)End();
  }

  // What it tells until it has caught up with `position`.
  std::vector<std::string> MovesUntil(uint64_t position) {
    std::vector<std::string> moves;
    v1::WatchReliabilityResponse response;
    while (stream_->Read(&response)) {
      for (const v1::ReliabilityMove& move : response.moves()) moves.push_back(Text(move));
      basis_ = response.basis();
      if (response.caught_up() && basis_.next_position() >= position) return moves;
    }
    moves.push_back(absl::StrCat("ended: ", End().ToString()));
    return moves;
  }

  absl::Status End() {
    v1::WatchReliabilityResponse rest;
    while (stream_->Read(&rest)) {
    }
    ended_ = true;
    return client::FromGrpc(stream_->Finish());
  }

  const v1::AnswerBasis& basis() const { return basis_; }

 private:
  std::unique_ptr<v1::ReliabilityService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchReliabilityResponse>> stream_;
  v1::AnswerBasis basis_;
  bool ended_ = false;
};

class WatchE2eTest : public LedgerTest {
 protected:
  uint64_t Record(std::initializer_list<v1::ProposedEvent> events) {
    const v1::AppendResponse response = server_.MustAppend(AppendOf(events));
    return response.events(response.events_size() - 1).position() + 1;
  }
  // Two bills paid before they were due: band A.
  uint64_t RecordGoodPayer(const std::string& id) {
    return Record({Invoice(id, "a", 60, 30), Payment(id, "pa", 50), Invoice(id, "b", 40, 10),
                   Payment(id, "pb", 30)});
  }
};

TEST_F(WatchE2eTest, TellsWhatIsRecordedOnceAndGoesOnFromAnyBasis) {
  OpenWatch watch(client(), {});
  EXPECT_THAT(watch.MovesUntil(0), ElementsAre());
  EXPECT_THAT(watch.MovesUntil(RecordGoodPayer("ada")), ElementsAre("ada - A +QUIET"));
  const v1::AnswerBasis before = watch.basis();
  const uint64_t refused = Record({Invoice("ada", "c", 5, 2), Refusal("ada", "c")});
  const std::vector<std::string> moves = watch.MovesUntil(refused);
  EXPECT_THAT(moves, ElementsAre("ada A C +NON_PAYER -QUIET"));
  // A fact that changes neither band nor signals is not told.
  EXPECT_THAT(watch.MovesUntil(Record({NoteEvent("ada", "kind")})), ElementsAre());

  v1::WatchReliabilityRequest again;
  *again.mutable_since() = before;
  EXPECT_EQ(OpenWatch(client(), again).MovesUntil(refused), moves);
  *again.mutable_since() = v1::AnswerBasis();
  EXPECT_THAT(OpenWatch(client(), again).MovesUntil(refused), ElementsAre("ada - C +NON_PAYER"));
}

TEST_F(WatchE2eTest, WatchesOneClientAlone) {
  v1::WatchReliabilityRequest request;
  request.set_client_id("bob");
  OpenWatch watch(client(), request);
  EXPECT_THAT(watch.MovesUntil(RecordGoodPayer("ada")), ElementsAre());
  EXPECT_THAT(watch.MovesUntil(RecordGoodPayer("bob")), ElementsAre("bob - A +QUIET"));
}

// Due dates pass without any fact.
TEST_F(WatchE2eTest, TellsWhatDaysChange) {
  const uint64_t end = Record({Invoice("ada", "a", 300, 150)});
  v1::WatchReliabilityRequest request;
  request.mutable_since()->set_next_position(end);
  request.mutable_since()->mutable_as_of()->set_seconds(absl::ToUnixSeconds(absl::Now()) -
                                                        35 * kDay);
  OpenWatch watch(client(), request);
  EXPECT_THAT(watch.MovesUntil(end), ElementsAre("ada - - +NON_PAYER"));
}

TEST_F(WatchE2eTest, TellsWhatAPolicyChanges) {
  const uint64_t end = RecordGoodPayer("ada");
  OpenWatch watch(client(), {});
  watch.MovesUntil(end);
  const auto stub = v1::PolicyService::NewStub(
      std::shared_ptr<grpc::Channel>(&client().channel(), [](grpc::Channel*) {}));
  v1::AdoptPolicyRequest request;
  request.set_event_id(NextEventId());
  for (const double floor : {99, 20, 10, 5}) {
    request.mutable_policy()->mutable_overall()->add_band_floors(floor);
  }
  grpc::ClientContext context;
  SetPatience(context, kCallPatience);
  v1::AdoptPolicyResponse adopted;
  const grpc::Status status = stub->AdoptPolicy(&context, request, &adopted);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(watch.MovesUntil(adopted.policy().position() + 1), ElementsAre("ada A B"));
}

// What is said of who referred others depends on them.
TEST_F(WatchE2eTest, TellsOfWhoReferredAClientThatChanged) {
  const uint64_t sent =
      Record({Ago(90, NewEvent("ada", "referral_received { referred_client_id: 'x' }")),
              Ago(60, NewEvent("ada", "referral_received { referred_client_id: 'y' }"))});
  OpenWatch watch(client(), {});
  watch.MovesUntil(sent);
  std::vector<std::string> moves;
  for (const std::string id : {"x", "y"}) {
    const uint64_t end = Record(
        {Invoice(id, "a", 60, 30), Refusal(id, "a"), Invoice(id, "b", 60, 30), Refusal(id, "b")});
    for (const std::string& move : watch.MovesUntil(end)) moves.push_back(move);
  }
  EXPECT_THAT(moves, ElementsAre("x - E +NON_PAYER", "ada - - +DISCREDITING", "y - E +NON_PAYER"));
}

TEST_F(WatchE2eTest, RefusesAMomentThatIsYetToCome) {
  v1::WatchReliabilityRequest request;
  request.mutable_since()->set_next_position(7);
  EXPECT_TRUE(IsError(OpenWatch(client(), request).End(), absl::StatusCode::kOutOfRange,
                      v1::ERROR_REASON_OUT_OF_RANGE, {{"field", "since.next_position"}}));
  request.mutable_since()->set_next_position(0);
  request.mutable_since()->mutable_as_of()->set_seconds(absl::ToUnixSeconds(absl::Now()) + kDay);
  EXPECT_TRUE(IsError(OpenWatch(client(), request).End(), absl::StatusCode::kOutOfRange,
                      v1::ERROR_REASON_OUT_OF_RANGE, {{"field", "since.as_of"}}));
}

TEST_F(WatchE2eTest, EndsWithTheServer) {
  OpenWatch watch(client(), {});
  watch.MovesUntil(0);
  server_.process().Terminate();
  EXPECT_TRUE(IsError(watch.End(), absl::StatusCode::kUnavailable, v1::ERROR_REASON_SHUTTING_DOWN));
}

}  // namespace
}  // namespace pledger::testing
