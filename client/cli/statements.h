// What the parties said about facts.
#ifndef PLEDGER_CLIENT_CLI_STATEMENTS_H_
#define PLEDGER_CLIENT_CLI_STATEMENTS_H_

#include <google/protobuf/repeated_field.h>

#include <cstdint>
#include <optional>
#include <string>

#include "client/cli/context.h"
#include "client/cli/fact_marks.h"
#include "pledger/v1/assessment.pb.h"
#include "pledger/v1/event.pb.h"
#include "pledger/v1/ledger.pb.h"
#include "pledger/v1/perspective.pb.h"

namespace pledger::client {

// The event at that position, with its texts or without; none where it cannot be read.
std::optional<v1::Event> EventAt(Context& context, uint64_t position,
                                 v1::PersonalFields personal_fields);

// Which of a client's facts are marked: for answers that cite facts and say no more of them. None
// where the server does not tell.
FactMarks MarksOf(Context& context, const std::string& client_id,
                  const v1::Perspective& perspective,
                  google::protobuf::RepeatedPtrField<v1::StatementReference>* statements);

// The statements, and what the marks mean. Nothing where there are none.
void PrintStatementsAndLegend(
    Context& context, const google::protobuf::RepeatedPtrField<v1::StatementReference>& statements,
    const FactMarks& marks);

// Each fact that a statement is about, and below it the statement. Nothing where there are none.
void PrintStatements(Context& context,
                     const google::protobuf::RepeatedPtrField<v1::StatementReference>& statements);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_STATEMENTS_H_
