#include "server/domain/reliability/policy_description.h"

#include <string>

#include "absl/strings/strip.h"
#include "server/domain/reliability/scorecard.h"

namespace pledger::reliability {
namespace {

void DescribeEvidence(const Policy& policy, v1::EvidencePolicy* out) {
  out->set_half_life_days(policy.half_life_days());
  out->set_recent_days(static_cast<int32_t>(policy.recent_days()));
  out->set_min_evidence(policy.min_evidence());
  out->set_prior_mean(policy.prior_mean());
  out->set_prior_strength(policy.prior_strength());
  out->set_medium_confidence(policy.medium_confidence());
  out->set_high_confidence(policy.high_confidence());
}

void DescribePromises(const Policy& policy, v1::PromisePolicy* out) {
  out->set_tolerance(policy.tolerance());
  out->set_grace_days(static_cast<int32_t>(policy.grace_days()));
  out->set_free_extensions(static_cast<int32_t>(policy.free_extensions()));
}

void DescribeScope(const Policy& policy, v1::ScopePolicy* out) {
  out->set_creep_half(policy.creep_half());
  out->set_churn_half(policy.churn_half());
  out->set_free_alterations(static_cast<int32_t>(policy.free_alterations()));
}

void DescribeConduct(const Policy& policy, v1::ConductPolicy* out) {
  out->clear_severity_weights();
  for (int severity = 1; severity <= 5; ++severity) {
    out->add_severity_weights(policy.SeverityWeight(severity));
  }
  out->clear_evidence_weights();
  for (int evidence = 1; evidence <= 3; ++evidence) {
    out->add_evidence_weights(policy.EvidenceWeight(evidence));
  }
  out->set_half(policy.conduct_half());
}

void DescribeOverall(const Policy& policy, v1::OverallPolicy* out) {
  out->clear_weights();
  for (const v1::Dimension dimension : kDimensions) {
    v1::DimensionWeight* weight = out->add_weights();
    weight->set_dimension(
        std::string(absl::StripPrefix(v1::Dimension_Name(dimension), "DIMENSION_")));
    weight->set_weight(policy.DimensionWeight(dimension));
  }
  out->set_above_worst(policy.above_worst());
  out->clear_band_floors();
  for (const double floor : policy.band_floors()) out->add_band_floors(floor);
}

void DescribeSignals(const Policy& policy, v1::Policy* out) {
  out->clear_signals();
  for (size_t i = 0; i < kSignalCodes; ++i) {
    const auto code = static_cast<SignalCode>(i);
    const SignalRule& rule = policy.signals()[code];
    v1::SignalPolicy* signal = out->add_signals();
    signal->set_signal(EntryOf(code).name);
    signal->set_min_count(rule.min_count);
    signal->set_min_span_days(rule.min_span_days);
    signal->set_window_days(rule.window_days);
    signal->set_recovery_days(rule.recovery_days);
    signal->set_threshold(rule.threshold);
  }
  out->clear_action_rules();
  for (const ActionRules::Rule& rule : policy.action_rules().rules()) {
    v1::ActionRule* action = out->add_action_rules();
    for (size_t i = 0; i < kSignalCodes; ++i) {
      if ((rule.signals >> i & 1) != 0) {
        action->add_signals(EntryOf(static_cast<SignalCode>(i)).name);
      }
    }
    action->set_action(rule.action);
    for (const v1::Action first : rule.try_first) action->add_try_first(first);
  }
}

}  // namespace

v1::Policy Describe(const v1::Policy& given, const Policy& policy) {
  v1::Policy out = given;
  if (out.time_zone().empty()) out.set_time_zone("UTC");
  DescribeEvidence(policy, out.mutable_evidence());
  out.mutable_payment()->clear_score_by_days_late();
  for (const auto& [x, y] : policy.payment_curve()) {
    v1::CurvePoint* point = out.mutable_payment()->add_score_by_days_late();
    point->set_x(x);
    point->set_y(y);
  }
  DescribePromises(policy, out.mutable_promises());
  DescribeScope(policy, out.mutable_scope());
  DescribeConduct(policy, out.mutable_conduct());
  out.mutable_economy()->set_cost_of_capital(policy.cost_of_capital());
  out.mutable_economy()->set_margin_floor(policy.margin_floor());
  out.mutable_economy()->set_margin_ceiling(policy.margin_ceiling());
  DescribeOverall(policy, out.mutable_overall());
  DescribeSignals(policy, &out);
  v1::SolvencyPolicy* solvency = out.mutable_solvency();
  solvency->Clear();
  for (const v1::Band band : {v1::BAND_A, v1::BAND_B, v1::BAND_C, v1::BAND_D}) {
    solvency->add_credit_months(policy.CreditMonths(band));
    solvency->add_payment_days(policy.PaymentDays(band));
  }
  out.mutable_recovery()->set_leave_fraction(policy.leave_part());
  out.mutable_recovery()->set_recovered_days(static_cast<int32_t>(policy.recovered_days()));
  return out;
}

}  // namespace pledger::reliability
