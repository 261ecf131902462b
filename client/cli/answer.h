// The way from an answer of the server to the tool's output.
#ifndef PLEDGER_CLIENT_CLI_ANSWER_H_
#define PLEDGER_CLIENT_CLI_ANSWER_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/context.h"

namespace pledger::client {

// Prints the message as JSON; the exit code.
[[nodiscard]] inline int PrintJsonAnswer(Context& context,
                                         const google::protobuf::Message& message) {
  const absl::Status status = context.PrintJson(message);
  return status.ok() ? static_cast<int>(kExitOk) : context.Fail(status);
}

// Says what went wrong, or prints the answer: as JSON, or by `print` for people. The exit code.
template <class Response, class Print>
[[nodiscard]] int PrintAnswer(Context& context, const absl::StatusOr<Response>& response,
                              Print print) {
  if (!response.ok()) return context.Fail(response.status());
  if (context.is_json()) return PrintJsonAnswer(context, *response);
  print(*response);
  return kExitOk;
}

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_ANSWER_H_
