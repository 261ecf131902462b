// DRIFT: good for years, then changed (DOMAIN.md, section 5), with the day of the change.
//
// A one-sided CUSUM over the items of PAYMENT, or of PROMISES, in the order of the world: the sum
// of what each item falls short of the mean before it, less a slack of half the threshold, never
// below zero. The change point is the first item of the run of the sum that lasts until the end.
#include <algorithm>
#include <vector>

#include "server/domain/reliability/nearly_sorted.h"
#include "server/domain/reliability/signals.h"

namespace pledger::reliability {
namespace {

constexpr int64_t kGoodDaysMin = 365;
constexpr int kItemsMin = 3;

struct DriftItem {
  int64_t day;
  int64_t occur_ns;
  uint64_t position;
  double score;
  bool disputed;
};

// The first item since the change; `items.size()` where there was none.
size_t FindChange(const std::vector<DriftItem>& items, double slack) {
  double sum_of_scores = 0;
  double cusum = 0;
  size_t change = items.size();
  size_t good_items = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    const double score = items[i].score;
    if (good_items == 0) {
      sum_of_scores = score;
      good_items = 1;
      continue;
    }
    const double mean = sum_of_scores / static_cast<double>(good_items);
    cusum = std::max(0.0, cusum + mean - slack - score);
    if (cusum > 0) {
      if (change == items.size()) change = i;
      continue;
    }
    // All that was suspected until now belongs to the good time after all.
    for (size_t j = change; j < i; ++j) sum_of_scores += items[j].score;
    good_items += change == items.size() ? 1 : i - change + 1;
    sum_of_scores += score;
    change = items.size();
  }
  return change;
}

// The result for one dimension; ABSENT where it has not drifted.
SignalResult DriftOf(const SignalInput& input, const DimensionScores& scores,
                     std::vector<DriftItem>* items, SignalWorld* world) {
  SignalResult result;
  const SignalRule& rule = input.policy.signals()[SignalCode::kDrift];
  result.threshold = rule.threshold;
  if (!scores.lifetime.scored || !scores.recent.scored) return result;
  result.measure = scores.lifetime.value - scores.recent.value;
  if (result.measure < rule.threshold / 2) return result;
  SortNearlySorted(items, [](const DriftItem& a, const DriftItem& b) {
    return a.day != b.day ? a.day < b.day : a.position < b.position;
  });
  const size_t change = FindChange(*items, rule.threshold / 2);
  if (change == 0 || items->size() - change < kItemsMin) return result;
  double good = 0;
  for (size_t i = 0; i < change; ++i) good += (*items)[i].score;
  good /= static_cast<double>(change);
  const int64_t change_day = (*items)[change].day;
  const v1::Band band = input.policy.BandOf(good);
  if (change_day - items->front().day < kGoodDaysMin ||
      (band != v1::BAND_A && band != v1::BAND_B)) {
    return result;
  }
  result.evidence_begin = world->evidence.size();
  for (size_t i = change; i < items->size(); ++i) {
    Occurrence occurrence;
    occurrence.day = (*items)[i].day;
    occurrence.occur_ns = (*items)[i].occur_ns;
    occurrence.position = (*items)[i].position;
    occurrence.disputed = (*items)[i].disputed;
    world->evidence.push_back(occurrence);
  }
  result.evidence_end = world->evidence.size();
  result.change_day = result.since_day = change_day;
  result.state =
      result.measure >= rule.threshold ? v1::SIGNAL_STATE_PRESENT : v1::SIGNAL_STATE_WATCH;
  return result;
}

}  // namespace

SignalResult FindDrift(const SignalInput& input, SignalWorld* world) {
  thread_local std::vector<DriftItem> items;
  items.clear();
  for (const PaymentItem& item : input.fold.payment_items) {
    items.push_back({item.counted_day, item.occur_ns,
                     item.positions[static_cast<size_t>(item.positions_count - 1)], item.score,
                     item.disputed});
  }
  const Scorecard& card = input.fold.card;
  const SignalResult payment = DriftOf(input, card.Of(v1::DIMENSION_PAYMENT), &items, world);
  items.clear();
  for (const PromiseItem& item : input.fold.promises.items) {
    if (item.by_us) continue;
    items.push_back(
        {item.counted_day, item.occur_ns, item.positions[0], 100 * item.good, item.disputed});
  }
  const SignalResult promises = DriftOf(input, card.Of(v1::DIMENSION_PROMISES), &items, world);
  return promises.state > payment.state ||
                 (promises.state == payment.state && promises.measure > payment.measure)
             ? promises
             : payment;
}

}  // namespace pledger::reliability
