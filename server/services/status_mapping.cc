#include "server/services/status_mapping.h"

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "server/domain/errors.h"
#include "server/domain/limits.h"
#include "spdlog/spdlog.h"
#include "storage/format/record.h"
#include "storage/format/text.h"

namespace pledger::services {
namespace {

constexpr char kInfoUrl[] = "type.googleapis.com/google.rpc.ErrorInfo";

absl::Status WithReason(const absl::Status& status) {
  if (status.GetPayload(kInfoUrl).has_value()) return status;
  const std::string message(status.message());
  if (absl::IsDataLoss(status)) {
    spdlog::error("corrupt: {}", message);
    ErrorMetadata metadata;
    if (std::string at = storage::CorruptPosition(status); !at.empty()) {
      metadata.emplace_back("position", std::move(at));
    }
    return Error(v1::ERROR_REASON_CORRUPT, message, std::move(metadata));
  }
  if (absl::IsUnavailable(status)) return Error(v1::ERROR_REASON_SHUTTING_DOWN, message);
  spdlog::error("internal error: {}", status.ToString());
  return Error(v1::ERROR_REASON_INTERNAL, "the ledger erred; its log says more");
}

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status out;
  out.set_code(static_cast<int>(status.code()));
  out.set_message(std::string(status.message()));
  google::protobuf::Any* info = out.add_details();
  info->set_type_url(kInfoUrl);
  info->set_value(std::string(*status.GetPayload(kInfoUrl)));
  if (absl::IsResourceExhausted(status)) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_nanos(limits::kBusyRetryMs * 1'000'000);
    out.add_details()->PackFrom(retry);
  }
  return out;
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const google::rpc::Status out = ToRpcStatus(WithReason(status));
  return grpc::Status(static_cast<grpc::StatusCode>(out.code()), out.message(),
                      out.SerializeAsString());
}

std::string ToRpcStatusBytes(const absl::Status& status) {
  return ToRpcStatus(WithReason(status)).SerializeAsString();
}

grpc::Status ReaderGone() {
  return grpc::Status(grpc::StatusCode::CANCELLED, "the reader has gone");
}

}  // namespace pledger::services
