#include "server/domain/reliability/time_to_pay.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace pledger::reliability {
namespace {

// How many steps of the curve are shown.
constexpr size_t kStepsMax = 400;

// Evenly thinned; the first and the last step stay.
void FillCurve(const std::vector<v1::SurvivalPoint>& steps, v1::TimeToPay* out) {
  const size_t shown = std::min(steps.size(), kStepsMax);
  for (size_t i = 0; i < shown; ++i) {
    const size_t step = shown == 1 ? 0 : i * (steps.size() - 1) / (shown - 1);
    *out->add_curve() = steps[step];
  }
}

}  // namespace

void TimeToPay::Add(int64_t days, End end) {
  Counts& counts = days_[std::max<int64_t>(days, 0)];
  ++(end == End::kPaid ? counts.paid : end == End::kWrittenOff ? counts.written_off : counts.open);
}

void TimeToPay::Fill(v1::TimeToPay* out) const {
  int64_t paid = 0, written_off = 0, open = 0;
  for (const auto& [day, counts] : days_) {
    paid += counts.paid;
    written_off += counts.written_off;
    open += counts.open;
  }
  int64_t at_risk = paid + written_off + open;
  out->set_invoices(at_risk);
  out->set_paid(paid);
  out->set_written_off(written_off);
  out->set_censored(open);
  double unpaid = 1;
  double greenwood = 0;
  double written_off_share = 0;
  int64_t paid_so_far = 0;
  std::vector<v1::SurvivalPoint> steps;
  for (const auto& [day, counts] : days_) {
    v1::SurvivalPoint& step = steps.emplace_back();
    step.set_days(day);
    step.set_at_risk(at_risk);
    step.set_paid(counts.paid);
    step.set_censored(counts.open + counts.written_off);
    const auto n = static_cast<double>(at_risk);
    const auto d = static_cast<double>(counts.paid);
    // Those written off on that day were at risk of being paid on it, and were not.
    if (at_risk > counts.paid) {
      written_off_share += unpaid * (1 - d / n) * static_cast<double>(counts.written_off) / (n - d);
      greenwood += d / (n * (n - d));
    }
    unpaid *= 1 - d / n;
    step.set_unpaid_share(unpaid);
    step.set_standard_error(unpaid * std::sqrt(greenwood));
    step.set_written_off_share(written_off_share);
    if (!out->has_lower_quartile_days() && unpaid <= 0.75) out->set_lower_quartile_days(day);
    if (!out->has_median_days() && unpaid <= 0.5) out->set_median_days(day);
    if (!out->has_upper_quartile_days() && unpaid <= 0.25) out->set_upper_quartile_days(day);
    paid_so_far += counts.paid;
    if (paid > 0 && !out->has_naive_median_days() && 2 * paid_so_far >= paid) {
      out->set_naive_median_days(day);
    }
    at_risk -= counts.paid + counts.written_off + counts.open;
  }
  FillCurve(steps, out);
}

}  // namespace pledger::reliability
