#include <fstream>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/charts.h"
#include "client/cli/commands.h"
#include "client/cli/format.h"
#include "client/cli/perspective.h"
#include "client/cli/report/html_report.h"
#include "client/cli/waiting.h"

namespace pledger::client {
namespace {

struct ReportArguments {
  std::string client_id;
  std::string file;
  bool with_personal = false;
  PerspectiveOptions perspective;
};

// The client's events, of which the report shows those that it cites.
absl::Status ReadCitableEvents(Context& context, const ReportArguments& arguments,
                               ReportData& data) {
  v1::ReadEventsRequest request;
  request.set_client_id(arguments.client_id);
  request.set_personal_fields(arguments.with_personal ? v1::PERSONAL_FIELDS_INCLUDE
                                                      : v1::PERSONAL_FIELDS_OMIT);
  return context.client().ReadEvents(request, [&](const v1::ReadEventsResponse& batch) {
    for (v1::Event event : batch.events()) {
      if (event.position() >= data.basis.next_position()) break;
      if (!arguments.with_personal) {
        ClearPersonalFields(*event.mutable_fact());
      } else if (event.fact().has_client_opened()) {
        data.display_name = event.fact().client_opened().display_name();
      }
      const uint64_t position = event.position();
      data.events.emplace(position, std::move(event));
    }
    return absl::OkStatus();
  });
}

// Everything that the report shows, as of one moment.
absl::StatusOr<ReportData> Gather(Context& context, const ReportArguments& arguments,
                                  v1::Perspective perspective) {
  ReportData data;
  v1::GetReliabilityRequest request;
  request.set_client_id(arguments.client_id);
  *request.mutable_perspective() = perspective;
  absl::StatusOr<v1::GetReliabilityResponse> answer = context.client().GetReliability(request);
  if (!answer.ok()) return answer.status();
  data.reliability = std::move(*answer->mutable_reliability());
  data.basis = answer->basis();
  PinTo(data.basis, perspective);

  v1::GetReliabilityHistoryRequest history;
  history.set_client_id(arguments.client_id);
  history.add_dimensions(v1::DIMENSION_OVERALL);
  *history.mutable_perspective() = perspective;
  for (const v1::HistoryMode mode : {v1::HISTORY_MODE_CHANGES, v1::HISTORY_MODE_MONTH_ENDS}) {
    history.set_mode(mode);
    const absl::StatusOr<v1::GetReliabilityHistoryResponse> points =
        context.client().GetReliabilityHistory(history);
    if (!points.ok()) return points.status();
    data.history.MergeFrom(points->points());
  }
  data.band_floors = BandFloorsOf(context, perspective, data.basis);

  v1::GetPortfolioRequest all;
  *all.mutable_perspective() = perspective;
  absl::StatusOr<v1::GetPortfolioResponse> portfolio = context.client().GetPortfolio(all);
  if (!portfolio.ok()) return portfolio.status();
  data.portfolio = *std::move(portfolio);

  const absl::Status read = ReadCitableEvents(context, arguments, data);
  if (!read.ok()) return read;
  return data;
}

int RunReport(Context& context, const ReportArguments& arguments) {
  v1::Perspective perspective;
  const int prepared = PreparePerspective(context, arguments.perspective, perspective);
  if (prepared != kExitOk) return prepared;
  absl::StatusOr<ReportData> data;
  {
    const Waiting waiting(context, "gathering the record");
    data = Gather(context, arguments, std::move(perspective));
  }
  if (!data.ok()) return context.Fail(data.status());
  const std::string page = RenderReport(*data);
  if (arguments.file == "-") {
    context.out() << page;
    return kExitOk;
  }
  std::ofstream file(arguments.file, std::ios::binary);
  file << page;
  file.close();
  if (!file) {
    return context.Fail(absl::UnknownError(absl::StrCat("cannot write ", arguments.file)));
  }
  context.err() << "Wrote " << arguments.file << ", " << FormatCount(page.size()) << " bytes"
                << (arguments.with_personal ? ", with personal texts" : "") << ".\n";
  return kExitOk;
}

}  // namespace

void AddReportCommand(CommandLine& app, Context& context) {
  CommandLine* command = app.AddCommand("report", "One client's record as a page for a meeting");
  auto arguments = std::make_shared<ReportArguments>();
  command->AddOption("CLIENT", arguments->client_id, "The client")->Required();
  command
      ->AddOption("--html", arguments->file,
                  "Where to write it, one file that needs no other; - is standard output")
      ->Required();
  command->AddFlag("--with-personal", arguments->with_personal,
                   "With names and texts; without, the page holds nothing personal");
  arguments->perspective.AddTo(*command);
  command->Runs([&context, arguments] { return RunReport(context, *arguments); });
}

}  // namespace pledger::client
