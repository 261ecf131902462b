// Protos that people write by hand.
#ifndef PLEDGER_CLIENT_CLI_TEXT_PROTO_H_
#define PLEDGER_CLIENT_CLI_TEXT_PROTO_H_

#include <google/protobuf/io/zero_copy_stream.h>
#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"

namespace pledger::client {

// Reads `text`, which stands in the file `path`, as text proto. INVALID_ARGUMENT, "path:2:5: what
// is wrong", where it is none of that message.
[[nodiscard]] absl::Status ParseTextProto(google::protobuf::io::ZeroCopyInputStream& text,
                                          const std::string& path,
                                          google::protobuf::Message& message);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_TEXT_PROTO_H_
