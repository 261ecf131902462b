#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/answer.h"
#include "client/cli/assessment_text.h"
#include "client/cli/commands.h"
#include "client/cli/enum_names.h"
#include "client/cli/figures.h"
#include "client/cli/figures_text.h"
#include "client/cli/format.h"
#include "client/cli/one_fact.h"
#include "client/cli/perspective.h"
#include "client/cli/terminal/text.h"

namespace pledger::client {
namespace {

struct PartingArguments {
  std::string client_id;
  // Empty: the client's only open one.
  std::string parting_id;
  // When it happened; empty: now.
  std::string at;
  std::string reporter;
  std::vector<std::string> reasons;
  std::string approved_by;
  std::string step;
  std::string skip_reason;
  int rating = 0;
  std::string text;

  void AddTo(CommandLine& command) {
    command.AddOption("CLIENT", client_id, "The client")->Required();
    command.AddOption("--id", parting_id, "Which parting; the open one unless given");
    command.AddOption("--at", at,
                      "When it happened: a date (its end, UTC) or time; now unless given");
    command.AddOption("--reporter", reporter, "Who told: a reference, not a name");
  }
};

const char* Instruction(v1::PartingStepTaken::Step step) {
  switch (step) {
    case v1::PartingStepTaken::STEP_THANKED:
      return "thank the client";
    case v1::PartingStepTaken::STEP_REFRAMED:
      return "say why we are no longer the right ones for them";
    case v1::PartingStepTaken::STEP_REFUNDED:
      return "give back what was not earned";
    case v1::PartingStepTaken::STEP_ALTERNATIVE_OFFERED:
      return "name somebody who can serve them";
    default:
      return "all four steps are done";
  }
}

void PrintSteps(Context& context, const v1::PartingState& parting) {
  const bool is_ascii = context.charset() == Charset::kAscii;
  const Palette palette = context.palette();
  for (int number = v1::PartingStepTaken::STEP_THANKED;
       number <= v1::PartingStepTaken::STEP_ALTERNATIVE_OFFERED; ++number) {
    const auto step = static_cast<v1::PartingStepTaken::Step>(number);
    const v1::PartingStepTaken* taken = nullptr;
    for (const v1::PartingStepTaken& candidate : parting.steps()) {
      if (candidate.step() == step) taken = &candidate;
    }
    const bool is_next = taken == nullptr && parting.next_step() == step;
    const char* mark = taken != nullptr ? (is_ascii ? "x" : "✓")
                       : is_next        ? (is_ascii ? ">" : "→")
                                        : (is_ascii ? "." : "·");
    std::string text = absl::StrCat(mark, " ", number, " ",
                                    ShortEnumName(v1::PartingStepTaken::Step_descriptor(), step));
    if (taken != nullptr && taken->skipped()) {
      absl::StrAppend(&text, ", skipped: ", taken->skip_reason());
    } else if (is_next) {
      absl::StrAppend(&text, ": ", Instruction(step));
    }
    context.out() << "  "
                  << palette.Paint(Printable(text), taken != nullptr ? Style::kGood
                                                    : is_next        ? Style::kBold
                                                                     : Style::kDim)
                  << '\n';
  }
}

std::string SavingText(const v1::PartingState& parting) {
  std::string text;
  if (parting.has_saved_minutes_a_month()) {
    text = absl::StrCat("saves a month ", FormatNumber(parting.saved_minutes_a_month(), 0),
                        " minutes");
    if (parting.has_saved_strain_minutes_a_month()) {
      absl::StrAppend(&text, ", ", FormatNumber(parting.saved_strain_minutes_a_month(), 0),
                      " strain minutes");
    }
    if (parting.has_saved_cost_a_month()) {
      absl::StrAppend(&text, ", ", FormatMoney(parting.saved_cost_a_month()));
    }
  }
  std::vector<std::string> costs;
  for (const v1::Money& cost : parting.cost()) costs.push_back(FormatMoney(cost));
  if (!costs.empty()) {
    absl::StrAppend(&text, text.empty() ? "" : "; ", "cost ", absl::StrJoin(costs, ", "));
  }
  return text;
}

void PrintParting(Context& context, const v1::PartingState& parting) {
  const Palette palette = context.palette();
  context.out() << '\n'
                << palette.Paint(Printable(parting.parting_id()), Style::kBold) << ": opened "
                << FormatTime(parting.opened_time());
  context.out() << (parting.has_closed_time() ? ", closed " + FormatTime(parting.closed_time())
                                              : std::string(", open"));
  if (parting.reason_codes_size() > 0) {
    context.out() << ", because of " << Printable(absl::StrJoin(parting.reason_codes(), ", "));
  }
  context.out() << '\n';
  PrintSteps(context, parting);
  const bool can_close =
      !parting.has_closed_time() && parting.next_step() == v1::PartingStepTaken::STEP_UNSPECIFIED;
  if (can_close) PrintIndented(context, 2, "Ready to be closed: `pledger parting close CLIENT`");
  if (parting.has_feedback_mean()) {
    PrintIndented(context, 2,
                  absl::StrCat("remembered with ", FormatNumber(parting.feedback_mean(), 1),
                               " of −2 to 2 (", parting.feedback_count(), " told)"));
  }
  PrintIndented(context, 2, SavingText(parting));
}

absl::StatusOr<v1::GetReliabilityResponse> Ask(Context& context, const std::string& client_id) {
  v1::GetReliabilityRequest request;
  request.set_client_id(client_id);
  const absl::Status recorded = AwaitRecorded(context.client(), *request.mutable_perspective());
  if (!recorded.ok()) return recorded;
  return context.client().GetReliability(request);
}

int RunShow(Context& context, const std::string& client_id, const PerspectiveOptions& options) {
  v1::GetReliabilityRequest request;
  request.set_client_id(client_id);
  const int prepared = PreparePerspective(context, options, *request.mutable_perspective());
  if (prepared != kExitOk) return prepared;
  return PrintAnswer(context, context.client().GetReliability(request), [&](const auto& response) {
    const v1::ClientReliability& client = response.reliability();
    const v1::ClientAssessment& assessment = client.assessment();
    context.out() << context.palette().Paint(client.client_id(), Style::kBold)
                  << TierText(client.tier()) << ": "
                  << (assessment.partings().empty()
                          ? "no parting is on record"
                          : Counted(assessment.partings_size(), "parting"))
                  << '\n';
    for (const v1::PartingState& parting : assessment.partings()) PrintParting(context, parting);
    if (assessment.partings().empty()) {
      for (const v1::RecommendedAction& action : assessment.actions()) {
        if (action.action() != v1::ACTION_PART) continue;
        PrintIndented(context, 0, "The record proposes to part. " + action.explanation());
        if (!action.held_back_by().empty()) {
          PrintIndented(context, 0, "Held back by " + action.held_back_by());
        }
      }
    }
    context.out() << context.palette().Paint(BasisText(response.basis()), Style::kDim) << '\n';
  });
}

// The id that the arguments name, or that of the client's latest parting; with `must_be_open`, of
// the only open one.
absl::StatusOr<std::string> FindParting(Context& context, const PartingArguments& arguments,
                                        bool must_be_open) {
  if (!arguments.parting_id.empty()) return arguments.parting_id;
  const absl::StatusOr<v1::GetReliabilityResponse> response = Ask(context, arguments.client_id);
  if (!response.ok()) return response.status();
  std::string found;
  int matching = 0;
  for (const v1::PartingState& parting : response->reliability().assessment().partings()) {
    if (must_be_open && parting.has_closed_time()) continue;
    found = parting.parting_id();
    ++matching;
  }
  if (matching == 0) {
    return absl::NotFoundError(absl::StrCat(arguments.client_id, " has no ",
                                            must_be_open ? "open " : "",
                                            "parting; `pledger parting open` opens one"));
  }
  if (must_be_open && matching > 1) {
    return absl::InvalidArgumentError("several partings are open: name one by --id");
  }
  return found;
}

int Record(Context& context, const PartingArguments& arguments, v1::Fact fact) {
  const FactOrigin origin = {
      .client_id = arguments.client_id, .at = arguments.at, .reporter = arguments.reporter};
  if (absl::Status status = origin.Check(); !status.ok()) return context.FailUsage(status);
  const absl::StatusOr<v1::AppendResponse> response = RecordFact(context, origin, std::move(fact));
  if (!response.ok()) return context.Fail(response.status());
  if (context.is_json()) return PrintJsonAnswer(context, *response);
  context.out() << "Recorded at " << response->events(0).position() << ".\n";
  return RunShow(context, arguments.client_id, PerspectiveOptions());
}

int RunOpen(Context& context, const PartingArguments& arguments) {
  v1::Fact fact;
  v1::PartingOpened& opened = *fact.mutable_parting_opened();
  opened.set_parting_id(
      arguments.parting_id.empty()
          ? absl::StrCat("parting-",
                         absl::FormatTime("%Y-%m-%d", context.surroundings().environment.Now(),
                                          absl::UTCTimeZone()))
          : arguments.parting_id);
  opened.set_approved_by(arguments.approved_by);
  opened.mutable_reason_codes()->Assign(arguments.reasons.begin(), arguments.reasons.end());
  return Record(context, arguments, std::move(fact));
}

int RunStep(Context& context, const PartingArguments& arguments) {
  const absl::StatusOr<v1::PartingStepTaken::Step> step =
      ParseEnumName<v1::PartingStepTaken::Step>(arguments.step);
  if (!step.ok()) return context.FailUsage(step.status());
  const absl::StatusOr<std::string> id = FindParting(context, arguments, true);
  if (!id.ok()) return context.Fail(id.status());
  v1::Fact fact;
  v1::PartingStepTaken& taken = *fact.mutable_parting_step_taken();
  taken.set_parting_id(*id);
  taken.set_step(*step);
  taken.set_skipped(!arguments.skip_reason.empty());
  taken.set_skip_reason(arguments.skip_reason);
  return Record(context, arguments, std::move(fact));
}

int RunClose(Context& context, const PartingArguments& arguments) {
  const absl::StatusOr<std::string> id = FindParting(context, arguments, true);
  if (!id.ok()) return context.Fail(id.status());
  v1::Fact fact;
  fact.mutable_parting_closed()->set_parting_id(*id);
  return Record(context, arguments, std::move(fact));
}

int RunFeedback(Context& context, const PartingArguments& arguments) {
  const absl::StatusOr<std::string> id = FindParting(context, arguments, false);
  if (!id.ok()) return context.Fail(id.status());
  v1::Fact fact;
  v1::PartingFeedbackNoted& feedback = *fact.mutable_parting_feedback_noted();
  feedback.set_parting_id(*id);
  feedback.set_rating(arguments.rating);
  feedback.set_text(arguments.text);
  return Record(context, arguments, std::move(fact));
}

using Arguments = std::shared_ptr<PartingArguments>;

// A sub-command that runs `run` with its own arguments.
std::pair<CommandLine*, Arguments> AddSub(CommandLine& parting, Context& context, const char* name,
                                          const char* description,
                                          int (*run)(Context&, const PartingArguments&)) {
  CommandLine* command = parting.AddCommand(name, description);
  auto arguments = std::make_shared<PartingArguments>();
  arguments->AddTo(*command);
  command->Runs([&context, arguments, run] { return run(context, *arguments); });
  return {command, arguments};
}

}  // namespace

void AddPartingCommand(CommandLine& app, Context& context) {
  constexpr int kRatingMax = 2;
  CommandLine* parting = app.AddCommand(
      "parting", "Parting in four steps: where it stands, and to record what was done");
  auto client_id = std::make_shared<std::string>();
  parting->AddOption("CLIENT", *client_id, "Show this client's partings");
  auto perspective = std::make_shared<PerspectiveOptions>();
  perspective->AddTo(*parting);

  const auto [open, opening] =
      AddSub(*parting, context, "open", "Begin to part; a named person has approved", RunOpen);
  open->AddOption("--reason", opening->reasons, "Codes: THREAT, LOSS_MAKING")
      ->SplitAt(',')
      ->Required();
  open->AddOption("--approved-by", opening->approved_by, "Who: a reference to a member of staff")
      ->Required();
  const auto [step, stepping] =
      AddSub(*parting, context, "step", "A step was taken, or skipped for a reason", RunStep);
  step->AddOption("STEP", stepping->step, "thanked, reframed, refunded or alternative_offered")
      ->Required();
  step->AddOption("--skip", stepping->skip_reason, "It is impossible; the reason's code");
  AddSub(*parting, context, "close", "All four steps are done", RunClose);
  const auto [feedback, telling] =
      AddSub(*parting, context, "feedback", "How the client felt about it", RunFeedback);
  feedback->AddOption("RATING", telling->rating, "-2 (very bad) to 2 (very good)")
      ->Required()
      ->Between(-kRatingMax, kRatingMax);
  feedback->AddOption("--text", telling->text, "In their words");

  parting->Checks([client_id, perspective](bool has_command) {
    // Whoever records by mistake with the options of looking must not believe that they counted.
    if (has_command && (!perspective->as_of.empty() || !perspective->known_at.empty())) {
      return "--as-of and --known-at are for showing, not for recording";
    }
    return has_command || !client_id->empty() ? "" : "CLIENT or a sub-command is required";
  });
  parting->Runs(
      [&context, client_id, perspective] { return RunShow(context, *client_id, *perspective); });
}

}  // namespace pledger::client
