#include "server/domain/reliability/work_fold.h"

#include <cstddef>

namespace pledger::reliability {
namespace {

class WorkFold {
 public:
  WorkFold(const ClientHistory& history, const Timeline& timeline, const Policy& policy,
           const PaymentWorld& payments, WorkWorld* world)
      : history_(history),
        timeline_(timeline),
        policy_(policy),
        payments_(payments),
        world_(*world) {}

  void Run() {
    Clear();
    const auto count = static_cast<int32_t>(timeline_.facts.size());
    for (int32_t i = 0; i < count; ++i) Collect(i);
    for (Complaint& complaint : world_.complaints) Judge(&complaint);
    for (ScopeChange& change : world_.changes) Judge(&change);
  }

 private:
  void Clear() {
    world_.ids.assign(history_.text_count(), WorkIds());
    world_.engagements.clear();
    world_.changes.clear();
    world_.complaints.clear();
    world_.advice.clear();
    world_.incidents.clear();
    world_.efforts.clear();
    world_.contacts.clear();
  }

  const HistoryFact& Fact(int32_t index) const { return *timeline_.facts[index].content; }

  // The thing of that id, made if there is none yet.
  template <typename Thing>
  Thing& Of(uint32_t id, int32_t WorkIds::*slot, std::vector<Thing>* things) {
    int32_t& index = world_.ids[id].*slot;
    if (index == kNone) {
      index = static_cast<int32_t>(things->size());
      things->emplace_back();
    }
    return (*things)[index];
  }

  void Collect(int32_t index) {
    const HistoryFact& fact = Fact(index);
    if (fact.type >= v1::FACT_TYPE_SCOPE_CHANGE_REQUESTED &&
        fact.type <= v1::FACT_TYPE_SCOPE_CHANGE_WITHDRAWN) {
      return CollectChange(index, fact);
    }
    if (fact.type >= v1::FACT_TYPE_COMPLAINT_RAISED &&
        fact.type <= v1::FACT_TYPE_COMPLAINT_REOPENED) {
      return CollectComplaint(index, fact);
    }
    switch (fact.type) {
      case v1::FACT_TYPE_ENGAGEMENT_AGREED:
      case v1::FACT_TYPE_ENGAGEMENT_CLOSED:
        return CollectEngagement(index, fact);
      case v1::FACT_TYPE_CONDUCT_REPORTED:
        world_.incidents.push_back(index);
        return;
      case v1::FACT_TYPE_EFFORT_LOGGED:
        world_.efforts.push_back(index);
        if (fact.contacts() > 0 || fact.activity() == v1::EffortLogged::ACTIVITY_COMMUNICATION) {
          world_.contacts.push_back(index);
        }
        return;
      case v1::FACT_TYPE_ADVICE_GIVEN:
        Of(fact.id, &WorkIds::advice, &world_.advice).given = index;
        return;
      case v1::FACT_TYPE_ADVICE_OUTCOME_NOTED:
        Of(fact.id, &WorkIds::advice, &world_.advice).outcome = index;
        return;
      default:
        return;
    }
  }

  void CollectEngagement(int32_t index, const HistoryFact& fact) {
    Engagement& engagement = Of(fact.id, &WorkIds::engagement, &world_.engagements);
    engagement.id = fact.id;
    const int64_t day = policy_.DayOf(timeline_.facts[index].occur_time_ns);
    if (fact.type == v1::FACT_TYPE_ENGAGEMENT_CLOSED) {
      engagement.closed = index;
      engagement.closed_day = day;
      return;
    }
    engagement.agreed = index;
    engagement.agreed_day = day;
    engagement.pricing = fact.pricing();
    engagement.agreed_minutes = engagement.baseline_minutes = fact.minutes;
  }

  void CollectChange(int32_t index, const HistoryFact& fact) {
    ScopeChange& change = Of(fact.id, &WorkIds::change, &world_.changes);
    if (fact.type == v1::FACT_TYPE_SCOPE_CHANGE_REQUESTED) {
      change.requested = index;
    } else if (fact.type != v1::FACT_TYPE_SCOPE_CHANGE_QUOTED) {
      change.ended = index;
    }
  }

  void CollectComplaint(int32_t index, const HistoryFact& fact) {
    Complaint& complaint = Of(fact.id, &WorkIds::complaint, &world_.complaints);
    switch (fact.type) {
      case v1::FACT_TYPE_COMPLAINT_RAISED:
        complaint.raised = index;
        return;
      case v1::FACT_TYPE_COMPLAINT_RESOLVED:
        complaint.resolved = index;
        return;
      case v1::FACT_TYPE_COMPLAINT_REOPENED:
        complaint.resolved = kNone;
        ++complaint.reopened;
        return;
      default:
        return;
    }
  }

  void Judge(Complaint* complaint) {
    if (complaint->raised == kNone) return;
    const HistoryFact& raised = Fact(complaint->raised);
    if (raised.advice() != kNoText) {
      complaint->advice = world_.ids[raised.advice()].advice;
      complaint->after_ignored_advice = WasIgnored(raised.advice(), complaint->raised);
    }
    if (complaint->resolved == kNone || raised.engagement == kNoText) return;
    const HistoryFact& resolved = Fact(complaint->resolved);
    const int32_t engagement = world_.ids[raised.engagement].engagement;
    if (engagement == kNone || resolved.fault() != v1::ComplaintResolved::FAULT_US) return;
    if (resolved.verdict() == v1::ComplaintResolved::VERDICT_UNFOUNDED) return;
    world_.engagements[engagement].our_fault = true;
  }

  // Whether the advice had been given before the fact at `index`, and what was last noted of it by
  // then is that it was ignored.
  bool WasIgnored(uint32_t advice_id, int32_t index) const {
    const int32_t found = world_.ids[advice_id].advice;
    if (found == kNone) return false;
    const Advice& advice = world_.advice[found];
    if (advice.given == kNone || advice.given > index) return false;
    if (advice.outcome == kNone) return false;
    if (advice.outcome < index) {
      return Fact(advice.outcome).degree() == v1::AdviceOutcomeNoted::DEGREE_IGNORED;
    }
    // The last outcome came later: look for the one before.
    for (int32_t i = index - 1; i > advice.given; --i) {
      const HistoryFact& fact = Fact(i);
      if (fact.type != v1::FACT_TYPE_ADVICE_OUTCOME_NOTED || fact.id != advice_id) continue;
      return fact.degree() == v1::AdviceOutcomeNoted::DEGREE_IGNORED;
    }
    return false;
  }

  void Judge(ScopeChange* change) {
    if (change->requested == kNone) return;
    const HistoryFact& request = Fact(change->requested);
    change->engagement = world_.ids[request.engagement].engagement;
    if (change->engagement == kNone) return;
    Engagement& engagement = world_.engagements[change->engagement];
    const uint8_t end = change->ended == kNone ? uint8_t{0} : Fact(change->ended).type;
    if (end == v1::FACT_TYPE_SCOPE_CHANGE_AGREED && engagement.agreed_minutes > 0) {
      engagement.baseline_minutes += Fact(change->ended).minutes;
    }
    change->counts =
        !request.by_us() && engagement.agreed != kNone && engagement.agreed < change->requested;
    const bool rework = request.change_kind() == v1::ScopeChangeRequested::KIND_REWORK;
    change->our_fault =
        rework && (engagement.our_fault || IsAmong(payments_.overturned_positions,
                                                   timeline_.facts[change->requested].position));
    if (!change->counts || change->our_fault) return;
    if (end == v1::FACT_TYPE_SCOPE_CHANGE_ABSORBED) {
      engagement.absorbed_minutes += Fact(change->ended).minutes;
    }
    const bool altered = request.change_kind() == v1::ScopeChangeRequested::KIND_ALTERATION;
    change->is_alteration = (rework || altered) && end != v1::FACT_TYPE_SCOPE_CHANGE_AGREED &&
                            end != v1::FACT_TYPE_SCOPE_CHANGE_WITHDRAWN;
    if (change->is_alteration) ++engagement.alterations;
  }

  const ClientHistory& history_;
  const Timeline& timeline_;
  const Policy& policy_;
  const PaymentWorld& payments_;
  WorkWorld& world_;
};

}  // namespace

void FoldWork(const ClientHistory& history, const Timeline& timeline, const Policy& policy,
              const PaymentWorld& payments, WorkWorld* world) {
  WorkFold(history, timeline, policy, payments, world).Run();
}

}  // namespace pledger::reliability
