#include "client/cli/figures.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/currency.h"
#include "client/cli/format.h"

namespace pledger::client {

const v1::DimensionAssessment& FindDimension(const v1::ClientReliability& client,
                                             v1::Dimension dimension) {
  for (const v1::DimensionAssessment& assessment : client.dimensions()) {
    if (assessment.dimension() == dimension) return assessment;
  }
  return v1::DimensionAssessment::default_instance();
}

TableCell ScoreCell(const v1::Score& score) {
  if (score.standing() != v1::STANDING_SCORED) return TableCell("–", Style::kDim);
  return TableCell(FormatNumber(score.value(), 1), StyleOfScore(score.value()));
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

std::string BasisText(const v1::AnswerBasis& basis) {
  const std::string policy = basis.policy_version() == 0 ? "built-in policy"
                             : basis.policy_version() < 0
                                 ? "draft policy"
                                 : absl::StrCat("policy ", basis.policy_version());
  return absl::StrCat("as of ", FormatTime(basis.as_of()), ", from ",
                      FormatCount(basis.next_position()), " events, ", policy);
}

}  // namespace pledger::client
