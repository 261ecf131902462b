// Tokens and roles over the real server: who is let in, as whom, to what, and how that changes.

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/lib/client.h"
#include "client/lib/errors.h"
#include "gtest/gtest.h"
#include "storage/merkle/hash.h"
#include "tests/e2e/ledger_fixture.h"

namespace pledger::testing {
namespace {

constexpr absl::Duration kReloadPatience = absl::Seconds(30);

std::string PrincipalText(const std::string& name, const std::string& token,
                          const std::string& more) {
  const std::string hash(storage::AsChars(storage::merkle::Sha256(token)));
  return absl::StrCat("principals { name: '", name, "' token_sha256: '",
                      absl::BytesToHexString(hash), "' ", more, " }\n");
}

class PrincipalsE2eTest : public ::testing::Test {
 protected:
  PrincipalsE2eTest() : file_(folder_.path() + "/principals.textproto") {
    Write(PrincipalText("crm", "t-crm", "roles: APPENDER sources: 'crm'") +
          PrincipalText("web", "t-web", "roles: APPENDER sources: 'web'") +
          PrincipalText("desk", "t-desk", "roles: READER client_prefixes: 'north-'") +
          PrincipalText("auditor", "t-audit", "roles: AUDITOR") +
          PrincipalText("dpo", "t-dpo", "roles: PRIVACY_OFFICER") +
          PrincipalText("ops", "t-ops", "roles: OPERATOR"));
    auto started = ServerProcess::Start(
        {.data = folder_.path() + "/data", .arguments = {"--principals", file_}});
    EXPECT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
  }

  void Write(const std::string& text) { std::ofstream(file_) << text; }

  std::unique_ptr<client::Client> As(const std::string& token) {
    client::ClientOptions options;
    options.token = token;
    return client::Client::Connect(server_->address(), options);
  }
  // The position; or the error.
  absl::StatusOr<uint64_t> Append(const std::string& token, v1::ProposedEvent event,
                                  const std::string& source) {
    event.set_source(source);
    v1::AppendRequest request;
    *request.add_events() = std::move(event);
    const auto response = As(token)->Append(request);
    if (!response.ok()) return response.status();
    return response->events(0).position();
  }
  absl::StatusOr<v1::Event> Get(const std::string& token, uint64_t position,
                                v1::PersonalFields fields = v1::PERSONAL_FIELDS_OMIT) {
    v1::GetEventRequest request;
    request.set_position(position);
    request.set_personal_fields(fields);
    const auto response = As(token)->GetEvent(request);
    if (!response.ok()) return response.status();
    return response->event();
  }
  ::testing::AssertionResult IsForbidden(const absl::Status& status, const Metadata& metadata) {
    return IsError(status, absl::StatusCode::kPermissionDenied, v1::ERROR_REASON_FORBIDDEN,
                   metadata);
  }
  ::testing::AssertionResult IsUnknown(const absl::Status& status) {
    return IsError(status, absl::StatusCode::kUnauthenticated, v1::ERROR_REASON_UNAUTHENTICATED);
  }

  TemporaryFolder folder_;
  const std::string file_;
  std::unique_ptr<ServerProcess> server_;
};

// Goal: without a token that is known nothing is answered, of any service.
TEST_F(PrincipalsE2eTest, WithoutATokenNothingIsAnswered) {
  for (const char* token : {"", "wrong", "t-cr"}) {
    const auto anybody = As(token);
    v1::AppendRequest append;
    *append.add_events() = EffortEvent("ada");
    EXPECT_TRUE(IsUnknown(anybody->Append(append).status()));
    EXPECT_TRUE(IsUnknown(anybody->GetStatus().status()));
    EXPECT_TRUE(IsUnknown(Get(token, 0).status()));
    EXPECT_TRUE(IsUnknown(anybody->ReadEvents({}, [](const auto&) { return absl::OkStatus(); })));
    EXPECT_TRUE(IsUnknown(anybody->ListClients({}).status()));
    EXPECT_TRUE(IsUnknown(anybody->ListPolicies().status()));
    v1::ListHoldsRequest holds;
    holds.set_client_id("ada");
    EXPECT_TRUE(IsUnknown(anybody->ListHolds(holds).status()));
    v1::AdoptPolicyRequest adopt;
    EXPECT_TRUE(IsUnknown(anybody->AdoptPolicy(adopt).status()));
    v1::ExportClientRequest exported;
    exported.set_client_id("ada");
    EXPECT_TRUE(
        IsUnknown(anybody->ExportClient(exported, [](const auto&) { return absl::OkStatus(); })));
  }
}

// Goal: the actor of an event is who the token says, and each does what its roles allow.
TEST_F(PrincipalsE2eTest, EachDoesWhatItsRolesAllow) {
  const auto note = Append("t-crm", NoteEvent("north-1", "a note"), "crm");
  ASSERT_TRUE(note.ok()) << note.status();
  const auto read = Get("t-audit", *note);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->actor(), "crm");
  EXPECT_EQ(read->personal_state(), v1::PERSONAL_STATE_SEALED);
  EXPECT_EQ(read->fact().sentiment_noted().note(), "");

  EXPECT_TRUE(IsForbidden(Get("t-audit", *note, v1::PERSONAL_FIELDS_INCLUDE).status(),
                          {{"principal", "auditor"}, {"role", "READER or PRIVACY_OFFICER"}}));
  const auto opened = Get("t-desk", *note, v1::PERSONAL_FIELDS_INCLUDE);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->fact().sentiment_noted().note(), "a note");
  EXPECT_TRUE(IsForbidden(Get("t-crm", *note).status(), {{"principal", "crm"}}));
  EXPECT_TRUE(IsForbidden(Append("t-desk", EffortEvent("north-1"), "crm").status(),
                          {{"role", "APPENDER"}, {"fact", "effort_logged"}}));
  EXPECT_TRUE(IsForbidden(Append("t-crm", EffortEvent("north-1"), "web").status(),
                          {{"source", "web"}, {"field", "events[0].source"}}));

  const auto south = Append("t-crm", EffortEvent("south-1"), "crm");
  ASSERT_TRUE(south.ok()) << south.status();
  EXPECT_TRUE(IsForbidden(Get("t-desk", *south).status(), {{"client_id", "south-1"}}));
  v1::ReadEventsRequest all;
  EXPECT_TRUE(
      IsForbidden(As("t-desk")->ReadEvents(all, [](const auto&) { return absl::OkStatus(); }), {}));
  EXPECT_TRUE(As("t-audit")->ReadEvents(all, [](const auto&) { return absl::OkStatus(); }).ok());

  v1::EraseClientRequest erase;
  erase.set_client_id("north-1");
  erase.set_basis("b");
  erase.set_approved_by("dpo-1");
  EXPECT_TRUE(IsForbidden(As("t-ops")->EraseClient(erase).status(), {{"role", "PRIVACY_OFFICER"}}));
  v1::PlaceHoldRequest hold;
  hold.set_client_id("north-1");
  hold.set_hold_id("h");
  hold.set_basis("b");
  EXPECT_TRUE(IsForbidden(As("t-crm")->PlaceHold(hold).status(), {{"role", "PRIVACY_OFFICER"}}));
  ASSERT_TRUE(As("t-dpo")->PlaceHold(hold).ok());
  v1::ListHoldsRequest holds;
  holds.set_client_id("north-1");
  const auto listed = As("t-audit")->ListHolds(holds);
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->holds(0).placed_by(), "dpo");
}

// Goal: statements and disputes come from appenders; a correction or retraction from the operator,
// or from the appender whose source the event came from.
TEST_F(PrincipalsE2eTest, WhoMayAmendWhat) {
  const auto effort = Append("t-crm", EffortEvent("ada"), "crm");
  ASSERT_TRUE(effort.ok()) << effort.status();
  const std::string target = absl::StrCat(*effort);
  const auto retraction = [&] {
    return NewEvent("ada", absl::StrCat("event_retracted { target_position: ", target,
                                        " reason: 'WRONG_CLIENT' }"));
  };
  const auto correction = [&] {
    v1::ProposedEvent event =
        NewEvent("ada", absl::StrCat("event_corrected { target_position: ", target, " }"));
    *event.mutable_fact()->mutable_event_corrected()->mutable_replacement() =
        EffortEvent("ada", 7).fact();
    return event;
  };
  EXPECT_TRUE(IsForbidden(Append("t-web", retraction(), "web").status(),
                          {{"principal", "web"}, {"source", "crm"}, {"role", "OPERATOR"}}));
  EXPECT_TRUE(IsForbidden(Append("t-web", correction(), "web").status(), {{"source", "crm"}}));
  EXPECT_TRUE(IsForbidden(Append("t-desk", retraction(), "web").status(), {{"role", "OPERATOR"}}));
  EXPECT_TRUE(Append("t-crm", correction(), "crm").ok());
  EXPECT_TRUE(Append("t-web",
                     NewEvent("ada", absl::StrCat("statement_added { target_position: ", target,
                                                  " by: PARTY_CLIENT text: 'no' }")),
                     "web")
                  .ok());
  EXPECT_TRUE(
      Append("t-web",
             NewEvent("ada", absl::StrCat("dispute_opened { dispute_id: 'd' event_position: ",
                                          target, " reason: REASON_INACCURATE_RECORD }")),
             "web")
          .ok());
  EXPECT_TRUE(Append("t-ops", retraction(), "").ok());
}

// Goal: who may call follows the file while the server runs; a file that makes no sense changes
// nothing.
TEST_F(PrincipalsE2eTest, TheFileIsReadAgain) {
  EXPECT_TRUE(IsUnknown(As("t-new")->GetStatus().status()));
  Write("principals { this is none }");
  const absl::Time end = absl::Now() + kReloadPatience;
  while (server_->Log().find("stays as it was") == std::string::npos && absl::Now() < end) {
    ASSERT_TRUE(As("t-audit")->GetStatus().ok());
  }
  EXPECT_NE(server_->Log().find("stays as it was"), std::string::npos) << server_->Log();
  EXPECT_TRUE(As("t-audit")->GetStatus().ok());
  Write(PrincipalText("new", "t-new", "roles: READER"));
  absl::Status known = absl::UnknownError("not tried");
  while (!known.ok() && absl::Now() < end) known = As("t-new")->GetStatus().status();
  EXPECT_TRUE(known.ok()) << known;
  EXPECT_TRUE(IsUnknown(As("t-audit")->GetStatus().status()));
}

// Goal: a server does not start with a file that makes no sense, and says where.
TEST_F(PrincipalsE2eTest, AFileThatMakesNoSenseStopsTheStart) {
  const std::string bad = folder_.path() + "/bad.textproto";
  std::ofstream(bad) << "principals { name: 'x' }";
  const auto started =
      ServerProcess::Start({.data = folder_.path() + "/other", .arguments = {"--principals", bad}});
  EXPECT_EQ(started.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(std::string(started.status().message()).find("token_sha256"), std::string::npos)
      << started.status();
}

}  // namespace
}  // namespace pledger::testing
