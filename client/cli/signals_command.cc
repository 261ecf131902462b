#include <memory>
#include <ostream>
#include <string>

#include "client/cli/answer.h"
#include "client/cli/assessment_text.h"
#include "client/cli/commands.h"
#include "client/cli/figures.h"
#include "client/cli/format.h"
#include "client/cli/perspective.h"
#include "client/cli/portfolio_text.h"
#include "client/cli/statements.h"
#include "client/cli/waiting.h"

namespace pledger::client {
namespace {

struct Arguments {
  // Empty: over all clients.
  std::string client_id;
  PerspectiveOptions perspective;

  void AddTo(CommandLine& command) {
    command.AddOption("CLIENT", client_id, "The client; over all of them unless given");
    perspective.AddTo(command);
  }
};

void PrintBasis(Context& context, const v1::AnswerBasis& basis) {
  context.out() << context.palette().Paint(BasisText(basis), Style::kDim) << '\n';
}

int RunClientSignals(Context& context, const Arguments& arguments) {
  v1::GetReliabilityRequest request;
  request.set_client_id(arguments.client_id);
  const int prepared =
      PreparePerspective(context, arguments.perspective, *request.mutable_perspective());
  if (prepared != kExitOk) return prepared;
  return PrintAnswer(context, context.client().GetReliability(request), [&](const auto& response) {
    const v1::ClientReliability& client = response.reliability();
    const v1::ClientAssessment& assessment = client.assessment();
    const FactMarks marks(client);
    context.out() << context.palette().Paint(client.client_id(), Style::kBold)
                  << TierText(client.tier());
    if (assessment.signals().empty()) context.out() << ": no signal, neither good nor bad";
    context.out() << '\n';
    PrintSegment(context, assessment);
    PrintSignals(context, assessment.signals(), marks);
    PrintActions(context, assessment, marks);
    PrintStatementsAndLegend(context, client.statements(), marks);
    PrintBasis(context, response.basis());
  });
}

int RunPortfolioSignals(Context& context, const Arguments& arguments) {
  v1::GetPortfolioRequest request;
  const int prepared =
      PreparePerspective(context, arguments.perspective, *request.mutable_perspective());
  if (prepared != kExitOk) return prepared;
  absl::StatusOr<v1::GetPortfolioResponse> response;
  {
    const Waiting waiting(context, "assessing all clients");
    response = context.client().GetPortfolio(request);
  }
  return PrintAnswer(context, response, [&](const auto& portfolio) {
    PrintSignalCounts(context, portfolio);
    context.out() << "\n`pledger clients --signal CODE` lists who shows one.\n";
    PrintBasis(context, portfolio.basis());
  });
}

int RunGrowth(Context& context, const Arguments& arguments) {
  v1::GetGrowthPointsRequest request;
  request.set_client_id(arguments.client_id);
  const int prepared =
      PreparePerspective(context, arguments.perspective, *request.mutable_perspective());
  if (prepared != kExitOk) return prepared;
  absl::StatusOr<v1::GetGrowthPointsResponse> response;
  {
    const Waiting waiting(context, "looking at our own part");
    response = context.client().GetGrowthPoints(request);
  }
  return PrintAnswer(context, response, [&](const auto& growth) {
    if (growth.growth_points().empty()) {
      context.out() << "Nothing is on record that we should have done better.\n";
    } else if (arguments.client_id.empty()) {
      PrintGrowthCounts(context, growth.growth_points());
    } else {
      google::protobuf::RepeatedPtrField<v1::StatementReference> statements;
      const FactMarks marks =
          MarksOf(context, arguments.client_id, request.perspective(), &statements);
      PrintGrowthPoints(context, growth.growth_points(), marks);
      PrintStatementsAndLegend(context, statements, marks);
    }
    PrintBasis(context, growth.basis());
  });
}

}  // namespace

void AddSignalsCommands(CommandLine& app, Context& context) {
  CommandLine* signals =
      app.AddCommand("signals", "Patterns in a client's conduct, good ones too, or of all");
  auto arguments = std::make_shared<Arguments>();
  arguments->AddTo(*signals);
  signals->Runs([&context, arguments] {
    return arguments->client_id.empty() ? RunPortfolioSignals(context, *arguments)
                                        : RunClientSignals(context, *arguments);
  });

  CommandLine* growth =
      app.AddCommand("growth", "Where we ourselves must grow, towards one client or all");
  auto growth_arguments = std::make_shared<Arguments>();
  growth_arguments->AddTo(*growth);
  growth->Runs([&context, growth_arguments] { return RunGrowth(context, *growth_arguments); });
}

}  // namespace pledger::client
