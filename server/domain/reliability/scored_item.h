// What a dimension is computed from: an item for each thing that counts, or that shows that nothing
// does; and how items become a score.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_SCORED_ITEM_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_SCORED_ITEM_H_

#include <array>
#include <cstdint>
#include <vector>

#include "server/domain/reliability/estimate.h"
#include "server/domain/reliability/history_fact.h"
#include "server/domain/reliability/policy.h"
#include "server/domain/reliability/reasons.h"

namespace pledger::reliability {

// What sizes are divided by, in each view; a dimension has at most two such.
inline constexpr int kExposures = 2;
using Exposures = std::array<std::array<double, kViews>, kExposures>;

struct ScoredItem {
  ReasonCode code = ReasonCode::kContact;
  // Of decays: what it adds to x, before weighing; of rates: how good it is, 0 to 1; of the margin:
  // its value in the reporting currency.
  double size = 0;
  // Of decays: which exposure its size is divided by.
  uint8_t exposure = 0;
  // Whether it counts towards how much evidence there is.
  bool evidence = true;
  // Of the margin: income, not cost.
  bool income = false;
  Counting counting;
  // The age by which its size weighs; its own unless said otherwise.
  int64_t size_age_days = 0;
  uint32_t id = kNoText;  // The obligation that it is about.
  int64_t occur_ns = 0;
  // Oldest first.
  std::array<uint64_t, 2> positions = {};
  int positions_count = 0;
  uint32_t currency = kNoText;
  int64_t amount = 0;
  // Filled in by scoring: the score of it alone, not aged; its share of all evidence; and what it
  // moves the score by, in points against a score of 100.
  double score = 100;
  double weight = 0;
  double points = 0;
};

// A dimension with its items; reused from one fold to the next.
struct ScoredDimension {
  DimensionScores scores;
  std::vector<ScoredItem> items;
};

// 100·2^(−x/half) with x = Σ w·size / exposure. `exposures` where 0 adds nothing.
void ScoreDecay(const Policy& policy, const Exposures& exposures, double half,
                ScoredDimension* dimension);

// (Σ w·size + α) / (Σ w + α + β).
void ScoreRate(const Policy& policy, ScoredDimension* dimension);

// The margin of what costs against what is income. A view without effort (kEffortCost) is not
// scored: what was not measured is not free.
void ScoreMargin(const Policy& policy, ScoredDimension* dimension);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_SCORED_ITEM_H_
