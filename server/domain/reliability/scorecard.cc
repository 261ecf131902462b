#include "server/domain/reliability/scorecard.h"

#include <algorithm>
#include <cmath>

namespace pledger::reliability {
namespace {

void ScorePromises(const FoldedFacts& facts, bool by_us, DimensionScores* out) {
  Windows windows;
  Moments undisputed;
  *out = DimensionScores();
  for (const PromiseItem& item : facts.promises.items) {
    if (item.by_us != by_us) continue;
    const int64_t age_days = facts.as_of_day - item.counted_day;
    windows.Add(facts.policy, age_days, 0, 100 * item.good);
    if (item.disputed) {
      out->any_disputed = true;
    } else {
      undisputed.Add(facts.policy.WeightOfAge(age_days), 0, 100 * item.good);
    }
  }
  out->aged = RateEstimate(facts.policy, windows.aged);
  out->recent = RateEstimate(facts.policy, windows.recent);
  out->lifetime = RateEstimate(facts.policy, windows.lifetime);
  if (out->any_disputed) out->undisputed = RateEstimate(facts.policy, undisputed);
}

const Estimate& EstimateIn(const DimensionScores& scores, View view) {
  switch (view) {
    case View::kRecent:
      return scores.recent;
    case View::kLifetime:
      return scores.lifetime;
    case View::kUndisputed:
      return scores.any_disputed ? scores.undisputed : scores.aged;
    case View::kWithDisputed:
      return scores.any_left_out ? scores.with_disputed : scores.aged;
    default:
      return scores.aged;
  }
}

}  // namespace

void ScoreDimensions(const FoldedFacts& facts, DimensionSet set, bool with_ours, Scorecard* out) {
  const auto wanted = [&](v1::Dimension dimension) -> ScoredDimension* {
    return Contains(set, dimension) ? &out->dimensions[dimension] : nullptr;
  };
  if (ScoredDimension* payment = wanted(v1::DIMENSION_PAYMENT)) {
    payment->scores = ScorePayments(facts.tallies, facts.values, facts.policy);
  }
  if (ScoredDimension* promises = wanted(v1::DIMENSION_PROMISES)) {
    ScorePromises(facts, false, &promises->scores);
  }
  if (ScoredDimension* scope = wanted(v1::DIMENSION_SCOPE)) ScoreScope(facts, scope);
  if (ScoredDimension* conduct = wanted(v1::DIMENSION_CONDUCT)) ScoreConduct(facts, conduct);
  if (ScoredDimension* complaints = wanted(v1::DIMENSION_COMPLAINTS)) {
    ScoreComplaints(facts, false, complaints);
  }
  if (ScoredDimension* cooperation = wanted(v1::DIMENSION_COOPERATION)) {
    ScoreCooperation(facts, cooperation);
  }
  if (ScoredDimension* economy = wanted(v1::DIMENSION_ECONOMY)) ScoreEconomy(facts, economy);
  if (!with_ours) return;
  ScorePromises(facts, true, &out->our_promises.scores);
  ScoreComplaints(facts, true, &out->our_complaints);
}

Overall OverallOf(const Scorecard& card, const Policy& policy, View view) {
  Overall overall;
  Estimate& out = overall.estimate;
  double weights = 0, sum = 0, below2 = 0, above2 = 0, worst = 0;
  for (const v1::Dimension dimension : kDimensions) {
    const Estimate& estimate = EstimateIn(card.Of(dimension), view);
    const double weight = policy.DimensionWeight(dimension);
    if (!estimate.scored || weight <= 0) continue;
    weights += weight;
    sum += weight * estimate.value;
    below2 += std::pow(weight * (estimate.value - estimate.low), 2);
    above2 += std::pow(weight * (estimate.high - estimate.value), 2);
    out.items += estimate.items;
    out.effective_items += estimate.effective_items;
    if (overall.worst != v1::DIMENSION_UNSPECIFIED && estimate.value >= worst) continue;
    overall.worst = dimension;
    worst = estimate.value;
  }
  if (weights <= 0) return overall;
  const double mean = sum / weights;
  const double most = std::min(100.0, worst + policy.above_worst());
  out.scored = true;
  overall.capped = mean > most;
  out.value = std::min(mean, most);
  out.low = std::clamp(mean - std::sqrt(below2) / weights, 0.0, out.value);
  out.high = std::max(out.value, std::min(mean + std::sqrt(above2) / weights, most));
  return overall;
}

}  // namespace pledger::reliability
