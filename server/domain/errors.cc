#include "server/domain/errors.h"

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "server/domain/fact_rules_text.h"

namespace pledger {
namespace {

constexpr char kTypeUrl[] = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr absl::string_view kReasonPrefix = "ERROR_REASON_";

absl::StatusCode CodeOf(v1::ErrorReason reason) {
  switch (reason) {
    case v1::ERROR_REASON_MALFORMED_REQUEST:
    case v1::ERROR_REASON_INVALID_FIELD:
    case v1::ERROR_REASON_UNKNOWN_FIELD:
    case v1::ERROR_REASON_LIMIT_EXCEEDED:
    case v1::ERROR_REASON_DUPLICATE_IN_APPEND:
      return absl::StatusCode::kInvalidArgument;
    case v1::ERROR_REASON_EVENT_ID_REUSED:
      return absl::StatusCode::kAlreadyExists;
    case v1::ERROR_REASON_WRONG_REVISION:
    case v1::ERROR_REASON_WRONG_POLICY_VERSION:
    case v1::ERROR_REASON_SIGNING_KEY_CHANGED:
      return absl::StatusCode::kAborted;
    case v1::ERROR_REASON_OBLIGATION_UNKNOWN:
    case v1::ERROR_REASON_OBLIGATION_STATE:
    case v1::ERROR_REASON_OBLIGATION_EXISTS:
    case v1::ERROR_REASON_TARGET_INVALID:
    case v1::ERROR_REASON_CLIENT_ON_HOLD:
    case v1::ERROR_REASON_NOTHING_TO_ERASE:
    case v1::ERROR_REASON_KEY_UNUSABLE:
      return absl::StatusCode::kFailedPrecondition;
    case v1::ERROR_REASON_EVENT_NOT_FOUND:
    case v1::ERROR_REASON_CLIENT_NOT_FOUND:
    case v1::ERROR_REASON_POLICY_NOT_FOUND:
    case v1::ERROR_REASON_CHECKPOINT_NOT_FOUND:
    case v1::ERROR_REASON_VIEW_NOT_FOUND:
      return absl::StatusCode::kNotFound;
    case v1::ERROR_REASON_OUT_OF_RANGE:
    case v1::ERROR_REASON_TREE_SIZE_UNKNOWN:
      return absl::StatusCode::kOutOfRange;
    case v1::ERROR_REASON_BUSY:
      return absl::StatusCode::kResourceExhausted;
    case v1::ERROR_REASON_READ_ONLY:
    case v1::ERROR_REASON_SHUTTING_DOWN:
    case v1::ERROR_REASON_ERASURE_UNDER_WAY:
    case v1::ERROR_REASON_ACCESS_LOG_UNAVAILABLE:
      return absl::StatusCode::kUnavailable;
    case v1::ERROR_REASON_CORRUPT:
      return absl::StatusCode::kDataLoss;
    case v1::ERROR_REASON_VIEW_BEHIND:
    case v1::ERROR_REASON_DEADLINE_PASSED:
      return absl::StatusCode::kDeadlineExceeded;
    case v1::ERROR_REASON_FORBIDDEN:
      return absl::StatusCode::kPermissionDenied;
    case v1::ERROR_REASON_UNAUTHENTICATED:
      return absl::StatusCode::kUnauthenticated;
    default:
      return absl::StatusCode::kInternal;
  }
}

google::rpc::ErrorInfo InfoOf(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  if (const auto payload = status.GetPayload(kTypeUrl)) {
    info.ParseFromString(std::string(*payload));
  }
  return info;
}

absl::Status WithInfo(absl::Status status, const google::rpc::ErrorInfo& info) {
  status.SetPayload(kTypeUrl, absl::Cord(info.SerializeAsString()));
  return status;
}

}  // namespace

absl::Status Error(v1::ErrorReason reason, std::string_view message, ErrorMetadata metadata) {
  google::rpc::ErrorInfo info;
  std::string_view name = v1::ErrorReason_Name(reason);
  name.remove_prefix(kReasonPrefix.size());
  info.set_reason(std::string(name));
  info.set_domain("pledger");
  for (auto& [key, value] : metadata) (*info.mutable_metadata())[key] = std::move(value);
  return WithInfo(absl::Status(CodeOf(reason), rules::Piece(message)), info);
}

v1::ErrorReason ReasonOf(const absl::Status& status) {
  v1::ErrorReason reason = v1::ERROR_REASON_UNSPECIFIED;
  v1::ErrorReason_Parse(absl::StrCat(kReasonPrefix, InfoOf(status).reason()), &reason);
  return reason;
}

std::string ErrorMetadataValue(const absl::Status& status, std::string_view key) {
  const google::rpc::ErrorInfo info = InfoOf(status);
  const auto found = info.metadata().find(std::string(key));
  return found == info.metadata().end() ? std::string() : found->second;
}

absl::Status InvalidField(std::string_view path, std::string_view rule) {
  return Error(v1::ERROR_REASON_INVALID_FIELD,
               absl::StrCat(rules::Piece(path), ": ", rules::Piece(rule)),
               {{"field", std::string(path)}, {"rule", std::string(rule)}});
}

absl::Status LimitExceeded(std::string_view path, uint64_t limit, uint64_t actual) {
  return Error(v1::ERROR_REASON_LIMIT_EXCEEDED,
               absl::StrCat(rules::Piece(path), ": ", actual, " is more than the limit of ", limit),
               {{"field", std::string(path)},
                {"limit", absl::StrCat(limit)},
                {"actual", absl::StrCat(actual)}});
}

absl::Status PrefixField(const absl::Status& status, std::string_view prefix) {
  google::rpc::ErrorInfo info = InfoOf(status);
  const auto field = info.mutable_metadata()->find("field");
  if (field == info.mutable_metadata()->end()) return status;
  std::string path = absl::StrCat(rules::Piece(prefix), field->second);
  std::string message = absl::StartsWith(status.message(), field->second)
                            ? absl::StrCat(rules::Piece(prefix), status.message())
                            : absl::StrCat(path, ": ", status.message());
  field->second = std::move(path);
  return WithInfo(absl::Status(status.code(), message), info);
}

}  // namespace pledger
