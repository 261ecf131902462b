#include "tests/e2e/plain_client.h"

#include <utility>

#include "absl/time/clock.h"
#include "client/lib/errors.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/impl/codegen/client_unary_call.h"
#include "grpcpp/impl/codegen/rpc_method.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/byte_buffer.h"

namespace pledger::testing {
namespace {

template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> Call(Stub& stub,
                              grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                           Response*),
                              const Request& request, absl::Duration patience) {
  grpc::ClientContext context;
  SetPatience(context, patience);
  Response response;
  const absl::Status status = client::FromGrpc((stub.*method)(&context, request, &response));
  if (!status.ok()) return status;
  return response;
}

// The tests compare events with what was proposed, texts and all.
template <typename Request>
Request WithPersonal(Request request) {
  if (request.personal_fields() == v1::PERSONAL_FIELDS_UNSPECIFIED) {
    request.set_personal_fields(v1::PERSONAL_FIELDS_INCLUDE);
  }
  return request;
}

grpc::ChannelArguments OwnConnection(grpc::ChannelArguments arguments) {
  // Not shared with other clients of this process: each is as alone as in a process of its own.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(64 << 20);
  return arguments;
}

}  // namespace

PlainClient::PlainClient(const std::string& address, const grpc::ChannelArguments& arguments)
    : channel_(grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(),
                                         OwnConnection(arguments))),
      ledger_(v1::LedgerService::NewStub(channel_)),
      reliability_(v1::ReliabilityService::NewStub(channel_)),
      audit_(v1::AuditService::NewStub(channel_)) {}

absl::StatusOr<v1::AppendResponse> PlainClient::Append(const v1::AppendRequest& request,
                                                       absl::Duration patience) const {
  return Call(*ledger_, &v1::LedgerService::Stub::Append, request, patience);
}

absl::StatusOr<std::string> PlainClient::CallRaw(const char* method,
                                                 std::string_view request) const {
  const grpc::internal::RpcMethod rpc(method, grpc::internal::RpcMethod::NORMAL_RPC);
  const grpc::Slice slice(request.data(), request.size());
  const grpc::ByteBuffer bytes(&slice, 1);
  grpc::ByteBuffer answer;
  grpc::ClientContext context;
  SetPatience(context, kCallPatience);
  const absl::Status status =
      client::FromGrpc(grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer>(
          channel_.get(), rpc, &context, bytes, &answer));
  if (!status.ok()) return status;
  grpc::Slice whole;
  if (answer.Length() > 0 && !answer.DumpToSingleSlice(&whole).ok()) {
    return absl::InternalError("the answer has no bytes");
  }
  return std::string(reinterpret_cast<const char*>(whole.begin()), whole.size());
}

absl::StatusOr<v1::GetEventResponse> PlainClient::GetEvent(
    const v1::GetEventRequest& request) const {
  return Call(*ledger_, &v1::LedgerService::Stub::GetEvent, WithPersonal(request), kCallPatience);
}

absl::StatusOr<v1::Event> PlainClient::GetEvent(uint64_t position) const {
  v1::GetEventRequest request;
  request.set_position(position);
  absl::StatusOr<v1::GetEventResponse> found = GetEvent(request);
  if (!found.ok()) return found.status();
  return std::move(*found->mutable_event());
}

absl::StatusOr<v1::ListClientEventsResponse> PlainClient::ListClientEvents(
    const v1::ListClientEventsRequest& request) const {
  return Call(*ledger_, &v1::LedgerService::Stub::ListClientEvents, WithPersonal(request),
              kCallPatience);
}

absl::StatusOr<v1::GetStatusResponse> PlainClient::GetStatus() const {
  return Call(*ledger_, &v1::LedgerService::Stub::GetStatus, v1::GetStatusRequest(), kCallPatience);
}

absl::StatusOr<std::vector<v1::ReadEventsResponse>> PlainClient::ReadMessages(
    const v1::ReadEventsRequest& request) const {
  grpc::ClientContext context;
  SetPatience(context, kCallPatience);
  const auto stream = ledger_->ReadEvents(&context, WithPersonal(request));
  std::vector<v1::ReadEventsResponse> messages;
  v1::ReadEventsResponse message;
  while (stream->Read(&message)) messages.push_back(std::move(message));
  const absl::Status status = client::FromGrpc(stream->Finish());
  if (!status.ok()) return status;
  return messages;
}

absl::StatusOr<std::vector<v1::Event>> PlainClient::ReadEvents(
    const v1::ReadEventsRequest& request) const {
  auto messages = ReadMessages(request);
  if (!messages.ok()) return messages.status();
  std::vector<v1::Event> events;
  for (v1::ReadEventsResponse& message : *messages) {
    for (v1::Event& event : *message.mutable_events()) events.push_back(std::move(event));
  }
  return events;
}

absl::StatusOr<std::vector<v1::RawRecord>> PlainClient::ReadRecords(
    v1::ReadEventsRequest request) const {
  request.set_view(v1::EVENT_VIEW_RAW);
  auto messages = ReadMessages(request);
  if (!messages.ok()) return messages.status();
  std::vector<v1::RawRecord> records;
  for (v1::ReadEventsResponse& message : *messages) {
    for (v1::RawRecord& record : *message.mutable_records()) records.push_back(std::move(record));
  }
  return records;
}

absl::StatusOr<v1::GetReliabilityResponse> PlainClient::GetReliability(
    const v1::GetReliabilityRequest& request, absl::Duration patience) const {
  return Call(*reliability_, &v1::ReliabilityService::Stub::GetReliability, request, patience);
}

absl::StatusOr<v1::ListClientsResponse> PlainClient::ListClients(
    const v1::ListClientsRequest& request) const {
  return Call(*reliability_, &v1::ReliabilityService::Stub::ListClients, request, kCallPatience);
}

absl::StatusOr<v1::ExplainResponse> PlainClient::Explain(const v1::ExplainRequest& request) const {
  return Call(*reliability_, &v1::ReliabilityService::Stub::Explain, request, kCallPatience);
}

void SetPatience(grpc::ClientContext& context, absl::Duration patience) {
  context.set_deadline(absl::ToChronoTime(absl::Now() + patience));
}

OpenSubscription::OpenSubscription(const PlainClient& client, const v1::SubscribeRequest& request) {
  SetPatience(context_, 2 * kCallPatience);
  stream_ = client.ledger().Subscribe(&context_, WithPersonal(request));
}

OpenSubscription::~OpenSubscription() {
  context_.TryCancel();
  if (stream_ != nullptr) (void)stream_->Finish();  // It says "cancelled", our own doing.
}

absl::StatusOr<v1::SubscribeResponse> OpenSubscription::Next() {
  v1::SubscribeResponse message;
  if (stream_->Read(&message)) return message;
  const absl::Status status = client::FromGrpc(stream_->Finish());
  stream_.reset();
  if (status.ok()) return absl::InternalError("a subscription ended with OK");
  return status;
}

absl::StatusOr<v1::SubscribeResponse> OpenSubscription::NextNews() {
  while (true) {
    auto message = Next();
    if (!message.ok() || !message->has_heartbeat()) return message;
  }
}

absl::StatusOr<v1::SubscribeResponse> OpenSubscription::ReadUntil(
    v1::SubscribeResponse::ContentCase content, std::vector<v1::Event>* events) {
  while (true) {
    auto message = Next();
    if (!message.ok() || message->content_case() == content) return message;
    if (events == nullptr) continue;
    for (const v1::Event& event : message->batch().events()) events->push_back(event);
  }
}

absl::Status OpenSubscription::ReadEvents(size_t count, std::vector<v1::Event>* events) {
  while (events->size() < count) {
    const auto message = Next();
    if (!message.ok()) return message.status();
    for (const v1::Event& event : message->batch().events()) events->push_back(event);
  }
  return absl::OkStatus();
}

}  // namespace pledger::testing
