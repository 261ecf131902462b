#include "client/cli/figures.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/currency.h"
#include "client/cli/format.h"
#include "client/cli/terminal/text.h"

namespace pledger::client {

const v1::DimensionAssessment& FindDimension(const v1::ClientReliability& client,
                                             v1::Dimension dimension) {
  for (const v1::DimensionAssessment& assessment : client.dimensions()) {
    if (assessment.dimension() == dimension) return assessment;
  }
  return v1::DimensionAssessment::default_instance();
}

TableCell ScoreCell(const v1::Score& score) {
  return ValueCell(score.standing() == v1::STANDING_SCORED, score.value());
}

TableCell ValueCell(bool is_known, double value) {
  if (!is_known) return TableCell("–", Style::kDim);
  return TableCell(FormatNumber(value, 1), StyleOfScore(value));
}

std::string BandText(v1::Band band) {
  return band == v1::BAND_UNSPECIFIED ? "–" : ShortEnumName(v1::Band_descriptor(), band);
}

Style StyleOfBand(v1::Band band) {
  switch (band) {
    case v1::BAND_A:
    case v1::BAND_B:
      return Style::kGood;
    case v1::BAND_C:
      return Style::kFair;
    case v1::BAND_D:
    case v1::BAND_E:
      return Style::kPoor;
    default:
      return Style::kDim;
  }
}

std::string TierText(const std::string& tier) {
  return tier.empty() ? "" : absl::StrCat(" (", Printable(tier), ")");
}

TableCell PointsCell(double points, int digits) {
  const std::string number = FormatNumber(points, digits);
  return points > 0   ? TableCell("+" + number, Style::kGood)
         : points < 0 ? TableCell(number, Style::kPoor)
                      : TableCell(number, Style::kDim);
}

std::string IntervalText(const v1::Score& score) {
  if (!score.has_low() || !score.has_high()) return "";
  return absl::StrCat(FormatNumber(score.low(), 1), "–", FormatNumber(score.high(), 1));
}

std::string SumsText(const google::protobuf::RepeatedPtrField<v1::PaymentSums>& sums,
                     int64_t (v1::PaymentSums::*amount)() const) {
  std::vector<std::string> texts;
  for (const v1::PaymentSums& sum : sums) {
    if ((sum.*amount)() == 0) continue;
    texts.push_back(absl::StrCat(FormatMinorUnits((sum.*amount)(), sum.currency_code()), " ",
                                 sum.currency_code()));
  }
  return absl::StrJoin(texts, ", ");
}

bool MovesScore(const v1::Reason& reason) { return std::abs(reason.points()) >= 0.05; }

std::string PositionsText(const google::protobuf::RepeatedField<uint64_t>& positions,
                          int shown_max) {
  const int shown = std::min(positions.size(), shown_max);
  return absl::StrCat(absl::StrJoin(positions.begin(), positions.begin() + shown, " "),
                      positions.size() > shown ? " …" : "");
}

std::string BasisText(const v1::AnswerBasis& basis) {
  const std::string policy = basis.policy_version() == 0 ? "built-in policy"
                             : basis.policy_version() < 0
                                 ? "draft policy"
                                 : absl::StrCat("policy ", basis.policy_version());
  return absl::StrCat("as of ", FormatTime(basis.as_of()), ", from ",
                      FormatCount(basis.next_position()), " events, ", policy);
}

}  // namespace pledger::client
