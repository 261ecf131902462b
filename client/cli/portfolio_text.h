// All clients together, as people read them.
#ifndef PLEDGER_CLIENT_CLI_PORTFOLIO_TEXT_H_
#define PLEDGER_CLIENT_CLI_PORTFOLIO_TEXT_H_

#include <google/protobuf/repeated_field.h>

#include "client/cli/context.h"
#include "pledger/v1/assessment.pb.h"
#include "pledger/v1/portfolio.pb.h"

namespace pledger::client {

// How many clients show each signal.
void PrintSignalCounts(Context& context, const v1::GetPortfolioResponse& portfolio);

// Growth points over all clients, with their trend.
void PrintGrowthCounts(Context& context,
                       const google::protobuf::RepeatedPtrField<v1::GrowthPoint>& points);

// A row for each tier: clients, bands, scores, time to pay, time to order, effort.
void PrintCohorts(Context& context, const v1::GetPortfolioResponse& portfolio);

// The Kaplan–Meier curve of all clients with its 95 % band.
void PrintTimeToPay(Context& context, const v1::GetPortfolioResponse& portfolio);

// Strain by week, and the most exposed staff of the latest week.
void PrintExposure(Context& context, const v1::GetPortfolioResponse& portfolio);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_PORTFOLIO_TEXT_H_
