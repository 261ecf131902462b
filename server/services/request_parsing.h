// From the bytes of a request to a message that keeps its rules.
#ifndef PLEDGER_SERVER_SERVICES_REQUEST_PARSING_H_
#define PLEDGER_SERVER_SERVICES_REQUEST_PARSING_H_

#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"

namespace pledger::services {

// MALFORMED_REQUEST, with the path of the text that is to blame if it is not UTF-8.
absl::Status ParseWire(std::string_view wire, google::protobuf::Message* request);

// ParseWire(), then what CheckRules() finds.
absl::Status ParseRequest(const grpc::ByteBuffer& bytes, google::protobuf::Message* request);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_REQUEST_PARSING_H_
