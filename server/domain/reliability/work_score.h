// The dimensions that come of working together: SCOPE, CONDUCT, COMPLAINTS (the client's and ours),
// COOPERATION and ECONOMY. DOMAIN.md, section 3, is the source of the formulas; what it leaves open
// is decided here. No fact of a dimension's own means no score, and so do fewer items than the
// policy's `min_evidence`; what those items are is said with each.
//
// SCOPE looks at engagements of a fixed price or package with an agreed baseline; all others are no
// evidence.
//   creep = Σ w·absorbed minutes / Σ w·baseline minutes, the latter with signed change orders.
//   churn = Σ w·max(0, alterations − free) / Σ w, alterations being ALTERATION and REWORK requests.
//   score = 100·2^−(creep/creep_half + churn/churn_half); w is that of the engagement, which ages
//   from the day it was closed.
//   Only what the client asked for, after the engagement was agreed, counts. A change that ended in
//   a change order or was withdrawn is no alteration. Our own rework (work_fold.h) counts neither
//   way. Items: the engagements, and the client's requests on them.
//
// CONDUCT: x = Σ w·severity·evidence over incidents. Left out while disputed; not counted at all
//   where the dispute was resolved for the client, and by half where it was shared. A demand for
//   priority that a paid agreement covers weighs nothing. A refused
//   service and a parting are our answers to incidents, not further ones: they count nowhere, so
//   that nothing is counted twice. Items: incidents, and the occasions on
//   which there could have been one: logged contacts. So one incident among a
//   hundred calls is scored, nobody is called well-behaved whom nobody met, and a first slight
//   incident does not raise OVERALL by bringing a dimension into being.
//
// COMPLAINTS: x = Σ w·held against / max(1, engagement-years), these weighing by age as well: a
//   rate, that less than a year is not enough to extrapolate. Held against the client: founded 0;
//   unfounded, the client's fault, or raised after advice on the matter had been recorded and
//   ignored 1; shared 0.5; all else 0. A founded complaint is never held against them, ignored
//   advice or not. Ages from the day it was raised; open ones do not count. Items: resolved
//   complaints and engagements.
// OUR COMPLAINTS: the same with what is held against us: founded 1, partly founded 0.5, half of
//   that where the fault is shared; 0 where it is the client's or a third party's, or advice had
//   been ignored.
//
// COOPERATION: the shrunk rate over advice by its last outcome (1, 0.5, 0), items of PROMISES that
//   are blocking, and incidents of misinformation (0, disputed as in CONDUCT).
//
// ECONOMY: income is payments that were not reversed. Costs are credits, whether they went back or
//   reduced an invoice, but for price drops, which are never held against the client; material;
//   effort at the policy's rate; and what invoices owed × days / 365 × cost of capital. Each ages
//   by its own day. No income, no effort on record, or no rate in a currency that converts: no
//   score. Items: payments and costs. An item in a currency without a rate counts as an average
//   payment and is flagged.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_WORK_SCORE_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_WORK_SCORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "pledger/v1/figures.pb.h"
#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/payment_score.h"
#include "server/domain/reliability/policy.h"
#include "server/domain/reliability/promise_fold.h"
#include "server/domain/reliability/scored_item.h"
#include "server/domain/reliability/timeline.h"
#include "server/domain/reliability/work_fold.h"

namespace pledger::reliability {

// What these dimensions are computed from, all of the same perspective.
struct FoldedFacts {
  const ClientHistory& history;
  const Policy& policy;
  int64_t as_of_day;
  const Timeline& timeline;
  const PaymentWorld& payments;
  const PromiseWorld& promises;
  const WorkWorld& work;
  const PaymentTallies& tallies;
  const std::vector<ValueOfAmount>& values;
};

// Each overwrites the dimension.
void ScoreScope(const FoldedFacts& facts, ScoredDimension* out);
void ScoreConduct(const FoldedFacts& facts, ScoredDimension* out);
void ScoreComplaints(const FoldedFacts& facts, bool of_us, ScoredDimension* out);
void ScoreCooperation(const FoldedFacts& facts, ScoredDimension* out);
void ScoreEconomy(const FoldedFacts& facts, ScoredDimension* out);

// The dimensions' own figures.
void FillScopeFigures(const FoldedFacts& facts, v1::ScopeFigures* out);
void FillConductFigures(const FoldedFacts& facts, v1::ConductFigures* out);
void FillComplaintFigures(const FoldedFacts& facts, v1::ComplaintFigures* out);
void FillCooperationFigures(const FoldedFacts& facts, v1::CooperationFigures* out);
void FillEconomyFigures(const FoldedFacts& facts, const ScoredDimension& economy,
                        v1::EconomyFigures* out);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_WORK_SCORE_H_
