#include "server/domain/reliability/work_score.h"

#include <algorithm>

namespace pledger::reliability {
namespace {

constexpr double kDaysAYear = 365;

Exposures UnitExposures() {
  Exposures exposures;
  for (auto& exposure : exposures) exposure.fill(1);
  return exposures;
}

// Makes items of facts, and looks up what is disputed.
class Items {
 public:
  Items(const FoldedFacts& facts, ScoredDimension* out) : facts_(facts), out_(*out) {
    out_.items.clear();
    out_.scores = DimensionScores();
  }

  // Of the fact at `index` of the timeline, and of a later one.
  ScoredItem& Add(ReasonCode code, double size, int32_t index, int32_t later = kNone) {
    const TimedFact& timed = facts_.timeline.facts[index];
    ScoredItem& item = out_.items.emplace_back();
    item.code = code;
    item.size = size;
    item.id = timed.content->id;
    item.occur_ns = timed.occur_time_ns;
    item.positions[item.positions_count++] = timed.position;
    if (later != kNone && later != index) {
      item.positions[item.positions_count++] = facts_.timeline.facts[later].position;
    }
    for (int i = 0; i < item.positions_count; ++i) {
      item.counting.disputed = item.counting.disputed || IsDisputed(item.positions[i]);
    }
    SetDay(facts_.policy.DayOf(timed.occur_time_ns), &item);
    return item;
  }

  void SetDay(int64_t day, ScoredItem* item) const {
    item->counting.age_days = item->size_age_days = facts_.as_of_day - day;
  }

  bool IsDisputed(uint64_t position) const {
    return IsAmong(facts_.payments.disputed_positions, position);
  }

  // How much of an incident counts after disputes of it: 1, 0.5 or 0.
  double Upheld(int32_t index) const {
    const uint64_t position = facts_.timeline.facts[index].position;
    if (IsAmong(facts_.payments.overturned_positions, position)) return 0;
    return IsAmong(facts_.payments.shared_positions, position) ? 0.5 : 1;
  }

 private:
  const FoldedFacts& facts_;
  ScoredDimension& out_;
};

int64_t EngagementEnd(const FoldedFacts& facts, const Engagement& engagement) {
  return std::max(engagement.agreed_day, std::min(engagement.closed_day, facts.as_of_day));
}

ReasonCode CodeOf(v1::ConductReported::Kind kind) {
  constexpr auto kFirst = static_cast<int>(ReasonCode::kShouting);
  return static_cast<ReasonCode>(kFirst + std::max(0, static_cast<int>(kind) - 1));
}

// Of a complaint: what is held against a party.
struct Blame {
  ReasonCode code;
  double share;
};

Blame BlameOfClient(const Complaint& complaint, const HistoryFact& resolved) {
  if (resolved.verdict() == v1::ComplaintResolved::VERDICT_FOUNDED) {
    return {ReasonCode::kComplaintFounded, 0};
  }
  if (complaint.after_ignored_advice) return {ReasonCode::kComplaintAfterIgnoredAdvice, 1};
  if (resolved.verdict() == v1::ComplaintResolved::VERDICT_UNFOUNDED) {
    return {ReasonCode::kComplaintUnfounded, 1};
  }
  switch (resolved.fault()) {
    case v1::ComplaintResolved::FAULT_CLIENT:
      return {ReasonCode::kComplaintFaultOfClient, 1};
    case v1::ComplaintResolved::FAULT_SHARED:
      return {ReasonCode::kComplaintShared, 0.5};
    default:
      return {ReasonCode::kComplaintNotHeldAgainst, 0};
  }
}

Blame BlameOfUs(const Complaint& complaint, const HistoryFact& resolved) {
  const bool founded = resolved.verdict() == v1::ComplaintResolved::VERDICT_FOUNDED;
  const bool partly = resolved.verdict() == v1::ComplaintResolved::VERDICT_PARTLY_FOUNDED;
  if ((!founded && !partly) || complaint.after_ignored_advice) {
    return {ReasonCode::kComplaintNotOurs, 0};
  }
  const double share = founded ? 1 : 0.5;
  switch (resolved.fault()) {
    case v1::ComplaintResolved::FAULT_CLIENT:
    case v1::ComplaintResolved::FAULT_THIRD_PARTY:
      return {ReasonCode::kComplaintNotOurs, 0};
    case v1::ComplaintResolved::FAULT_SHARED:
      return {ReasonCode::kOurSharedFault, share / 2};
    default:
      return {ReasonCode::kOurFault, share};
  }
}

Exposures EngagementYears(const FoldedFacts& facts) {
  double aged = 0, recent = 0, lifetime = 0;
  for (const Engagement& engagement : facts.work.engagements) {
    if (engagement.agreed == kNone) continue;
    const int64_t begin = facts.as_of_day - engagement.agreed_day;
    const int64_t end = facts.as_of_day - EngagementEnd(facts, engagement);
    aged += facts.policy.WeightOfSpan(end, begin);
    recent += facts.policy.WeightOfSpan(end, std::min(begin, facts.policy.recent_days()));
    lifetime += static_cast<double>(begin - end);
  }
  const auto years = [](double days) { return std::max(1.0, days / kDaysAYear); };
  Exposures exposures = UnitExposures();
  exposures[0] = {years(aged), years(recent), years(lifetime), years(aged), years(aged)};
  return exposures;
}

// The two exposures of SCOPE: minutes of baseline, and engagements.
void AddEngagement(const Policy& policy, const ScoredItem& item, int64_t baseline_minutes,
                   Exposures* exposures) {
  const double aged = policy.WeightOfAge(item.size_age_days);
  const bool recent = item.size_age_days < policy.recent_days();
  const std::array<double, kViews> weights = {aged, recent ? aged : 0, 1,
                                              item.counting.disputed ? 0 : aged, aged};
  for (int v = 0; v < kViews; ++v) {
    (*exposures)[0][v] += weights[v] * static_cast<double>(baseline_minutes);
    (*exposures)[1][v] += weights[v];
  }
}

}  // namespace

void ScoreScope(const FoldedFacts& facts, ScoredDimension* out) {
  Items items(facts, out);
  Exposures exposures = {};
  for (const Engagement& engagement : facts.work.engagements) {
    if (engagement.agreed == kNone || !engagement.is_scope_evidence()) continue;
    ScoredItem& item = items.Add(ReasonCode::kScopeAgreed, 0, engagement.agreed);
    items.SetDay(EngagementEnd(facts, engagement), &item);
    AddEngagement(facts.policy, item, engagement.baseline_minutes, &exposures);
  }
  std::vector<int64_t> free(facts.work.engagements.size(), facts.policy.free_alterations());
  for (const ScopeChange& change : facts.work.changes) {
    if (!change.counts) continue;
    const Engagement& engagement = facts.work.engagements[change.engagement];
    if (!engagement.is_scope_evidence()) continue;
    const int64_t age = facts.as_of_day - EngagementEnd(facts, engagement);
    const HistoryFact* const end =
        change.ended == kNone ? nullptr : facts.timeline.facts[change.ended].content;
    const bool disputed = items.IsDisputed(facts.timeline.facts[engagement.agreed].position);
    const auto add = [&](ReasonCode code, double size) -> ScoredItem& {
      ScoredItem& item = items.Add(code, size, change.requested, change.ended);
      item.size_age_days = age;
      item.counting.disputed = item.counting.disputed || disputed;
      return item;
    };
    if (change.our_fault) {
      add(ReasonCode::kOurRework, 0);
    } else if (end != nullptr && end->type == v1::FACT_TYPE_SCOPE_CHANGE_AGREED) {
      add(ReasonCode::kChangeOrder, 0);
    } else if (end != nullptr && end->type == v1::FACT_TYPE_SCOPE_CHANGE_ABSORBED) {
      add(ReasonCode::kAbsorbedWork, static_cast<double>(end->minutes) / facts.policy.creep_half());
    } else {
      add(ReasonCode::kChangeRequested, 0);
    }
    if (!change.is_alteration || free[change.engagement]-- > 0) continue;
    ScoredItem& excess = add(ReasonCode::kExcessAlteration, 1 / facts.policy.churn_half());
    excess.exposure = 1;
    excess.evidence = false;
  }
  ScoreDecay(facts.policy, exposures, 1, out);
}

void ScoreConduct(const FoldedFacts& facts, ScoredDimension* out) {
  Items items(facts, out);
  for (const int32_t contact : facts.work.contacts) items.Add(ReasonCode::kContact, 0, contact);
  for (const int32_t incident : facts.work.incidents) {
    const double upheld = items.Upheld(incident);
    if (upheld == 0) continue;
    const HistoryFact& fact = *facts.timeline.facts[incident].content;
    const bool covered =
        fact.conduct_kind() == v1::ConductReported::KIND_PRIORITY_DEMAND && fact.has(kPaidSla);
    const double size = covered ? 0
                                : upheld * facts.policy.SeverityWeight(fact.severity()) *
                                      facts.policy.EvidenceWeight(fact.conduct_evidence());
    ScoredItem& item = items.Add(covered ? ReasonCode::kPaidPriority : CodeOf(fact.conduct_kind()),
                                 size, incident);
    item.counting.left_out = item.counting.disputed;
  }
  ScoreDecay(facts.policy, UnitExposures(), facts.policy.conduct_half(), out);
}

void ScoreComplaints(const FoldedFacts& facts, bool of_us, ScoredDimension* out) {
  Items items(facts, out);
  for (const Engagement& engagement : facts.work.engagements) {
    if (engagement.agreed == kNone) continue;
    ScoredItem& item = items.Add(ReasonCode::kEngagement, 0, engagement.agreed);
    items.SetDay(EngagementEnd(facts, engagement), &item);
  }
  for (const Complaint& complaint : facts.work.complaints) {
    if (complaint.raised == kNone || complaint.resolved == kNone) continue;
    const HistoryFact& resolved = *facts.timeline.facts[complaint.resolved].content;
    const Blame blame = of_us ? BlameOfUs(complaint, resolved) : BlameOfClient(complaint, resolved);
    items.Add(blame.code, blame.share, complaint.raised, complaint.resolved);
  }
  ScoreDecay(facts.policy, EngagementYears(facts), facts.policy.conduct_half(), out);
}

void ScoreCooperation(const FoldedFacts& facts, ScoredDimension* out) {
  Items items(facts, out);
  for (const Advice& advice : facts.work.advice) {
    if (advice.given == kNone || advice.outcome == kNone) continue;
    const TimedFact& outcome = facts.timeline.facts[advice.outcome];
    ReasonCode code = ReasonCode::kAdviceFollowed;
    double good = 1;
    if (outcome.content->degree() == v1::AdviceOutcomeNoted::DEGREE_PARTLY) {
      code = ReasonCode::kAdvicePartlyFollowed;
      good = 0.5;
    } else if (outcome.content->degree() == v1::AdviceOutcomeNoted::DEGREE_IGNORED) {
      code = ReasonCode::kAdviceIgnored;
      good = 0;
    }
    ScoredItem& item = items.Add(code, good, advice.given, advice.outcome);
    item.occur_ns = outcome.occur_time_ns;
    items.SetDay(facts.policy.DayOf(outcome.occur_time_ns), &item);
  }
  for (const PromiseItem& promise : facts.promises.items) {
    if (promise.by_us || !promise.blocking) continue;
    ScoredItem& item = out->items.emplace_back();
    item.code =
        promise.good == 1 ? ReasonCode::kBlockingPromiseMet : ReasonCode::kBlockingPromiseMissed;
    item.size = promise.good;
    item.id = promise.id;
    item.occur_ns = promise.occur_ns;
    item.counting.disputed = promise.disputed;
    items.SetDay(promise.counted_day, &item);
    item.positions[item.positions_count++] = promise.positions[0];
    if (promise.positions_count > 1) {
      item.positions[item.positions_count++] = promise.positions[promise.positions_count - 1];
    }
  }
  for (const int32_t incident : facts.work.incidents) {
    const HistoryFact& fact = *facts.timeline.facts[incident].content;
    if (fact.conduct_kind() != v1::ConductReported::KIND_MISINFORMATION) continue;
    if (items.Upheld(incident) == 0) continue;
    ScoredItem& item = items.Add(ReasonCode::kMisinformation, 0, incident);
    item.counting.left_out = item.counting.disputed;
  }
  ScoreRate(facts.policy, out);
}

}  // namespace pledger::reliability
