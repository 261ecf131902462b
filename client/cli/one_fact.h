// Recording one fact from the command line.
#ifndef PLEDGER_CLIENT_CLI_ONE_FACT_H_
#define PLEDGER_CLIENT_CLI_ONE_FACT_H_

#include <string>

#include "absl/status/statusor.h"
#include "client/cli/command_line.h"
#include "client/cli/context.h"
#include "pledger/v1/fact.pb.h"
#include "pledger/v1/ledger.pb.h"

namespace pledger::client {

// Whose fact it is, and where it comes from.
struct FactOrigin {
  std::string client_id;
  // A date or time; empty: now.
  std::string at;
  std::string reporter;
  std::string source = "pledger";

  // INVALID_ARGUMENT for a time that is none.
  [[nodiscard]] absl::Status Check() const;

  // --at, --reporter and --source.
  void AddTo(CommandLine& command);
};

// INVALID_ARGUMENT for a time that is none; else what the server says.
[[nodiscard]] absl::StatusOr<v1::AppendResponse> RecordFact(Context& context,
                                                            const FactOrigin& origin,
                                                            v1::Fact fact);

// The same, and says where it is recorded. The exit code.
[[nodiscard]] int RecordAndSay(Context& context, const FactOrigin& origin, v1::Fact fact);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_ONE_FACT_H_
