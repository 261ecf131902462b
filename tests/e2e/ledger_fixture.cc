#include "tests/e2e/ledger_fixture.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/lib/errors.h"
#include "google/protobuf/util/message_differencer.h"
#include "storage/format/text.h"
#include "tests/support/sample_facts.h"

namespace pledger::testing {
namespace {

using ::testing::AssertionFailure;
using ::testing::AssertionResult;
using ::testing::AssertionSuccess;

constexpr absl::Duration kStopPatience = absl::Seconds(60);

}  // namespace

std::string NextEventId() {
  static std::atomic<uint64_t> last{0};
  return absl::StrFormat("018f3a2e-7c00-7000-8000-%012x", ++last);
}

v1::ProposedEvent NewEvent(std::string_view client_id, const v1::Fact& fact) {
  v1::ProposedEvent event;
  event.set_event_id(NextEventId());
  event.set_client_id(std::string(client_id));
  event.mutable_occur_time()->set_seconds(kSampleTimeNs / 1'000'000'000);
  *event.mutable_fact() = fact;
  return event;
}

v1::ProposedEvent NewEvent(std::string_view client_id, std::string_view fact) {
  return NewEvent(client_id, FactFromText(fact));
}

v1::ProposedEvent EffortEvent(std::string_view client_id, int minutes) {
  v1::Fact fact;
  fact.mutable_effort_logged()->set_staff_ref("staff-1");
  fact.mutable_effort_logged()->set_minutes(minutes);
  fact.mutable_effort_logged()->set_activity(v1::EffortLogged::ACTIVITY_DELIVERY);
  return NewEvent(client_id, fact);
}

v1::ProposedEvent NoteEvent(std::string_view client_id, std::string_view note) {
  v1::Fact fact;
  fact.mutable_sentiment_noted()->set_staff_ref("staff-1");
  fact.mutable_sentiment_noted()->set_rating(1);
  fact.mutable_sentiment_noted()->set_note(std::string(note));
  return NewEvent(client_id, fact);
}

v1::ProposedEvent LargeEvent(std::string_view client_id, size_t bytes) {
  v1::Fact fact;
  fact.mutable_custom_fact()->mutable_payload()->set_type_url("example.com/test.Payload");
  fact.mutable_custom_fact()->mutable_payload()->set_value(std::string(bytes, 'x'));
  return NewEvent(client_id, fact);
}

v1::AppendRequest AppendOf(std::initializer_list<v1::ProposedEvent> events) {
  v1::AppendRequest request;
  for (const v1::ProposedEvent& event : events) *request.add_events() = event;
  return request;
}

v1::AppendRequest LargeAppend(std::string_view client_id, int count, size_t bytes) {
  v1::AppendRequest request;
  for (int i = 0; i < count; ++i) *request.add_events() = LargeEvent(client_id, bytes);
  return request;
}

int64_t NanosOf(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1'000'000'000 + time.nanos();
}

AssertionResult IsRecorded(const v1::Event& event, const v1::ProposedEvent& proposed,
                           const v1::AppendedEvent& appended) {
  v1::ProposedEvent said;
  said.set_event_id(event.event_id());
  said.set_client_id(event.client_id());
  *said.mutable_occur_time() = event.occur_time();
  said.set_reporter(event.reporter());
  said.set_source(event.source());
  said.set_correlation_id(event.correlation_id());
  said.set_causation_id(event.causation_id());
  *said.mutable_fact() = event.fact();
  // Neither has a map, whose order would be by chance.
  if (said.SerializeAsString() != proposed.SerializeAsString()) {
    std::string difference;
    google::protobuf::util::MessageDifferencer differencer;
    differencer.ReportDifferencesToString(&difference);
    differencer.Compare(proposed, said);
    return AssertionFailure() << "recorded otherwise than proposed: " << difference;
  }
  if (event.position() != appended.position() || event.revision() != appended.revision() ||
      NanosOf(event.record_time()) != NanosOf(appended.record_time())) {
    return AssertionFailure() << "acknowledged as " << appended.ShortDebugString()
                              << " but recorded as " << event.ShortDebugString();
  }
  return AssertionSuccess();
}

AssertionResult IsError(const absl::Status& status, absl::StatusCode code, v1::ErrorReason reason,
                        const Metadata& metadata) {
  const auto info = client::ErrorInfoOf(status);
  const std::string got = absl::StrCat(
      status.ToString(), " ", info.has_value() ? info->ShortDebugString() : "without ErrorInfo");
  if (status.code() != code || client::ReasonOf(status) != reason) {
    return AssertionFailure() << "expected " << absl::StatusCodeToString(code) << " for "
                              << v1::ErrorReason_Name(reason) << ", got " << got;
  }
  for (const auto& [key, value] : metadata) {
    if (client::ErrorMetadataOf(status, key) != value) {
      return AssertionFailure() << "expected " << key << " \"" << value << "\", got " << got;
    }
  }
  return AssertionSuccess() << got;
}

LedgerServer::LedgerServer(std::vector<std::string> arguments)
    : data_(folder_.path() + "/data"), arguments_(std::move(arguments)) {
  Start();
}

void LedgerServer::Start() {
  auto started = ServerProcess::Start({.data = data_, .arguments = arguments_});
  if (!started.ok()) {
    std::fprintf(stderr, "%s\n", started.status().ToString().c_str());
    std::abort();
  }
  process_ = *std::move(started);
  client_ = std::make_unique<PlainClient>(process_->address());
}

void LedgerServer::Stop() {
  // An idle connection of a blocking client answers nothing, and the server would wait for it.
  client_.reset();
  process_->Terminate();
  const auto code = process_->AwaitExit(kStopPatience);
  ASSERT_TRUE(code.ok()) << code.status();
  EXPECT_EQ(*code, 0) << process_->Log();
}

v1::AppendResponse LedgerServer::MustAppend(const v1::AppendRequest& request) const {
  auto response = client_->Append(request);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.ok() ? *std::move(response) : v1::AppendResponse();
}

uint64_t LedgerServer::NextPosition() const {
  const auto status = client_->GetStatus();
  EXPECT_TRUE(status.ok()) << status.status();
  return status.ok() ? status->next_position() : 0;
}

}  // namespace pledger::testing
