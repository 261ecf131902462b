#include <istream>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/answer.h"
#include "client/cli/commands.h"
#include "client/cli/figures.h"
#include "client/cli/format.h"
#include "client/cli/perspective.h"
#include "client/cli/policy_text.h"
#include "client/cli/terminal/table.h"
#include "client/cli/waiting.h"

namespace pledger::client {
namespace {

constexpr int64_t kInForce = -1;

struct ShowArguments {
  int64_t version = kInForce;
  std::string draft;
};

struct AdoptArguments {
  std::string file;
  bool yes = false;
};

struct TryArguments {
  std::string file;
  int clients_max = 0;
};

absl::StatusOr<v1::PolicyVersion> Fetch(Context& context, int64_t version, bool resolved) {
  v1::GetPolicyRequest request;
  if (version != kInForce) request.set_version(version);
  request.set_resolved(resolved);
  const absl::StatusOr<v1::GetPolicyResponse> response = context.client().GetPolicy(request);
  if (!response.ok()) return response.status();
  return response->policy();
}

std::string VersionText(const v1::PolicyVersion& version) {
  std::string text =
      version.version() == 0 ? "the built-in policy" : absl::StrCat("policy ", version.version());
  if (version.version() > 0) {
    absl::StrAppend(&text, ", adopted ", FormatTime(version.record_time()), " at position ",
                    version.position(), ", in force from ", FormatTime(version.occur_time()));
  }
  if (version.in_force()) text += ", in force";
  return text;
}

// Each number of `policy`, and what it would be by default where it differs.
void PrintPolicy(Context& context, const v1::Policy& policy, const v1::Policy& defaults) {
  std::vector<PolicyDifference> differences = DiffPolicies(defaults, policy);
  Table table({{.header = "NUMBER"},
               {.header = "VALUE", .can_shrink = true},
               {.header = "DEFAULT", .can_shrink = true}});
  for (const PolicyLine& line : PolicyLines(policy)) {
    const PolicyDifference* difference = nullptr;
    for (const PolicyDifference& candidate : differences) {
      if (candidate.name == line.name) difference = &candidate;
    }
    table.AddRow(
        {line.name, TableCell(line.value, difference != nullptr ? Style::kBold : Style::kPlain),
         difference != nullptr ? TableCell(difference->before.empty() ? "–" : difference->before)
                               : TableCell("", Style::kDim)});
  }
  context.out() << table.Take(context.width(), context.palette());
}

int RunShow(Context& context, const ShowArguments& arguments) {
  const absl::StatusOr<v1::PolicyVersion> defaults = Fetch(context, 0, true);
  if (!defaults.ok()) return context.Fail(defaults.status());
  v1::PolicyVersion shown;
  std::string title;
  if (!arguments.draft.empty()) {
    const absl::StatusOr<v1::Policy> draft = LoadPolicy(arguments.draft);
    if (!draft.ok()) return context.Fail(draft.status());
    *shown.mutable_policy() = Overlay(defaults->policy(), *draft);
    title = absl::StrCat("the draft ", arguments.draft);
  } else {
    const absl::StatusOr<v1::PolicyVersion> version = Fetch(context, arguments.version, true);
    if (!version.ok()) return context.Fail(version.status());
    shown = *version;
    title = VersionText(shown);
  }
  if (context.is_json()) {
    return PrintJsonAnswer(context, arguments.draft.empty()
                                        ? static_cast<const google::protobuf::Message&>(shown)
                                        : shown.policy());
  }
  context.out() << context.palette().Paint(title, Style::kBold) << '\n';
  PrintPolicy(context, shown.policy(), defaults->policy());
  return kExitOk;
}

int RunList(Context& context) {
  return PrintAnswer(context, context.client().ListPolicies(), [&](const auto& response) {
    Table table({{.header = "VERSION", .is_number = true},
                 {.header = "IN FORCE FROM"},
                 {.header = "RECORDED"},
                 {.header = "POSITION", .is_number = true},
                 {.header = ""}});
    for (const v1::PolicyVersion& version : response.policies()) {
      const bool is_built_in = version.version() == 0;
      table.AddRow({absl::StrCat(version.version()),
                    is_built_in ? "always" : FormatTime(version.occur_time()),
                    is_built_in ? "built in" : FormatTime(version.record_time()),
                    is_built_in ? "" : absl::StrCat(version.position()),
                    TableCell(version.in_force() ? "in force" : "", Style::kGood)});
    }
    context.out() << table.Take(context.width(), context.palette());
  });
}

// Both policies' differences, one a line; whether there are any.
bool PrintDifferences(std::ostream& out, Context& context, const v1::Policy& before,
                      const v1::Policy& after) {
  Table table({{.header = "NUMBER"},
               {.header = "IN FORCE", .can_shrink = true},
               {.header = "NEW", .can_shrink = true}});
  for (const PolicyDifference& difference : DiffPolicies(before, after)) {
    table.AddRow({difference.name, difference.before.empty() ? "–" : difference.before,
                  TableCell(difference.after.empty() ? "–" : difference.after, Style::kBold)});
  }
  if (table.empty()) return false;
  out << table.Take(context.width(), context.palette());
  return true;
}

// Whether a person at the terminal says yes.
bool Confirm(Context& context, const std::string& question) {
  context.err() << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(context.in(), answer);
  answer = absl::AsciiStrToLower(absl::StripAsciiWhitespace(answer));
  return answer == "y" || answer == "yes";
}

int RunAdopt(Context& context, const AdoptArguments& arguments) {
  const absl::StatusOr<v1::Policy> draft = LoadPolicy(arguments.file);
  if (!draft.ok()) return context.Fail(draft.status());
  const absl::StatusOr<v1::PolicyVersion> in_force = Fetch(context, kInForce, true);
  if (!in_force.ok()) return context.Fail(in_force.status());
  const absl::StatusOr<v1::PolicyVersion> defaults = Fetch(context, 0, true);
  if (!defaults.ok()) return context.Fail(defaults.status());
  // What is to be seen before a question goes where the question goes.
  std::ostream& out = arguments.yes && !context.is_json() ? context.out() : context.err();
  const bool differs =
      PrintDifferences(out, context, in_force->policy(), Overlay(defaults->policy(), *draft));
  if (!differs) {
    out << "It says the same as the policy in force (" << in_force->version()
        << "); nothing was adopted.\n";
    return kExitOk;
  }
  if (!arguments.yes) {
    if (!context.surroundings().in_is_terminal) {
      return context.FailUsage(
          absl::InvalidArgumentError("nobody is there to be asked: give --yes"));
    }
    if (!Confirm(context, absl::StrCat("Adopt it as policy ", in_force->version() + 1, "?"))) {
      context.err() << "Nothing was adopted.\n";
      return kExitRefused;
    }
  }
  v1::AdoptPolicyRequest request;
  *request.mutable_policy() = *draft;
  request.set_expected_version(in_force->version());
  return PrintAnswer(context, context.client().AdoptPolicy(std::move(request)),
                     [&](const auto& response) {
                       context.out() << "Adopted: " << VersionText(response.policy()) << ".\n";
                     });
}

void PrintSimulation(Context& context, const v1::SimulatePolicyResponse& response) {
  const Palette palette = context.palette();
  std::ostream& out = context.out();
  out << palette.Paint(absl::StrCat(FormatCount(response.changed_clients()), " of ",
                                    Counted(response.clients(), "client"), " would change"),
                       Style::kBold)
      << ", against policy " << response.version_before() << ", from "
      << FormatCount(response.next_position()) << " events\n";
  Table moves({{.header = "BAND"}, {.header = "TO"}, {.header = "CLIENTS", .is_number = true}});
  for (const v1::BandMove& move : response.band_moves()) {
    moves.AddRow({move.band_before(), move.band_after(), FormatCount(move.clients())});
  }
  if (!moves.empty()) out << '\n' << moves.Take(context.width(), palette);
  Table signals({{.header = "SIGNAL"},
                 {.header = "APPEARS", .is_number = true},
                 {.header = "GOES", .is_number = true}});
  for (const v1::SignalMove& move : response.signal_moves()) {
    signals.AddRow({move.code(), FormatCount(move.appeared()), FormatCount(move.disappeared())});
  }
  if (!signals.empty()) out << '\n' << signals.Take(context.width(), palette);
  Table clients({{.header = "CLIENT", .can_shrink = true},
                 {.header = "BAND"},
                 {.header = "OVERALL", .is_number = true},
                 {.header = "WOULD BE", .is_number = true},
                 {.header = "SIGNALS", .can_shrink = true}});
  for (const v1::SimulatedClient& client : response.changed()) {
    std::vector<std::string> changes;
    for (const std::string& code : client.appeared_signals()) changes.push_back("+" + code);
    for (const std::string& code : client.disappeared_signals()) changes.push_back("−" + code);
    const bool moves_band = client.band_before() != client.band_after();
    clients.AddRow({client.client_id(),
                    moves_band ? absl::StrCat(client.band_before(), " to ", client.band_after())
                               : client.band_after(),
                    ValueCell(client.has_overall_before(), client.overall_before()),
                    ValueCell(client.has_overall_after(), client.overall_after()),
                    absl::StrJoin(changes, " ")});
  }
  if (!clients.empty()) out << '\n' << clients.Take(context.width(), palette);
}

int RunTry(Context& context, const TryArguments& arguments) {
  const absl::StatusOr<v1::Policy> draft = LoadPolicy(arguments.file);
  if (!draft.ok()) return context.Fail(draft.status());
  v1::SimulatePolicyRequest request;
  *request.mutable_draft() = *draft;
  request.set_clients_max(arguments.clients_max);
  const absl::StatusOr<v1::GetStatusResponse> status = context.client().GetStatus();
  if (!status.ok()) return context.Fail(status.status());
  if (status->next_position() > 0) request.set_min_position(status->next_position() - 1);
  absl::StatusOr<v1::SimulatePolicyResponse> response;
  {
    const Waiting waiting(context, "assessing all clients by both policies");
    response = context.client().SimulatePolicy(request);
  }
  return PrintAnswer(context, response,
                     [&](const auto& simulation) { PrintSimulation(context, simulation); });
}

}  // namespace

void AddPolicyCommand(CommandLine& app, Context& context) {
  constexpr int kClientsMax = 10'000;
  CommandLine* policy = app.AddCommand("policy", "The numbers by which facts become figures");
  policy->RequireCommand();

  CommandLine* show = policy->AddCommand("show", "Every number, with its default");
  auto shown = std::make_shared<ShowArguments>();
  CommandOption* version = show->AddOption("--version", shown->version,
                                           "An adopted one, or 0 for the built-in one; the one in "
                                           "force unless given");
  version->NotNegative();
  show->AddOption("--draft", shown->draft, "What a draft would come to")->Excludes(version);
  show->Runs([&context, shown] { return RunShow(context, *shown); });

  CommandLine* list = policy->AddCommand("list", "All versions, the latest first");
  list->Runs([&context] { return RunList(context); });

  CommandLine* adopt =
      policy->AddCommand("adopt", "Put a policy in force; shows what it changes and asks");
  auto adopted = std::make_shared<AdoptArguments>();
  adopt->AddOption("FILE", adopted->file, "A pledger.v1.Policy, as JSON or text proto")->Required();
  adopt->AddFlag("--yes", adopted->yes, "Without asking");
  adopt->Runs([&context, adopted] { return RunAdopt(context, *adopted); });

  CommandLine* attempt = policy->AddCommand(
      "try", "What a draft would change: who changes band, which signals appear");
  auto tried = std::make_shared<TryArguments>();
  attempt->AddOption("DRAFT", tried->file, "A pledger.v1.Policy, as JSON or text proto")
      ->Required();
  attempt->AddOption("--clients-max", tried->clients_max, "How many clients to name; 100")
      ->Between(1, kClientsMax);
  attempt->Runs([&context, tried] { return RunTry(context, *tried); });
}

}  // namespace pledger::client
