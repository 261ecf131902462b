// What stands behind each dimension, in a few lines.
#ifndef PLEDGER_CLIENT_CLI_FIGURES_TEXT_H_
#define PLEDGER_CLIENT_CLI_FIGURES_TEXT_H_

#include <string>
#include <vector>

#include "client/cli/chart.h"
#include "client/cli/context.h"
#include "pledger/v1/assessment.pb.h"
#include "pledger/v1/figures.pb.h"

namespace pledger::client {

// "6 invoices, 1 disputed; 4 of 6 portions on time; mean 3.1 days late, 2.2 by amount".
std::string PaymentText(const v1::PaymentFigures& payment);

// "EUR invoiced 1,200.00, settled 900.00, open 300.00, overdue 300.00".
std::string SumsLine(const v1::PaymentSums& sums);

// "4 kept, 0 in part, 2 missed …"; empty where there are none.
std::string PromisesText(const v1::PromiseFigures& figures);

// A line for each dimension but PAYMENT and PROMISES that has figures: its name, and they.
struct FiguresLine {
  std::string name;
  std::string text;
};
std::vector<FiguresLine> OtherFigures(const v1::ClientReliability& client);

// "−12.50 EUR".
std::string AmountText(int64_t minor_units, const std::string& currency_code);

// "3 h 20 min".
std::string DurationText(int64_t minutes);

// Bars below each other, the longest as wide as its column; nothing without bars.
void PrintBars(Context& context, const std::string& header, const std::string& value_header,
               const std::vector<ChartBar>& bars, size_t bar_columns);

// The tradeline with its legend, or nothing.
void PrintTradeline(Context& context, const std::string& tradeline);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_FIGURES_TEXT_H_
