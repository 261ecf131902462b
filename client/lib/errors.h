// Errors as the client library returns them: an absl::Status with the code and message of the
// server's answer and, as payloads, the google.rpc.ErrorInfo and RetryInfo that came with it.
//
// pledger/v1/errors.proto is the catalogue of reasons and of their metadata. Thread-safe.
#ifndef PLEDGER_CLIENT_LIB_ERRORS_H_
#define PLEDGER_CLIENT_LIB_ERRORS_H_

#include <grpcpp/support/status.h>

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"
#include "pledger/v1/errors.pb.h"

namespace pledger::client {

// The payloads' type URLs; each payload is the serialised message.
inline constexpr absl::string_view kErrorInfoUrl = "type.googleapis.com/google.rpc.ErrorInfo";
inline constexpr absl::string_view kRetryInfoUrl = "type.googleapis.com/google.rpc.RetryInfo";

[[nodiscard]] absl::Status FromGrpc(const grpc::Status& status);
[[nodiscard]] absl::Status FromRpcStatus(const google::rpc::Status& status);

// What the server said about the reason; none where the error is not the ledger's own.
std::optional<google::rpc::ErrorInfo> ErrorInfoOf(const absl::Status& status);

// UNSPECIFIED where the error is not the ledger's own, or this version does not know the reason.
v1::ErrorReason ReasonOf(const absl::Status& status);

// One value of the error's metadata; empty if there is none of that key.
std::string ErrorMetadataOf(const absl::Status& status, absl::string_view key);

// How long the server asks to wait before trying again.
std::optional<absl::Duration> RetryDelayOf(const absl::Status& status);

// Whether the same call may succeed later, unchanged: the server could not be reached, does not
// write at present, or is busy.
bool IsTransient(const absl::Status& status);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_LIB_ERRORS_H_
