// How scores and sums are written in tables.
#ifndef PLEDGER_CLIENT_CLI_FIGURES_H_
#define PLEDGER_CLIENT_CLI_FIGURES_H_

#include <google/protobuf/repeated_field.h>

#include <cstdint>
#include <optional>
#include <string>

#include "client/cli/terminal/table.h"
#include "pledger/v1/assessment.pb.h"
#include "pledger/v1/figures.pb.h"
#include "pledger/v1/perspective.pb.h"
#include "pledger/v1/reliability.pb.h"

namespace pledger::client {

// The dimension of that kind; an empty one if the client has none.
const v1::DimensionAssessment& FindDimension(const v1::ClientReliability& client,
                                             v1::Dimension dimension);

// The dimension of that kind; an empty one if the row has none.
const v1::DimensionSummary& FindDimension(const v1::ClientSummary& row, v1::Dimension dimension);

// "62.7", coloured; "–" where there is too little to go by.
TableCell ScoreCell(const v1::Score& score);
TableCell ScoreCell(std::optional<double> score);

// The same of a value that may be missing.
TableCell ValueCell(bool is_known, double value);

// "A" to "E"; "–" where there is none.
std::string BandText(v1::Band band);
Style StyleOfBand(v1::Band band);

// "premium" as it is printed behind an id: " (premium)"; empty without a tier.
std::string TierText(const std::string& tier);

// "+3.2", "−7.0", coloured: points of a score that something brings or costs.
TableCell PointsCell(double points, int digits);

// "50.1–73.0".
std::string IntervalText(const v1::Score& score);
std::string IntervalText(const v1::DimensionSummary& dimension);

// "1,200.00 EUR, 31.50 USD".
std::string MoneyText(const google::protobuf::RepeatedPtrField<v1::Money>& amounts);

// "1,200.00 EUR, 31.50 USD": one amount of every currency where it is not zero.
std::string SumsText(const google::protobuf::RepeatedPtrField<v1::PaymentSums>& sums,
                     int64_t (v1::PaymentSums::*amount)() const);

// Whether the reason moves its score by more than is shown of it.
bool MovesScore(const v1::Reason& reason);

// The positions, at most `shown_max` of them: "35 40 42 …".
std::string PositionsText(const google::protobuf::RepeatedField<uint64_t>& positions,
                          int shown_max);

// "as of 2014-03-03, from 6,054 events, built-in policy".
std::string BasisText(const v1::AnswerBasis& basis);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_FIGURES_H_
