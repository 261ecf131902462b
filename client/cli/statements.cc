#include "client/cli/statements.h"

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/assessment_text.h"
#include "client/cli/format.h"

namespace pledger::client {
namespace {

constexpr size_t kFactIndent = 2;
constexpr size_t kStatementIndent = 4;

std::string FactText(Context& context, uint64_t position) {
  const std::optional<v1::Event> event = EventAt(context, position, v1::PERSONAL_FIELDS_OMIT);
  if (!event.has_value()) return absl::StrCat(position);
  return absl::StrCat(position, "  ", FormatTime(event->occur_time()), "  ",
                      FactName(event->fact()), ": ", FactDetails(event->fact()));
}

std::string StatementText(Context& context, const v1::StatementReference& statement) {
  const std::string who = statement.by() == v1::PARTY_US ? "We say" : "The client says";
  // The right of reply is to be heard: a statement's words are asked for, and that is logged.
  const std::optional<v1::Event> event =
      EventAt(context, statement.position(), v1::PERSONAL_FIELDS_INCLUDE);
  const std::string text = event.has_value() ? event->fact().statement_added().text() : "";
  return absl::StrCat(who, " (", statement.position(), "): ",
                      text.empty() ? "the text is sealed or erased" : absl::StrCat("“", text, "”"));
}

}  // namespace

std::optional<v1::Event> EventAt(Context& context, uint64_t position,
                                 v1::PersonalFields personal_fields) {
  v1::GetEventRequest request;
  request.set_position(position);
  request.set_personal_fields(personal_fields);
  absl::StatusOr<v1::GetEventResponse> response = context.client().GetEvent(request);
  if (!response.ok()) return std::nullopt;
  return std::move(*response->mutable_event());
}

void PrintStatements(Context& context,
                     const google::protobuf::RepeatedPtrField<v1::StatementReference>& statements) {
  if (statements.empty()) return;
  std::map<uint64_t, std::vector<const v1::StatementReference*>> by_target;
  for (const v1::StatementReference& statement : statements) {
    by_target[statement.target_position()].push_back(&statement);
  }
  PrintHeading(context, "STATEMENTS");
  for (const auto& [target, about_it] : by_target) {
    PrintIndented(context, kFactIndent, FactText(context, target));
    for (const v1::StatementReference* statement : about_it) {
      PrintIndented(context, kStatementIndent, StatementText(context, *statement), Style::kBold);
    }
  }
}

}  // namespace pledger::client
