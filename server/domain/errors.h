// Typed errors: an absl::Status that carries a google.rpc.ErrorInfo.
//
// errors.proto is the catalogue: each reason, its status code and the keys of its metadata.
// Messages say what, where, and what to do; they never contain personal fields. Thread-safe.
#ifndef PLEDGER_SERVER_DOMAIN_ERRORS_H_
#define PLEDGER_SERVER_DOMAIN_ERRORS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "pledger/v1/errors.pb.h"

namespace pledger {

using ErrorMetadata = std::vector<std::pair<std::string, std::string>>;

// A status with the code that errors.proto names for `reason`.
[[nodiscard]] absl::Status Error(v1::ErrorReason reason, std::string_view message,
                                 ErrorMetadata metadata = {});

// The reason that `status` carries; UNSPECIFIED if none.
v1::ErrorReason ReasonOf(const absl::Status& status);

// One value of the metadata that `status` carries; empty if it has none of that key.
std::string ErrorMetadataValue(const absl::Status& status, std::string_view key);

// INVALID_FIELD for the field at `path`: "events[3].fact.invoice_issued.amount".
[[nodiscard]] absl::Status InvalidField(std::string_view path, std::string_view rule);

// LIMIT_EXCEEDED for the field at `path`.
[[nodiscard]] absl::Status LimitExceeded(std::string_view path, uint64_t limit, uint64_t actual);

// A copy of `status` whose "field" metadata and message have `prefix` before the path.
absl::Status PrefixField(const absl::Status& status, std::string_view prefix);

}  // namespace pledger

#endif  // PLEDGER_SERVER_DOMAIN_ERRORS_H_
