#include <google/protobuf/util/json_util.h>

#include <cstdint>
#include <fstream>
#include <istream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/one_fact.h"

namespace pledger::client {
namespace {

struct AmendArguments {
  FactOrigin origin;
  uint64_t position = 0;
  // Of a correction.
  std::string file = "-";
  // Of a retraction.
  std::string reason;
  // Of a statement.
  std::string by = "client";
  std::string text;

  void AddTo(CommandLine& command) {
    command.AddOption("CLIENT", origin.client_id, "The client")->Required();
    command.AddOption("POSITION", position, "The event that it is about")->Required();
    origin.AddTo(command);
  }
};

absl::StatusOr<v1::Fact> ReadFact(Context& context, const std::string& path) {
  std::ifstream file;
  if (path != "-") {
    file.open(path);
    if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  }
  std::istream& in = path == "-" ? context.in() : file;
  const std::string json{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  v1::Fact fact;
  const auto parsed = google::protobuf::util::JsonStringToMessage(json, &fact);
  if (parsed.ok()) return fact;
  return absl::InvalidArgumentError(absl::StrCat("no pledger.v1.Fact: ", parsed.ToString()));
}

int RunCorrect(Context& context, const AmendArguments& arguments) {
  absl::StatusOr<v1::Fact> replacement = ReadFact(context, arguments.file);
  if (!replacement.ok()) return context.FailUsage(replacement.status());
  v1::Fact fact;
  fact.mutable_event_corrected()->set_target_position(arguments.position);
  *fact.mutable_event_corrected()->mutable_replacement() = *std::move(replacement);
  return RecordAndSay(context, arguments.origin, std::move(fact));
}

int RunRetract(Context& context, const AmendArguments& arguments) {
  v1::Fact fact;
  fact.mutable_event_retracted()->set_target_position(arguments.position);
  fact.mutable_event_retracted()->set_reason(arguments.reason);
  return RecordAndSay(context, arguments.origin, std::move(fact));
}

int RunState(Context& context, const AmendArguments& arguments) {
  v1::Fact fact;
  v1::StatementAdded& statement = *fact.mutable_statement_added();
  statement.set_target_position(arguments.position);
  statement.set_by(arguments.by == "us" ? v1::PARTY_US : v1::PARTY_CLIENT);
  statement.set_text(arguments.text);
  return RecordAndSay(context, arguments.origin, std::move(fact));
}

using Run = int (*)(Context&, const AmendArguments&);

void Choose(CommandLine& command, Context& context,
            const std::shared_ptr<AmendArguments>& arguments, Run run) {
  command.Runs([&context, arguments, run] { return run(context, *arguments); });
}

}  // namespace

void AddAmendCommands(CommandLine& app, Context& context) {
  CommandLine* correct =
      app.AddCommand("correct", "Record how an event should have read; both stay on record");
  auto corrected = std::make_shared<AmendArguments>();
  corrected->AddTo(*correct);
  correct
      ->AddOption("FILE", corrected->file,
                  "The whole fact as it should be, a pledger.v1.Fact as proto JSON; - is "
                  "standard input")
      ->ShowDefault();
  Choose(*correct, context, corrected, RunCorrect);

  CommandLine* retract = app.AddCommand(
      "retract", "Record that an event should not have been recorded; it no longer counts");
  auto retracted = std::make_shared<AmendArguments>();
  retracted->AddTo(*retract);
  retract->AddOption("--reason", retracted->reason, "Why: a code such as WRONG_CLIENT")->Required();
  Choose(*retract, context, retracted, RunRetract);

  CommandLine* state = app.AddCommand(
      "state", "Record a party's own words about an event; shown wherever the event is");
  auto stated = std::make_shared<AmendArguments>();
  stated->AddTo(*state);
  state->AddOption("TEXT", stated->text, "The words")->Required();
  state->AddOption("--by", stated->by, "Whose words")->OneOf({"client", "us"})->ShowDefault();
  Choose(*state, context, stated, RunState);
}

}  // namespace pledger::client
