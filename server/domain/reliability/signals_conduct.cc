// Signals of the segments COMMUNICATION and DISCREDITING: what counts towards them.
#include "server/domain/reliability/signals.h"

namespace pledger::reliability {
namespace {

using Conduct = v1::ConductReported;

constexpr int kSevereThreat = 4;

// Whether the client owed money that was due, at that moment.
bool MoneyWasOverdue(const SignalInput& input, const Occurrence& then) {
  for (const Invoice& invoice : input.fold.payments.invoices) {
    if (invoice.issue_ns <= then.occur_ns && invoice.due_day < then.day &&
        invoice.closed_ns > then.occur_ns) {
      return true;
    }
  }
  return false;
}

void AddIncident(const SignalInput& input, const TimedFact& fact, SignalWorld* world) {
  const HistoryFact& incident = *fact.content;
  Occurrence occurrence = input.OccurrenceOf(fact);
  if (incident.staff() != kNoText) {
    occurrence.key = incident.staff();
    world->Track(TrackId::kWearsOutStaff).push_back(occurrence);
  }
  switch (incident.conduct_kind()) {
    case Conduct::KIND_THREAT:
      occurrence.severe = incident.severity() >= kSevereThreat;
      [[fallthrough]];
    case Conduct::KIND_SHOUTING:
    case Conduct::KIND_INSULT:
    case Conduct::KIND_HARASSMENT:
    case Conduct::KIND_PRESSURE:
      world->Track(TrackId::kAbusive).push_back(occurrence);
      break;
    case Conduct::KIND_CONDESCENSION:
    case Conduct::KIND_IGNORED_ANSWERS:
      world->Track(TrackId::kCondescending).push_back(occurrence);
      break;
    case Conduct::KIND_MISINFORMATION:
    case Conduct::KIND_UNREACHABLE_WHEN_NEEDED:
      occurrence.key =
          incident.conduct_kind() == Conduct::KIND_MISINFORMATION ? kMisinformation : kUnreachable;
      world->Track(TrackId::kDoubleGame).push_back(occurrence);
      break;
    case Conduct::KIND_PRIORITY_DEMAND:
      if (incident.has(kPaidSla)) break;
      occurrence.aggravated = MoneyWasOverdue(input, occurrence);
      world->Track(TrackId::kQueueJumper).push_back(occurrence);
      break;
    default:
      break;
  }
}

void AddComplaints(const SignalInput& input, SignalWorld* world) {
  for (const Complaint& complaint : input.fold.work.complaints) {
    if (complaint.raised == kNone || complaint.resolved == kNone) continue;
    const TimedFact& resolved = input.timed(complaint.resolved);
    if (resolved.content->verdict() != v1::ComplaintResolved::VERDICT_UNFOUNDED &&
        resolved.content->fault() != v1::ComplaintResolved::FAULT_CLIENT) {
      continue;
    }
    Occurrence occurrence = input.OccurrenceOf(input.timed(complaint.raised));
    occurrence.also = resolved.position;
    occurrence.disputed = occurrence.disputed || input.IsDisputed(resolved.position);
    world->Track(TrackId::kChronicComplainer).push_back(occurrence);
  }
}

void AddAdvice(const SignalInput& input, SignalWorld* world) {
  for (const Advice& advice : input.fold.work.advice) {
    if (advice.given == kNone || advice.outcome == kNone) continue;
    const TimedFact& outcome = input.timed(advice.outcome);
    if (outcome.content->degree() == v1::AdviceOutcomeNoted::DEGREE_FOLLOWED) continue;
    Occurrence occurrence = input.OccurrenceOf(outcome);
    occurrence.also = input.timed(advice.given).position;
    world->Track(TrackId::kIgnoresAdvice).push_back(occurrence);
  }
}

}  // namespace

void GatherConductSignals(const SignalInput& input, SignalWorld* world) {
  for (const int32_t fact : input.fold.work.incidents) {
    AddIncident(input, input.timed(fact), world);
  }
  const double strain = input.policy.signals()[SignalCode::kWearsOutStaff].threshold;
  for (const int32_t fact : input.fold.work.efforts) {
    const TimedFact& effort = input.timed(fact);
    if (effort.content->strain() < strain || effort.content->staff() == kNoText) continue;
    Occurrence occurrence = input.OccurrenceOf(effort);
    occurrence.key = effort.content->staff();
    world->Track(TrackId::kWearsOutStaff).push_back(occurrence);
  }
  AddComplaints(input, world);
  AddAdvice(input, world);
  for (const TimedFact& fact : input.fold.timeline.facts) {
    if (fact.content->type == v1::FACT_TYPE_REPUTATION_CONCERN_NOTED) {
      world->Track(TrackId::kConcerns).push_back(input.OccurrenceOf(fact));
    }
  }
}

}  // namespace pledger::reliability
