#include "server/domain/reliability/assess.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "server/domain/limits.h"
#include "server/domain/reliability/client_fold.h"
#include "server/domain/reliability/estimate.h"
#include "server/domain/reliability/reasons.h"

namespace pledger::reliability {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;

void SetTime(int64_t time_ns, google::protobuf::Timestamp* out) {
  int64_t seconds = time_ns / kSecondNs;
  int64_t nanos = time_ns % kSecondNs;
  if (nanos < 0) {
    --seconds;
    nanos += kSecondNs;
  }
  out->set_seconds(seconds);
  out->set_nanos(static_cast<int32_t>(nanos));
}

// What the points of a party's promises are reckoned from.
struct PromiseWeights {
  Windows windows;
  // Σ w + α + β; an item's points are 100·w·(good − 1) of it.
  double total = 0;
};

PromiseWeights WeighPromises(const ClientFold& fold, const Policy& policy, bool by_us) {
  PromiseWeights weights;
  for (const PromiseItem& item : fold.promises.items) {
    if (item.by_us != by_us) continue;
    weights.windows.Add(policy, fold.as_of_day - item.counted_day, 0, 100 * item.good);
  }
  weights.total = weights.windows.aged.w + policy.prior_alpha() + policy.prior_beta();
  return weights;
}

template <typename Item>
void TakePositions(const Item& item, ReasonSum* sum) {
  for (int i = 0; i < item.positions_count; ++i) sum->positions.push_back(item.positions[i]);
}

// Evidence with the facts that all dimensions have.
template <typename Item>
v1::Evidence MakeEvidence(v1::Dimension dimension, v1::Party party, const Item& item, double weight,
                          double score, bool scored) {
  v1::Evidence evidence;
  evidence.set_dimension(dimension);
  evidence.set_party(party);
  evidence.set_code(ReasonName(item.code));
  SetTime(item.occur_ns, evidence.mutable_occur_time());
  for (int i = 0; i < item.positions_count; ++i) evidence.add_positions(item.positions[i]);
  evidence.set_score(score);
  evidence.set_weight(weight);
  if (scored) evidence.set_points(weight * (score - 100));
  evidence.set_disputed(item.disputed);
  return evidence;
}

class Assessor {
 public:
  Assessor(const ClientHistory& history, const Policy& policy, const Perspective& perspective,
           AssessDetail detail)
      : history_(history),
        policy_(policy),
        perspective_(perspective),
        detail_(detail),
        fold_(history, policy, perspective) {
    FoldPromises(fold_->timeline, policy, fold_->as_of_day, &fold_->payments, &fold_->promises);
    values_ = ValuesOf(fold_->tallies, policy);
    for (const bool by_us : {false, true}) {
      promise_weights_[by_us] = WeighPromises(*fold_.operator->(), policy, by_us);
    }
  }

  void Fill(std::string_view client_id, v1::ClientReliability* out) {
    out->set_client_id(std::string(client_id));
    FillTier(out);
    FillPayment(out);
    FillPromises(false, out->add_dimensions());
    FillPromises(true, out->mutable_our_reliability());
    FillPromiseFigures(fold_->promises, false, out->mutable_promises());
    FillPromiseFigures(fold_->promises, true, out->mutable_our_promises());
    const EventSpan span = history_.Events(perspective_);
    out->set_events(span.events);
    if (span.events == 0) return;
    SetTime(span.first_occur_ns, out->mutable_first_occur_time());
    SetTime(span.last_occur_ns, out->mutable_last_occur_time());
  }

  void FillEvidence(v1::Dimension dimension, const v1::ClientReliability& filled,
                    v1::ExplainResponse* out) {
    std::vector<v1::Evidence> evidence;
    const bool all = dimension == v1::DIMENSION_UNSPECIFIED;
    if (all || dimension == v1::DIMENSION_PAYMENT) {
      AddPaymentEvidence(filled.dimensions(0).score().has_value(), &evidence);
    }
    if (all || dimension == v1::DIMENSION_PROMISES) {
      AddPromiseEvidence(false, filled.dimensions(1).score().has_value(), &evidence);
      AddPromiseEvidence(true, filled.our_reliability().score().has_value(), &evidence);
    }
    std::stable_sort(
        evidence.begin(), evidence.end(), [](const v1::Evidence& a, const v1::Evidence& b) {
          const auto key = [](const v1::Evidence& e) {
            return std::tuple(e.occur_time().seconds(), e.occur_time().nanos(), e.positions(0));
          };
          return key(a) < key(b);
        });
    for (v1::Evidence& one : evidence) *out->add_evidence() = std::move(one);
  }

 private:
  void FillTier(v1::ClientReliability* out) {
    for (const TimedFact& timed : fold_->timeline.facts) {
      if (timed.content->type != v1::FACT_TYPE_CLIENT_OPENED) continue;
      out->set_tier(std::string(history_.text(timed.content->id)));
    }
  }

  void FillPayment(v1::ClientReliability* out) {
    v1::DimensionAssessment* dimension = out->add_dimensions();
    ReasonSums sums;
    FillPaymentScores(fold_->tallies, values_, policy_, &sums, dimension);
    FillPaymentFigures(fold_->tallies, values_, policy_, out->mutable_payment());
    out->mutable_payment()->set_tradeline(
        Tradeline(fold_->payments, policy_, fold_->as_of_day, fold_->payment_items));
    if (!WantsReasons(*dimension)) return;
    GatherPositions(
        fold_->payment_items, [](const PaymentItem&) { return true; }, &sums);
    FillReasons(&sums, ReasonsMax(), PositionsMax(), dimension);
  }

  void FillPromises(bool by_us, v1::DimensionAssessment* out) {
    const PromiseWeights& weights = promise_weights_[by_us];
    const Moments& aged = weights.windows.aged;
    out->set_dimension(v1::DIMENSION_PROMISES);
    FillRateScore(policy_, aged, out->mutable_score());
    FillRateScore(policy_, weights.windows.recent, out->mutable_recent());
    FillRateScore(policy_, weights.windows.lifetime, out->mutable_lifetime());
    out->set_confidence(ConfidenceOf(policy_, aged.items, EffectiveItems(aged.w, aged.w2)));
    if (!WantsReasons(*out)) return;
    ReasonSums sums;
    const auto wanted = [by_us](const PromiseItem& item) { return item.by_us == by_us; };
    for (const PromiseItem& item : fold_->promises.items) {
      if (!wanted(item)) continue;
      ReasonSum& sum = sums[static_cast<size_t>(item.code)];
      ++sum.count;
      sum.points += PromiseWeight(item) * (100 * item.good - 100);
    }
    sums[static_cast<size_t>(ReasonCode::kPrior)].points =
        -100 * policy_.prior_beta() / weights.total;
    GatherPositions(fold_->promises.items, wanted, &sums);
    FillReasons(&sums, ReasonsMax(), PositionsMax(), out);
  }

  bool WantsReasons(const v1::DimensionAssessment& dimension) const {
    return detail_ != AssessDetail::kSummary && dimension.score().has_value();
  }

  size_t ReasonsMax() const {
    return detail_ == AssessDetail::kExplain ? kReasonCodes : limits::kReasonsShownMax;
  }

  size_t PositionsMax() const {
    return detail_ == AssessDetail::kExplain ? std::numeric_limits<size_t>::max()
                                             : limits::kReasonPositionsShownMax;
  }

  // Of as many of the latest items as are shown.
  template <typename Item, typename Wanted>
  void GatherPositions(const std::vector<Item>& items, Wanted wanted, ReasonSums* sums) const {
    const size_t positions_max = PositionsMax();
    for (auto item = items.rbegin(); item != items.rend(); ++item) {
      if (!wanted(*item)) continue;
      ReasonSum& sum = (*sums)[static_cast<size_t>(item->code)];
      if (sum.positions.size() < positions_max) TakePositions(*item, &sum);
    }
  }

  double PromiseWeight(const PromiseItem& item) const {
    return policy_.WeightOfAge(fold_->as_of_day - item.counted_day) /
           promise_weights_[item.by_us].total;
  }

  void AddPaymentEvidence(bool scored, std::vector<v1::Evidence>* out) const {
    double total = 0;
    for (const PaymentItem& item : fold_->payment_items) total += WeightedValue(item);
    for (const PaymentItem& item : fold_->payment_items) {
      v1::Evidence evidence = MakeEvidence(v1::DIMENSION_PAYMENT, v1::PARTY_CLIENT, item,
                                           WeightedValue(item) / total, item.score, scored);
      evidence.set_obligation_id(
          std::string(history_.text(fold_->payments.invoices[item.invoice].id)));
      evidence.set_days_late(item.days_late);
      SetMoney(item.currency, item.amount, evidence.mutable_amount());
      out->push_back(std::move(evidence));
    }
  }

  double WeightedValue(const PaymentItem& item) const {
    const std::vector<PaymentTallies::OfCurrency>& currencies = fold_->tallies.currencies;
    const std::string_view code = history_.text(item.currency);
    size_t i = 0;
    while (currencies[i].currency != code) ++i;
    return policy_.WeightOfAge(fold_->as_of_day - item.counted_day) *
           values_[i](static_cast<double>(item.amount));
  }

  void AddPromiseEvidence(bool by_us, bool scored, std::vector<v1::Evidence>* out) const {
    for (const PromiseItem& item : fold_->promises.items) {
      if (item.by_us != by_us) continue;
      v1::Evidence evidence =
          MakeEvidence(v1::DIMENSION_PROMISES, by_us ? v1::PARTY_US : v1::PARTY_CLIENT, item,
                       PromiseWeight(item), 100 * item.good, scored);
      evidence.set_obligation_id(std::string(history_.text(item.id)));
      if (item.currency != kNoText) {
        SetMoney(item.currency, item.amount, evidence.mutable_amount());
      }
      out->push_back(std::move(evidence));
    }
  }

  void SetMoney(uint32_t currency, int64_t amount, v1::Money* out) const {
    out->set_currency_code(std::string(history_.text(currency)));
    out->set_minor_units(amount);
  }

  const ClientHistory& history_;
  const Policy& policy_;
  const Perspective& perspective_;
  const AssessDetail detail_;
  FoldedClient fold_;
  std::vector<ValueOfAmount> values_;
  PromiseWeights promise_weights_[2];  // Of the client, and ours.
};

}  // namespace

v1::ClientReliability Assess(std::string_view client_id, const ClientHistory& history,
                             const Policy& policy, const Perspective& perspective,
                             AssessDetail detail) {
  v1::ClientReliability reliability;
  Assessor(history, policy, perspective, detail).Fill(client_id, &reliability);
  return reliability;
}

v1::ExplainResponse Explain(std::string_view client_id, const ClientHistory& history,
                            const Policy& policy, const Perspective& perspective,
                            v1::Dimension dimension) {
  v1::ExplainResponse response;
  Assessor assessor(history, policy, perspective, AssessDetail::kExplain);
  assessor.Fill(client_id, response.mutable_reliability());
  assessor.FillEvidence(dimension, response.reliability(), &response);
  return response;
}

}  // namespace pledger::reliability
