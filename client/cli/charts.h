// The charts of a client and of the portfolio, for the terminal and for the report.
#ifndef PLEDGER_CLIENT_CLI_CHARTS_H_
#define PLEDGER_CLIENT_CLI_CHARTS_H_

#include <google/protobuf/repeated_field.h>

#include <array>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/cli/chart.h"
#include "client/cli/context.h"
#include "pledger/v1/assessment.pb.h"
#include "pledger/v1/figures.pb.h"
#include "pledger/v1/perspective.pb.h"
#include "pledger/v1/policy.pb.h"
#include "pledger/v1/portfolio.pb.h"
#include "pledger/v1/reliability_history.pb.h"

namespace pledger::client {

// From which score the bands A, B, C and D begin.
using BandFloors = std::array<double, 4>;

// Of the policy that an answer was computed by: `perspective` is what was asked, `basis` what the
// answer says. The built-in ones where the server does not tell.
BandFloors BandFloorsOf(Context& context, const v1::Perspective& perspective,
                        const v1::AnswerBasis& basis);

// The zones A to E between the floors.
std::vector<ChartZone> BandZones(const BandFloors& floors);

// One dimension's score from the first of its points, or `from`, to `to`. Points of several answers
// may stand behind each other: month ends show what time alone did between the facts.
Chart HistoryChart(const google::protobuf::RepeatedPtrField<v1::HistoryPoint>& points,
                   v1::Dimension dimension, const BandFloors& floors, absl::Time from,
                   absl::Time to);

struct NamedTimeToPay {
  std::string name;
  const v1::TimeToPay* figures = nullptr;
  Style style = Style::kPlain;
};

// Shares of invoices still unpaid by days since they were issued, with their 95 % bands
// (Greenwood's standard error on the log-log scale, which stays within 0 and 1).
Chart SurvivalChart(const std::vector<NamedTimeToPay>& curves);

// Open amounts by age; empty where nothing is open.
std::vector<ChartBar> AgeingBars(const v1::Ageing& ageing);

// Strain over all staff by week, the earliest first, with a bar for weeks without any between them.
std::vector<ChartBar> WeeklyStrainBars(
    const google::protobuf::RepeatedPtrField<v1::StaffExposure>& exposure);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_CHARTS_H_
