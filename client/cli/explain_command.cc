#include <memory>
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/cli/answer.h"
#include "client/cli/commands.h"
#include "client/cli/enum_names.h"
#include "client/cli/fact_marks.h"
#include "client/cli/figures.h"
#include "client/cli/format.h"
#include "client/cli/perspective.h"
#include "client/cli/statements.h"
#include "client/cli/terminal/table.h"

namespace pledger::client {
namespace {

struct ExplainArguments {
  std::string client_id;
  std::string dimension;
  PerspectiveOptions perspective;
};

void AddEvidence(const v1::Evidence& evidence, const FactMarks& marks, Table& table) {
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
       marks.Text(evidence.positions(), evidence.positions_size())});
}

void PrintExplanation(Context& context, const v1::ExplainResponse& response) {
  const FactMarks marks(response.reliability());
  Table table({{.header = "WHEN"},
               {.header = "DIMENSION"},
               {.header = "WHAT", .can_shrink = true},
               {.header = "ABOUT", .can_shrink = true},
               {.header = "DAYS LATE", .is_number = true, .can_drop = true},
               {.header = "AMOUNT", .is_number = true, .can_drop = true},
               {.header = "SCORE", .is_number = true},
               {.header = "WEIGHT", .is_number = true, .can_drop = true},
               {.header = "POINTS", .is_number = true},
               {.header = "POSITIONS", .can_shrink = true}});
  for (const v1::Evidence& evidence : response.evidence()) AddEvidence(evidence, marks, table);
  if (table.empty()) {
    context.out() << "Nothing of what is recorded moves a score.\n";
  } else {
    context.out() << table.Take(context.width(), context.palette());
    context.out() << "\n`pledger events " << response.reliability().client_id()
                  << "` shows the facts at these positions.\n";
    PrintStatementsAndLegend(context, response.reliability().statements(), marks);
  }
  context.out() << context.palette().Paint(BasisText(response.basis()), Style::kDim) << '\n';
}

int RunExplain(Context& context, const ExplainArguments& arguments) {
  v1::ExplainRequest request;
  request.set_client_id(arguments.client_id);
  const absl::StatusOr<v1::Dimension> dimension = ParseEnumName<v1::Dimension>(arguments.dimension);
  if (!dimension.ok()) return context.FailUsage(dimension.status());
  request.set_dimension(*dimension);
  const int prepared =
      PreparePerspective(context, arguments.perspective, *request.mutable_perspective());
  if (prepared != kExitOk) return prepared;
  return PrintAnswer(context, context.client().Explain(request),
                     [&](const auto& response) { PrintExplanation(context, response); });
}

}  // namespace

void AddExplainCommand(CommandLine& app, Context& context) {
  CommandLine* command =
      app.AddCommand("explain", "The facts behind one client's scores, and what each moves");
  auto arguments = std::make_shared<ExplainArguments>();
  command->AddOption("CLIENT", arguments->client_id, "The client")->Required();
  command->AddOption("--dimension", arguments->dimension,
                     "Only this one: payment, promises, scope, conduct, complaints, cooperation, "
                     "economy");
  arguments->perspective.AddTo(*command);
  command->Runs([&context, arguments] { return RunExplain(context, *arguments); });
}

}  // namespace pledger::client
