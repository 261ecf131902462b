#include "server/services/request_parsing.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/services/byte_buffers.h"

namespace pledger::services {

absl::Status ParseWire(std::string_view wire, google::protobuf::Message* request) {
  if (request->ParseFromArray(wire.data(), static_cast<int>(wire.size()))) return absl::OkStatus();
  const std::string path = FindInvalidUtf8(wire, request->GetDescriptor());
  if (!path.empty()) {
    return Error(v1::ERROR_REASON_MALFORMED_REQUEST, absl::StrCat(path, ": is not UTF-8"),
                 {{"field", path}});
  }
  return Error(v1::ERROR_REASON_MALFORMED_REQUEST,
               absl::StrCat("the bytes are no ", request->GetTypeName(),
                            "; generate the client from the same protos"));
}

absl::Status ParseRequest(const grpc::ByteBuffer& bytes, google::protobuf::Message* request) {
  const FlatMessage message(bytes);
  absl::Status parsed = ParseWire(message.bytes(), request);
  return parsed.ok() ? CheckRules(*request, "") : parsed;
}

}  // namespace pledger::services
