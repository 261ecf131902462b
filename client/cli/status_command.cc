#include <ostream>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/format.h"
#include "client/cli/terminal/text.h"

namespace pledger::client {
namespace {

std::string Behind(uint64_t position, uint64_t head) {
  return position >= head ? "up to date"
                          : absl::StrCat(FormatCount(head - position), " events behind");
}

int RunStatus(Context& context) {
  const absl::StatusOr<v1::GetStatusResponse> status = context.client().GetStatus();
  if (!status.ok()) return context.Fail(status.status());
  if (context.is_json()) {
    const absl::Status printed = context.PrintJson(*status);
    return printed.ok() ? kExitOk : context.Fail(printed);
  }
  const Palette palette = context.palette();
  std::ostream& out = context.out();
  out << "Ledger       " << Printable(status->origin()) << " at " << context.options().server
      << ", pledgerd " << Printable(status->version()) << '\n';
  if (status->read_only_cause().empty()) {
    out << "Writing      " << palette.Paint("yes", Style::kGood) << '\n';
  } else {
    out << "Writing      " << palette.Paint("no", Style::kPoor) << ": "
        << Printable(status->read_only_cause()) << '\n';
  }
  out << "Events       " << FormatCount(status->next_position());
  if (status->has_last_record_time()) {
    out << ", the last recorded " << FormatTime(status->last_record_time());
  }
  out << '\n';
  out << "Root hash    " << absl::BytesToHexString(status->root_hash()) << '\n';
  out << "Index        " << Behind(status->indexed_position(), status->next_position()) << '\n';
  out << "Reliability  " << Behind(status->reliability_view_position(), status->next_position())
      << '\n';
  if (status->events_written() > 0) {
    const double syncs = static_cast<double>(status->synced_writes()) /
                         static_cast<double>(status->events_written());
    out << "Since start  " << FormatCount(status->events_written()) << " events in "
        << FormatCount(status->synced_writes()) << " synced writes, " << FormatNumber(syncs, 4)
        << " an event\n";
  }
  return kExitOk;
}

}  // namespace

void AddStatusCommand(CommandLine& app, Context& context) {
  CommandLine* command = app.AddCommand("status", "Where the ledger stands");
  command->Runs([&context] { return RunStatus(context); });
}

}  // namespace pledger::client
