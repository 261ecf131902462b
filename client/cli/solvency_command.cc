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
#include "client/cli/figures.h"
#include "client/cli/figures_text.h"
#include "client/cli/format.h"
#include "client/cli/perspective.h"
#include "client/cli/terminal/plot.h"
#include "client/cli/terminal/text.h"

namespace pledger::client {
namespace {

// The whole answer has to fit 80 columns by 24 rows.
constexpr size_t kBarColumns = 24;
constexpr size_t kLabelColumns = 10;
constexpr int kSignalsTold = 3;

// A line that begins with what it is about.
void PrintLine(Context& context, const std::string& label, const std::string& text,
               Style style = Style::kPlain) {
  if (text.empty()) return;
  context.out() << label << std::string(kLabelColumns - label.size(), ' ')
                << context.palette().Paint(Wrap(Printable(text), kLabelColumns, context.width()),
                                           style)
                << '\n';
}

std::string OverallText(const v1::OverallAssessment& overall) {
  if (overall.standing() != v1::STANDING_SCORED) return "too little is on record to judge";
  return absl::StrCat(
      FormatNumber(overall.value(), 1), ", band ", BandText(overall.band()), ", confidence ",
      ShortEnumName(v1::Confidence_descriptor(), overall.confidence()), ", recently ",
      overall.has_recent() ? FormatNumber(overall.recent(), 1) : "–");
}

std::string DimensionText(const v1::DimensionAssessment& assessment, const std::string& figures) {
  std::string text = "too few";
  if (assessment.score().standing() == v1::STANDING_SCORED) {
    text = absl::StrCat(ScoreCell(assessment.score()).text, " (recently ",
                        ScoreCell(assessment.recent()).text, ", lifetime ",
                        ScoreCell(assessment.lifetime()).text, ")");
  }
  return figures.empty() ? text : absl::StrCat(text, "; ", figures);
}

std::string DisputesText(const google::protobuf::RepeatedPtrField<v1::DisputeTally>& disputes) {
  std::vector<std::string> parts;
  for (const v1::DisputeTally& tally : disputes) {
    const bool is_open = tally.in_favour_of() == v1::DisputeResolved::IN_FAVOUR_OF_UNSPECIFIED;
    parts.push_back(absl::StrCat(
        tally.count(), " ", ShortEnumName(v1::DisputeOpened::Reason_descriptor(), tally.reason()),
        is_open ? " open"
                : absl::StrCat(" for ", ShortEnumName(v1::DisputeResolved::InFavourOf_descriptor(),
                                                      tally.in_favour_of()))));
  }
  return absl::StrJoin(parts, ", ");
}

void PrintLimits(Context& context, const v1::GetSolvencyResponse& response) {
  const v1::ProposedLimits& limits = response.limits();
  const Palette palette = context.palette();
  std::string proposal;
  if (limits.prepayment()) {
    proposal = "prepayment";
  } else {
    proposal = absl::StrCat(limits.payment_days(), " days to pay, ",
                            limits.has_credit_limit()
                                ? "at most " + FormatMoney(limits.credit_limit()) + " open"
                                : "no limit proposed");
  }
  context.out() << palette.Paint("PROPOSED", Style::kBold) << "  "
                << palette.Paint(proposal, limits.prepayment() ? Style::kPoor : Style::kGood);
  if (limits.reason_codes_size() > 0) {
    context.out() << "  because of " << absl::StrJoin(limits.reason_codes(), ", ");
  }
  context.out() << '\n';
  PrintLine(context, "", limits.explanation(), Style::kDim);
  if (response.prepayment_in_force()) {
    PrintLine(context, "", "Prepayment is in force by the last change of terms.");
  }
}

void PrintSolvency(Context& context, const v1::GetSolvencyResponse& response) {
  const Palette palette = context.palette();
  context.out() << palette.Paint(response.client_id(), Style::kBold) << TierText(response.tier())
                << "  " << palette.Paint(BasisText(response.basis()), Style::kDim) << '\n';
  const v1::OverallAssessment& overall = response.overall();
  PrintLine(context, "OVERALL", OverallText(overall), StyleOfBand(overall.band()));
  PrintLine(context, "PAYMENT",
            DimensionText(response.payment_dimension(), PaymentText(response.payment())));
  for (const v1::PaymentSums& sums : response.payment().sums()) {
    PrintLine(context, "", SumsLine(sums));
  }
  if (!response.payment().tradeline().empty()) {
    context.out() << std::string(kLabelColumns, ' ')
                  << Tradeline(response.payment().tradeline(), palette)
                  << palette.Paint("  24 months, newest first", Style::kDim) << '\n';
  }
  const std::string promises = PromisesText(response.payment_promises());
  PrintLine(context, "PROMISES",
            DimensionText(response.promise_dimension(),
                          promises.empty() ? "" : absl::StrCat("to pay: ", promises)));
  PrintLine(context, "DISPUTES", DisputesText(response.disputes()));
  for (const v1::Ageing& ageing : response.payment().ageing()) {
    PrintBars(context, absl::StrCat("OPEN, ", ageing.currency_code()), "AMOUNT", AgeingBars(ageing),
              kBarColumns);
  }
  std::vector<std::string> more;
  for (int i = 0; i < response.signals_size(); ++i) {
    const v1::Signal& signal = response.signals(i);
    if (i >= kSignalsTold) {
      more.push_back(signal.code());
      continue;
    }
    PrintLine(context, i == 0 ? "SIGNALS" : "",
              absl::StrCat(signal.code(), " ", SignalStateText(signal), ": ", signal.statement()),
              StyleOfSignal(signal));
  }
  if (!more.empty()) PrintLine(context, "", absl::StrCat("and ", absl::StrJoin(more, ", ")));
  PrintLimits(context, response);
}

int RunSolvency(Context& context, const std::string& client_id, const PerspectiveOptions& options) {
  v1::GetSolvencyRequest request;
  request.set_client_id(client_id);
  const int prepared = PreparePerspective(context, options, *request.mutable_perspective());
  if (prepared != kExitOk) return prepared;
  return PrintAnswer(context, context.client().GetSolvency(request),
                     [&](const auto& response) { PrintSolvency(context, response); });
}

}  // namespace

void AddSolvencyCommand(CommandLine& app, Context& context) {
  CommandLine* command = app.AddCommand("solvency", "One screen to look at before closing a deal");
  auto client_id = std::make_shared<std::string>();
  auto options = std::make_shared<PerspectiveOptions>();
  command->AddOption("CLIENT", *client_id, "The client")->Required();
  options->AddTo(*command);
  command->Runs(
      [&context, client_id, options] { return RunSolvency(context, *client_id, *options); });
}

}  // namespace pledger::client
