#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/commands.h"
#include "client/cli/currency.h"
#include "client/cli/figures.h"
#include "client/cli/format.h"
#include "client/cli/perspective.h"
#include "client/cli/terminal/plot.h"
#include "client/cli/terminal/table.h"
#include "client/cli/terminal/text.h"

namespace pledger::client {
namespace {

// A score line takes what the other columns leave, within these bounds.
constexpr size_t kScoreLineColumnsMin = 9;
constexpr size_t kScoreLineColumnsMax = 25;
constexpr size_t kOtherColumns = 68;
constexpr size_t kAgeingBarColumns = 30;

size_t ScoreLineColumns(size_t terminal_width) {
  if (terminal_width == 0) return kScoreLineColumnsMax;
  return std::clamp(terminal_width, kOtherColumns + kScoreLineColumnsMin,
                    kOtherColumns + kScoreLineColumnsMax) -
         kOtherColumns;
}

void AddDimension(const std::string& name, const v1::DimensionAssessment& assessment,
                  size_t line_columns, Table& table) {
  const v1::Score& score = assessment.score();
  const bool is_scored = score.standing() == v1::STANDING_SCORED;
  const std::string line =
      is_scored
          ? ScoreLine(score.value(), score.has_low() ? score.low() : score.value(),
                      score.has_high() ? score.high() : score.value(), line_columns, Palette(false))
          : "too few";
  table.AddRow({name, ScoreCell(score),
                TableCell(line, is_scored ? StyleOfScore(score.value()) : Style::kDim),
                IntervalText(score), ScoreCell(assessment.recent()),
                ScoreCell(assessment.lifetime()), FormatCount(score.items()),
                ShortEnumName(v1::Confidence_descriptor(), assessment.confidence())});
}

void PrintDimensions(Context& context, const v1::ClientReliability& client) {
  Table table({{.header = "DIMENSION"},
               {.header = "SCORE", .is_number = true},
               {.header = "0 … 100"},
               {.header = "95 %", .is_number = true},
               {.header = "RECENT", .is_number = true},
               {.header = "LIFETIME", .is_number = true},
               {.header = "ITEMS", .is_number = true},
               {.header = "CONFIDENCE"}});
  const size_t line_columns = ScoreLineColumns(context.width());
  for (const v1::DimensionAssessment& dimension : client.dimensions()) {
    AddDimension(ShortEnumName(v1::Dimension_descriptor(), dimension.dimension()), dimension,
                 line_columns, table);
  }
  if (client.has_our_reliability()) {
    AddDimension("OUR PROMISES", client.our_reliability(), line_columns, table);
  }
  context.out() << table.Take(context.width(), context.palette());
}

void PrintAgeing(Context& context, const v1::Ageing& ageing) {
  const std::vector<std::pair<std::string, int64_t>> buckets = {
      {"not due", ageing.not_due()},
      {"1–30 days", ageing.days_1_to_30()},
      {"31–60 days", ageing.days_31_to_60()},
      {"61–90 days", ageing.days_61_to_90()},
      {"over 90 days", ageing.days_over_90()}};
  int64_t largest = 0;
  for (const auto& [name, amount] : buckets) largest = std::max(largest, amount);
  if (largest == 0) return;
  Table table({{.header = absl::StrCat("OPEN, ", ageing.currency_code())},
               {.header = "AMOUNT", .is_number = true},
               {.header = ""}});
  for (size_t i = 0; i < buckets.size(); ++i) {
    const double share = static_cast<double>(buckets[i].second) / static_cast<double>(largest);
    table.AddRow({buckets[i].first, FormatMinorUnits(buckets[i].second, ageing.currency_code()),
                  TableCell(Bar(share, kAgeingBarColumns), i == 0   ? Style::kGood
                                                           : i <= 2 ? Style::kFair
                                                                    : Style::kPoor)});
  }
  context.out() << '\n' << table.Take(context.width(), context.palette());
}

void PrintPayment(Context& context, const v1::PaymentFigures& payment) {
  std::ostream& out = context.out();
  const Palette palette = context.palette();
  out << '\n' << palette.Paint("PAYMENT", Style::kBold) << '\n';
  out << "  " << Counted(payment.invoices(), "invoice");
  if (payment.disputed_invoices() > 0) out << ", " << payment.disputed_invoices() << " disputed";
  if (payment.portions() > 0) {
    out << "; " << FormatCount(payment.on_time_portions()) << " of "
        << Counted(payment.portions(), "portion") << " on time";
  }
  if (payment.has_mean_days_late()) {
    out << "; mean " << FormatNumber(payment.mean_days_late(), 1) << " days late, "
        << FormatNumber(payment.amount_weighted_days_beyond_terms(), 1) << " by amount";
  }
  if (payment.largest_open_age_days() > 0) {
    out << "; the oldest open amount is " << Counted(payment.largest_open_age_days(), "day")
        << " past due";
  }
  out << '\n';
  for (const v1::PaymentSums& sums : payment.sums()) {
    const std::string& code = sums.currency_code();
    out << "  " << code << " invoiced " << FormatMinorUnits(sums.invoiced(), code) << ", settled "
        << FormatMinorUnits(sums.settled(), code) << ", open "
        << FormatMinorUnits(sums.open(), code) << ", overdue "
        << FormatMinorUnits(sums.overdue(), code);
    if (sums.on_account() != 0) out << ", on account " << FormatMinorUnits(sums.on_account(), code);
    out << '\n';
  }
  if (!payment.tradeline().empty()) {
    out << "  24 months, newest first: " << Tradeline(payment.tradeline(), palette) << '\n'
        << palette.Paint("  0 up to 29 days late, 1 to 5 each 30 more, 6 from 180, B nothing\n",
                         Style::kDim);
  }
  if (!payment.unconverted_currencies().empty()) {
    out << "  Without exchange rate, weighed by count: "
        << absl::StrJoin(payment.unconverted_currencies(), ", ") << '\n';
  }
  for (const v1::Ageing& ageing : payment.ageing()) PrintAgeing(context, ageing);
}

void PrintPromises(Context& context, const std::string& whose, const v1::PromiseFigures& figures) {
  const int64_t all = figures.kept() + figures.partly_kept() + figures.missed() +
                      figures.excused_or_waived() + figures.open() + figures.overdue();
  if (all == 0) return;
  context.out() << '\n'
                << context.palette().Paint(whose, Style::kBold) << "\n  " << figures.kept()
                << " kept, " << figures.partly_kept() << " in part, " << figures.missed()
                << " missed, " << figures.overdue() << " overdue, " << figures.open() << " open, "
                << figures.excused_or_waived() << " excused or waived\n";
}

void PrintReasons(Context& context, const v1::ClientReliability& client) {
  constexpr int kPositionsShown = 6;
  Table table({{.header = "WHY"},
               {.header = "POINTS", .is_number = true},
               {.header = "FACTS", .is_number = true},
               {.header = "POSITIONS", .can_shrink = true},
               {.header = "WHAT WOULD IMPROVE IT", .can_shrink = true}});
  for (const v1::DimensionAssessment& dimension : client.dimensions()) {
    for (const v1::Reason& reason : dimension.reasons()) {
      const int shown = std::min(reason.positions_size(), kPositionsShown);
      std::string positions =
          absl::StrJoin(reason.positions().begin(), reason.positions().begin() + shown, " ");
      if (reason.count() > shown) positions += " …";
      table.AddRow({reason.code(),
                    TableCell(FormatNumber(reason.points(), 1),
                              reason.points() < 0 ? Style::kPoor : Style::kGood),
                    FormatCount(reason.count()), positions, reason.improvement()});
    }
  }
  if (table.empty()) return;
  context.out() << '\n' << table.Take(context.width(), context.palette());
}

int RunScore(Context& context, const std::string& client_id, const PerspectiveOptions& options) {
  const absl::StatusOr<v1::Perspective> perspective = options.Build();
  if (!perspective.ok()) {
    context.Fail(perspective.status());
    return kExitUsage;
  }
  v1::GetReliabilityRequest request;
  request.set_client_id(client_id);
  *request.mutable_perspective() = *perspective;
  const absl::Status recorded = AwaitRecorded(context.client(), *request.mutable_perspective());
  if (!recorded.ok()) return context.Fail(recorded);
  const absl::StatusOr<v1::GetReliabilityResponse> response =
      context.client().GetReliability(request);
  if (!response.ok()) return context.Fail(response.status());
  if (context.is_json()) {
    const absl::Status status = context.PrintJson(*response);
    return status.ok() ? kExitOk : context.Fail(status);
  }
  const v1::ClientReliability& client = response->reliability();
  const Palette palette = context.palette();
  context.out() << palette.Paint(client.client_id(), Style::kBold);
  if (!client.tier().empty()) context.out() << " (" << Printable(client.tier()) << ")";
  context.out() << ": " << Counted(client.events(), "event") << ", "
                << FormatTime(client.first_occur_time()) << " to "
                << FormatTime(client.last_occur_time()) << "; " << BasisText(response->basis())
                << "\n\n";
  PrintDimensions(context, client);
  if (client.has_payment()) PrintPayment(context, client.payment());
  PrintPromises(context, "PROMISES OF THE CLIENT", client.promises());
  PrintPromises(context, "OUR PROMISES", client.our_promises());
  PrintReasons(context, client);
  return kExitOk;
}

}  // namespace

void AddScoreCommand(CLI::App& app, Context& context, Command& chosen) {
  CLI::App* command = app.add_subcommand("score", "What the record says about one client");
  auto client_id = std::make_shared<std::string>();
  auto options = std::make_shared<PerspectiveOptions>();
  command->add_option("CLIENT", *client_id, "The client")->required();
  options->AddTo(*command);
  command->callback([&context, &chosen, client_id, options] {
    chosen = [&context, client_id, options] { return RunScore(context, *client_id, *options); };
  });
}

}  // namespace pledger::client
