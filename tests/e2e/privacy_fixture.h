// What the end-to-end tests of privacy share: the calls of PrivacyService, made once.
#ifndef PLEDGER_TESTS_E2E_PRIVACY_FIXTURE_H_
#define PLEDGER_TESTS_E2E_PRIVACY_FIXTURE_H_

#include <istream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/lib/errors.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "pledger/v1/audit.grpc.pb.h"
#include "pledger/v1/privacy.grpc.pb.h"
#include "tests/e2e/ledger_fixture.h"

namespace pledger::testing {

// Texts that stand nowhere else.
inline constexpr char kText[] = "Ada-says-the-invoice-was-paid-in-cash-4711";
inline constexpr char kOtherText[] = "Bob-prefers-to-be-called-in-the-morning-0815";

class PrivacyE2eTest : public LedgerTest {
 protected:
  v1::PrivacyService::Stub& privacy() {
    stub_ = v1::PrivacyService::NewStub(
        std::shared_ptr<grpc::Channel>(std::shared_ptr<void>(), &client().channel()));
    return *stub_;
  }

  absl::StatusOr<v1::EraseClientResponse> Erase(const std::string& client_id,
                                                const std::string& event_id = NextEventId()) {
    grpc::ClientContext context;
    SetPatience(context, kCallPatience);
    v1::EraseClientRequest request;
    request.set_client_id(client_id);
    request.set_event_id(event_id);
    request.set_basis("art. 17 GDPR");
    request.set_approved_by("dpo-1");
    v1::EraseClientResponse response;
    const absl::Status status =
        client::FromGrpc(privacy().EraseClient(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }
  absl::Status PlaceHold(const std::string& client_id, const std::string& hold_id) {
    grpc::ClientContext context;
    v1::PlaceHoldRequest request;
    request.set_client_id(client_id);
    request.set_event_id(NextEventId());
    request.set_hold_id(hold_id);
    request.set_basis("lawsuit");
    v1::PlaceHoldResponse response;
    return client::FromGrpc(privacy().PlaceHold(&context, request, &response));
  }
  absl::Status ReleaseHold(const std::string& client_id, const std::string& hold_id) {
    grpc::ClientContext context;
    v1::ReleaseHoldRequest request;
    request.set_client_id(client_id);
    request.set_event_id(NextEventId());
    request.set_hold_id(hold_id);
    request.set_basis("settled");
    v1::ReleaseHoldResponse response;
    return client::FromGrpc(privacy().ReleaseHold(&context, request, &response));
  }
  absl::StatusOr<v1::ListHoldsResponse> ListHolds(const std::string& client_id) {
    grpc::ClientContext context;
    v1::ListHoldsRequest request;
    request.set_client_id(client_id);
    v1::ListHoldsResponse response;
    const absl::Status status = client::FromGrpc(privacy().ListHolds(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }
  absl::StatusOr<std::vector<v1::ExportClientResponse>> Export(const std::string& client_id) {
    grpc::ClientContext context;
    SetPatience(context, kCallPatience);
    v1::ExportClientRequest request;
    request.set_client_id(client_id);
    const auto stream = privacy().ExportClient(&context, request);
    std::vector<v1::ExportClientResponse> messages;
    v1::ExportClientResponse message;
    while (stream->Read(&message)) messages.push_back(message);
    const absl::Status status = client::FromGrpc(stream->Finish());
    if (!status.ok()) return status;
    return messages;
  }

  absl::StatusOr<v1::ReadAccessLogResponse> ReadAccessLog(uint64_t from, uint64_t known_size) {
    const auto stub = v1::AuditService::NewStub(
        std::shared_ptr<grpc::Channel>(std::shared_ptr<void>(), &client().channel()));
    grpc::ClientContext context;
    v1::ReadAccessLogRequest request;
    request.set_from_index(from);
    request.set_known_size(known_size);
    v1::ReadAccessLogResponse response;
    const absl::Status status = client::FromGrpc(stub->ReadAccessLog(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }

  v1::Event MustGet(uint64_t position) {
    const auto event = client().GetEvent(position);
    EXPECT_TRUE(event.ok()) << event.status();
    return event.ok() ? *event : v1::Event();
  }
  v1::RawRecord Raw(uint64_t position) {
    v1::ReadEventsRequest request;
    request.set_from_position(position);
    request.set_limit(1);
    const auto records = client().ReadRecords(request);
    EXPECT_TRUE(records.ok() && records->size() == 1) << records.status();
    return records->front();
  }
  // One append a line.
  void AppendSample(std::istream& sample) {
    std::string line;
    while (std::getline(sample, line)) {
      v1::AppendRequest request;
      ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(line, &request).ok());
      for (v1::ProposedEvent& event : *request.mutable_events()) {
        if (event.event_id().empty()) event.set_event_id(NextEventId());
      }
      server_.MustAppend(request);
    }
  }
  std::vector<std::string> ClientIds() {
    v1::ReadEventsRequest request;
    request.set_personal_fields(v1::PERSONAL_FIELDS_OMIT);
    const auto events = client().ReadEvents(request);
    std::set<std::string> ids;
    for (const v1::Event& event : *events) {
      if (!event.client_id().starts_with("~")) ids.insert(event.client_id());
    }
    return {ids.begin(), ids.end()};
  }
  std::string Origin() { return client().GetStatus()->origin(); }

  std::unique_ptr<v1::PrivacyService::Stub> stub_;
};

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_E2E_PRIVACY_FIXTURE_H_
