// The options by which a question is asked of another moment, of an earlier state of knowledge, or
// by other numbers.
#ifndef PLEDGER_CLIENT_CLI_PERSPECTIVE_H_
#define PLEDGER_CLIENT_CLI_PERSPECTIVE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/cli/command_line.h"
#include "client/cli/context.h"
#include "client/lib/client.h"
#include "pledger/v1/perspective.pb.h"

namespace pledger::client {

// A moment as people write it: RFC 3339, or a date, which means its end in UTC: all of that day
// counts. INVALID_ARGUMENT where it is neither.
[[nodiscard]] absl::StatusOr<absl::Time> ParseMoment(const std::string& text);

// The same where something begins: a date means its beginning in UTC.
[[nodiscard]] absl::StatusOr<absl::Time> ParseBeginning(const std::string& text);

struct PerspectiveOptions {
  std::string as_of;
  std::string known_at;
  bool no_decay = false;
  std::string draft_file;
  int64_t policy_version = -1;

  // `command` keeps pointers to this.
  void AddTo(CommandLine& command);

  // INVALID_ARGUMENT where an option cannot be read, NOT_FOUND where a policy file is not there.
  [[nodiscard]] absl::StatusOr<v1::Perspective> Build() const;
};

// A draft of a policy from a file, as JSON or text proto. NOT_FOUND where the file is not there,
// INVALID_ARGUMENT where it is no policy.
[[nodiscard]] absl::StatusOr<v1::Policy> LoadPolicy(const std::string& path);

// Lets the answer wait for all that is recorded now, so that whoever has just appended or imported
// sees it. Errors are the server's.
[[nodiscard]] absl::Status AwaitRecorded(Client& client, v1::Perspective& perspective);

// Fills in `perspective` from the options and lets the answer wait for all that is recorded now.
// kExitOk, or what went wrong, which is said already.
[[nodiscard]] int PreparePerspective(Context& context, const PerspectiveOptions& options,
                                     v1::Perspective& perspective);

// Asks what follows from where an answer stood, so that the pages of a list belong together.
void PinTo(const v1::AnswerBasis& basis, v1::Perspective& perspective);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_PERSPECTIVE_H_
