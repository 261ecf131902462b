#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/answer.h"
#include "client/cli/assessment_text.h"
#include "client/cli/charts.h"
#include "client/cli/commands.h"
#include "client/cli/fact_marks.h"
#include "client/cli/figures.h"
#include "client/cli/figures_text.h"
#include "client/cli/format.h"
#include "client/cli/perspective.h"
#include "client/cli/statements.h"
#include "client/cli/terminal/plot.h"
#include "client/cli/terminal/table.h"

namespace pledger::client {
namespace {

// A score line takes what the other columns leave, within these bounds.
constexpr size_t kScoreLineColumnsMin = 9;
constexpr size_t kScoreLineColumnsMax = 25;
constexpr size_t kOtherColumns = 68;
constexpr size_t kDisputeColumns = 15;
constexpr size_t kAgeingBarColumns = 30;
constexpr size_t kIndent = 2;
constexpr size_t kOverallIndent = 9;

// Which columns there are beside the usual: the score without disputed facts, and with those that
// it leaves out while they are disputed.
struct DisputeColumns {
  bool undisputed = false;
  bool all_facts = false;
};

DisputeColumns DisputeColumnsOf(const v1::ClientReliability& client) {
  DisputeColumns columns;
  for (const v1::DimensionAssessment& dimension : client.dimensions()) {
    columns.undisputed = columns.undisputed || dimension.has_undisputed();
    columns.all_facts = columns.all_facts || dimension.has_with_disputed();
  }
  return columns;
}

// 0 where the terminal is too narrow for any.
size_t ScoreLineColumns(size_t terminal_width, const DisputeColumns& disputes) {
  const size_t others = kOtherColumns + (disputes.undisputed ? kDisputeColumns : 0) +
                        (disputes.all_facts ? kDisputeColumns : 0);
  if (terminal_width == 0) return kScoreLineColumnsMax;
  if (terminal_width < others + kScoreLineColumnsMin) return 0;
  return std::min(terminal_width - others, kScoreLineColumnsMax);
}

void AddDimension(const std::string& name, const v1::DimensionAssessment& assessment,
                  size_t line_columns, const DisputeColumns& disputes, Charset charset,
                  Table& table) {
  const v1::Score& score = assessment.score();
  const bool is_scored = score.standing() == v1::STANDING_SCORED;
  std::vector<TableCell> row = {name, ScoreCell(score)};
  if (line_columns > 0) {
    row.push_back(is_scored ? TableCell(ScoreLine(score.value(),
                                                  score.has_low() ? score.low() : score.value(),
                                                  score.has_high() ? score.high() : score.value(),
                                                  line_columns, charset, Palette(false)),
                                        StyleOfScore(score.value()))
                            : TableCell("too few", Style::kDim));
  }
  row.insert(row.end(), {IntervalText(score), ScoreCell(assessment.recent()),
                         ScoreCell(assessment.lifetime())});
  if (disputes.undisputed) {
    row.push_back(assessment.has_undisputed() ? ScoreCell(assessment.undisputed()) : TableCell(""));
  }
  if (disputes.all_facts) {
    row.push_back(assessment.has_with_disputed() ? ScoreCell(assessment.with_disputed())
                                                 : TableCell(""));
  }
  row.emplace_back(FormatCount(score.items()));
  row.emplace_back(assessment.confidence() == v1::CONFIDENCE_UNSPECIFIED
                       ? ""
                       : ShortEnumName(v1::Confidence_descriptor(), assessment.confidence()));
  table.AddRow(std::move(row));
}

void PrintDimensions(Context& context, const v1::ClientReliability& client) {
  const auto& dimensions = client.dimensions();
  const DisputeColumns disputes = DisputeColumnsOf(client);
  const size_t line_columns = ScoreLineColumns(context.width(), disputes);
  std::vector<TableColumn> columns = {{.header = "DIMENSION"},
                                      {.header = "SCORE", .is_number = true}};
  if (line_columns > 0) columns.push_back({.header = "0 … 100"});
  columns.insert(columns.end(), {{.header = "95 %", .is_number = true},
                                 {.header = "RECENT", .is_number = true},
                                 {.header = "LIFETIME", .is_number = true}});
  if (disputes.undisputed) columns.push_back({.header = "UNDISPUTED", .is_number = true});
  if (disputes.all_facts) columns.push_back({.header = "WITH DISPUTED", .is_number = true});
  columns.push_back({.header = "ITEMS", .is_number = true});
  columns.push_back({.header = "CONFIDENCE"});
  Table table(std::move(columns));
  for (const v1::DimensionAssessment& dimension : dimensions) {
    AddDimension(ShortEnumName(v1::Dimension_descriptor(), dimension.dimension()), dimension,
                 line_columns, disputes, context.charset(), table);
  }
  if (client.has_our_reliability()) {
    AddDimension("OUR PROMISES", client.our_reliability(), line_columns, disputes,
                 context.charset(), table);
  }
  context.out() << table.Take(context.width(), context.palette());
}

std::string OverallNote(const v1::OverallAssessment& overall) {
  std::string note = absl::StrCat(
      "recently ", overall.has_recent() ? FormatNumber(overall.recent(), 1) : "–", ", lifetime ",
      overall.has_lifetime() ? FormatNumber(overall.lifetime(), 1) : "–");
  if (overall.has_undisputed()) {
    absl::StrAppend(&note, ", without disputed facts ", FormatNumber(overall.undisputed(), 1));
  }
  if (overall.capped()) {
    absl::StrAppend(&note, "; held down by ",
                    ShortEnumName(v1::Dimension_descriptor(), overall.worst_dimension()));
  }
  return note;
}

void PrintOverall(Context& context, const v1::OverallAssessment& overall) {
  std::ostream& out = context.out();
  const Palette palette = context.palette();
  out << palette.Paint("OVERALL  ", Style::kBold);
  if (overall.standing() != v1::STANDING_SCORED) {
    out << "too little is on record to judge; neither good nor bad\n";
    return;
  }
  out << palette.Paint(FormatNumber(overall.value(), 1), StyleOfScore(overall.value())) << "  band "
      << palette.Paint(BandText(overall.band()), StyleOfBand(overall.band())) << ", confidence "
      << ShortEnumName(v1::Confidence_descriptor(), overall.confidence()) << '\n';
  PrintIndented(context, kOverallIndent, OverallNote(overall));
}

void PrintFigures(Context& context, const v1::ClientReliability& client) {
  if (client.has_payment()) {
    const v1::PaymentFigures& payment = client.payment();
    PrintHeading(context, "PAYMENT");
    PrintIndented(context, kIndent, PaymentText(payment));
    for (const v1::PaymentSums& sums : payment.sums()) {
      PrintIndented(context, kIndent, SumsLine(sums));
    }
    PrintTradeline(context, payment.tradeline());
    if (!payment.unconverted_currencies().empty()) {
      PrintIndented(context, kIndent,
                    absl::StrCat("Without exchange rate, weighed by count: ",
                                 absl::StrJoin(payment.unconverted_currencies(), ", ")));
    }
    for (const v1::Ageing& ageing : payment.ageing()) {
      const std::vector<ChartBar> bars = AgeingBars(ageing);
      if (!bars.empty()) context.out() << '\n';
      PrintBars(context, absl::StrCat("OPEN, ", ageing.currency_code()), "AMOUNT", bars,
                kAgeingBarColumns);
    }
  }
  const auto print = [&](const std::string& heading, const std::string& text) {
    if (text.empty()) return;
    PrintHeading(context, heading);
    PrintIndented(context, kIndent, text);
  };
  print("PROMISES OF THE CLIENT", PromisesText(client.promises()));
  print("OUR PROMISES", PromisesText(client.our_promises()));
  for (const FiguresLine& line : OtherFigures(client)) print(line.name, line.text);
}

void PrintReasons(Context& context, const v1::ClientReliability& client, const FactMarks& marks) {
  constexpr int kPositionsShown = 6;
  Table table({{.header = "WHY"},
               {.header = "POINTS", .is_number = true},
               {.header = "FACTS", .is_number = true},
               {.header = "POSITIONS", .can_shrink = true},
               {.header = "WHAT WOULD IMPROVE IT", .can_shrink = true}});
  for (const v1::DimensionAssessment& dimension : client.dimensions()) {
    for (const v1::Reason& reason : dimension.reasons()) {
      if (!MovesScore(reason)) continue;
      std::string positions = marks.Text(reason.positions(), kPositionsShown);
      const bool has_more =
          reason.positions_size() <= kPositionsShown && reason.count() > reason.positions_size();
      table.AddRow({reason.code(), PointsCell(reason.points(), 1), FormatCount(reason.count()),
                    has_more ? positions + " …" : positions, reason.improvement()});
    }
  }
  if (table.empty()) return;
  context.out() << '\n' << table.Take(context.width(), context.palette());
}

void PrintScore(Context& context, const v1::GetReliabilityResponse& response) {
  const v1::ClientReliability& client = response.reliability();
  const Palette palette = context.palette();
  const FactMarks marks(client);
  context.out() << palette.Paint(client.client_id(), Style::kBold) << TierText(client.tier())
                << ": " << Counted(client.events(), "event") << ", "
                << FormatTime(client.first_occur_time()) << " to "
                << FormatTime(client.last_occur_time()) << '\n'
                << palette.Paint(BasisText(response.basis()), Style::kDim) << "\n\n";
  if (client.has_overall()) {
    PrintOverall(context, client.overall());
    context.out() << '\n';
  }
  PrintDimensions(context, client);
  PrintReasons(context, client, marks);
  PrintSegment(context, client.assessment());
  PrintSignals(context, client.assessment().signals(), marks);
  PrintActions(context, client.assessment(), marks);
  PrintGrowthPoints(context, client.assessment().growth_points(), marks);
  PrintFigures(context, client);
  PrintStatementsAndLegend(context, client.statements(), marks);
}

int RunScore(Context& context, const std::string& client_id, const PerspectiveOptions& options) {
  v1::GetReliabilityRequest request;
  request.set_client_id(client_id);
  const int prepared = PreparePerspective(context, options, *request.mutable_perspective());
  if (prepared != kExitOk) return prepared;
  return PrintAnswer(context, context.client().GetReliability(request),
                     [&](const auto& response) { PrintScore(context, response); });
}

}  // namespace

void AddScoreCommand(CommandLine& app, Context& context) {
  CommandLine* command = app.AddCommand("score", "What the record says about one client");
  auto client_id = std::make_shared<std::string>();
  auto options = std::make_shared<PerspectiveOptions>();
  command->AddOption("CLIENT", *client_id, "The client")->Required();
  options->AddTo(*command);
  command->Runs([&context, client_id, options] { return RunScore(context, *client_id, *options); });
}

}  // namespace pledger::client
