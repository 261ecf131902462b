#include <memory>
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/cli/answer.h"
#include "client/cli/assessment_text.h"
#include "client/cli/commands.h"
#include "client/cli/figures.h"
#include "client/cli/figures_text.h"
#include "client/cli/format.h"
#include "client/cli/perspective.h"
#include "client/cli/portfolio_text.h"
#include "client/cli/waiting.h"

namespace pledger::client {
namespace {

void PrintPortfolio(Context& context, const v1::GetPortfolioResponse& portfolio) {
  constexpr size_t kIndent = 2;
  const Palette palette = context.palette();
  context.out() << palette.Paint(Counted(portfolio.clients(), "client"), Style::kBold) << ", "
                << palette.Paint(BasisText(portfolio.basis()), Style::kDim) << '\n';
  if (portfolio.quarantined_clients() > 0) {
    context.out() << palette.Paint(
        absl::StrCat(portfolio.quarantined_clients(),
                     " clients are withheld: a fact of theirs could not be folded\n"),
        Style::kPoor);
  }
  context.out() << '\n';
  PrintCohorts(context, portfolio);
  PrintHeading(context, "PAYMENT");
  PrintIndented(context, kIndent, PaymentText(portfolio.payment()));
  for (const v1::PaymentSums& sums : portfolio.payment().sums()) {
    PrintIndented(context, kIndent, SumsLine(sums));
  }
  PrintTimeToPay(context, portfolio);
  PrintHeading(context, "SIGNALS");
  PrintSignalCounts(context, portfolio);
  if (!portfolio.growth_points().empty()) {
    context.out() << '\n';
    PrintGrowthCounts(context, portfolio.growth_points());
  }
  PrintExposure(context, portfolio);
}

int RunPortfolio(Context& context, const PerspectiveOptions& options) {
  v1::GetPortfolioRequest request;
  const int prepared = PreparePerspective(context, options, *request.mutable_perspective());
  if (prepared != kExitOk) return prepared;
  absl::StatusOr<v1::GetPortfolioResponse> response;
  {
    const Waiting waiting(context, "assessing all clients");
    response = context.client().GetPortfolio(request);
  }
  return PrintAnswer(context, response,
                     [&](const auto& portfolio) { PrintPortfolio(context, portfolio); });
}

}  // namespace

void AddPortfolioCommand(CommandLine& app, Context& context) {
  CommandLine* command = app.AddCommand(
      "portfolio", "All clients together: cohorts, time to pay, signals, our part, strain");
  auto options = std::make_shared<PerspectiveOptions>();
  options->AddTo(*command);
  command->Runs([&context, options] { return RunPortfolio(context, *options); });
}

}  // namespace pledger::client
