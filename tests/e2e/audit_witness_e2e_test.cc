// Witnesses that are asked over HTTP, down and up.

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/merkle/witness_policy.h"
#include "tests/e2e/audit_calls.h"
#include "tests/e2e/ledger_fixture.h"
#include "tests/support/fake_witness.h"

namespace pledger::testing {
namespace {

using Stub = v1::AuditService::Stub;
namespace merkle = storage::merkle;

class AuditWitnessE2eTest : public ::testing::Test {
 protected:
  AuditWitnessE2eTest() : ada_("ada.example/w"), bob_("bob.example/w") {
    // Takes ports that nobody else gets meanwhile.
    ada_.Serve();
    bob_.Serve();
  }

  // Starts a server whose checkpoints need both.
  void StartServer() {
    const std::string path = folder_.path() + "/policy";
    std::ofstream(path) << "witness a " << ada_.verifier_key() << " " << ada_.url() << "\n"
                        << "witness b " << bob_.verifier_key() << " " << bob_.url() << "\n"
                        << "group both all a b\nquorum both\n";
    server_.emplace(std::vector<std::string>{"--witness-policy", path});
  }
  const PlainClient& client() const { return server_->client(); }

  v1::GetCheckpointResponse AskFor(uint64_t position) {
    v1::GetCheckpointRequest request;
    request.set_min_position(position);
    const auto response = Ask(client(), &Stub::GetCheckpoint, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::GetCheckpointResponse();
  }
  // Asks until `is_so`; the last answer.
  template <typename Predicate>
  v1::GetCheckpointResponse AskUntil(uint64_t position, Predicate is_so) {
    const absl::Time deadline = absl::Now() + kCallPatience;
    v1::GetCheckpointResponse response = AskFor(position);
    while (!is_so(response) && absl::Now() < deadline) response = AskFor(position);
    EXPECT_TRUE(is_so(response)) << response.ShortDebugString();
    return response;
  }
  // Both are told by one answer, but the second is known a moment after the first.
  static bool IsWitnessed(const v1::GetCheckpointResponse& response) {
    return response.checkpoint().witnessed() && !response.witnessing().has_unwitnessed_since();
  }

  TemporaryFolder folder_;
  FakeWitness ada_;
  FakeWitness bob_;
  std::optional<LedgerServer> server_;
};

TEST_F(AuditWitnessE2eTest, BothCosignAndEverybodyCanTell) {
  StartServer();
  server_->MustAppend(AppendOf({EffortEvent("carl")}));
  const auto response = AskUntil(0, IsWitnessed);
  EXPECT_TRUE(response.witnessing().required());
  EXPECT_FALSE(response.witnessing().has_unwitnessed_since());
  EXPECT_FALSE(client().GetStatus()->has_unwitnessed_since());
  EXPECT_EQ(response.checkpoint().cosignatures_size(), 2);
  // By the policy that the server tells, an outsider comes to the same.
  const auto keys = Ask(client(), &Stub::GetAuditKeys, v1::GetAuditKeysRequest());
  const auto policy = merkle::ParseWitnessPolicy(keys->policy());
  ASSERT_TRUE(policy.ok()) << policy.status();
  const auto note = merkle::ParseNote(response.checkpoint().note());
  ASSERT_TRUE(note.ok()) << note.status();
  EXPECT_TRUE(CheckWitnesses(*note, *policy)->quorum);
  EXPECT_EQ(policy->logs.front().key.ToString(), keys->keys(0).verifier_key());
  // It is still so after a restart.
  server_->Restart();
  EXPECT_TRUE(AskFor(0).checkpoint().witnessed());
}

TEST_F(AuditWitnessE2eTest, AWitnessThatIsDownIsMissedAndCatchesUp) {
  const int port = bob_.port();
  bob_.StopServing();
  StartServer();
  server_->MustAppend(AppendOf({EffortEvent("carl")}));
  const auto response = AskUntil(0, [](const v1::GetCheckpointResponse& answer) {
    return answer.checkpoint().cosignatures_size() == 1 &&
           !answer.witnessing().witnesses(1).error().empty();
  });
  EXPECT_FALSE(response.checkpoint().witnessed());
  EXPECT_TRUE(response.witnessing().has_unwitnessed_since());
  EXPECT_TRUE(client().GetStatus()->has_unwitnessed_since());
  EXPECT_EQ(response.witnessing().witnessed_size(), 0u);
  server_->MustAppend(AppendOf({EffortEvent("carl")}));
  bob_.Serve(port);
  const auto up = AskUntil(1, IsWitnessed);
  EXPECT_FALSE(up.witnessing().has_unwitnessed_since());
  EXPECT_EQ(up.witnessing().witnessed_size(), 2u);
  EXPECT_EQ(up.witnessing().witnesses(1).error(), "");
  EXPECT_EQ(bob_.size(), 2u);
  // A receipt can have what the witnesses saw.
  v1::GetReceiptRequest receipt;
  receipt.set_position(0);
  receipt.set_prefer_witnessed(true);
  EXPECT_TRUE(Ask(client(), &Stub::GetReceipt, receipt)->checkpoint().witnessed());
}

// A witness that knows more than the ledger has: somebody cut the ledger's end.
TEST_F(AuditWitnessE2eTest, AWitnessThatSawMoreIsHeard) {
  StartServer();
  server_->MustAppend(AppendOf({EffortEvent("carl"), EffortEvent("carl")}));
  AskUntil(1, IsWitnessed);
  // Another, younger ledger asks the same witnesses, which know trees by size alone.
  server_.reset();
  StartServer();
  server_->MustAppend(AppendOf({EffortEvent("carl")}));
  const auto response = AskUntil(0, [](const v1::GetCheckpointResponse& answer) {
    return !answer.witnessing().witnesses(0).error().empty();
  });
  EXPECT_THAT(response.witnessing().witnesses(0).error(),
              ::testing::HasSubstr("it has cosigned a checkpoint of size 2"));
}

TEST_F(AuditWitnessE2eTest, APolicyThatCannotBeReadIsRefused) {
  const std::string path = folder_.path() + "/policy";
  std::ofstream(path) << "witness a nonsense\nquorum a\n";
  const auto started = ServerProcess::Start(
      {.data = folder_.path() + "/data", .arguments = {"--witness-policy", path}});
  ASSERT_FALSE(started.ok());
  EXPECT_THAT(std::string(started.status().message()), ::testing::HasSubstr(path));
}

}  // namespace
}  // namespace pledger::testing
