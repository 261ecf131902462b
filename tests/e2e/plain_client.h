// Calls to one server, each made once: no retries, so that every error is seen.
#ifndef PLEDGER_TESTS_E2E_PLAIN_CLIENT_H_
#define PLEDGER_TESTS_E2E_PLAIN_CLIENT_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/channel_arguments.h"
#include "pledger/v1/audit.grpc.pb.h"
#include "pledger/v1/ledger.grpc.pb.h"
#include "pledger/v1/reliability.grpc.pb.h"

namespace pledger::testing {

// How long a call of a test may take.
inline constexpr absl::Duration kCallPatience = absl::Seconds(60);

// Errors are those of client/lib/errors.h. Reads of events ask for personal fields unless the
// request says PERSONAL_FIELDS_OMIT. Thread-safe.
class PlainClient {
 public:
  explicit PlainClient(const std::string& address, const grpc::ChannelArguments& arguments = {});

  absl::StatusOr<v1::AppendResponse> Append(const v1::AppendRequest& request,
                                            absl::Duration patience = kCallPatience) const;
  // Any unary method, such as "/pledger.v1.LedgerService/Append": bytes in, bytes out.
  absl::StatusOr<std::string> CallRaw(const char* method, std::string_view request) const;
  absl::StatusOr<v1::GetEventResponse> GetEvent(const v1::GetEventRequest& request) const;
  absl::StatusOr<v1::Event> GetEvent(uint64_t position) const;
  absl::StatusOr<v1::ListClientEventsResponse> ListClientEvents(
      const v1::ListClientEventsRequest& request) const;
  absl::StatusOr<v1::GetStatusResponse> GetStatus() const;
  // The whole stream, message by message.
  absl::StatusOr<std::vector<v1::ReadEventsResponse>> ReadMessages(
      const v1::ReadEventsRequest& request) const;
  // The events of all messages.
  absl::StatusOr<std::vector<v1::Event>> ReadEvents(const v1::ReadEventsRequest& request) const;
  absl::StatusOr<std::vector<v1::RawRecord>> ReadRecords(v1::ReadEventsRequest request) const;

  absl::StatusOr<v1::GetReliabilityResponse> GetReliability(
      const v1::GetReliabilityRequest& request, absl::Duration patience = kCallPatience) const;
  absl::StatusOr<v1::ListClientsResponse> ListClients(const v1::ListClientsRequest& request) const;
  absl::StatusOr<v1::ExplainResponse> Explain(const v1::ExplainRequest& request) const;

  v1::LedgerService::Stub& ledger() const { return *ledger_; }
  v1::AuditService::Stub& audit() const { return *audit_; }
  grpc::Channel& channel() const { return *channel_; }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::LedgerService::Stub> ledger_;
  const std::unique_ptr<v1::ReliabilityService::Stub> reliability_;
  const std::unique_ptr<v1::AuditService::Stub> audit_;
};

// Sets the deadline of a call under way.
void SetPatience(grpc::ClientContext& context, absl::Duration patience);

// An open subscription. Cancels when it ends.
class OpenSubscription {
 public:
  OpenSubscription(const PlainClient& client, const v1::SubscribeRequest& request);
  ~OpenSubscription();

  // The next message; once the stream has ended, the error with which it did.
  absl::StatusOr<v1::SubscribeResponse> Next();
  // The next message that is no heartbeat.
  absl::StatusOr<v1::SubscribeResponse> NextNews();
  // Reads until the message of that kind and returns it; the events before it go to `events`, which
  // may be null.
  absl::StatusOr<v1::SubscribeResponse> ReadUntil(v1::SubscribeResponse::ContentCase content,
                                                  std::vector<v1::Event>* events);
  // Reads until `count` events were read in all.
  absl::Status ReadEvents(size_t count, std::vector<v1::Event>* events);
  void Cancel() { context_.TryCancel(); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::SubscribeResponse>> stream_;
};

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_E2E_PLAIN_CLIENT_H_
