#include "server/domain/reliability/scored_item.h"

#include <cmath>

namespace pledger::reliability {
namespace {

constexpr View kAllViews[kViews] = {View::kAged, View::kRecent, View::kLifetime, View::kUndisputed,
                                    View::kWithDisputed};

using Weights = std::array<double, kViews>;

size_t IndexOf(View view) { return static_cast<size_t>(view); }

Weights WeightsOf(const Policy& policy, const Counting& counting) {
  Weights weights = {};
  const double aged = policy.WeightOfAge(counting.age_days);
  weights[IndexOf(View::kWithDisputed)] = aged;
  if (counting.left_out) return weights;
  weights[IndexOf(View::kAged)] = aged;
  weights[IndexOf(View::kRecent)] = counting.age_days < policy.recent_days() ? aged : 0;
  weights[IndexOf(View::kLifetime)] = 1;
  weights[IndexOf(View::kUndisputed)] = counting.disputed ? 0 : aged;
  return weights;
}

Weights SizeWeightsOf(const Policy& policy, const ScoredItem& item) {
  Counting counting = item.counting;
  counting.age_days = item.size_age_days;
  return WeightsOf(policy, counting);
}

void NoteDisputes(ScoredDimension* dimension) {
  DimensionScores& scores = dimension->scores;
  scores.any_disputed = scores.any_left_out = false;
  for (const ScoredItem& item : dimension->items) {
    scores.any_disputed |= item.counting.disputed;
    scores.any_left_out |= item.counting.left_out;
  }
}

struct DecayView {
  DecaySums sums;
  // By exposure.
  std::array<double, kExposures> x = {};
  std::array<double, kExposures> x2 = {};
};

double Divided(double value, double by) { return by > 0 ? value / by : 0; }

}  // namespace

void ScoreDecay(const Policy& policy, const Exposures& exposures, double half,
                ScoredDimension* dimension) {
  NoteDisputes(dimension);
  std::array<DecayView, kViews> views;
  for (const ScoredItem& item : dimension->items) {
    if (item.evidence) {
      const Weights weights = WeightsOf(policy, item.counting);
      for (int v = 0; v < kViews; ++v) {
        if (weights[v] <= 0) continue;
        ++views[v].sums.items;
        views[v].sums.w += weights[v];
        views[v].sums.w2 += weights[v] * weights[v];
      }
    }
    if (item.size == 0) continue;
    const Weights weights = SizeWeightsOf(policy, item);
    for (int v = 0; v < kViews; ++v) {
      const double part = weights[v] * item.size;
      views[v].x[item.exposure] += part;
      views[v].x2[item.exposure] += part * part;
    }
  }
  for (const View view : kAllViews) {
    if (!dimension->scores.Has(view)) continue;
    DecayView& sums = views[IndexOf(view)];
    for (int e = 0; e < kExposures; ++e) {
      const double exposure = exposures[e][IndexOf(view)];
      sums.sums.x += Divided(sums.x[e], exposure);
      sums.sums.x2 += Divided(sums.x2[e], exposure * exposure);
    }
    dimension->scores[view] = DecayEstimate(policy, sums.sums, half);
  }
  const DecaySums& aged = views[IndexOf(View::kAged)].sums;
  const double lost = 100 - dimension->scores.aged.value;
  for (ScoredItem& item : dimension->items) {
    if (item.counting.left_out) continue;
    if (item.evidence) item.weight = policy.WeightOfAge(item.counting.age_days) / aged.w;
    if (item.size == 0) continue;
    const double whole = exposures[item.exposure][IndexOf(View::kLifetime)];
    item.score = 100 * std::exp2(-Divided(item.size, whole) / half);
    if (aged.x <= 0 || !dimension->scores.aged.scored) continue;
    const double exposure = exposures[item.exposure][IndexOf(View::kAged)];
    item.points =
        -lost * Divided(policy.WeightOfAge(item.size_age_days) * item.size, exposure) / aged.x;
  }
}

void ScoreRate(const Policy& policy, ScoredDimension* dimension) {
  NoteDisputes(dimension);
  std::array<Moments, kViews> views;
  for (const ScoredItem& item : dimension->items) {
    const Weights weights = WeightsOf(policy, item.counting);
    for (int v = 0; v < kViews; ++v) {
      if (weights[v] > 0) views[v].Add(weights[v], 0, 100 * item.size);
    }
  }
  for (const View view : kAllViews) {
    if (!dimension->scores.Has(view)) continue;
    dimension->scores[view] = RateEstimate(policy, views[IndexOf(view)]);
  }
  const double total = views[IndexOf(View::kAged)].w + policy.prior_alpha() + policy.prior_beta();
  for (ScoredItem& item : dimension->items) {
    if (item.counting.left_out) continue;
    item.score = 100 * item.size;
    item.weight = policy.WeightOfAge(item.counting.age_days) / total;
    if (dimension->scores.aged.scored) item.points = 100 * item.weight * (item.size - 1);
  }
}

void ScoreMargin(const Policy& policy, ScoredDimension* dimension) {
  NoteDisputes(dimension);
  std::array<MarginSums, kViews> views;
  std::array<bool, kViews> has_effort = {};
  for (const ScoredItem& item : dimension->items) {
    const Weights weights = WeightsOf(policy, item.counting);
    for (int v = 0; v < kViews; ++v) {
      if (weights[v] <= 0) continue;
      MarginSums& sums = views[v];
      ++sums.items;
      sums.w += weights[v];
      sums.w2 += weights[v] * weights[v];
      const double part = weights[v] * item.size;
      (item.income ? sums.income : sums.cost) += part;
      (item.income ? sums.income2 : sums.cost2) += part * part;
      has_effort[v] = has_effort[v] || item.code == ReasonCode::kEffortCost;
    }
  }
  for (const View view : kAllViews) {
    if (!dimension->scores.Has(view)) continue;
    Estimate& estimate = dimension->scores[view];
    estimate = MarginEstimate(policy, views[IndexOf(view)]);
    estimate.scored = estimate.scored && has_effort[IndexOf(view)];
  }
  const MarginSums& aged = views[IndexOf(View::kAged)];
  const double lost = 100 - dimension->scores.aged.value;
  for (ScoredItem& item : dimension->items) {
    if (item.counting.left_out) continue;
    const double weight = policy.WeightOfAge(item.counting.age_days);
    item.score = item.income ? 100 : 0;
    item.weight = weight / aged.w;
    if (item.income || aged.cost <= 0 || !dimension->scores.aged.scored) continue;
    item.points = -lost * weight * item.size / aged.cost;
  }
}

}  // namespace pledger::reliability
