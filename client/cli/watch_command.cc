#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/commands.h"
#include "client/cli/figures.h"
#include "client/cli/format.h"
#include "client/cli/terminal/text.h"

namespace pledger::client {
namespace {

struct Arguments {
  std::string client_id;
  bool from_start = false;
};

// "band B to C (67.2 to 58.0)"; empty where the band is as it was.
std::string BandMoveText(const v1::ReliabilityMove& move) {
  if (move.band_before() == move.band_after()) return "";
  std::string text =
      absl::StrCat("band ", BandText(move.band_before()), " to ", BandText(move.band_after()));
  if (move.has_overall_before() && move.has_overall_after()) {
    absl::StrAppend(&text, " (", FormatNumber(move.overall_before(), 1), " to ",
                    FormatNumber(move.overall_after(), 1), ")");
  } else if (move.has_overall_after()) {
    absl::StrAppend(&text, " (", FormatNumber(move.overall_after(), 1), ")");
  }
  return text;
}

void PrintMove(Context& context, const google::protobuf::Timestamp& as_of,
               const v1::ReliabilityMove& move) {
  const Palette palette = context.palette();
  std::ostream& out = context.out();
  out << palette.Paint(FormatTime(as_of), Style::kDim) << "  "
      << palette.Paint(Printable(move.client_id()), Style::kBold);
  if (const std::string band = BandMoveText(move); !band.empty()) {
    out << "  " << palette.Paint(band, StyleOfBand(move.band_after()));
  }
  if (!move.appeared_signals().empty()) {
    out << "  appeared: " << absl::StrJoin(move.appeared_signals(), ", ");
  }
  if (!move.disappeared_signals().empty()) {
    out << "  gone: " << absl::StrJoin(move.disappeared_signals(), ", ");
  }
  out << '\n';
}

int RunWatch(Context& context, const Arguments& arguments) {
  v1::WatchReliabilityRequest request;
  request.set_client_id(arguments.client_id);
  if (arguments.from_start) request.mutable_since();
  if (const absl::Status status = context.CheckServer(); !status.ok()) return context.Fail(status);
  // Whoever watches wants to go on when the server comes back, whenever that is.
  const absl::Status status = context.client().WatchReliability(
      request, RetryPolicy(), [&](const v1::WatchReliabilityResponse& response) -> absl::Status {
        if (context.is_json() && !response.moves().empty()) {
          if (absl::Status printed = context.PrintJson(response); !printed.ok()) return printed;
        } else {
          for (const v1::ReliabilityMove& move : response.moves()) {
            PrintMove(context, response.as_of_time(), move);
          }
        }
        context.out().flush();
        // Nobody reads any longer: `pledger watch | head`.
        return context.out().good() ? absl::OkStatus() : absl::CancelledError("output closed");
      });
  return absl::IsCancelled(status) ? kExitOk : context.Fail(status);
}

}  // namespace

void AddWatchCommand(CommandLine& app, Context& context) {
  CommandLine* watch = app.AddCommand(
      "watch", "Who changes band, and which signals come and go, as it happens, until Ctrl-C");
  auto arguments = std::make_shared<Arguments>();
  watch->AddOption("CLIENT", arguments->client_id, "Only this client");
  watch->AddFlag("--from-start", arguments->from_start, "First how everybody stands now");
  watch->Runs([&context, arguments] { return RunWatch(context, *arguments); });
}

}  // namespace pledger::client
