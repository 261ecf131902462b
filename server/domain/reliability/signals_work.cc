// Signals of segment INFLATED_DEMANDS: what counts towards them.
#include "server/domain/reliability/signals.h"

namespace pledger::reliability {
namespace {

bool EndedAs(const SignalInput& input, const ScopeChange& change, v1::FactType type) {
  return change.ended != kNone && input.timed(change.ended).content->type == type;
}

void AddChange(const SignalInput& input, const ScopeChange& change, SignalWorld* world) {
  if (change.requested == kNone) return;
  const HistoryFact& request = *input.timed(change.requested).content;
  if (request.by_us() || EndedAs(input, change, v1::FACT_TYPE_SCOPE_CHANGE_WITHDRAWN)) return;
  const Engagement* engagement =
      change.engagement == kNone
          ? nullptr
          : &input.fold.work.engagements[static_cast<size_t>(change.engagement)];
  Occurrence occurrence = input.OccurrenceOf(input.timed(change.requested));
  switch (request.change_kind()) {
    case v1::ScopeChangeRequested::KIND_UNRELATED_CLAIM:
      world->Track(TrackId::kWarrantyCover).push_back(occurrence);
      break;
    case v1::ScopeChangeRequested::KIND_RUSH:
      if (request.has(kHasRequestedTime) && request.has(kHasFeasibleTime) &&
          request.requested_time_ns() < request.feasible_time_ns()) {
        world->Track(TrackId::kRush).push_back(occurrence);
      }
      break;
    case v1::ScopeChangeRequested::KIND_ADDITION:
      if (engagement != nullptr && engagement->pricing == v1::EngagementAgreed::PRICING_PACKAGE &&
          EndedAs(input, change, v1::FACT_TYPE_SCOPE_CHANGE_ABSORBED)) {
        Occurrence absorbed = input.OccurrenceOf(input.timed(change.ended));
        absorbed.also = occurrence.position;
        absorbed.disputed = absorbed.disputed || occurrence.disputed;
        world->Track(TrackId::kAbsorbedAdditions).push_back(absorbed);
      }
      break;
    default:
      break;
  }
  if (!change.is_alteration || !change.counts || change.our_fault || engagement == nullptr) return;
  if (engagement->pricing == v1::EngagementAgreed::PRICING_FIXED_PRICE &&
      engagement->is_scope_evidence()) {
    occurrence.key = static_cast<uint32_t>(change.engagement);
    world->Track(TrackId::kAlterations).push_back(occurrence);
    occurrence.key = kChangedInputs;
    world->Track(TrackId::kDoubleGame).push_back(occurrence);
  }
}

// On the day on which what was absorbed exceeded the threshold, once for each engagement.
void AddAbsorbed(const SignalInput& input, int32_t fact, SignalWorld* world) {
  const WorkWorld& work = input.fold.work;
  const HistoryFact& absorbed = *input.timed(fact).content;
  const int32_t index = work.ids[absorbed.id].change;
  if (index == kNone) return;
  const ScopeChange& change = work.changes[static_cast<size_t>(index)];
  if (change.ended != fact || !change.counts || change.our_fault || change.engagement == kNone) {
    return;
  }
  const auto number = static_cast<size_t>(change.engagement);
  const Engagement& engagement = work.engagements[number];
  if (!engagement.is_scope_evidence()) return;
  const double limit = input.policy.signals()[SignalCode::kScopeCreep].threshold *
                       static_cast<double>(engagement.baseline_minutes);
  const bool before = static_cast<double>(world->minutes[number]) > limit;
  world->minutes[number] += absorbed.minutes;
  if (before || static_cast<double>(world->minutes[number]) <= limit) return;
  Occurrence occurrence = input.OccurrenceOf(input.timed(fact));
  occurrence.key = static_cast<uint32_t>(number);
  if (engagement.agreed != kNone) occurrence.also = input.timed(engagement.agreed).position;
  world->Track(TrackId::kScopeCreep).push_back(occurrence);
}

// On the day on which effort on a package exceeded so many times its baseline.
void AddPackageEffort(const SignalInput& input, SignalWorld* world) {
  const WorkWorld& work = input.fold.work;
  world->minutes.assign(work.engagements.size(), 0);
  const double times = input.policy.signals()[SignalCode::kEntitlement].threshold;
  for (const int32_t fact : work.efforts) {
    const HistoryFact& effort = *input.timed(fact).content;
    if (effort.engagement == kNoText) continue;
    const int32_t index = work.ids[effort.engagement].engagement;
    if (index == kNone) continue;
    const auto number = static_cast<size_t>(index);
    const Engagement& engagement = work.engagements[number];
    if (engagement.pricing != v1::EngagementAgreed::PRICING_PACKAGE ||
        !engagement.is_scope_evidence()) {
      continue;
    }
    const double limit = times * static_cast<double>(engagement.baseline_minutes);
    const bool before = static_cast<double>(world->minutes[number]) > limit;
    world->minutes[number] += effort.minutes;
    if (before || static_cast<double>(world->minutes[number]) <= limit) continue;
    Occurrence occurrence = input.OccurrenceOf(input.timed(fact));
    occurrence.severe = true;
    if (engagement.agreed != kNone) occurrence.also = input.timed(engagement.agreed).position;
    world->Track(TrackId::kPackageEffort).push_back(occurrence);
  }
}

}  // namespace

void GatherWorkSignals(const SignalInput& input, SignalWorld* world) {
  const WorkWorld& work = input.fold.work;
  for (const ScopeChange& change : work.changes) AddChange(input, change, world);
  if (work.engagements.empty()) return;
  world->minutes.assign(work.engagements.size(), 0);
  const std::vector<TimedFact>& facts = input.fold.timeline.facts;
  if (!work.changes.empty()) {
    for (size_t i = 0; i < facts.size(); ++i) {
      if (facts[i].content->type == v1::FACT_TYPE_SCOPE_CHANGE_ABSORBED) {
        AddAbsorbed(input, static_cast<int32_t>(i), world);
      }
    }
  }
  AddPackageEffort(input, world);
}

}  // namespace pledger::reliability
