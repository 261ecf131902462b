#include "client/cli/one_fact.h"

#include <ostream>
#include <utility>

#include "client/cli/answer.h"
#include "client/cli/format.h"
#include "client/cli/perspective.h"

namespace pledger::client {

void FactOrigin::AddTo(CommandLine& command) {
  command.AddOption("--at", at, "When it happened: a date or time; now if not given");
  command.AddOption("--reporter", reporter, "Who told us; a reference, not a name");
  command.AddOption("--source", source, "The system it comes from")->ShowDefault();
}

absl::Status FactOrigin::Check() const {
  return at.empty() ? absl::OkStatus() : ParseMoment(at).status();
}

absl::StatusOr<v1::AppendResponse> RecordFact(Context& context, const FactOrigin& origin,
                                              v1::Fact fact) {
  absl::Time when = context.surroundings().environment.Now();
  if (!origin.at.empty()) {
    const absl::StatusOr<absl::Time> parsed = ParseMoment(origin.at);
    if (!parsed.ok()) return parsed.status();
    when = *parsed;
  }
  v1::AppendRequest request;
  v1::ProposedEvent& event = *request.add_events();
  event.set_client_id(origin.client_id);
  *event.mutable_occur_time() = ToTimestamp(when);
  event.set_reporter(origin.reporter);
  event.set_source(origin.source);
  *event.mutable_fact() = std::move(fact);
  return context.client().Append(std::move(request));
}

int RecordAndSay(Context& context, const FactOrigin& origin, v1::Fact fact) {
  if (absl::Status status = origin.Check(); !status.ok()) return context.FailUsage(status);
  return PrintAnswer(context, RecordFact(context, origin, std::move(fact)),
                     [&context](const v1::AppendResponse& response) {
                       context.out() << "Recorded at " << response.events(0).position() << ".\n";
                     });
}

}  // namespace pledger::client
