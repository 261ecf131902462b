#include "server/domain/reliability/action_rules.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"

namespace pledger::reliability {
namespace {

constexpr uint32_t Bit(SignalCode code) { return 1u << static_cast<unsigned>(code); }

std::vector<ActionRules::Rule> BuiltIn() {
  using S = SignalCode;
  const v1::Action explain = v1::ACTION_EXPLAIN_TERMS;
  const v1::Action prepay = v1::ACTION_REQUIRE_PREPAYMENT;
  const v1::Action escalate = v1::ACTION_ESCALATE;
  const v1::Action rotate = v1::ACTION_ROTATE_STAFF;
  const v1::Action self_service = v1::ACTION_MOVE_TO_SELF_SERVICE;
  const v1::Action part = v1::ACTION_PART;
  return {
      {Bit(S::kLatePayer), prepay, {explain}},
      {Bit(S::kNonPayer), prepay, {}},
      {Bit(S::kNonPayer), escalate, {}},
      {Bit(S::kNonPayer), part, {prepay, escalate}},
      {Bit(S::kPayTomorrow), prepay, {explain}},
      {Bit(S::kDeniesDebt), prepay, {}},
      {Bit(S::kHagglesAfterAgreement), prepay, {explain}},
      {Bit(S::kLossMaking), self_service, {explain}},
      {Bit(S::kLossMaking), part, {explain, self_service, v1::ACTION_BILL_BY_THE_HOUR}},
      {Bit(S::kPriceOnly), explain, {}},
      {Bit(S::kSmallAndRare), self_service, {}},
      {Bit(S::kScopeCreep), v1::ACTION_BILL_BY_THE_HOUR, {explain}},
      {Bit(S::kEntitlement), v1::ACTION_BILL_BY_THE_HOUR, {explain}},
      {Bit(S::kWarrantyCover), explain, {}},
      {Bit(S::kShiftingInputs), v1::ACTION_BILL_BY_THE_HOUR, {explain}},
      {Bit(S::kUnrealisticDeadlines), v1::ACTION_CHARGE_RUSH_FEE, {explain}},
      {Bit(S::kUnrealisticDeadlines),
       v1::ACTION_HOLD_PRODUCTION_PLAN,
       {explain, v1::ACTION_CHARGE_RUSH_FEE}},
      {Bit(S::kQueueJumper), v1::ACTION_HOLD_PRODUCTION_PLAN, {explain}},
      {Bit(S::kAbusive), escalate, {rotate}},
      {Bit(S::kAbusive), part, {rotate, escalate}},
      {Bit(S::kCondescending), rotate, {}},
      {Bit(S::kWearsOutStaff), rotate, {}},
      {Bit(S::kWearsOutStaff), self_service, {rotate}},
      {Bit(S::kChronicComplainer), escalate, {}},
      {Bit(S::kChronicComplainer), part, {escalate}},
      {Bit(S::kTimeSink), self_service, {}},
      {Bit(S::kDoubleGame), escalate, {}},
      {Bit(S::kDoubleGame), part, {escalate}},
      {Bit(S::kIgnoresAdvice), v1::ACTION_REFER_TO_SPECIALIST, {explain}},
      {Bit(S::kDiscrediting), self_service, {}},
      {Bit(S::kDrift), escalate, {}},
      {Bit(S::kReliable), v1::ACTION_THANK, {}},
      {Bit(S::kPremium), v1::ACTION_THANK, {}},
      {Bit(S::kGoodReferrer), v1::ACTION_THANK, {}},
      {Bit(S::kQuiet), v1::ACTION_KEEP, {}},
  };
}

}  // namespace

ActionRules::ActionRules() : rules_(BuiltIn()) {}

absl::StatusOr<ActionRules> ActionRules::Resolve(const v1::Policy& policy) {
  ActionRules resolved;
  if (policy.action_rules().empty()) return resolved;
  resolved.rules_.clear();
  for (int i = 0; i < policy.action_rules_size(); ++i) {
    const v1::ActionRule& given = policy.action_rules(i);
    Rule rule;
    rule.action = given.action();
    for (int j = 0; j < given.signals_size(); ++j) {
      const std::optional<SignalCode> code = SignalNamed(given.signals(j));
      if (!code.has_value()) {
        return InvalidField(absl::StrCat("action_rules[", i, "].signals[", j, "]"),
                            "is not a signal that this version knows");
      }
      rule.signals |= Bit(*code);
    }
    for (const int first : given.try_first()) {
      rule.try_first.push_back(static_cast<v1::Action>(first));
    }
    resolved.rules_.push_back(std::move(rule));
  }
  return resolved;
}

}  // namespace pledger::reliability
