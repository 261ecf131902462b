// The keys that sign, and how one takes another's place.

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pledger/v1/fact.pb.h"
#include "tests/e2e/audit_calls.h"
#include "tests/e2e/ledger_fixture.h"

namespace pledger::testing {
namespace {

using ::testing::HasSubstr;
using Stub = v1::AuditService::Stub;
namespace merkle = storage::merkle;

class AuditKeysE2eTest : public LedgerTest {
 protected:
  v1::RotateSigningKeyRequest Rotation() {
    v1::RotateSigningKeyRequest request;
    request.set_expected_verifier_key(KeysOf(client()).back().ToString());
    request.set_event_id(NextEventId());
    return request;
  }
};

TEST_F(AuditKeysE2eTest, TheKeyIsTheOwnersAlone) {
  struct stat info {};
  ASSERT_EQ(stat((server_.data() + "/signing.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  const auto before = KeysOf(client());
  server_.Restart();
  EXPECT_EQ(KeysOf(client()), before);
}

TEST_F(AuditKeysE2eTest, ARotationIsSignedByBothAndRecorded) {
  server_.MustAppend(AppendOf({EffortEvent("ada")}));
  const v1::RotateSigningKeyRequest request = Rotation();
  const auto rotated = Ask(client(), &Stub::RotateSigningKey, request);
  ASSERT_TRUE(rotated.ok()) << rotated.status();
  const auto keys = Ask(client(), &Stub::GetAuditKeys, v1::GetAuditKeysRequest());
  ASSERT_EQ(keys->keys_size(), 2);
  EXPECT_EQ(keys->keys(0).verifier_key(), request.expected_verifier_key());
  EXPECT_EQ(keys->keys(0).until_position(), rotated->position());
  EXPECT_EQ(keys->keys(1).verifier_key(), rotated->verifier_key());
  EXPECT_EQ(keys->keys(1).from_position(), rotated->position());
  EXPECT_FALSE(keys->keys(1).has_until_position());
  EXPECT_THAT(keys->policy(), HasSubstr(rotated->verifier_key()));
  // The checkpoint over it has both signatures.
  const auto verifiers = KeysOf(client());
  const auto opened = merkle::OpenCheckpoint(rotated->checkpoint().note(), verifiers);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->signed_by.size(), 2u);
  EXPECT_GT(opened->checkpoint.size, rotated->position());
  // So has the fact's own statement.
  const auto event = client().GetEvent(rotated->position());
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->client_id(), "~ledger");
  const v1::SigningKeyRotated& fact = event->fact().signing_key_rotated();
  const auto statement = merkle::ParseNote(fact.statement());
  ASSERT_TRUE(statement.ok()) << statement.status();
  EXPECT_EQ(statement->text, "pledger.v1 signing key rotation\n" + keys->origin() + "\n" +
                                 request.expected_verifier_key() + "\n" + rotated->verifier_key() +
                                 "\n");
  for (const auto& verifier : verifiers) EXPECT_TRUE(VerifyNote(*statement, verifier).ok());
  // From now on the new one signs alone, also after a restart.
  server_.Restart();
  server_.MustAppend(AppendOf({EffortEvent("ada")}));
  v1::GetCheckpointRequest fresh;
  fresh.set_fresh(true);
  const auto after = Ask(client(), &Stub::GetCheckpoint, fresh);
  const auto note = merkle::ParseNote(after->checkpoint().note());
  ASSERT_TRUE(note.ok()) << note.status();
  EXPECT_EQ(VerifyNote(*note, verifiers[1]), absl::OkStatus());
  EXPECT_TRUE(absl::IsNotFound(VerifyNote(*note, verifiers[0])));
}

TEST_F(AuditKeysE2eTest, ARetryRotatesOnce) {
  const v1::RotateSigningKeyRequest request = Rotation();
  const auto first = Ask(client(), &Stub::RotateSigningKey, request);
  ASSERT_TRUE(first.ok()) << first.status();
  server_.Restart();
  const auto again = Ask(client(), &Stub::RotateSigningKey, request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->position(), first->position());
  EXPECT_EQ(again->verifier_key(), first->verifier_key());
  EXPECT_EQ(KeysOf(client()).size(), 2u);
  v1::RotateSigningKeyRequest stale = request;
  stale.set_event_id(NextEventId());
  EXPECT_TRUE(IsError(Ask(client(), &Stub::RotateSigningKey, stale).status(),
                      absl::StatusCode::kAborted, v1::ERROR_REASON_SIGNING_KEY_CHANGED,
                      {{"actual", first->verifier_key()}}));
  stale.set_event_id("no id");
  EXPECT_TRUE(IsError(Ask(client(), &Stub::RotateSigningKey, stale).status(),
                      absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_INVALID_FIELD,
                      {{"field", "event_id"}}));
}

TEST_F(AuditKeysE2eTest, AKeyThatIsNotTheLedgersIsRefused) {
  server_.MustAppend(AppendOf({EffortEvent("ada")}));
  v1::GetCheckpointRequest fresh;
  fresh.set_fresh(true);
  ASSERT_TRUE(Ask(client(), &Stub::GetCheckpoint, fresh).ok());
  server_.Stop();
  std::filesystem::rename(server_.data() + "/signing.key", server_.data() + "/elsewhere.key");
  const auto started = ServerProcess::Start({.data = server_.data()});
  ASSERT_FALSE(started.ok());
  EXPECT_THAT(std::string(started.status().message()), HasSubstr("the signing key was lost"));
  // Where it lies is for the operator to say.
  std::filesystem::remove(server_.data() + "/signing.key");
  server_.set_arguments({"--signing-key", server_.data() + "/elsewhere.key"});
  server_.Start();
  EXPECT_TRUE(Ask(client(), &Stub::GetCheckpoint, fresh).ok());
}

}  // namespace
}  // namespace pledger::testing
