#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/answer.h"
#include "client/cli/assessment_text.h"
#include "client/cli/charts.h"
#include "client/cli/commands.h"
#include "client/cli/enum_names.h"
#include "client/cli/figures.h"
#include "client/cli/format.h"
#include "client/cli/perspective.h"
#include "client/cli/statements.h"
#include "client/cli/terminal/line_plot.h"
#include "client/cli/terminal/table.h"

namespace pledger::client {
namespace {

constexpr size_t kPlotRows = 16;
constexpr size_t kPlotColumns = 80;
constexpr size_t kPlotColumnsMax = 120;
constexpr int kPositionsShown = 8;

struct HistoryArguments {
  std::string client_id;
  std::vector<std::string> dimensions;
  std::string from;
  std::string to;
  bool months = false;
  bool plot = false;
  bool no_plot = false;
  // Two moments, or none.
  std::vector<std::string> between;
  PerspectiveOptions perspective;
};

absl::Status SetTime(const absl::StatusOr<absl::Time>& time,
                     google::protobuf::Timestamp* timestamp) {
  if (time.ok()) *timestamp = ToTimestamp(*time);
  return time.status();
}

absl::Status Build(const HistoryArguments& arguments, v1::GetReliabilityHistoryRequest& request) {
  request.set_client_id(arguments.client_id);
  request.set_mode(arguments.months ? v1::HISTORY_MODE_MONTH_ENDS : v1::HISTORY_MODE_CHANGES);
  for (const std::string& name : arguments.dimensions) {
    const absl::StatusOr<v1::Dimension> dimension = ParseEnumName<v1::Dimension>(name);
    if (!dimension.ok()) return dimension.status();
    request.add_dimensions(*dimension);
  }
  absl::Status status;
  if (!arguments.from.empty()) {
    status.Update(SetTime(ParseBeginning(arguments.from), request.mutable_from_time()));
  }
  if (!arguments.to.empty()) {
    status.Update(SetTime(ParseMoment(arguments.to), request.mutable_to_time()));
  }
  return status;
}

// `points` are those of `response`, and month ends between them.
void PrintPlot(Context& context, const v1::GetReliabilityHistoryRequest& request,
               const v1::GetReliabilityHistoryResponse& response,
               const google::protobuf::RepeatedPtrField<v1::HistoryPoint>& points,
               v1::Dimension dimension) {
  const absl::Time to =
      request.has_to_time() ? ToTime(request.to_time()) : ToTime(response.basis().as_of());
  const absl::Time from =
      request.has_from_time() ? ToTime(request.from_time()) : absl::InfinitePast();
  const Chart chart = HistoryChart(
      points, dimension, BandFloorsOf(context, request.perspective(), response.basis()), from, to);
  const size_t columns =
      context.width() == 0 ? kPlotColumns : std::min(context.width(), kPlotColumnsMax);
  const std::string plot = DrawChart(chart, {.columns = columns, .rows = kPlotRows},
                                     context.charset(), context.palette());
  if (plot.empty()) return;
  context.out() << context.palette().Paint(chart.title, Style::kBold) << '\n' << plot << '\n';
}

void PrintPoints(Context& context, const v1::GetReliabilityHistoryResponse& response,
                 bool with_positions, const FactMarks& marks) {
  std::vector<TableColumn> columns = {{.header = "WHEN"}};
  if (with_positions) columns.push_back({.header = "POSITION", .is_number = true});
  columns.insert(columns.end(), {{.header = "DIMENSION"},
                                 {.header = "BEFORE", .is_number = true},
                                 {.header = "AFTER", .is_number = true},
                                 {.header = "POINTS", .is_number = true},
                                 {.header = "BAND"},
                                 {.header = "WHY", .can_shrink = true}});
  Table table(std::move(columns));
  for (const v1::HistoryPoint& point : response.points()) {
    std::vector<TableCell> row = {FormatTime(point.occur_time())};
    if (with_positions) row.emplace_back(marks.Text(point.position()));
    const bool is_overall = point.dimension() == v1::DIMENSION_OVERALL;
    row.insert(
        row.end(),
        {ShortEnumName(v1::Dimension_descriptor(), point.dimension()),
         ValueCell(point.has_before(), point.before()), ValueCell(point.has_after(), point.after()),
         point.has_before() && point.has_after() ? PointsCell(point.points(), 1) : TableCell(""),
         is_overall ? TableCell(BandText(point.band()), StyleOfBand(point.band())) : TableCell(""),
         point.reason_code()});
    table.AddRow(std::move(row));
  }
  if (table.empty()) {
    context.out() << "Nothing moved a figure in that time.\n";
  } else {
    context.out() << table.Take(context.width(), context.palette());
  }
  if (response.truncated()) {
    context.err() << "pledger: there are more points than are given at once; these are the "
                     "latest. Ask for a narrower span by --from and --to.\n";
  }
}

void PrintPlots(Context& context, const v1::GetReliabilityHistoryRequest& request,
                const v1::GetReliabilityHistoryResponse& response) {
  google::protobuf::RepeatedPtrField<v1::HistoryPoint> points = response.points();
  if (request.mode() != v1::HISTORY_MODE_MONTH_ENDS) {
    // Between facts time moves a score, too.
    v1::GetReliabilityHistoryRequest month_ends = request;
    month_ends.set_mode(v1::HISTORY_MODE_MONTH_ENDS);
    PinTo(response.basis(), *month_ends.mutable_perspective());
    const absl::StatusOr<v1::GetReliabilityHistoryResponse> between =
        context.client().GetReliabilityHistory(month_ends);
    if (between.ok()) points.MergeFrom(between->points());
  }
  if (request.dimensions().empty()) {
    PrintPlot(context, request, response, points, v1::DIMENSION_OVERALL);
  }
  for (const int dimension : request.dimensions()) {
    PrintPlot(context, request, response, points, static_cast<v1::Dimension>(dimension));
  }
}

int RunSeries(Context& context, const HistoryArguments& arguments) {
  v1::GetReliabilityHistoryRequest request;
  if (const absl::Status status = Build(arguments, request); !status.ok()) {
    return context.FailUsage(status);
  }
  const int prepared =
      PreparePerspective(context, arguments.perspective, *request.mutable_perspective());
  if (prepared != kExitOk) return prepared;
  const bool with_plot =
      arguments.plot || (context.surroundings().out_is_terminal && !arguments.no_plot);
  return PrintAnswer(
      context, context.client().GetReliabilityHistory(request), [&](const auto& response) {
        if (with_plot) PrintPlots(context, request, response);
        v1::Perspective perspective = request.perspective();
        PinTo(response.basis(), perspective);
        google::protobuf::RepeatedPtrField<v1::StatementReference> statements;
        const FactMarks marks = MarksOf(context, request.client_id(), perspective, &statements);
        PrintPoints(context, response, !arguments.months, marks);
        if (!arguments.months) PrintStatementsAndLegend(context, statements, marks);
        context.out() << context.palette().Paint(BasisText(response.basis()), Style::kDim) << '\n';
      });
}

void PrintComparison(Context& context, const v1::CompareReliabilityResponse& response) {
  constexpr size_t kIndent = 2;
  std::ostream& out = context.out();
  const Palette palette = context.palette();
  out << "Before: " << BasisText(response.before_basis()) << '\n'
      << "After:  " << BasisText(response.after_basis()) << '\n';
  for (const v1::DimensionChange& dimension : response.dimensions()) {
    const TableCell before = ValueCell(dimension.has_before(), dimension.before());
    const TableCell after = ValueCell(dimension.has_after(), dimension.after());
    out << '\n'
        << palette.Paint(ShortEnumName(v1::Dimension_descriptor(), dimension.dimension()),
                         Style::kBold)
        << "  " << palette.Paint(before.text, before.style) << " to "
        << palette.Paint(after.text, after.style);
    if (dimension.has_before() && dimension.has_after()) {
      const TableCell points = PointsCell(dimension.after() - dimension.before(), 1);
      out << "  " << palette.Paint(points.text, points.style);
    }
    out << '\n';
    for (const v1::ReliabilityChange& change : dimension.changes()) {
      const TableCell points = PointsCell(change.points(), 1);
      out << std::string(kIndent, ' ') << palette.Paint(points.text, points.style) << "  "
          << change.code();
      if (change.positions_size() > 0) {
        out << "  facts " << PositionsText(change.positions(), kPositionsShown);
      }
      out << '\n';
      PrintIndented(context, 2 * kIndent, change.statement());
    }
  }
  const auto print = [&](const char* what, const auto& signals, Style style) {
    if (signals.empty()) return;
    out << '\n' << what << palette.Paint(absl::StrJoin(signals, ", "), style) << '\n';
  };
  print("Signals that appeared:    ", response.appeared_signals(), Style::kPoor);
  print("Signals that disappeared: ", response.disappeared_signals(), Style::kGood);
  if (response.dimensions().empty()) out << "\nNothing changed between them.\n";
}

int RunComparison(Context& context, const HistoryArguments& arguments) {
  v1::CompareReliabilityRequest request;
  request.set_client_id(arguments.client_id);
  PerspectiveOptions options = arguments.perspective;
  if (!options.as_of.empty()) {
    return context.FailUsage(
        absl::InvalidArgumentError("--between names both moments: leave --as-of out"));
  }
  options.as_of = arguments.between[0];
  int prepared = PreparePerspective(context, options, *request.mutable_before());
  if (prepared != kExitOk) return prepared;
  options.as_of = arguments.between[1];
  prepared = PreparePerspective(context, options, *request.mutable_after());
  if (prepared != kExitOk) return prepared;
  return PrintAnswer(context, context.client().CompareReliability(request),
                     [&](const auto& response) { PrintComparison(context, response); });
}

}  // namespace

void AddHistoryCommand(CommandLine& app, Context& context) {
  CommandLine* command = app.AddCommand(
      "history", "How one client's scores came about, or why they differ between two moments");
  auto arguments = std::make_shared<HistoryArguments>();
  command->AddOption("CLIENT", arguments->client_id, "The client")->Required();
  command->AddOption("--dimension", arguments->dimensions,
                     "Only these: overall, payment, promises …; all unless given");
  command->AddOption("--from", arguments->from, "Only from that date (UTC) or time on");
  command->AddOption("--to", arguments->to, "Only up to that date's end (UTC) or that time");
  command->AddFlag("--months", arguments->months,
                   "The ends of months instead of every fact that moved a score");
  CommandOption* plot =
      command->AddFlag("--plot", arguments->plot, "Draw it, too (as on a terminal)");
  command->AddFlag("--no-plot", arguments->no_plot, "Only the table")->Excludes(plot);
  command
      ->AddOption("--between", arguments->between,
                  "Two dates or times: why did the scores change from one to the other?")
      ->Takes(2);
  arguments->perspective.AddTo(*command);
  command->Runs([&context, arguments] {
    return arguments->between.empty() ? RunSeries(context, *arguments)
                                      : RunComparison(context, *arguments);
  });
}

}  // namespace pledger::client
