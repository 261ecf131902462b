// From weighted items to a score with its uncertainty: the arithmetic that all dimensions share.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_ESTIMATE_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_ESTIMATE_H_

#include <cstdint>

#include "pledger/v1/assessment.pb.h"
#include "server/domain/reliability/policy.h"

namespace pledger::reliability {

// Sums over items, each with a weight w of its age, an amount a, and a score s. Sums in one
// currency only; the amounts of several are brought together by ValueOfAmount.
struct Moments {
  int64_t items = 0;
  double w = 0;    // Σ w
  double w2 = 0;   // Σ w²
  double ws = 0;   // Σ w·s
  double ws2 = 0;  // Σ w·s²
  double a = 0;    // Σ w·a
  double as = 0;   // Σ w·a·s
  double as2 = 0;  // Σ w·a·s²

  void Add(double weight, double amount, double score) {
    const double weighted_score = weight * score;
    const double weighted_amount = weight * amount;
    ++items;
    w += weight;
    w2 += weight * weight;
    ws += weighted_score;
    ws2 += weighted_score * score;
    a += weighted_amount;
    as += weighted_amount * score;
    as2 += weighted_amount * score * score;
  }
  void Add(const Moments& other);
};

// The same items looked at in three ways.
struct Windows {
  Moments aged;      // All of them, weighing by age.
  Moments recent;    // Those of the policy's recent days, weighing by age.
  Moments lifetime;  // All of them, weighing 1.

  void Add(const Policy& policy, int64_t age_days, double amount, double score);
  void Add(const Windows& other);
};

// What an amount is worth in a score: `per_amount` of each minor unit, and `per_item` for being an
// item. A currency with a rate has the former, one without the latter.
struct ValueOfAmount {
  double per_amount = 0;
  double per_item = 0;

  double operator()(double amount) const { return per_amount * amount + per_item; }
};

// The effective number of items, (Σw)²/Σw²: of how many equal ones the sum would be as certain.
// Kish, Survey Sampling, 1965, section 11.7.
double EffectiveItems(double w, double w2);

// Whether there is enough to go by: `min_evidence` items. They are counted, however they weigh: two
// payments are two, though the older one weighs a little less; how old they are is for the
// confidence. Items that weigh nothing at all are none.
bool IsEnough(const Policy& policy, int64_t items, double effective_items);

v1::Confidence ConfidenceOf(const Policy& policy, int64_t items, double effective_items);

// Σ of moments of several currencies, each times its value: what MeanScore needs.
struct ValuedMoments {
  int64_t items = 0;
  double w = 0;
  double w2 = 0;
  double value = 0;         // Σ w·v
  double value_score = 0;   // Σ w·v·s
  double value_score2 = 0;  // Σ w·v·s²

  void Add(const Moments& moments, const ValueOfAmount& value_of);
};

// A score with its uncertainty; `value`, `low` and `high` only where it is scored.
struct Estimate {
  bool scored = false;
  int64_t items = 0;
  double effective_items = 0;
  double value = 0;
  double low = 0;
  double high = 0;
};

// The mean Σ w·v·s / Σ w·v. The interval is the normal approximation, mean ± 1.96·√(variance/n_eff)
// with the variance of s under the same weights, cut at 0 and 100.
Estimate MeanEstimate(const Policy& policy, const ValuedMoments& moments);

// The rate (Σ w·good + α) / (Σ w + α + β) times 100, shrunk to the policy's Beta(α, β) prior; the
// score of an item is 100·good. The interval is Wilson's at that rate with n_eff items: Wilson,
// Probable Inference, JASA 22, 1927. It always contains the rate.
Estimate RateEstimate(const Policy& policy, const Moments& moments);

// What DecayEstimate needs: how much evidence there is, and the sum x of what it amounts to.
struct DecaySums {
  int64_t items = 0;
  double w = 0;
  double w2 = 0;
  double x = 0;
  double x2 = 0;  // Σ of the squares of x's summands.
};

// 100·2^(−x/half). The interval takes x for a sum of rare events: x ± 1.96·√(x2 + 1/n_eff), cut at
// 0. Its first part is the variance of a compound Poisson sum; its second allows for one event of
// weight 1 that went unrecorded, with a chance of 1 in n_eff.
Estimate DecayEstimate(const Policy& policy, const DecaySums& sums, double half);

// Income against cost: items, and both sums with the sums of their summands' squares.
struct MarginSums {
  int64_t items = 0;
  double w = 0;
  double w2 = 0;
  double income = 0;
  double income2 = 0;
  double cost = 0;
  double cost2 = 0;

  double margin() const { return 1 - cost / income; }
};

// The margin 1 − cost/income, linear from 0 at the policy's floor to 100 at its ceiling. No income:
// not scored. The interval is that of a ratio of two compound Poisson sums by the delta method:
// variance = (cost/income)²·(cost2/cost² + income2/income²).
Estimate MarginEstimate(const Policy& policy, const MarginSums& sums);

void FillScore(const Estimate& estimate, v1::Score* out);

// The same items in the ways in which a dimension looks at them: all, weighing by age; those of the
// policy's recent days, weighing by age; all, weighing 1; those that nobody disputes; and all with
// those that are left out for as long as they are disputed.
enum class View : uint8_t { kAged, kRecent, kLifetime, kUndisputed, kWithDisputed };
inline constexpr int kViews = 5;

// How an item counts.
struct Counting {
  int64_t age_days = 0;
  // Some of its facts are under an open dispute.
  bool disputed = false;
  // It does not count while the dispute lasts.
  bool left_out = false;
};

// A dimension in all views.
struct DimensionScores {
  Estimate aged;
  Estimate recent;
  Estimate lifetime;
  // Meaningful where some evidence is disputed, and left out, respectively.
  Estimate undisputed;
  Estimate with_disputed;
  bool any_disputed = false;
  bool any_left_out = false;

  Estimate& operator[](View view);
  // Whether the view differs from kAged at all.
  bool Has(View view) const {
    if (view == View::kUndisputed) return any_disputed;
    return view != View::kWithDisputed || any_left_out;
  }
};

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_ESTIMATE_H_
