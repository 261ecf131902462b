#include <cstdint>
#include <fstream>
#include <istream>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/answer.h"
#include "client/cli/commands.h"
#include "client/cli/event_printer.h"
#include "client/cli/format.h"
#include "client/cli/terminal/table.h"
#include "client/cli/terminal/text.h"

namespace pledger::client {
namespace {

struct PrivacyArguments {
  std::string client_id;
  std::string hold_id;
  std::string basis;
  std::string approved_by;
  std::string event_id;
  std::string file;
  bool yes = false;
  uint64_t from = 0;
};

void PrintHead(Context& context, const v1::ClientExport& head) {
  context.out() << "Everything held on " << head.client_id() << ", "
                << FormatTime(head.export_time()) << ": " << Counted(head.event_count(), "event")
                << "; " << Counted(head.holds_size(), "hold") << "; "
                << Counted(head.erasures_size(), "erasure") << '\n';
  for (const v1::Erasure& erasure : head.erasures()) {
    context.out() << "Erased " << FormatTime(erasure.record_time()) << " ("
                  << Printable(erasure.basis())
                  << "): " << Counted(erasure.affected_count(), "text") << '\n';
  }
  if (!head.has_figures()) return;
  context.out() << "Figures that are computed from the events: --output json has them all, "
                   "`pledger score "
                << head.client_id() << "` shows them.\n";
}

int RunExport(Context& context, const PrivacyArguments& arguments) {
  v1::ExportClientRequest request;
  request.set_client_id(arguments.client_id);
  std::ofstream file;
  if (!arguments.file.empty()) {
    file.open(arguments.file);
    if (!file) return context.Fail(absl::UnknownError("cannot write " + arguments.file));
  }
  EventPrinter printer(context);
  const absl::Status status =
      context.client().ExportClient(request, [&](const v1::ExportClientResponse& message) {
        if (file.is_open()) {
          const absl::StatusOr<std::string> json = ToJson(message);
          if (json.ok()) file << *json << '\n';
          return json.status();
        }
        if (context.is_json()) return context.PrintJson(message);
        if (message.has_export_()) PrintHead(context, message.export_());
        for (const v1::Event& event : message.events().events()) {
          if (absl::Status printed = printer.Print(event); !printed.ok()) return printed;
        }
        return absl::OkStatus();
      });
  if (!status.ok()) return context.Fail(status);
  if (!file.is_open()) return kExitOk;
  file.close();
  if (!file) return context.Fail(absl::UnknownError("cannot write " + arguments.file));
  context.out() << "Written to " << arguments.file << ", one JSON object a line.\n";
  return kExitOk;
}

// Whether whoever sits there means it.
bool IsConfirmed(Context& context, const PrivacyArguments& arguments) {
  if (arguments.yes) return true;
  if (!context.surroundings().in_is_terminal) return false;
  context.err() << "The names and texts of " << arguments.client_id
                << " cannot be brought back by anybody.\nType the client's id to erase them: ";
  std::string typed;
  return std::getline(context.in(), typed) && typed == arguments.client_id;
}

int RunErase(Context& context, const PrivacyArguments& arguments) {
  if (!IsConfirmed(context, arguments)) {
    return context.FailUsage(
        absl::InvalidArgumentError("nothing was erased: not confirmed; give --yes in scripts"));
  }
  v1::EraseClientRequest request;
  request.set_client_id(arguments.client_id);
  request.set_basis(arguments.basis);
  request.set_approved_by(arguments.approved_by);
  request.set_event_id(arguments.event_id);
  const absl::StatusOr<v1::EraseClientResponse> response =
      context.client().EraseClient(std::move(request));
  if (!response.ok()) return context.Fail(response.status());
  if (!arguments.file.empty()) {
    std::ofstream file(arguments.file);
    file << response->receipt();
    if (!file.flush()) context.err() << "cannot write " << arguments.file << '\n';
  }
  return PrintAnswer(context, response, [&context](const v1::EraseClientResponse& certificate) {
    const v1::Erasure& erasure = certificate.erasure();
    context.out() << "Erased: the texts of " << Counted(erasure.affected_count(), "event")
                  << ".\nRecorded at " << erasure.position() << ", "
                  << FormatTime(erasure.record_time()) << ", leaf hash "
                  << absl::BytesToHexString(certificate.leaf_hash()) << "\nKeys destroyed "
                  << absl::StrJoin(erasure.key_ids(), " ") << '\n';
    context.out() << "Back up the keys anew: older backups of them are dark.\n";
  });
}

int RunHold(Context& context, const PrivacyArguments& arguments) {
  v1::PlaceHoldRequest request;
  request.set_client_id(arguments.client_id);
  request.set_hold_id(arguments.hold_id);
  request.set_basis(arguments.basis);
  return PrintAnswer(context, context.client().PlaceHold(std::move(request)),
                     [&](const v1::PlaceHoldResponse& placed) {
                       context.out() << "On hold " << arguments.hold_id << ", recorded at "
                                     << placed.position() << ".\n";
                     });
}

int RunRelease(Context& context, const PrivacyArguments& arguments) {
  v1::ReleaseHoldRequest request;
  request.set_client_id(arguments.client_id);
  request.set_hold_id(arguments.hold_id);
  request.set_basis(arguments.basis);
  return PrintAnswer(context, context.client().ReleaseHold(std::move(request)),
                     [&](const v1::ReleaseHoldResponse& released) {
                       context.out() << "Hold " << arguments.hold_id << " released, recorded at "
                                     << released.position() << ".\n";
                     });
}

int RunHolds(Context& context, const PrivacyArguments& arguments) {
  v1::ListHoldsRequest request;
  request.set_client_id(arguments.client_id);
  return PrintAnswer(
      context, context.client().ListHolds(request), [&](const v1::ListHoldsResponse& response) {
        if (response.holds().empty()) {
          context.out() << "No hold was ever placed on " << arguments.client_id << ".\n";
          return;
        }
        Table table({{.header = "HOLD"},
                     {.header = "PLACED"},
                     {.header = "BY"},
                     {.header = "RELEASED"},
                     {.header = "BASIS", .can_shrink = true}});
        for (const v1::Hold& hold : response.holds()) {
          table.AddRow({hold.hold_id(), FormatTime(hold.placed_time()), hold.placed_by(),
                        hold.has_released_time() ? FormatTime(hold.released_time()) : "–",
                        Printable(hold.basis())});
        }
        context.out() << table.Take(context.width(), context.palette());
      });
}

int RunLog(Context& context, const PrivacyArguments& arguments) {
  v1::ReadAccessLogRequest request;
  request.set_from_index(arguments.from);
  request.set_page_size(1'000);
  Table table({{.header = "INDEX", .is_number = true},
               {.header = "TIME"},
               {.header = "PRINCIPAL"},
               {.header = "CALL"},
               {.header = "WHOSE"}});
  uint64_t size = 0;
  bool first = true;
  while (first || request.from_index() < size) {
    const absl::StatusOr<v1::ReadAccessLogResponse> page = context.client().ReadAccessLog(request);
    if (!page.ok()) return context.Fail(page.status());
    // Each page's own read is an entry behind it: to follow those would never end.
    if (first) size = page->tree_size();
    first = false;
    if (page->records().empty()) break;
    for (const v1::AccessRecord& record : page->records()) {
      if (record.index() >= size) break;
      if (context.is_json()) {
        if (absl::Status status = context.PrintJson(record); !status.ok()) {
          return context.Fail(status);
        }
        continue;
      }
      const v1::AccessEntry& entry = record.entry();
      const std::string whose = !entry.client_id().empty() ? entry.client_id()
                                : entry.has_position() ? absl::StrCat("event ", entry.position())
                                : !entry.event_id().empty() ? entry.event_id()
                                                            : "all";
      table.AddRow({absl::StrCat(record.index()), FormatTime(entry.time()), entry.principal(),
                    entry.method(), whose});
    }
    request.set_from_index(page->records().rbegin()->index() + 1);
  }
  if (!context.is_json()) context.out() << table.Take(context.width(), context.palette());
  return kExitOk;
}

using Run = int (*)(Context&, const PrivacyArguments&);

}  // namespace

void AddPrivacyCommands(CommandLine& app, Context& context) {
  CommandLine* privacy =
      app.AddCommand("privacy", "What a person may ask for: export, erasure, holds");
  privacy->RequireCommand();
  auto arguments = std::make_shared<PrivacyArguments>();
  const auto add = [&](const char* name, const char* help, Run run) {
    CommandLine* command = privacy->AddCommand(name, help);
    command->Runs([&context, arguments, run] { return run(context, *arguments); });
    return command;
  };
  const auto add_client = [&](CommandLine* command) {
    command->AddOption("CLIENT", arguments->client_id, "The client")->Required();
  };
  const auto add_hold = [&](CommandLine* command, const char* basis) {
    add_client(command);
    command->AddOption("HOLD", arguments->hold_id, "The hold's id")->Required();
    command->AddOption("--basis", arguments->basis, basis)->Required();
  };

  CommandLine* exported = add("export", "Everything held on a client, others hidden", RunExport);
  add_client(exported);
  exported->AddOption("--file", arguments->file, "Where to write it, as JSON, instead");

  CommandLine* erase =
      add("erase", "Destroy the key to a client's names and texts, for ever", RunErase);
  add_client(erase);
  erase->AddOption("--basis", arguments->basis, "The legal basis")->Required();
  erase->AddOption("--approved-by", arguments->approved_by, "Who approved it; a reference")
      ->Required();
  erase->AddOption("--event-id", arguments->event_id, "A UUID, to repeat a call that failed");
  erase->AddOption("--receipt", arguments->file, "Where to write the receipt, if there is one");
  erase->AddFlag("--yes", arguments->yes, "Don't ask");

  add_hold(add("hold", "Keep a client from being erased", RunHold), "The legal basis");
  add_hold(add("release", "Release a hold", RunRelease), "Why it may be released");
  add_client(add("holds", "The holds on a client, released ones as well", RunHolds));

  CommandLine* log = add("log", "Who read what is personal: the access log", RunLog);
  log->AddOption("--from", arguments->from, "The first entry");
}

}  // namespace pledger::client
