#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/figures.h"
#include "client/cli/format.h"
#include "client/cli/perspective.h"
#include "client/cli/terminal/table.h"

namespace pledger::client {
namespace {

constexpr int kPageSize = 500;
// Columns are made to fit so many rows at once; more are printed as they come.
constexpr size_t kAlignedRows = 5'000;

Table ClientTable() {
  return Table({{.header = "CLIENT", .can_shrink = true},
                {.header = "TIER", .can_shrink = true},
                {.header = "PAYMENT", .is_number = true},
                {.header = "RECENT", .is_number = true},
                {.header = "95 %", .is_number = true},
                {.header = "PROMISES", .is_number = true},
                {.header = "INVOICES", .is_number = true},
                {.header = "DAYS BEYOND TERMS", .is_number = true},
                {.header = "OVERDUE", .is_number = true, .can_shrink = true}});
}

std::optional<double> ValueOf(const v1::DimensionSummary& dimension) {
  return dimension.has_value() ? std::optional(dimension.value()) : std::nullopt;
}

std::optional<double> RecentOf(const v1::DimensionSummary& dimension) {
  return dimension.has_recent() ? std::optional(dimension.recent()) : std::nullopt;
}

void AddClient(const v1::ClientSummary& client, Table& table) {
  const v1::DimensionSummary& payment = FindDimension(client, v1::DIMENSION_PAYMENT);
  const v1::DimensionSummary& promises = FindDimension(client, v1::DIMENSION_PROMISES);
  table.AddRow({client.client_id(), client.tier(), ScoreCell(ValueOf(payment)),
                ScoreCell(RecentOf(payment)), TableCell(IntervalText(payment), Style::kDim),
                ScoreCell(ValueOf(promises)), FormatCount(client.invoices()),
                client.has_amount_weighted_days_beyond_terms()
                    ? FormatNumber(client.amount_weighted_days_beyond_terms(), 1)
                    : "–",
                TableCell(MoneyText(client.overdue()), Style::kPoor)});
}

// The clients with the lowest and the highest payment score.
class Extremes {
 public:
  void Look(const v1::ClientSummary& client) {
    const v1::DimensionSummary& score = FindDimension(client, v1::DIMENSION_PAYMENT);
    if (!score.has_value()) return;
    if (!lowest_.has_value() || score.value() < lowest_->first) {
      lowest_ = {score.value(), client.client_id()};
    }
    if (!highest_.has_value() || score.value() > highest_->first) {
      highest_ = {score.value(), client.client_id()};
    }
  }

  std::string Text() const {
    if (!lowest_.has_value()) return "";
    return absl::StrCat("lowest ", FormatNumber(lowest_->first, 4), " (", lowest_->second,
                        "), highest ", FormatNumber(highest_->first, 4), " (", highest_->second,
                        ")");
  }

 private:
  std::optional<std::pair<double, std::string>> lowest_;
  std::optional<std::pair<double, std::string>> highest_;
};

void PrintPortfolio(Context& context, const v1::GetPortfolioResponse& portfolio,
                    const Extremes& extremes) {
  const v1::PaymentFigures& payment = portfolio.payment();
  std::ostream& out = context.out();
  out << '\n'
      << Counted(portfolio.clients(), "client") << ", " << Counted(payment.invoices(), "invoice");
  const std::string invoiced = SumsText(payment.sums(), &v1::PaymentSums::invoiced);
  out << (invoiced.empty() ? "" : ", ") << invoiced << '\n';
  if (payment.portions() > 0) {
    out << "On time          " << FormatCount(payment.on_time_portions()) << " of "
        << FormatCount(payment.portions()) << '\n';
  }
  if (payment.has_mean_days_late()) {
    out << "Mean days late   " << FormatNumber(payment.mean_days_late(), 5)
        << ", weighted by amount " << FormatNumber(payment.amount_weighted_days_beyond_terms(), 5)
        << '\n';
  }
  const v1::Score& score = portfolio.payment_dimension().score();
  if (score.standing() == v1::STANDING_SCORED) {
    out << "Payment score    " << FormatNumber(score.value(), 4) << "; " << extremes.Text() << '\n';
  }
  const std::string overdue = SumsText(payment.sums(), &v1::PaymentSums::overdue);
  if (!overdue.empty()) {
    out << "Overdue          " << context.palette().Paint(overdue, Style::kPoor) << '\n';
  }
  if (portfolio.quarantined_clients() > 0) {
    out << context.palette().Paint(
        absl::StrCat(portfolio.quarantined_clients(),
                     " clients are withheld: a fact of theirs could not be folded\n"),
        Style::kPoor);
  }
  out << context.palette().Paint(BasisText(portfolio.basis()), Style::kDim) << '\n';
}

int RunClients(Context& context, const PerspectiveOptions& options) {
  const absl::StatusOr<v1::Perspective> perspective = options.Build();
  if (!perspective.ok()) {
    context.Fail(perspective.status());
    return kExitUsage;
  }
  v1::ListClientsRequest request;
  request.set_page_size(kPageSize);
  *request.mutable_perspective() = *perspective;
  const absl::Status recorded = AwaitRecorded(context.client(), *request.mutable_perspective());
  if (!recorded.ok()) return context.Fail(recorded);
  Table table = ClientTable();
  Extremes extremes;
  do {
    const absl::StatusOr<v1::ListClientsResponse> page = context.client().ListClients(request);
    if (!page.ok()) return context.Fail(page.status());
    for (const v1::ClientSummary& client : page->clients()) {
      extremes.Look(client);
      if (!context.is_json()) {
        AddClient(client, table);
      } else if (const absl::Status status = context.PrintJson(client); !status.ok()) {
        return context.Fail(status);
      }
    }
    PinTo(page->basis(), *request.mutable_perspective());
    request.set_page_token(page->next_page_token());
    if (table.size() >= kAlignedRows || (request.page_token().empty() && !context.is_json())) {
      context.out() << table.Take(context.width(), context.palette());
    }
  } while (!request.page_token().empty() && context.out().good());
  v1::GetPortfolioRequest portfolio_request;
  *portfolio_request.mutable_perspective() = request.perspective();
  const absl::StatusOr<v1::GetPortfolioResponse> portfolio =
      context.client().GetPortfolio(portfolio_request);
  if (!portfolio.ok()) return context.Fail(portfolio.status());
  if (context.is_json()) {
    const absl::Status status = context.PrintJson(*portfolio);
    return status.ok() ? kExitOk : context.Fail(status);
  }
  PrintPortfolio(context, *portfolio, extremes);
  return kExitOk;
}

}  // namespace

void AddClientsCommand(CLI::App& app, Context& context, Command& chosen) {
  CLI::App* command =
      app.add_subcommand("clients", "All clients with their scores, and the portfolio as a whole");
  auto options = std::make_shared<PerspectiveOptions>();
  options->AddTo(*command);
  command->callback([&context, &chosen, options] {
    chosen = [&context, options] { return RunClients(context, *options); };
  });
}

}  // namespace pledger::client
