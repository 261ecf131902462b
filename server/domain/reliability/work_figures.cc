// The figures of the dimensions of work_score.h, but for ECONOMY's.
#include <algorithm>
#include <cstddef>

#include "absl/container/flat_hash_set.h"
#include "server/domain/reliability/work_score.h"

namespace pledger::reliability {

void FillScopeFigures(const FoldedFacts& facts, v1::ScopeFigures* out) {
  int64_t engagements = 0, with_baseline = 0, baseline = 0, absorbed = 0, alterations = 0;
  int64_t excess = 0, orders = 0;
  for (const Engagement& engagement : facts.work.engagements) {
    if (engagement.agreed == kNone || !engagement.fixed()) continue;
    ++engagements;
    if (engagement.agreed_minutes == 0) continue;
    ++with_baseline;
    baseline += engagement.baseline_minutes;
    absorbed += engagement.absorbed_minutes;
    alterations += engagement.alterations;
    excess += std::max<int64_t>(0, engagement.alterations - facts.policy.free_alterations());
  }
  for (const ScopeChange& change : facts.work.changes) {
    if (change.engagement == kNone || change.ended == kNone) continue;
    if (!facts.work.engagements[change.engagement].fixed()) continue;
    const HistoryFact& end = *facts.timeline.facts[change.ended].content;
    if (end.type == v1::FACT_TYPE_SCOPE_CHANGE_AGREED) ++orders;
  }
  out->set_engagements(engagements);
  out->set_engagements_with_baseline(with_baseline);
  out->set_baseline_minutes(baseline);
  out->set_absorbed_minutes(absorbed);
  if (baseline > 0) out->set_creep(static_cast<double>(absorbed) / static_cast<double>(baseline));
  out->set_alterations(alterations);
  out->set_excess_alterations(excess);
  out->set_change_orders(orders);
}

void FillConductFigures(const FoldedFacts& facts, v1::ConductFigures* out) {
  int64_t disputed = 0, recovery = 0;
  absl::flat_hash_set<uint32_t> staff;
  for (const int32_t index : facts.work.incidents) {
    const TimedFact& timed = facts.timeline.facts[index];
    if (IsAmong(facts.payments.disputed_positions, timed.position)) ++disputed;
    recovery += timed.content->minutes;
    if (timed.content->staff() != kNoText) staff.insert(timed.content->staff());
  }
  out->set_incidents(static_cast<int64_t>(facts.work.incidents.size()));
  out->set_disputed_incidents(disputed);
  out->set_recovery_minutes(recovery);
  out->set_distinct_staff(static_cast<int64_t>(staff.size()));
}

void FillComplaintFigures(const FoldedFacts& facts, v1::ComplaintFigures* out) {
  int64_t complaints = 0, founded = 0, partly = 0, unfounded = 0, open = 0, reopened = 0;
  int64_t days = 0;
  for (const Complaint& complaint : facts.work.complaints) {
    if (complaint.raised == kNone) continue;
    ++complaints;
    reopened += complaint.reopened;
    if (complaint.resolved == kNone) {
      ++open;
      continue;
    }
    const TimedFact& raised = facts.timeline.facts[complaint.raised];
    const TimedFact& resolved = facts.timeline.facts[complaint.resolved];
    days += std::max<int64_t>(
        0, facts.policy.DayOf(resolved.occur_time_ns) - facts.policy.DayOf(raised.occur_time_ns));
    switch (resolved.content->verdict()) {
      case v1::ComplaintResolved::VERDICT_FOUNDED:
        ++founded;
        break;
      case v1::ComplaintResolved::VERDICT_PARTLY_FOUNDED:
        ++partly;
        break;
      default:
        ++unfounded;
    }
  }
  out->set_complaints(complaints);
  out->set_founded(founded);
  out->set_partly_founded(partly);
  out->set_unfounded(unfounded);
  out->set_open(open);
  out->set_reopened(reopened);
  if (complaints > open) {
    out->set_mean_days_to_resolve(static_cast<double>(days) /
                                  static_cast<double>(complaints - open));
  }
  double engagement_days = 0;
  for (const Engagement& engagement : facts.work.engagements) {
    if (engagement.agreed == kNone) continue;
    const int64_t end = std::min(engagement.closed_day, facts.as_of_day);
    engagement_days += static_cast<double>(std::max<int64_t>(0, end - engagement.agreed_day));
  }
  out->set_engagement_years(engagement_days / 365);
}

void FillCooperationFigures(const FoldedFacts& facts, v1::CooperationFigures* out) {
  int64_t followed = 0, partly = 0, ignored = 0;
  for (const Advice& advice : facts.work.advice) {
    if (advice.given == kNone || advice.outcome == kNone) continue;
    switch (facts.timeline.facts[advice.outcome].content->degree()) {
      case v1::AdviceOutcomeNoted::DEGREE_PARTLY:
        ++partly;
        break;
      case v1::AdviceOutcomeNoted::DEGREE_IGNORED:
        ++ignored;
        break;
      default:
        ++followed;
    }
  }
  int64_t in_time = 0, missed = 0, misinformation = 0, after_ignored = 0;
  for (const PromiseItem& promise : facts.promises.items) {
    if (promise.by_us || !promise.blocking) continue;
    ++(promise.good == 1 ? in_time : missed);
  }
  for (const int32_t index : facts.work.incidents) {
    const HistoryFact& fact = *facts.timeline.facts[index].content;
    if (fact.conduct_kind() == v1::ConductReported::KIND_MISINFORMATION) ++misinformation;
  }
  for (const Complaint& complaint : facts.work.complaints) {
    if (complaint.after_ignored_advice) ++after_ignored;
  }
  out->set_advice_followed(followed);
  out->set_advice_partly_followed(partly);
  out->set_advice_ignored(ignored);
  out->set_blocking_promises_in_time(in_time);
  out->set_blocking_promises_missed(missed);
  out->set_misinformation(misinformation);
  out->set_complaints_after_ignored_advice(after_ignored);
}

}  // namespace pledger::reliability
