// What the commands of `pledger audit` share: what this computer remembers of ledgers, whom it
// trusts, and how verdicts are shown.
#ifndef PLEDGER_CLIENT_CLI_AUDIT_CONTEXT_H_
#define PLEDGER_CLIENT_CLI_AUDIT_CONTEXT_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "client/cli/command_line.h"
#include "client/cli/commands.h"
#include "client/cli/context.h"
#include "client/lib/audit_client.h"
#include "client/lib/checkpoint_memory.h"
#include "client/verify/verdicts.h"
#include "client/verify/verify_pack.h"

namespace pledger::client {

// Of the group: given before or behind its commands.
struct AuditOptions {
  // Where checkpoints are remembered.
  std::string state;
  bool no_state = false;
};

using SharedAuditOptions = std::shared_ptr<const AuditOptions>;

// Options of the commands that verify.
struct TrustOptions {
  std::vector<std::string> keys;
  std::string policy;
  std::vector<std::string> known;
  // As absl::ParseDuration reads it; empty for any age.
  std::string age_max;
};

void AddTrustOptions(CommandLine& command, TrustOptions& options);

// The folder of checkpoints by the environment: XDG_STATE_HOME, else ~/.local/state.
std::string DefaultStateFolder(Context& context);

// Whom the options name, and what is remembered of the ledger: its keys, where none are named, and
// its checkpoint. INVALID_ARGUMENT for options that can't be used.
[[nodiscard]] absl::StatusOr<verify::Trust> TrustFrom(Context& context, const AuditOptions& audit,
                                                      const TrustOptions& options,
                                                      std::string_view origin);

// Believes the checkpoint, or refuses it; without a state folder anything is believed.
[[nodiscard]] absl::Status BelieveCheckpoint(const AuditOptions& audit, AuditClient& client,
                                             std::string_view note, bool is_latest);

// Shows the four verdicts and what was found; `subject` says of what.
void PrintVerdicts(Context& context, const verify::Report& report, const std::string& subject);

// 1 if any aspect fails, 4 if one of these can't be checked, else 0.
[[nodiscard]] int ExitCodeOf(const verify::Report& report,
                             absl::Span<const verify::Aspect> needed = verify::kAllAspects);

// Reads a file that a command was given. Messages name it.
[[nodiscard]] absl::StatusOr<std::string> ReadGivenFile(const std::string& path);

// The commands, each in its file.
void AddAuditReadCommands(CommandLine& audit, Context& context, const SharedAuditOptions& options);
void AddAuditPackCommands(CommandLine& audit, Context& context, const SharedAuditOptions& options);
void AddAuditVerifyCommands(CommandLine& audit, Context& context,
                            const SharedAuditOptions& options);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_AUDIT_CONTEXT_H_
