#include <memory>
#include <ostream>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/commands.h"
#include "client/cli/figures.h"
#include "client/cli/format.h"
#include "client/cli/perspective.h"
#include "client/cli/terminal/table.h"

namespace pledger::client {
namespace {

struct ExplainArguments {
  std::string client_id;
  std::string dimension;
  PerspectiveOptions perspective;
};

void AddEvidence(const v1::Evidence& evidence, Table& table) {
  std::string what = evidence.code();
  if (evidence.party() == v1::PARTY_US) what += " (we)";
  if (evidence.disputed()) what += " (disputed)";
  table.AddRow(
      {FormatTime(evidence.occur_time()),
       ShortEnumName(v1::Dimension_descriptor(), evidence.dimension()), what,
       evidence.obligation_id(),
       evidence.has_days_late() ? FormatNumber(static_cast<double>(evidence.days_late()), 0) : "",
       evidence.has_amount() ? FormatMoney(evidence.amount()) : "",
       TableCell(FormatNumber(evidence.score(), 1), StyleOfScore(evidence.score())),
       absl::StrCat(FormatNumber(evidence.weight() * 100, 1), " %"),
       TableCell(FormatNumber(evidence.points(), 2),
                 evidence.points() < 0 ? Style::kPoor : Style::kPlain),
       absl::StrJoin(evidence.positions(), " ")});
}

int RunExplain(Context& context, const ExplainArguments& arguments) {
  v1::ExplainRequest request;
  request.set_client_id(arguments.client_id);
  v1::Dimension dimension = v1::DIMENSION_UNSPECIFIED;
  const std::string name = absl::StrCat("DIMENSION_", absl::AsciiStrToUpper(arguments.dimension));
  if (!arguments.dimension.empty() && !v1::Dimension_Parse(name, &dimension)) {
    context.Fail(absl::InvalidArgumentError(
        absl::StrCat("there is no dimension \"", arguments.dimension, "\"")));
    return kExitUsage;
  }
  request.set_dimension(dimension);
  const absl::StatusOr<v1::Perspective> perspective = arguments.perspective.Build();
  if (!perspective.ok()) {
    context.Fail(perspective.status());
    return kExitUsage;
  }
  *request.mutable_perspective() = *perspective;
  const absl::Status recorded = AwaitRecorded(context.client(), *request.mutable_perspective());
  if (!recorded.ok()) return context.Fail(recorded);
  const absl::StatusOr<v1::ExplainResponse> response = context.client().Explain(request);
  if (!response.ok()) return context.Fail(response.status());
  if (context.is_json()) {
    const absl::Status status = context.PrintJson(*response);
    return status.ok() ? kExitOk : context.Fail(status);
  }
  Table table({{.header = "WHEN"},
               {.header = "DIMENSION"},
               {.header = "WHAT", .can_shrink = true},
               {.header = "ABOUT", .can_shrink = true},
               {.header = "DAYS LATE", .is_number = true},
               {.header = "AMOUNT", .is_number = true},
               {.header = "SCORE", .is_number = true},
               {.header = "WEIGHT", .is_number = true},
               {.header = "POINTS", .is_number = true},
               {.header = "POSITIONS", .can_shrink = true}});
  for (const v1::Evidence& evidence : response->evidence()) AddEvidence(evidence, table);
  if (table.empty()) {
    context.out() << "Nothing of what is recorded moves a score.\n";
  } else {
    context.out() << table.Take(context.width(), context.palette());
    context.out() << "\n`pledger events " << arguments.client_id
                  << "` shows the facts at these positions.\n";
  }
  context.out() << context.palette().Paint(BasisText(response->basis()), Style::kDim) << '\n';
  return kExitOk;
}

}  // namespace

void AddExplainCommand(CLI::App& app, Context& context, Command& chosen) {
  CLI::App* command =
      app.add_subcommand("explain", "The facts behind one client's scores, and what each moves");
  auto arguments = std::make_shared<ExplainArguments>();
  command->add_option("CLIENT", arguments->client_id, "The client")->required();
  command->add_option("--dimension", arguments->dimension, "Only this one: payment, promises");
  arguments->perspective.AddTo(*command);
  command->callback([&context, &chosen, arguments] {
    chosen = [&context, arguments] { return RunExplain(context, *arguments); };
  });
}

}  // namespace pledger::client
