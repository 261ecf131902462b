#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/cli/commands.h"
#include "client/cli/event_printer.h"
#include "client/cli/fact_marks.h"
#include "client/cli/format.h"
#include "client/cli/perspective.h"
#include "client/lib/subscription.h"

namespace pledger::client {
namespace {

struct FilterArguments {
  std::string client;
  std::vector<std::string> types;
  std::string correlation_id;
  bool personal = false;

  void AddTo(CommandLine& command) {
    command.AddOption("--type", types, "Only these kinds of facts: invoice_issued …");
    command.AddOption("--correlation", correlation_id, "Only this correlation id");
    command.AddFlag("--personal", personal,
                    "With names and texts; that you read them stands in the access log");
  }

  v1::PersonalFields personal_fields() const {
    return personal ? v1::PERSONAL_FIELDS_INCLUDE : v1::PERSONAL_FIELDS_OMIT;
  }

  absl::StatusOr<v1::EventFilter> Build() const {
    v1::EventFilter filter;
    for (const std::string& name : types) {
      v1::FactType type = v1::FACT_TYPE_UNSPECIFIED;
      const std::string value = absl::StrReplaceAll(absl::AsciiStrToUpper(name), {{"-", "_"}});
      if (!v1::FactType_Parse(absl::StrCat("FACT_TYPE_", value), &type)) {
        return absl::InvalidArgumentError(absl::StrCat("there is no fact \"", name, "\""));
      }
      filter.add_fact_types(type);
    }
    filter.set_correlation_id(correlation_id);
    return filter;
  }
};

struct EventsArguments : FilterArguments {
  bool all = false;
  std::string from;
  uint64_t limit = 0;
  bool backward = false;
};

struct TailArguments : FilterArguments {
  std::string from;
  bool from_start = false;
  bool from_end = false;
};

// Where to begin: a position, or a date (its beginning, UTC) or time. Request is either kind.
template <class Request>
absl::Status SetFrom(const std::string& from, Request& request) {
  uint64_t position = 0;
  if (absl::SimpleAtoi(from, &position)) {
    request.set_from_position(position);
    return absl::OkStatus();
  }
  const absl::StatusOr<absl::Time> time = ParseBeginning(from);
  if (!time.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", from, "\" is neither a position nor a date nor a time"));
  }
  *request.mutable_from_record_time() = ToTimestamp(*time);
  return absl::OkStatus();
}

// Which of a client's facts are disputed, amended or answered, as it is known now.
FactMarks MarksOf(Context& context, const std::string& client) {
  v1::GetReliabilityRequest request;
  request.set_client_id(client);
  absl::Status status = AwaitRecorded(context.client(), *request.mutable_perspective());
  if (status.ok()) {
    const auto response = context.client().GetReliability(request);
    if (response.ok()) return FactMarks(response->reliability());
    status = response.status();
  }
  if (!absl::IsNotFound(status)) {
    context.err() << "Which facts are disputed or were corrected can't be told: "
                  << status.message() << '\n';
  }
  return {};
}

int RunEvents(Context& context, const EventsArguments& arguments) {
  if (arguments.all != arguments.client.empty()) {
    return context.FailUsage(absl::InvalidArgumentError("name a client, or give --all"));
  }
  v1::ReadEventsRequest request;
  request.set_client_id(arguments.client);
  request.set_limit(arguments.limit);
  request.set_personal_fields(arguments.personal_fields());
  request.set_direction(arguments.backward ? v1::DIRECTION_BACKWARD : v1::DIRECTION_FORWARD);
  const absl::StatusOr<v1::EventFilter> filter = arguments.Build();
  if (!filter.ok()) return context.FailUsage(filter.status());
  *request.mutable_filter() = *filter;
  if (!arguments.from.empty()) {
    const absl::Status status = SetFrom(arguments.from, request);
    if (!status.ok()) return context.FailUsage(status);
  }
  const bool marked = !arguments.all && !context.is_json();
  EventPrinter printer(context, marked ? MarksOf(context, arguments.client) : FactMarks());
  const absl::Status status =
      context.client().ReadEvents(request, [&](const v1::ReadEventsResponse& batch) {
        for (const v1::Event& event : batch.events()) {
          if (absl::Status printed = printer.Print(event); !printed.ok()) return printed;
        }
        // Nobody reads any longer: `pledger events --all | head`.
        return context.out().good() ? absl::OkStatus() : absl::CancelledError("output closed");
      });
  if (absl::IsCancelled(status)) return kExitOk;
  if (!status.ok()) return context.Fail(status);
  printer.Finish();
  return kExitOk;
}

int RunTail(Context& context, const TailArguments& arguments) {
  v1::SubscribeRequest request;
  request.set_client_id(arguments.client);
  request.set_personal_fields(arguments.personal_fields());
  const absl::StatusOr<v1::EventFilter> filter = arguments.Build();
  if (!filter.ok()) return context.FailUsage(filter.status());
  *request.mutable_filter() = *filter;
  if (!arguments.from.empty()) {
    const absl::Status status = SetFrom(arguments.from, request);
    if (!status.ok()) return context.FailUsage(status);
  } else if (!arguments.from_start) {
    request.set_from_end(true);
  }
  if (const absl::Status status = context.CheckServer(); !status.ok()) return context.Fail(status);
  // Whoever follows the ledger wants to go on when the server comes back, whenever that is.
  Subscription subscription(context.client(), std::move(request), RetryPolicy());
  EventPrinter printer(context);
  while (context.out().good()) {
    const absl::StatusOr<v1::SubscribeResponse> message = subscription.Next();
    if (!message.ok()) return context.Fail(message.status());
    for (const v1::Event& event : message->batch().events()) {
      if (const absl::Status status = printer.Print(event); !status.ok()) {
        return context.Fail(status);
      }
    }
    context.out().flush();
  }
  return kExitOk;
}

}  // namespace

void AddEventsCommands(CommandLine& app, Context& context) {
  CommandLine* events = app.AddCommand("events", "What is recorded of a client, or of all");
  auto arguments = std::make_shared<EventsArguments>();
  events->AddOption("CLIENT", arguments->client, "The client");
  events->AddFlag("--all", arguments->all, "All clients");
  events->AddOption("--from", arguments->from,
                    "Where to begin: a position, or a date or time of recording");
  events->AddOption("--limit", arguments->limit, "At most so many events");
  events->AddFlag("--backward", arguments->backward, "The latest first");
  arguments->AddTo(*events);
  events->Runs([&context, arguments] { return RunEvents(context, *arguments); });

  CommandLine* tail = app.AddCommand("tail", "Follow what is recorded, until Ctrl-C");
  auto following = std::make_shared<TailArguments>();
  tail->AddOption("CLIENT", following->client, "Only this client");
  CommandOption* from = tail->AddOption(
      "--from", following->from, "Where to begin: a position, or a date or time of recording");
  CommandOption* from_start =
      tail->AddFlag("--from-start", following->from_start, "Everything recorded so far first");
  tail->AddFlag("--from-end", following->from_end, "Only what is recorded from now on (default)")
      ->Excludes(from)
      ->Excludes(from_start);
  from->Excludes(from_start);
  following->AddTo(*tail);
  tail->Runs([&context, following] { return RunTail(context, *following); });
}

}  // namespace pledger::client
