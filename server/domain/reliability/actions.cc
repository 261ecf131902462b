#include "server/domain/reliability/actions.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "server/domain/limits.h"

namespace pledger::reliability {
namespace {

// A quiet client of so many days needs little contact.
constexpr int64_t kOldDays = 3 * 365;

const char* SentenceOf(v1::Action action) {
  switch (action) {
    case v1::ACTION_KEEP:
      return "Go on as before.";
    case v1::ACTION_THANK:
      return "Say thank you: this is what good business looks like.";
    case v1::ACTION_COMPENSATE:
      return "Make up for it unasked: goodwill is cheap and brings referrals.";
    case v1::ACTION_EXPLAIN_TERMS:
      return "Explain the terms, and have them acknowledged.";
    case v1::ACTION_REQUIRE_PREPAYMENT:
      return "Ask for payment before the work.";
    case v1::ACTION_CHARGE_RUSH_FEE:
      return "Charge what a rush costs.";
    case v1::ACTION_BILL_BY_THE_HOUR:
      return "Agree the next work by the hour.";
    case v1::ACTION_HOLD_PRODUCTION_PLAN:
      return "Leave the production plan as it is.";
    case v1::ACTION_ROTATE_STAFF:
      return "Let somebody else look after them.";
    case v1::ACTION_MOVE_TO_SELF_SERVICE:
      return "Serve them with less personal contact.";
    case v1::ACTION_REFER_TO_SPECIALIST:
      return "Hand over what others do better.";
    case v1::ACTION_ESCALATE:
      return "Have somebody with authority talk to them.";
    case v1::ACTION_PART:
      return "Part in four steps: thank, reframe, refund, offer an alternative.";
    default:
      return "";
  }
}

using ActionSet = uint32_t;
constexpr ActionSet SetOf(v1::Action action) { return 1u << static_cast<unsigned>(action); }

// Which actions the record shows as tried.
ActionSet Tried(const SignalInput& input) {
  ActionSet tried = 0;
  for (const TimedFact& timed : input.fold.timeline.facts) {
    const HistoryFact& fact = *timed.content;
    switch (fact.type) {
      case v1::FACT_TYPE_TERMS_EXPLAINED:
        tried |= SetOf(v1::ACTION_EXPLAIN_TERMS);
        break;
      case v1::FACT_TYPE_TERMS_CHANGED:
        if (fact.payment_mode() == v1::TermsChanged::PAYMENT_MODE_PREPAYMENT) {
          tried |= SetOf(v1::ACTION_REQUIRE_PREPAYMENT);
        }
        if (fact.channel() == v1::TermsChanged::CHANNEL_SELF_SERVICE) {
          tried |= SetOf(v1::ACTION_MOVE_TO_SELF_SERVICE);
        }
        break;
      case v1::FACT_TYPE_ENGAGEMENT_AGREED:
        if (fact.pricing() == v1::EngagementAgreed::PRICING_TIME_AND_MATERIALS) {
          tried |= SetOf(v1::ACTION_BILL_BY_THE_HOUR);
        }
        break;
      case v1::FACT_TYPE_COMPLAINT_RAISED:
      case v1::FACT_TYPE_COMPLAINT_ESCALATED:
        if (fact.handled_at() >= v1::HANDLING_LEVEL_MANAGER) {
          tried |= SetOf(v1::ACTION_ESCALATE);
        }
        break;
      default:
        break;
    }
  }
  for (const ScopeChange& change : input.fold.work.changes) {
    if (change.requested == kNone || change.ended == kNone) continue;
    if (input.timed(change.requested).content->change_kind() !=
        v1::ScopeChangeRequested::KIND_RUSH) {
      continue;
    }
    const HistoryFact& ended = *input.timed(change.ended).content;
    if (ended.type == v1::FACT_TYPE_SCOPE_CHANGE_AGREED && ended.amount > 0) {
      tried |= SetOf(v1::ACTION_CHARGE_RUSH_FEE);
    } else if (ended.type == v1::FACT_TYPE_SCOPE_CHANGE_DECLINED) {
      tried |= SetOf(v1::ACTION_HOLD_PRODUCTION_PLAN);
    }
  }
  return tried;
}

// Of proposals that somebody confirmed.
ActionSet Confirmed(const SignalInput& input) {
  ActionSet confirmed = 0;
  std::vector<uint8_t> proposed;
  for (const TimedFact& timed : input.fold.timeline.facts) {
    const HistoryFact& fact = *timed.content;
    if (fact.type != v1::FACT_TYPE_ACTION_PROPOSED && fact.type != v1::FACT_TYPE_ACTION_DECIDED) {
      continue;
    }
    proposed.resize(input.history.text_count());
    if (fact.type == v1::FACT_TYPE_ACTION_PROPOSED) {
      proposed[fact.id] = static_cast<uint8_t>(fact.action());
    } else if (fact.decision() == v1::ActionDecided::DECISION_CONFIRMED && proposed[fact.id] > 0) {
      confirmed |= 1u << proposed[fact.id];
    }
  }
  return confirmed;
}

struct Draft {
  // Names of signals and growth points, and other codes; all of them live for ever.
  std::vector<std::string_view> reasons;
  std::vector<uint64_t> positions;
  ActionSet try_first = 0;
  bool wanted = false;

  void Clear() {
    reasons.clear();
    positions.clear();
    try_first = 0;
    wanted = false;
  }
};
using Drafts = std::array<Draft, v1::Action_ARRAYSIZE>;

void AddReason(std::string_view reason, absl::Span<const Occurrence> evidence, Draft* draft) {
  draft->wanted = true;
  if (std::find(draft->reasons.begin(), draft->reasons.end(), reason) == draft->reasons.end()) {
    draft->reasons.push_back(reason);
  }
  for (const Occurrence& fact : evidence) draft->positions.push_back(fact.position);
}

void DraftByRules(const SignalInput& input, const SignalWorld& signals, Drafts* drafts) {
  uint32_t present = 0;
  for (size_t i = 0; i < kSignalCodes; ++i) {
    if (signals.IsPresent(static_cast<SignalCode>(i))) present |= 1u << i;
  }
  for (const ActionRules::Rule& rule : input.policy.action_rules().rules()) {
    if ((rule.signals & present) != rule.signals) continue;
    Draft& draft = (*drafts)[rule.action];
    for (size_t i = 0; i < kSignalCodes; ++i) {
      if ((rule.signals >> i & 1) == 0) continue;
      const auto code = static_cast<SignalCode>(i);
      AddReason(EntryOf(code).name, signals.EvidenceOf(code), &draft);
    }
    for (const v1::Action first : rule.try_first) draft.try_first |= SetOf(first);
  }
  // Third complaints and rushes aside, a signal that is not yet a pattern may be our own doing.
  const SignalResult& rush = signals.Of(SignalCode::kUnrealisticDeadlines);
  if (rush.state == v1::SIGNAL_STATE_WATCH && rush.measure >= rush.threshold) {
    AddReason("UNREALISTIC_DEADLINES", signals.EvidenceOf(SignalCode::kUnrealisticDeadlines),
              &(*drafts)[v1::ACTION_EXPLAIN_TERMS]);
  }
}

// Goodwill first: what dropped in price, and what was our fault and not made good.
void DraftCompensation(const SignalInput& input, const GrowthFindings& growth, Drafts* drafts) {
  bool made_good = false;
  const int64_t from_day = input.fold.as_of_day - input.policy.recent_days();
  for (const TimedFact& fact : input.fold.timeline.facts) {
    if (fact.content->type != v1::FACT_TYPE_CREDIT_GRANTED) continue;
    const Occurrence credit = input.OccurrenceOf(fact);
    if (credit.day <= from_day) continue;
    if (fact.content->credit_reason() == v1::CreditGranted::REASON_OUR_FAULT) made_good = true;
    if (fact.content->credit_reason() == v1::CreditGranted::REASON_PRICE_DROP) {
      AddReason("PRICE_DROP", {&credit, 1}, &(*drafts)[v1::ACTION_COMPENSATE]);
    }
  }
  const GrowthFinding& complaints = growth[static_cast<size_t>(GrowthCode::kWeCauseComplaints)];
  if (complaints.recent_count == 0 || made_good) return;
  AddReason(
      GrowthName(GrowthCode::kWeCauseComplaints),
      absl::MakeConstSpan(complaints.facts).last(static_cast<size_t>(complaints.recent_count)),
      &(*drafts)[v1::ACTION_COMPENSATE]);
}

bool HasSevereConduct(const SignalWorld& signals) {
  const auto evidence = signals.EvidenceOf(SignalCode::kAbusive);
  return std::any_of(evidence.begin(), evidence.end(),
                     [](const Occurrence& fact) { return fact.severe && !fact.disputed; });
}

void FillAction(v1::Action action, Draft* draft, ActionSet tried, bool severe,
                v1::RecommendedAction* out) {
  out->set_action(action);
  for (const std::string_view reason : draft->reasons) {
    out->add_reason_codes(reason.data(), reason.size());
  }
  out->set_explanation(SentenceOf(action));
  for (int i = 1; i < v1::Action_ARRAYSIZE; ++i) {
    const auto first = static_cast<v1::Action>(i);
    if ((draft->try_first & SetOf(first)) == 0) continue;
    out->add_try_first(first);
    if ((tried & SetOf(first)) != 0) out->add_tried(first);
  }
  if (action == v1::ACTION_PART && !severe && out->tried().empty()) {
    out->set_held_back_by("REMEDY_NOT_TRIED");
    out->mutable_explanation()->append(" Not before a remedy was tried and recorded.");
  }
  std::sort(draft->positions.begin(), draft->positions.end());
  draft->positions.erase(std::unique(draft->positions.begin(), draft->positions.end()),
                         draft->positions.end());
  const size_t shown = std::min<size_t>(draft->positions.size(), limits::kReasonPositionsShownMax);
  for (auto position = draft->positions.end() - static_cast<ptrdiff_t>(shown);
       position != draft->positions.end(); ++position) {
    out->add_positions(*position);
  }
}

}  // namespace

void RecommendActions(const SignalInput& input, const SignalWorld& signals,
                      const GrowthFindings& growth, v1::ClientAssessment* out) {
  thread_local Drafts drafts;
  for (Draft& draft : drafts) draft.Clear();
  DraftByRules(input, signals, &drafts);
  DraftCompensation(input, growth, &drafts);
  if (signals.IsPresent(SignalCode::kQuiet) && !input.fold.timeline.facts.empty()) {
    const int64_t first_day = input.policy.DayOf(input.fold.timeline.facts.front().occur_time_ns);
    if (input.fold.as_of_day - first_day >= kOldDays) {
      AddReason(EntryOf(SignalCode::kQuiet).name, {}, &drafts[v1::ACTION_MOVE_TO_SELF_SERVICE]);
    }
  }
  const bool anything =
      std::any_of(drafts.begin(), drafts.end(), [](const Draft& draft) { return draft.wanted; });
  if (!anything) {
    v1::RecommendedAction* keep = out->add_actions();
    keep->set_action(v1::ACTION_KEEP);
    keep->set_explanation(SentenceOf(v1::ACTION_KEEP));
    return;
  }
  const ActionSet tried = Tried(input) | Confirmed(input);
  const bool severe = HasSevereConduct(signals);
  for (int i = 1; i < v1::Action_ARRAYSIZE; ++i) {
    if (!drafts[static_cast<size_t>(i)].wanted) continue;
    FillAction(static_cast<v1::Action>(i), &drafts[static_cast<size_t>(i)], tried, severe,
               out->add_actions());
  }
}

}  // namespace pledger::reliability
