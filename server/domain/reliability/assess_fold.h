// An answer from a fold that is already made: for those who need more of the fold than the answer.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_ASSESS_FOLD_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_ASSESS_FOLD_H_

#include <string_view>
#include <vector>

#include "pledger/v1/assessment.pb.h"
#include "pledger/v1/reliability.pb.h"
#include "server/domain/reliability/assess.h"
#include "server/domain/reliability/client_fold.h"

namespace pledger::reliability {

// What the points of a party's promises are reckoned from: an item's are 100·w·(good − 1) of the
// total.
class PromiseWeights {
 public:
  PromiseWeights(const ClientFold& fold, const Policy& policy, bool by_us)
      : fold_(fold), policy_(policy), total_(policy.prior_alpha() + policy.prior_beta()) {
    for (const PromiseItem& item : fold.promises.items) {
      if (item.by_us == by_us) total_ += Weight(item);
    }
  }

  // Σ w + α + β.
  double total() const { return total_; }
  // Its share of that.
  double Of(const PromiseItem& item) const { return Weight(item) / total_; }

 private:
  double Weight(const PromiseItem& item) const {
    return policy_.WeightOfAge(fold_.as_of_day - item.counted_day);
  }

  const ClientFold& fold_;
  const Policy& policy_;
  double total_;
};

// Everything but the reasons.
void FillDimension(v1::Dimension dimension, const DimensionScores& scores, const Policy& policy,
                   v1::DimensionAssessment* out);

// `fold` holds everything, as FoldedClient::FoldAll leaves it, of the same perspective. `out` is
// empty.
void FillReliability(std::string_view client_id, const ClientHistory& history, const Policy& policy,
                     const Perspective& perspective, AssessDetail detail, ClientFold* fold,
                     v1::ClientReliability* out);

// The evidence of one dimension, or of all where it is unspecified, in no particular order.
void AppendEvidence(const FoldedFacts& facts, const ClientFold& fold, v1::Dimension dimension,
                    std::vector<v1::Evidence>* out);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_ASSESS_FOLD_H_
