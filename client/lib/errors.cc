#include "client/lib/errors.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace pledger::client {
namespace {

template <class Message>
std::optional<Message> PayloadOf(const absl::Status& status, absl::string_view url) {
  const absl::optional<absl::Cord> payload = status.GetPayload(url);
  Message message;
  if (!payload.has_value() || !message.ParseFromString(std::string(*payload))) return std::nullopt;
  return message;
}

}  // namespace

absl::Status FromRpcStatus(const google::rpc::Status& status) {
  absl::Status result(static_cast<absl::StatusCode>(status.code()), status.message());
  if (result.ok()) return result;
  for (const google::protobuf::Any& detail : status.details()) {
    if (detail.type_url() == kErrorInfoUrl || detail.type_url() == kRetryInfoUrl) {
      result.SetPayload(detail.type_url(), absl::Cord(detail.value()));
    }
  }
  return result;
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  google::rpc::Status details;
  // Details that do not parse come from something between us and the ledger; the code still counts.
  if (!details.ParseFromString(status.error_details())) details.Clear();
  details.set_code(status.error_code());
  details.set_message(status.error_message());
  return FromRpcStatus(details);
}

std::optional<google::rpc::ErrorInfo> ErrorInfoOf(const absl::Status& status) {
  return PayloadOf<google::rpc::ErrorInfo>(status, kErrorInfoUrl);
}

v1::ErrorReason ReasonOf(const absl::Status& status) {
  const std::optional<google::rpc::ErrorInfo> info = ErrorInfoOf(status);
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  if (!info.has_value() || info->domain() != "pledger" ||
      !v1::ErrorReason_Parse(absl::StrCat("ERROR_REASON_", info->reason()), &reason)) {
    return v1::ERROR_REASON_UNSPECIFIED;
  }
  return reason;
}

std::string ErrorMetadataOf(const absl::Status& status, absl::string_view key) {
  const std::optional<google::rpc::ErrorInfo> info = ErrorInfoOf(status);
  if (!info.has_value()) return "";
  const auto found = info->metadata().find(std::string(key));
  return found == info->metadata().end() ? "" : found->second;
}

std::optional<absl::Duration> RetryDelayOf(const absl::Status& status) {
  const auto info = PayloadOf<google::rpc::RetryInfo>(status, kRetryInfoUrl);
  if (!info.has_value()) return std::nullopt;
  return absl::Seconds(info->retry_delay().seconds()) +
         absl::Nanoseconds(info->retry_delay().nanos());
}

bool IsTransient(const absl::Status& status) {
  if (absl::IsUnavailable(status)) return true;
  // gRPC uses RESOURCE_EXHAUSTED for a message that is too large as well: that one stays so.
  return absl::IsResourceExhausted(status) &&
         (RetryDelayOf(status).has_value() || ReasonOf(status) == v1::ERROR_REASON_BUSY);
}

}  // namespace pledger::client
