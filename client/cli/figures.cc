#include "client/cli/figures.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/currency.h"
#include "client/cli/format.h"

namespace pledger::client {
namespace {

template <typename Interval>
std::string IntervalOf(const Interval& interval) {
  if (!interval.has_low() || !interval.has_high()) return "";
  return absl::StrCat(FormatNumber(interval.low(), 1), "–", FormatNumber(interval.high(), 1));
}

}  // namespace

const v1::DimensionAssessment& FindDimension(const v1::ClientReliability& client,
                                             v1::Dimension dimension) {
  for (const v1::DimensionAssessment& assessment : client.dimensions()) {
    if (assessment.dimension() == dimension) return assessment;
  }
  return v1::DimensionAssessment::default_instance();
}

const v1::DimensionSummary& FindDimension(const v1::ClientSummary& row, v1::Dimension dimension) {
  for (const v1::DimensionSummary& summary : row.dimensions()) {
    if (summary.dimension() == dimension) return summary;
  }
  return v1::DimensionSummary::default_instance();
}

TableCell ScoreCell(const v1::Score& score) {
  if (score.standing() != v1::STANDING_SCORED) return ScoreCell(std::nullopt);
  return ScoreCell(score.value());
}

TableCell ScoreCell(std::optional<double> score) {
  if (!score.has_value()) return TableCell("–", Style::kDim);
  return TableCell(FormatNumber(*score, 1), StyleOfScore(*score));
}

std::string IntervalText(const v1::Score& score) { return IntervalOf(score); }

std::string IntervalText(const v1::DimensionSummary& dimension) { return IntervalOf(dimension); }

std::string MoneyText(const google::protobuf::RepeatedPtrField<v1::Money>& amounts) {
  std::vector<std::string> texts;
  for (const v1::Money& amount : amounts) {
    texts.push_back(absl::StrCat(FormatMinorUnits(amount.minor_units(), amount.currency_code()),
                                 " ", amount.currency_code()));
  }
  return absl::StrJoin(texts, ", ");
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
