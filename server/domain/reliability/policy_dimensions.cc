// Policy: what the dimensions beyond PAYMENT and PROMISES, and OVERALL, are computed by.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"
#include "server/domain/reliability/policy.h"
#include "server/domain/reliability/policy_checks.h"

namespace pledger::reliability {
namespace {

// Takes a list that is either empty, which leaves the defaults, or complete.
template <typename List, typename Number, size_t kSize>
[[nodiscard]] absl::Status ReadList(std::string_view path, const List& list, double max,
                                    std::array<Number, kSize>* out) {
  if (list.empty()) return absl::OkStatus();
  if (list.size() != static_cast<int>(kSize)) {
    return InvalidField(path, absl::StrCat("must have ", kSize, " numbers, or none"));
  }
  for (size_t i = 0; i < kSize; ++i) {
    (*out)[i] = list[static_cast<int>(i)];
    absl::Status status =
        CheckRange(absl::StrCat(std::string(path), "[", i, "]"), (*out)[i], 0, max);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Policy::ReadScope(const v1::ScopePolicy& scope) {
  if (scope.has_creep_half()) creep_half_ = scope.creep_half();
  if (scope.has_churn_half()) churn_half_ = scope.churn_half();
  if (scope.has_free_alterations()) free_alterations_ = scope.free_alterations();
  absl::Status status = CheckRange("creep_half", creep_half_, 1e-9, 1e6);
  status.Update(CheckRange("churn_half", churn_half_, 1e-9, 1e6));
  status.Update(CheckRange("free_alterations", static_cast<double>(free_alterations_), 0, 1000));
  return status;
}

absl::Status Policy::ReadConduct(const v1::ConductPolicy& conduct) {
  if (conduct.has_half()) conduct_half_ = conduct.half();
  absl::Status status = CheckRange("half", conduct_half_, 1e-9, 1e6);
  status.Update(ReadList("severity_weights", conduct.severity_weights(), 1e6, &severity_weights_));
  status.Update(ReadList("evidence_weights", conduct.evidence_weights(), 1e6, &evidence_weights_));
  return status;
}

absl::Status Policy::ReadEconomy(const v1::EconomyPolicy& economy) {
  if (economy.has_loaded_hourly_rate()) {
    const v1::Money& rate = economy.loaded_hourly_rate();
    absl::Status status = CheckCurrency("loaded_hourly_rate.currency_code", rate.currency_code());
    status.Update(CheckRange("loaded_hourly_rate.minor_units",
                             static_cast<double>(rate.minor_units()), 0, 1e15));
    if (!status.ok()) return status;
    loaded_minute_rate_ = static_cast<double>(rate.minor_units()) / 60;
    loaded_rate_currency_ = rate.currency_code();
  }
  if (economy.has_cost_of_capital()) cost_of_capital_ = economy.cost_of_capital();
  if (economy.has_margin_floor()) margin_floor_ = economy.margin_floor();
  if (economy.has_margin_ceiling()) margin_ceiling_ = economy.margin_ceiling();
  absl::Status status = CheckRange("cost_of_capital", cost_of_capital_, 0, 10);
  status.Update(CheckRange("margin_floor", margin_floor_, -1e6, 1e6));
  status.Update(CheckRange("margin_ceiling", margin_ceiling_, -1e6, 1e6));
  if (status.ok() && !(margin_ceiling_ > margin_floor_)) {
    return InvalidField("margin_ceiling", "must be greater than margin_floor");
  }
  return status;
}

absl::Status Policy::ReadOverall(const v1::OverallPolicy& overall) {
  if (overall.weights_size() > 0) dimension_weights_.fill(0);
  std::array<bool, v1::Dimension_ARRAYSIZE> named = {};
  for (int i = 0; i < overall.weights_size(); ++i) {
    const v1::DimensionWeight& weight = overall.weights(i);
    const std::string path = absl::StrCat("weights[", i, "].");
    v1::Dimension dimension = v1::DIMENSION_UNSPECIFIED;
    if (!v1::Dimension_Parse(absl::StrCat("DIMENSION_", weight.dimension()), &dimension) ||
        dimension == v1::DIMENSION_UNSPECIFIED || dimension == v1::DIMENSION_OVERALL) {
      return InvalidField(absl::StrCat(path, "dimension"), "is not a dimension");
    }
    if (named[dimension]) return InvalidField(absl::StrCat(path, "dimension"), "is named twice");
    named[dimension] = true;
    absl::Status status = CheckRange(absl::StrCat(path, "weight"), weight.weight(), 0, 1e6);
    if (!status.ok()) return status;
    dimension_weights_[dimension] = weight.weight();
  }
  if (*std::max_element(dimension_weights_.begin(), dimension_weights_.end()) <= 0) {
    return InvalidField("weights", "at least one must be greater than 0");
  }
  if (overall.has_above_worst()) above_worst_ = overall.above_worst();
  absl::Status status = CheckRange("above_worst", above_worst_, 0, 100);
  status.Update(ReadList("band_floors", overall.band_floors(), 100, &band_floors_));
  if (status.ok() && !std::is_sorted(band_floors_.rbegin(), band_floors_.rend())) {
    return InvalidField("band_floors", "must descend from A to D");
  }
  return status;
}

double Policy::SeverityWeight(int severity) const {
  return severity_weights_[static_cast<size_t>(std::clamp(severity, 1, 5) - 1)];
}

double Policy::EvidenceWeight(int evidence) const {
  return evidence_weights_[static_cast<size_t>(std::clamp(evidence, 1, 3) - 1)];
}

v1::Band Policy::BandOf(double overall) const {
  // A score that is meant to be 80 must not miss its band by the last bit of a sum.
  constexpr double kRounding = 1e-9;
  int band = v1::BAND_A;
  for (const double floor : band_floors_) {
    if (overall + kRounding >= floor) break;
    ++band;
  }
  return static_cast<v1::Band>(band);
}

absl::Status Policy::ReadSolvency(const v1::SolvencyPolicy& solvency) {
  absl::Status status = ReadList("credit_months", solvency.credit_months(), 1000, &credit_months_);
  status.Update(ReadList("payment_days", solvency.payment_days(), 3650, &payment_days_));
  return status;
}

absl::Status Policy::ReadSignals(const v1::Policy& policy) {
  auto signals = SignalRules::Resolve(policy);
  if (!signals.ok()) return signals.status();
  signals_ = *signals;
  auto rules = ActionRules::Resolve(policy);
  if (!rules.ok()) return rules.status();
  action_rules_ = *std::move(rules);
  const v1::RecoveryPolicy& recovery = policy.recovery();
  if (recovery.has_leave_fraction()) leave_part_ = recovery.leave_fraction();
  if (recovery.has_recovered_days()) recovered_days_ = recovery.recovered_days();
  absl::Status status = CheckRange("recovery.leave_fraction", leave_part_, 0, 1);
  status.Update(
      CheckRange("recovery.recovered_days", static_cast<double>(recovered_days_), 0, 1e6));
  return status;
}

}  // namespace pledger::reliability
