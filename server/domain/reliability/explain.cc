// The evidence behind the figures.
#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "server/domain/reliability/answer_parts.h"
#include "server/domain/reliability/assess.h"
#include "server/domain/reliability/assess_fold.h"
#include "server/domain/reliability/client_fold.h"

namespace pledger::reliability {

void SetTime(int64_t time_ns, google::protobuf::Timestamp* out) {
  constexpr int64_t kSecondNs = 1'000'000'000;
  int64_t seconds = time_ns / kSecondNs;
  int64_t nanos = time_ns % kSecondNs;
  if (nanos < 0) {
    --seconds;
    nanos += kSecondNs;
  }
  out->set_seconds(seconds);
  out->set_nanos(static_cast<int32_t>(nanos));
}

namespace {

class EvidenceMaker {
 public:
  EvidenceMaker(const FoldedFacts& facts, const ClientFold& fold, std::vector<v1::Evidence>* out)
      : facts_(facts), fold_(fold), out_(*out) {}

  void AddPayments() {
    double total = 0;
    for (const PaymentItem& item : fold_.payment_items) total += WeightedValue(item);
    const bool scored = fold_.card.Of(v1::DIMENSION_PAYMENT).aged.scored;
    for (const PaymentItem& item : fold_.payment_items) {
      const double weight = WeightedValue(item) / total;
      v1::Evidence& evidence = Begin(v1::DIMENSION_PAYMENT, v1::PARTY_CLIENT, item);
      evidence.set_score(item.score);
      evidence.set_weight(weight);
      if (scored) evidence.set_points(weight * (item.score - 100));
      evidence.set_disputed(item.disputed);
      evidence.set_obligation_id(
          std::string(facts_.history.text(fold_.payments.invoices[item.invoice].id)));
      evidence.set_days_late(item.days_late);
      SetMoney(facts_.history.text(item.currency), item.amount, evidence.mutable_amount());
    }
  }

  void AddPromises(bool by_us) {
    const PromiseWeights weights(fold_, facts_.policy, by_us);
    const bool scored =
        (by_us ? fold_.card.our_promises.scores : fold_.card.Of(v1::DIMENSION_PROMISES))
            .aged.scored;
    for (const PromiseItem& item : fold_.promises.items) {
      if (item.by_us != by_us) continue;
      v1::Evidence& evidence =
          Begin(v1::DIMENSION_PROMISES, by_us ? v1::PARTY_US : v1::PARTY_CLIENT, item);
      evidence.set_score(100 * item.good);
      evidence.set_weight(weights.Of(item));
      if (scored) evidence.set_points(weights.Of(item) * (100 * item.good - 100));
      evidence.set_disputed(item.disputed);
      evidence.set_obligation_id(std::string(facts_.history.text(item.id)));
      if (item.currency == kNoText) continue;
      SetMoney(facts_.history.text(item.currency), item.amount, evidence.mutable_amount());
    }
  }

  void AddItems(v1::Dimension dimension, v1::Party party, const ScoredDimension& scored) {
    for (const ScoredItem& item : scored.items) {
      v1::Evidence& evidence = Begin(dimension, party, item);
      evidence.set_score(item.score);
      evidence.set_weight(item.weight);
      evidence.set_points(item.points);
      evidence.set_disputed(item.counting.disputed);
      evidence.set_obligation_id(std::string(facts_.history.text(item.id)));
      if (item.currency == kNoText || item.amount == 0) continue;
      SetMoney(facts_.history.text(item.currency), item.amount, evidence.mutable_amount());
    }
  }

 private:
  // With what evidence of all forms has.
  template <typename Item>
  v1::Evidence& Begin(v1::Dimension dimension, v1::Party party, const Item& item) {
    v1::Evidence& evidence = out_.emplace_back();
    evidence.set_dimension(dimension);
    evidence.set_party(party);
    evidence.set_code(ReasonName(item.code));
    SetTime(item.occur_ns, evidence.mutable_occur_time());
    for (int i = 0; i < item.positions_count; ++i) evidence.add_positions(item.positions[i]);
    return evidence;
  }

  double WeightedValue(const PaymentItem& item) const {
    const std::vector<PaymentTallies::OfCurrency>& currencies = fold_.tallies.currencies;
    const std::string_view code = facts_.history.text(item.currency);
    size_t i = 0;
    while (currencies[i].currency != code) ++i;
    return facts_.policy.WeightOfAge(fold_.as_of_day - item.counted_day) *
           fold_.values[i](static_cast<double>(item.amount));
  }

  const FoldedFacts& facts_;
  const ClientFold& fold_;
  std::vector<v1::Evidence>& out_;
};

}  // namespace

void AppendEvidence(const FoldedFacts& facts, const ClientFold& fold, v1::Dimension dimension,
                    std::vector<v1::Evidence>* out) {
  EvidenceMaker maker(facts, fold, out);
  const auto wanted = [dimension](v1::Dimension one) {
    return dimension == v1::DIMENSION_UNSPECIFIED || dimension == v1::DIMENSION_OVERALL ||
           dimension == one;
  };
  if (wanted(v1::DIMENSION_PAYMENT)) maker.AddPayments();
  if (wanted(v1::DIMENSION_PROMISES)) {
    maker.AddPromises(false);
    maker.AddPromises(true);
  }
  for (const v1::Dimension one : kDimensions) {
    if (wanted(one)) maker.AddItems(one, v1::PARTY_CLIENT, fold.card.dimensions[one]);
  }
  if (wanted(v1::DIMENSION_COMPLAINTS)) {
    maker.AddItems(v1::DIMENSION_COMPLAINTS, v1::PARTY_US, fold.card.our_complaints);
  }
}

v1::ExplainResponse Explain(std::string_view client_id, const ClientHistory& history,
                            const Policy& policy, const Perspective& perspective,
                            v1::Dimension dimension) {
  v1::ExplainResponse response;
  FoldedClient client(history, policy, perspective);
  client.FoldAll();
  FillReliability(client_id, history, policy, perspective, AssessDetail::kExplain, &*client,
                  response.mutable_reliability());
  std::vector<v1::Evidence> evidence;
  AppendEvidence(client.Facts(), *client, dimension, &evidence);
  std::stable_sort(evidence.begin(), evidence.end(),
                   [](const v1::Evidence& a, const v1::Evidence& b) {
                     const auto key = [](const v1::Evidence& e) {
                       return std::tuple(e.occur_time().seconds(), e.occur_time().nanos(),
                                         e.positions_size() > 0 ? e.positions(0) : 0);
                     };
                     return key(a) < key(b);
                   });
  for (v1::Evidence& one : evidence) *response.add_evidence() = std::move(one);
  return response;
}

}  // namespace pledger::reliability
