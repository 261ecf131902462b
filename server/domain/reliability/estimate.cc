#include "server/domain/reliability/estimate.h"

#include <algorithm>
#include <cmath>

namespace pledger::reliability {
namespace {

// The normal distribution's 97.5 % quantile: 95 % lie between minus and plus it.
constexpr double kZ = 1.959963984540054;
// Sums of equal weights need not give exactly their number.
constexpr double kRoundingSlack = 1e-9;

// Everything but the value and its interval.
Estimate Begin(const Policy& policy, int64_t items, double effective_items) {
  Estimate estimate;
  estimate.scored = IsEnough(policy, items, effective_items);
  estimate.items = items;
  estimate.effective_items = effective_items;
  return estimate;
}

double Score0To100(double value) { return std::clamp(value, 0.0, 100.0); }

}  // namespace

void Moments::Add(const Moments& other) {
  items += other.items;
  w += other.w;
  w2 += other.w2;
  ws += other.ws;
  ws2 += other.ws2;
  a += other.a;
  as += other.as;
  as2 += other.as2;
}

void Windows::Add(const Policy& policy, int64_t age_days, double amount, double score) {
  const double weight = policy.WeightOfAge(age_days);
  aged.Add(weight, amount, score);
  if (age_days < policy.recent_days()) recent.Add(weight, amount, score);
  lifetime.Add(1, amount, score);
}

void Windows::Add(const Windows& other) {
  aged.Add(other.aged);
  recent.Add(other.recent);
  lifetime.Add(other.lifetime);
}

double EffectiveItems(double w, double w2) { return w2 > 0 ? w * w / w2 : 0; }

bool IsEnough(const Policy& policy, int64_t items, double effective_items) {
  return effective_items > 0 && static_cast<double>(items) >= policy.min_evidence();
}

v1::Confidence ConfidenceOf(const Policy& policy, int64_t items, double effective_items) {
  if (!IsEnough(policy, items, effective_items)) return v1::CONFIDENCE_LOW;
  const double rounded = effective_items + kRoundingSlack;
  if (rounded >= policy.high_confidence()) return v1::CONFIDENCE_HIGH;
  return rounded >= policy.medium_confidence() ? v1::CONFIDENCE_MEDIUM : v1::CONFIDENCE_LOW;
}

void ValuedMoments::Add(const Moments& moments, const ValueOfAmount& value_of) {
  items += moments.items;
  w += moments.w;
  w2 += moments.w2;
  value += value_of.per_amount * moments.a + value_of.per_item * moments.w;
  value_score += value_of.per_amount * moments.as + value_of.per_item * moments.ws;
  value_score2 += value_of.per_amount * moments.as2 + value_of.per_item * moments.ws2;
}

Estimate MeanEstimate(const Policy& policy, const ValuedMoments& moments) {
  Estimate out = Begin(policy, moments.items, EffectiveItems(moments.w, moments.w2));
  if (!out.scored) return out;
  const double mean = moments.value_score / moments.value;
  // Rounding may leave a little less than nothing.
  const double variance = std::max(0.0, moments.value_score2 / moments.value - mean * mean);
  const double reach = kZ * std::sqrt(variance / out.effective_items);
  out.value = Score0To100(mean);
  out.low = Score0To100(mean - reach);
  out.high = Score0To100(mean + reach);
  return out;
}

Estimate RateEstimate(const Policy& policy, const Moments& moments) {
  const double n = EffectiveItems(moments.w, moments.w2);
  Estimate out = Begin(policy, moments.items, n);
  if (!out.scored) return out;
  const double alpha = policy.prior_alpha();
  const double rate = (moments.ws / 100 + alpha) / (moments.w + alpha + policy.prior_beta());
  const double z2 = kZ * kZ;
  const double centre = (rate + z2 / (2 * n)) / (1 + z2 / n);
  const double reach =
      kZ / (1 + z2 / n) * std::sqrt(std::max(0.0, rate * (1 - rate) / n + z2 / (4 * n * n)));
  out.value = Score0To100(100 * rate);
  out.low = Score0To100(100 * (centre - reach));
  out.high = Score0To100(100 * (centre + reach));
  return out;
}

Estimate DecayEstimate(const Policy& policy, const DecaySums& sums, double half) {
  Estimate out = Begin(policy, sums.items, EffectiveItems(sums.w, sums.w2));
  if (!out.scored) return out;
  const double reach = kZ * std::sqrt(sums.x2 + 1 / out.effective_items);
  out.value = 100 * std::exp2(-sums.x / half);
  out.low = 100 * std::exp2(-(sums.x + reach) / half);
  out.high = 100 * std::exp2(-std::max(0.0, sums.x - reach) / half);
  return out;
}

Estimate MarginEstimate(const Policy& policy, const MarginSums& sums) {
  Estimate out = Begin(policy, sums.items, EffectiveItems(sums.w, sums.w2));
  out.scored = out.scored && sums.income > 0;
  if (!out.scored) return out;
  const double ratio = sums.cost / sums.income;
  const double spread = sums.cost > 0 ? sums.cost2 / (sums.cost * sums.cost) +
                                            sums.income2 / (sums.income * sums.income)
                                      : 0;
  const double reach = kZ * ratio * std::sqrt(spread);
  const auto score = [&policy](double margin) {
    return Score0To100(100 * (margin - policy.margin_floor()) /
                       (policy.margin_ceiling() - policy.margin_floor()));
  };
  out.value = score(1 - ratio);
  out.low = score(1 - ratio - reach);
  out.high = score(1 - ratio + reach);
  return out;
}

void FillScore(const Estimate& estimate, v1::Score* out) {
  out->set_standing(estimate.scored ? v1::STANDING_SCORED : v1::STANDING_INSUFFICIENT_DATA);
  out->set_items(estimate.items);
  out->set_effective_items(estimate.effective_items);
  if (!estimate.scored) return;
  out->set_value(estimate.value);
  out->set_low(estimate.low);
  out->set_high(estimate.high);
}

Estimate& DimensionScores::operator[](View view) {
  switch (view) {
    case View::kRecent:
      return recent;
    case View::kLifetime:
      return lifetime;
    case View::kUndisputed:
      return undisputed;
    case View::kWithDisputed:
      return with_disputed;
    default:
      return aged;
  }
}

}  // namespace pledger::reliability
