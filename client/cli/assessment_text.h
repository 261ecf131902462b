// Signals, growth points and proposed actions as people read them.
#ifndef PLEDGER_CLIENT_CLI_ASSESSMENT_TEXT_H_
#define PLEDGER_CLIENT_CLI_ASSESSMENT_TEXT_H_

#include <google/protobuf/repeated_field.h>

#include <string>

#include "client/cli/context.h"
#include "client/cli/fact_marks.h"
#include "pledger/v1/assessment.pb.h"

namespace pledger::client {

// "PRESENT", with what is to be known of it: "PRESENT since 2026-03-01, recovering".
std::string SignalStateText(const v1::Signal& signal);
Style StyleOfSignal(const v1::Signal& signal);

// "3 recently, 1 before that".
std::string TrendText(const v1::GrowthPoint& point);

// Each prints its own heading, and nothing at all where there is nothing to say.
void PrintSegment(Context& context, const v1::ClientAssessment& assessment);
void PrintSignals(Context& context, const google::protobuf::RepeatedPtrField<v1::Signal>& signals,
                  const FactMarks& marks);
void PrintGrowthPoints(Context& context,
                       const google::protobuf::RepeatedPtrField<v1::GrowthPoint>& points,
                       const FactMarks& marks);
void PrintActions(Context& context, const v1::ClientAssessment& assessment, const FactMarks& marks);

// A line behind a heading: text wrapped to the terminal, behind `indent` spaces.
void PrintIndented(Context& context, size_t indent, const std::string& text,
                   Style style = Style::kPlain);
void PrintHeading(Context& context, const std::string& heading);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_ASSESSMENT_TEXT_H_
