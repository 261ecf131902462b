#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/answer.h"
#include "client/cli/commands.h"
#include "client/cli/currency.h"
#include "client/cli/enum_names.h"
#include "client/cli/figures.h"
#include "client/cli/format.h"
#include "client/cli/perspective.h"
#include "client/cli/terminal/table.h"

namespace pledger::client {
namespace {

constexpr int kPageSize = 500;
constexpr int kPageSizeMax = 1'000;
// Columns are made to fit so many rows at once; more are printed as they come.
constexpr size_t kAlignedRows = 5'000;

struct ClientsArguments {
  std::vector<std::string> bands;
  std::vector<std::string> signals;
  std::vector<std::string> watched;
  std::vector<std::string> segments;
  std::vector<std::string> tiers;
  std::string overdue_min;
  std::string order;
  bool descending = false;
  // 0: all of them.
  int page_size = 0;
  bool all = false;
  std::string page_token;
  PerspectiveOptions perspective;

  bool is_one_page() const { return page_size > 0 && !all; }
};

// `values` as the enum's numbers. INVALID_ARGUMENT where one is none.
template <class Enum>
absl::Status AddAll(const std::vector<std::string>& values,
                    google::protobuf::RepeatedField<int>* numbers) {
  for (const std::string& value : values) {
    const absl::StatusOr<Enum> number = ParseEnumName<Enum>(value);
    if (!number.ok()) return number.status();
    numbers->Add(*number);
  }
  return absl::OkStatus();
}

absl::Status Build(const ClientsArguments& arguments, v1::ListClientsRequest& request) {
  v1::ClientFilter& filter = *request.mutable_filter();
  absl::Status status = AddAll<v1::Band>(arguments.bands, filter.mutable_bands());
  status.Update(AddAll<v1::Segment>(arguments.segments, filter.mutable_segments()));
  for (const std::string& signal : arguments.signals) {
    filter.add_present_signals(absl::AsciiStrToUpper(signal));
  }
  for (const std::string& signal : arguments.watched) {
    filter.add_watched_signals(absl::AsciiStrToUpper(signal));
  }
  filter.mutable_tiers()->Assign(arguments.tiers.begin(), arguments.tiers.end());
  if (!arguments.overdue_min.empty()) {
    // The currency is the policy's or the client's own; its digits are taken for two.
    const absl::StatusOr<int64_t> amount = ParseMinorUnits(arguments.overdue_min, "EUR", {});
    if (!amount.ok()) return amount.status();
    filter.set_overdue_min(*amount);
  }
  if (filter.ByteSizeLong() == 0) request.clear_filter();
  const absl::StatusOr<v1::ClientOrder> order = ParseEnumName<v1::ClientOrder>(arguments.order);
  if (!order.ok()) return order.status();
  request.set_order(*order);
  request.set_descending(arguments.descending);
  request.set_page_size(arguments.page_size > 0 ? arguments.page_size : kPageSize);
  request.set_page_token(arguments.page_token);
  return status;
}

Table ClientTable() {
  return Table({{.header = "CLIENT", .can_shrink = true, .shrunk_min = 20},
                {.header = "TIER", .can_shrink = true, .can_drop = true},
                {.header = "BAND"},
                {.header = "OVERALL", .is_number = true},
                {.header = "RECENT", .is_number = true, .can_drop = true},
                {.header = "PAYMENT", .is_number = true, .can_drop = true},
                {.header = "PROMISES", .is_number = true, .can_drop = true},
                {.header = "INVOICES", .is_number = true, .can_drop = true},
                {.header = "BEYOND TERMS", .is_number = true, .can_drop = true},
                {.header = "OVERDUE", .is_number = true},
                {.header = "SIGNALS", .can_shrink = true, .shrunk_min = 16}});
}

const v1::DimensionSummary& FindSummary(const v1::ClientSummary& client, v1::Dimension dimension) {
  for (const v1::DimensionSummary& summary : client.dimensions()) {
    if (summary.dimension() == dimension) return summary;
  }
  return v1::DimensionSummary::default_instance();
}

void AddClient(const v1::ClientSummary& client, Table& table) {
  const v1::DimensionSummary& payment = FindSummary(client, v1::DIMENSION_PAYMENT);
  const v1::DimensionSummary& promises = FindSummary(client, v1::DIMENSION_PROMISES);
  std::vector<std::string> overdue;
  for (const v1::Money& money : client.overdue()) overdue.push_back(FormatMoney(money));
  table.AddRow({client.client_id(), client.tier(),
                TableCell(BandText(client.band()), StyleOfBand(client.band())),
                ValueCell(client.has_overall(), client.overall()),
                ValueCell(client.has_overall_recent(), client.overall_recent()),
                ValueCell(payment.has_value(), payment.value()),
                ValueCell(promises.has_value(), promises.value()), FormatCount(client.invoices()),
                client.has_amount_weighted_days_beyond_terms()
                    ? FormatNumber(client.amount_weighted_days_beyond_terms(), 1)
                    : "–",
                TableCell(absl::StrJoin(overdue, ", "), Style::kPoor),
                absl::StrJoin(client.present_signals(), " ")});
}

// The clients with the lowest and the highest payment score.
class Extremes {
 public:
  void Look(const v1::ClientSummary& client) {
    const v1::DimensionSummary& payment = FindSummary(client, v1::DIMENSION_PAYMENT);
    if (!payment.has_value()) return;
    if (!lowest_.has_value() || payment.value() < lowest_->first) {
      lowest_ = {payment.value(), client.client_id()};
    }
    if (!highest_.has_value() || payment.value() > highest_->first) {
      highest_ = {payment.value(), client.client_id()};
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

// Prints rows as they come, page by page.
class Listing {
 public:
  explicit Listing(Context& context) : context_(context) {}

  absl::Status Take(const v1::ListClientsResponse& page) {
    for (const v1::ClientSummary& client : page.clients()) {
      ++clients_;
      extremes_.Look(client);
      if (!context_.is_json()) {
        AddClient(client, table_);
      } else if (absl::Status status = context_.PrintJson(client); !status.ok()) {
        return status;
      }
    }
    if (table_.size() >= kAlignedRows) Flush();
    return absl::OkStatus();
  }

  void Flush() {
    if (!context_.is_json()) context_.out() << table_.Take(context_.width(), context_.palette());
  }

  uint64_t clients() const { return clients_; }
  const Extremes& extremes() const { return extremes_; }

 private:
  Context& context_;
  Table table_ = ClientTable();
  Extremes extremes_;
  uint64_t clients_ = 0;
};

// What stands below rows that are not all clients.
void PrintSelection(Context& context, const Listing& listing, const v1::AnswerBasis& basis) {
  if (context.is_json()) return;
  context.out() << '\n'
                << Counted(listing.clients(), "client") << ", "
                << context.palette().Paint(BasisText(basis), Style::kDim) << '\n';
}

int RunClients(Context& context, const ClientsArguments& arguments) {
  v1::ListClientsRequest request;
  if (const absl::Status status = Build(arguments, request); !status.ok()) {
    return context.FailUsage(status);
  }
  const int prepared =
      PreparePerspective(context, arguments.perspective, *request.mutable_perspective());
  if (prepared != kExitOk) return prepared;
  const bool is_whole =
      !arguments.is_one_page() && !request.has_filter() && arguments.page_token.empty();
  Listing listing(context);
  v1::AnswerBasis basis;
  do {
    const absl::StatusOr<v1::ListClientsResponse> page = context.client().ListClients(request);
    if (!page.ok()) return context.Fail(page.status());
    if (const absl::Status status = listing.Take(*page); !status.ok()) return context.Fail(status);
    basis = page->basis();
    // Pins the pages that follow: they must ask as the first one did.
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty() && !arguments.is_one_page() && context.out().good());
  listing.Flush();
  if (!is_whole) {
    PrintSelection(context, listing, basis);
    if (!request.page_token().empty()) {
      context.err() << "pledger: there are more: --all, or --page-token " << request.page_token()
                    << '\n';
    }
    return kExitOk;
  }
  v1::GetPortfolioRequest portfolio_request;
  *portfolio_request.mutable_perspective() = request.perspective();
  PinTo(basis, *portfolio_request.mutable_perspective());
  return PrintAnswer(
      context, context.client().GetPortfolio(portfolio_request),
      [&](const auto& portfolio) { PrintPortfolio(context, portfolio, listing.extremes()); });
}

}  // namespace

void AddClientsCommand(CommandLine& app, Context& context) {
  CommandLine* command = app.AddCommand(
      "clients", "Clients with their scores, by filter and order; without one, the portfolio too");
  auto arguments = std::make_shared<ClientsArguments>();
  command->AddOption("--band", arguments->bands, "Only these: A, B, C, D, E; D,E for two")
      ->SplitAt(',');
  command->AddOption("--signal", arguments->signals, "Only where one of these is PRESENT")
      ->SplitAt(',');
  command
      ->AddOption("--watch", arguments->watched, "Only where one of these is PRESENT or on WATCH")
      ->SplitAt(',');
  command
      ->AddOption("--segment", arguments->segments,
                  "Only these: communication, price, discrediting, inflated_demands, none")
      ->SplitAt(',');
  command->AddOption("--tier", arguments->tiers, "Only these")->SplitAt(',');
  command->AddOption("--overdue-min", arguments->overdue_min,
                     "Only where at least so much is overdue: 100.00");
  command->AddOption("--order", arguments->order,
                     "client_id, overall, payment, promises, overdue, last_occur_time or "
                     "effort_minutes");
  command->AddFlag("--descending", arguments->descending, "The highest first");
  command->AddOption("--page-size", arguments->page_size, "Only so many, unless --all")
      ->Between(1, kPageSizeMax);
  command->AddFlag("--all", arguments->all, "All of them (as without --page-size)");
  command->AddOption("--page-token", arguments->page_token, "Go on behind an earlier page");
  arguments->perspective.AddTo(*command);
  command->Runs([&context, arguments] { return RunClients(context, *arguments); });
}

}  // namespace pledger::client
