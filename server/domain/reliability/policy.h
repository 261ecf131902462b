// The numbers by which facts become figures: a v1::Policy with its defaults filled in, checked, and
// in the form that the fold needs.
//
// Immutable after Resolve, therefore thread-safe; copies are cheap enough to keep one per request.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_POLICY_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_POLICY_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pledger/v1/assessment.pb.h"
#include "pledger/v1/policy.pb.h"
#include "pledger/v1/reliability.pb.h"
#include "server/domain/reliability/action_rules.h"
#include "server/domain/reliability/signal_catalogue.h"

namespace pledger::reliability {

class Policy {
 public:
  // INVALID_FIELD with the field's path within the policy ("payment.score_by_days_late[3].y") where
  // a number is out of range or not finite, a list has the wrong length or order, a currency or
  // dimension is named twice, or a dimension or the time zone is not known. An empty message gives
  // the built-in policy.
  [[nodiscard]] static absl::StatusOr<Policy> Resolve(const v1::Policy& policy);

  // When signals are patterns, and what they call for.
  const SignalRules& signals() const { return signals_; }
  const ActionRules& action_rules() const { return action_rules_; }
  // Days to pay, and credit in months of payments, of bands A to D.
  int PaymentDays(v1::Band band) const { return payment_days_[static_cast<size_t>(band) - 1]; }
  double CreditMonths(v1::Band band) const { return credit_months_[static_cast<size_t>(band) - 1]; }
  // Which part of a threshold must not be reached for a signal to fade, and how many days it must
  // stay away to count as RECOVERED.
  double leave_part() const { return leave_part_; }
  int64_t recovered_days() const { return recovered_days_; }

  // Days since 1970-01-01 of the civil day, in the policy's time zone, of a moment in nanoseconds
  // since 1970.
  int64_t DayOf(int64_t time_ns) const;

  // The last nanosecond of such a day.
  int64_t EndOfDayNs(int64_t day) const;

  // 2^(−age/half_life); 1 where facts do not age. An age below 0 counts as 0.
  double WeightOfAge(int64_t age_days) const;

  // The integral of that over the ages from `from_days` to `to_days`, in days.
  double WeightOfSpan(int64_t from_days, int64_t to_days) const;

  // 0 to 100; linear between the points of the curve, constant beyond its ends.
  double PaymentScore(int64_t days_late) const;

  // Empty: each client's own.
  const std::string& reporting_currency() const { return reporting_currency_; }
  // Reporting-currency minor units for one minor unit; empty if the policy names no rate. The
  // reporting currency itself is 1.
  std::optional<double> RateOf(std::string_view currency_code) const;

  // Days late and the score they get, ascending.
  const std::vector<std::pair<double, double>>& payment_curve() const { return curve_; }
  double half_life_days() const { return half_life_days_; }
  double prior_mean() const { return prior_mean_; }
  double prior_strength() const { return prior_strength_; }
  const std::array<double, 4>& band_floors() const { return band_floors_; }
  int64_t recent_days() const { return recent_days_; }
  double min_evidence() const { return min_evidence_; }
  double medium_confidence() const { return medium_confidence_; }
  double high_confidence() const { return high_confidence_; }
  // The Beta prior of rates: α counts good evidence, β bad.
  double prior_alpha() const { return prior_mean_ * prior_strength_; }
  double prior_beta() const { return (1 - prior_mean_) * prior_strength_; }
  double tolerance() const { return tolerance_; }
  int64_t grace_days() const { return grace_days_; }
  int64_t free_extensions() const { return free_extensions_; }

  double creep_half() const { return creep_half_; }
  double churn_half() const { return churn_half_; }
  int64_t free_alterations() const { return free_alterations_; }

  // Of a severity from 1 to 5, and of a v1::ConductReported::Evidence; what is beyond either end
  // weighs as that end.
  double SeverityWeight(int severity) const;
  double EvidenceWeight(int evidence) const;
  // The sum that halves CONDUCT and COMPLAINTS.
  double conduct_half() const { return conduct_half_; }

  // What a minute of staff costs, in minor units of loaded_rate_currency(); empty, and 0, where the
  // policy does not say.
  double loaded_minute_rate() const { return loaded_minute_rate_; }
  const std::string& loaded_rate_currency() const { return loaded_rate_currency_; }
  double cost_of_capital() const { return cost_of_capital_; }
  double margin_floor() const { return margin_floor_; }
  double margin_ceiling() const { return margin_ceiling_; }

  // 0 for one that does not count towards OVERALL.
  double DimensionWeight(v1::Dimension dimension) const { return dimension_weights_[dimension]; }
  double above_worst() const { return above_worst_; }
  v1::Band BandOf(double overall) const;

 private:
  Policy() = default;
  [[nodiscard]] absl::Status ReadEvidence(const v1::EvidencePolicy& evidence);
  [[nodiscard]] absl::Status ReadCurve(const v1::PaymentPolicy& payment);
  [[nodiscard]] absl::Status ReadPromises(const v1::PromisePolicy& promises);
  [[nodiscard]] absl::Status ReadScope(const v1::ScopePolicy& scope);
  [[nodiscard]] absl::Status ReadConduct(const v1::ConductPolicy& conduct);
  [[nodiscard]] absl::Status ReadEconomy(const v1::EconomyPolicy& economy);
  [[nodiscard]] absl::Status ReadOverall(const v1::OverallPolicy& overall);
  [[nodiscard]] absl::Status ReadSolvency(const v1::SolvencyPolicy& solvency);
  [[nodiscard]] absl::Status ReadSignals(const v1::Policy& policy);
  [[nodiscard]] absl::Status ReadRates(const v1::Policy& policy);

  SignalRules signals_;
  ActionRules action_rules_;
  double leave_part_ = 0.5;
  int64_t recovered_days_ = 180;
  std::array<double, 4> credit_months_ = {3, 2, 1, 0.5};
  std::array<int, 4> payment_days_ = {30, 30, 14, 7};
  std::string reporting_currency_;
  std::vector<std::pair<std::string, double>> rates_;  // By currency.
  std::optional<absl::TimeZone> zone_;                 // None: UTC, where a division is enough.
  std::vector<std::pair<double, double>> curve_;
  std::vector<double> weights_;  // Of the first ages, because exp2 is most of a score's cost.
  double half_life_days_ = 365;
  int64_t recent_days_ = 365;
  double min_evidence_ = 2;
  double prior_mean_ = 0.8;
  double prior_strength_ = 2;
  double medium_confidence_ = 5;
  double high_confidence_ = 15;
  double tolerance_ = 0.95;
  int64_t grace_days_ = 3;
  int64_t free_extensions_ = 1;
  double creep_half_ = 0.25;
  double churn_half_ = 4;
  int64_t free_alterations_ = 2;
  std::array<double, 5> severity_weights_ = {0.25, 0.5, 1, 2, 4};
  std::array<double, 3> evidence_weights_ = {0.5, 0.8, 1};
  double conduct_half_ = 2;
  double loaded_minute_rate_ = 0;
  std::string loaded_rate_currency_;
  double cost_of_capital_ = 0;
  double margin_floor_ = -0.25;
  double margin_ceiling_ = 0.40;
  // By v1::Dimension.
  std::array<double, v1::Dimension_ARRAYSIZE> dimension_weights_ = {0, 30, 20, 15, 15, 5, 5, 10, 0};
  double above_worst_ = 30;
  std::array<double, 4> band_floors_ = {80, 65, 50, 35};
};

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_POLICY_H_
