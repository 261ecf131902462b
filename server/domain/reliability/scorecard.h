// All dimensions of one client, and what they make together.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_SCORECARD_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_SCORECARD_H_

#include <array>
#include <cstdint>
#include <vector>

#include "pledger/v1/assessment.pb.h"
#include "server/domain/reliability/scored_item.h"
#include "server/domain/reliability/work_score.h"

namespace pledger::reliability {

// The dimensions that are computed, in the order of answers.
inline constexpr std::array<v1::Dimension, 7> kDimensions = {
    v1::DIMENSION_PAYMENT, v1::DIMENSION_PROMISES,   v1::DIMENSION_SCOPE,
    v1::DIMENSION_CONDUCT, v1::DIMENSION_COMPLAINTS, v1::DIMENSION_COOPERATION,
    v1::DIMENSION_ECONOMY};

// A set of dimensions, OVERALL included: bit 1 << v1::Dimension.
using DimensionSet = uint32_t;
inline constexpr DimensionSet kAllDimensions = ~DimensionSet{0};
constexpr bool Contains(DimensionSet set, v1::Dimension dimension) {
  return (set >> dimension & 1) != 0;
}

// OVERALL in one view: Σ weight·value / Σ weight over the dimensions that are scored in it, but at
// most the worst of them + the policy's `above_worst`. Its evidence is that of all of them
// together. Its interval takes them for independent: ± √(Σ (weight·reach)²) / Σ weight on either
// side, and is cut where the value is.
struct Overall {
  Estimate estimate;
  bool capped = false;
  v1::Dimension worst = v1::DIMENSION_UNSPECIFIED;
};

struct Scorecard {
  // By v1::Dimension. PAYMENT and PROMISES have no items here: payment_score.h and promise_fold.h
  // have their own.
  std::array<ScoredDimension, v1::Dimension_ARRAYSIZE> dimensions;
  ScoredDimension our_promises;
  ScoredDimension our_complaints;

  const DimensionScores& Of(v1::Dimension dimension) const { return dimensions[dimension].scores; }
};

// Overwrites the dimensions of the set, and leaves the others; ours only with `with_ours`.
void ScoreDimensions(const FoldedFacts& facts, DimensionSet set, bool with_ours, Scorecard* out);

Overall OverallOf(const Scorecard& card, const Policy& policy, View view);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_SCORECARD_H_
