#include "server/domain/reliability/assess.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "server/domain/limits.h"
#include "server/domain/reliability/answer_parts.h"
#include "server/domain/reliability/assess_fold.h"
#include "server/domain/reliability/client_fold.h"
#include "server/domain/reliability/estimate.h"
#include "server/domain/reliability/reasons.h"

namespace pledger::reliability {

void FillDimension(v1::Dimension dimension, const DimensionScores& scores, const Policy& policy,
                   v1::DimensionAssessment* out) {
  out->set_dimension(dimension);
  FillScore(scores.aged, out->mutable_score());
  FillScore(scores.recent, out->mutable_recent());
  FillScore(scores.lifetime, out->mutable_lifetime());
  out->set_confidence(ConfidenceOf(policy, scores.aged.items, scores.aged.effective_items));
  if (scores.any_disputed) FillScore(scores.undisputed, out->mutable_undisputed());
  if (scores.any_left_out) FillScore(scores.with_disputed, out->mutable_with_disputed());
}

namespace {

// The positions of an item of either form.
template <typename Item>
void TakePositions(const Item& item, ReasonSum* sum) {
  for (int i = 0; i < item.positions_count; ++i) sum->positions.push_back(item.positions[i]);
}

class Filler {
 public:
  Filler(const ClientHistory& history, const Policy& policy, const Perspective& perspective,
         AssessDetail detail, ClientFold* fold, v1::ClientReliability* out)
      : history_(history),
        policy_(policy),
        perspective_(perspective),
        detail_(detail),
        fold_(*fold),
        facts_(fold->Facts(history, policy)),
        out_(*out) {}

  void Fill(std::string_view client_id) {
    out_.set_client_id(std::string(client_id));
    FillDimensions();
    FillOverall();
    FillFigures();
    FillMarks();
    const EventSpan span = history_.Events(perspective_);
    out_.set_events(span.events);
    if (span.events == 0) return;
    SetTime(span.first_occur_ns, out_.mutable_first_occur_time());
    SetTime(span.last_occur_ns, out_.mutable_last_occur_time());
  }

 private:
  void FillDimensions() {
    for (const v1::Dimension dimension : kDimensions) {
      v1::DimensionAssessment* out = out_.add_dimensions();
      const ScoredDimension& scored = fold_.card.dimensions[dimension];
      FillDimension(dimension, scored.scores, policy_, out);
      if (!WantsReasons(scored.scores)) continue;
      if (dimension == v1::DIMENSION_PAYMENT) {
        AddPaymentReasons(fold_.tallies, fold_.values, &fold_.reason_sums);
        GatherPositions(fold_.payment_items, [](const PaymentItem&) { return true; });
        Conclude(out);
      } else if (dimension == v1::DIMENSION_PROMISES) {
        FillPromiseReasons(false, out);
      } else {
        FillItemReasons(scored, dimension == v1::DIMENSION_COOPERATION, out);
      }
    }
    v1::DimensionAssessment* ours = out_.mutable_our_reliability();
    FillDimension(v1::DIMENSION_PROMISES, fold_.card.our_promises.scores, policy_, ours);
    if (WantsReasons(fold_.card.our_promises.scores)) FillPromiseReasons(true, ours);
    ours = out_.mutable_our_complaints();
    FillDimension(v1::DIMENSION_COMPLAINTS, fold_.card.our_complaints.scores, policy_, ours);
    if (WantsReasons(fold_.card.our_complaints.scores)) {
      FillItemReasons(fold_.card.our_complaints, false, ours);
    }
  }

  bool WantsReasons(const DimensionScores& scores) const {
    return detail_ != AssessDetail::kSummary && scores.aged.scored;
  }

  size_t PositionsMax() const {
    return detail_ == AssessDetail::kExplain ? std::numeric_limits<size_t>::max()
                                             : limits::kReasonPositionsShownMax;
  }

  ReasonSum& SumOf(ReasonCode code) { return fold_.reason_sums[static_cast<size_t>(code)]; }

  void Conclude(v1::DimensionAssessment* out) {
    const size_t reasons_max =
        detail_ == AssessDetail::kExplain ? kReasonCodes : limits::kReasonsShownMax;
    FillReasons(&fold_.reason_sums, reasons_max, PositionsMax(), out);
  }

  // Of as many of the latest items as are shown.
  template <typename Item, typename Wanted>
  void GatherPositions(const std::vector<Item>& items, Wanted wanted) {
    const size_t positions_max = PositionsMax();
    for (auto item = items.rbegin(); item != items.rend(); ++item) {
      if (!wanted(*item)) continue;
      ReasonSum& sum = SumOf(item->code);
      if (sum.positions.size() < positions_max) TakePositions(*item, &sum);
    }
  }

  void FillPromiseReasons(bool by_us, v1::DimensionAssessment* out) {
    const PromiseWeights weights(fold_, policy_, by_us);
    const auto wanted = [by_us](const PromiseItem& item) { return item.by_us == by_us; };
    for (const PromiseItem& item : fold_.promises.items) {
      if (!wanted(item)) continue;
      ReasonSum& sum = SumOf(item.code);
      ++sum.count;
      sum.points += weights.Of(item) * (100 * item.good - 100);
    }
    SumOf(ReasonCode::kPrior).points = -100 * policy_.prior_beta() / weights.total();
    GatherPositions(fold_.promises.items, wanted);
    Conclude(out);
  }

  void FillItemReasons(const ScoredDimension& scored, bool is_rate, v1::DimensionAssessment* out) {
    double weight = 0;
    for (const ScoredItem& item : scored.items) {
      if (item.counting.left_out) continue;
      ReasonSum& sum = SumOf(item.code);
      ++sum.count;
      sum.points += item.points;
      weight += item.weight;
    }
    // What the weights of a rate lack is the prior's, whose mean is its own.
    if (is_rate) {
      const double strength = policy_.prior_alpha() + policy_.prior_beta();
      SumOf(ReasonCode::kPrior).points =
          strength > 0 ? -100 * (1 - weight) * policy_.prior_beta() / strength : 0;
    }
    GatherPositions(scored.items, [](const ScoredItem& item) { return !item.counting.left_out; });
    Conclude(out);
  }

  void FillOverall() {
    v1::OverallAssessment* out = out_.mutable_overall();
    const Overall aged = OverallOf(fold_.card, policy_, View::kAged);
    const Estimate& estimate = aged.estimate;
    out->set_standing(estimate.scored ? v1::STANDING_SCORED : v1::STANDING_INSUFFICIENT_DATA);
    out->set_effective_items(estimate.effective_items);
    out->set_confidence(ConfidenceOf(policy_, estimate.items, estimate.effective_items));
    const Overall recent = OverallOf(fold_.card, policy_, View::kRecent);
    const Overall lifetime = OverallOf(fold_.card, policy_, View::kLifetime);
    if (recent.estimate.scored) out->set_recent(recent.estimate.value);
    if (lifetime.estimate.scored) out->set_lifetime(lifetime.estimate.value);
    bool disputed = false;
    for (const v1::Dimension dimension : kDimensions) {
      disputed = disputed || fold_.card.Of(dimension).any_disputed;
    }
    const Overall undisputed = OverallOf(fold_.card, policy_, View::kUndisputed);
    if (disputed && undisputed.estimate.scored) out->set_undisputed(undisputed.estimate.value);
    if (!estimate.scored) return;
    out->set_value(estimate.value);
    out->set_low(estimate.low);
    out->set_high(estimate.high);
    out->set_band(policy_.BandOf(estimate.value));
    out->set_capped(aged.capped);
    out->set_worst_dimension(aged.worst);
  }

  void FillFigures() {
    FillPaymentFigures(fold_.tallies, fold_.values, policy_, out_.mutable_payment());
    out_.mutable_payment()->set_tradeline(
        Tradeline(fold_.payments, policy_, fold_.as_of_day, fold_.payment_items));
    FillPromiseFigures(fold_.promises, false, out_.mutable_promises());
    FillPromiseFigures(fold_.promises, true, out_.mutable_our_promises());
    FillScopeFigures(facts_, out_.mutable_scope());
    FillConductFigures(facts_, out_.mutable_conduct());
    FillComplaintFigures(facts_, out_.mutable_complaints());
    FillCooperationFigures(facts_, out_.mutable_cooperation());
    FillEconomyFigures(facts_, fold_.card.dimensions[v1::DIMENSION_ECONOMY],
                       out_.mutable_economy());
  }

  // Events under an open dispute, and the invoices that are.
  void FillDisputed() {
    if (fold_.payments.disputes.empty()) return;
    std::vector<uint64_t> disputed = fold_.payments.disputed_positions;
    for (const Invoice& invoice : fold_.payments.invoices) {
      if (UnderDispute(fold_.payments, invoice)) disputed.push_back(invoice.position);
    }
    std::sort(disputed.begin(), disputed.end());
    disputed.erase(std::unique(disputed.begin(), disputed.end()), disputed.end());
    disputed.resize(std::min<size_t>(disputed.size(), limits::kPositionsListedMax));
    out_.mutable_disputed_positions()->Add(disputed.begin(), disputed.end());
  }

  // The tier, statements, and what is disputed or amended.
  void FillMarks() {
    for (const TimedFact& timed : fold_.timeline.facts) {
      if (timed.content->type == v1::FACT_TYPE_CLIENT_OPENED) {
        out_.set_tier(std::string(history_.text(timed.content->tier())));
      } else if (timed.content->type == v1::FACT_TYPE_STATEMENT_ADDED) {
        v1::StatementReference* statement = out_.add_statements();
        statement->set_position(timed.position);
        statement->set_target_position(timed.content->statement_target());
        statement->set_by(timed.content->by_us() ? v1::PARTY_US : v1::PARTY_CLIENT);
      }
    }
    FillDisputed();
    if (!history_.amended()) return;
    std::vector<uint64_t> amended;
    const size_t known = history_.KnownFacts(perspective_);
    for (size_t i = 0; i < known; ++i) {
      const HistoryFact& fact = history_.facts()[i];
      if (fact.role != FactRole::kOriginal) amended.push_back(fact.target);
    }
    std::sort(amended.begin(), amended.end());
    amended.erase(std::unique(amended.begin(), amended.end()), amended.end());
    for (const uint64_t position : amended) {
      if (out_.amended_positions_size() >= limits::kPositionsListedMax) break;
      out_.add_amended_positions(position);
    }
  }

  const ClientHistory& history_;
  const Policy& policy_;
  const Perspective& perspective_;
  const AssessDetail detail_;
  ClientFold& fold_;
  const FoldedFacts facts_;
  v1::ClientReliability& out_;
};

}  // namespace

void FillReliability(std::string_view client_id, const ClientHistory& history, const Policy& policy,
                     const Perspective& perspective, AssessDetail detail, ClientFold* fold,
                     v1::ClientReliability* out) {
  Filler(history, policy, perspective, detail, fold, out).Fill(client_id);
}

void Assess(std::string_view client_id, const ClientHistory& history, const Policy& policy,
            const Perspective& perspective, AssessDetail detail, v1::ClientReliability* out) {
  out->Clear();
  FoldedClient client(history, policy, perspective);
  client.FoldAll();
  FillReliability(client_id, history, policy, perspective, detail, &*client, out);
}

v1::ClientReliability Assess(std::string_view client_id, const ClientHistory& history,
                             const Policy& policy, const Perspective& perspective,
                             AssessDetail detail) {
  v1::ClientReliability reliability;
  Assess(client_id, history, policy, perspective, detail, &reliability);
  return reliability;
}

}  // namespace pledger::reliability
