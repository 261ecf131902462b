#include "server/domain/reliability/estimate.h"

#include <algorithm>
#include <cmath>

namespace pledger::reliability {
namespace {

// The normal distribution's 97.5 % quantile: 95 % lie between minus and plus it.
constexpr double kZ = 1.959963984540054;
// Sums of equal weights need not give exactly their number.
constexpr double kRoundingSlack = 1e-9;

// True if there is a score to fill in; fills in all else.
bool FillEvidence(const Policy& policy, int64_t items, double effective_items, v1::Score* out) {
  const bool scored = IsEnough(policy, items, effective_items);
  out->set_standing(scored ? v1::STANDING_SCORED : v1::STANDING_INSUFFICIENT_DATA);
  out->set_items(items);
  out->set_effective_items(effective_items);
  return scored;
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

void FillMeanScore(const Policy& policy, const ValuedMoments& moments, v1::Score* out) {
  const double effective = EffectiveItems(moments.w, moments.w2);
  if (!FillEvidence(policy, moments.items, effective, out)) return;
  const double mean = moments.value_score / moments.value;
  // Rounding may leave a little less than nothing.
  const double variance = std::max(0.0, moments.value_score2 / moments.value - mean * mean);
  const double reach = kZ * std::sqrt(variance / effective);
  out->set_value(Score0To100(mean));
  out->set_low(Score0To100(mean - reach));
  out->set_high(Score0To100(mean + reach));
}

void FillRateScore(const Policy& policy, const Moments& moments, v1::Score* out) {
  const double n = EffectiveItems(moments.w, moments.w2);
  if (!FillEvidence(policy, moments.items, n, out)) return;
  const double alpha = policy.prior_alpha();
  const double rate = (moments.ws / 100 + alpha) / (moments.w + alpha + policy.prior_beta());
  const double z2 = kZ * kZ;
  const double centre = (rate + z2 / (2 * n)) / (1 + z2 / n);
  const double reach =
      kZ / (1 + z2 / n) * std::sqrt(std::max(0.0, rate * (1 - rate) / n + z2 / (4 * n * n)));
  out->set_value(Score0To100(100 * rate));
  out->set_low(Score0To100(100 * (centre - reach)));
  out->set_high(Score0To100(100 * (centre + reach)));
}

}  // namespace pledger::reliability
