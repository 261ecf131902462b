#include "server/domain/reliability/assessment.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/domain/limits.h"
#include "server/domain/reliability/actions.h"
#include "server/domain/reliability/assess_fold.h"
#include "server/domain/reliability/civil_day.h"
#include "server/domain/reliability/partings.h"

namespace pledger::reliability {
namespace {

// Midnight of the civil day, as the policy's time zone has it.
void SetDay(const Policy& policy, int64_t day, google::protobuf::Timestamp* out) {
  out->set_seconds((policy.EndOfDayNs(day - 1) + 1) / 1'000'000'000);
}

// Distinct positions, ascending, the highest `max` of them.
void FillPositions(absl::Span<const Occurrence> facts, size_t max,
                   google::protobuf::RepeatedField<uint64_t>* out) {
  thread_local std::vector<uint64_t> positions;
  positions.clear();
  for (const Occurrence& fact : facts) {
    positions.push_back(fact.position);
    if (fact.also != kNoPosition) positions.push_back(fact.also);
  }
  std::sort(positions.begin(), positions.end());
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  const size_t shown = std::min(max, positions.size());
  out->Add(positions.end() - static_cast<ptrdiff_t>(shown), positions.end());
}

void FillDates(absl::Span<const Occurrence> facts, size_t max,
               google::protobuf::RepeatedPtrField<std::string>* out) {
  thread_local std::vector<int64_t> days;
  days.clear();
  for (const Occurrence& fact : facts) days.push_back(fact.day);
  std::sort(days.begin(), days.end());
  days.erase(std::unique(days.begin(), days.end()), days.end());
  const size_t shown = std::min(max, days.size());
  for (auto day = days.end() - static_cast<ptrdiff_t>(shown); day != days.end(); ++day) {
    out->Add(DateText(*day));
  }
}

// As "%.0f" has it; most measures are counts, which need no formatting.
std::string WholeNumber(double measure) {
  constexpr double kExact = 1e15;
  const bool is_count =
      !std::signbit(measure) && measure < kExact && measure == std::floor(measure);
  if (is_count) return absl::StrCat(static_cast<int64_t>(measure));
  return absl::StrFormat("%.0f", measure);
}

std::string StatementOf(SignalCode code, const SignalResult& result,
                        absl::Span<const Occurrence> facts) {
  const SignalEntry& entry = EntryOf(code);
  if (code == SignalCode::kDrift) {
    return absl::StrFormat("Recent score %.1f points below the lifetime one since %s",
                           result.measure, DateText(result.change_day));
  }
  if (entry.positive && facts.empty()) return entry.counted;
  if (facts.empty()) return absl::StrCat(entry.counted, ": none of late");
  const auto [first, last] =
      std::minmax_element(facts.begin(), facts.end(),
                          [](const Occurrence& a, const Occurrence& b) { return a.day < b.day; });
  if (code == SignalCode::kTimeSink) {
    return absl::StrCat(entry.counted, ", since ", DateText(first->day));
  }
  if (code == SignalCode::kSmallAndRare) {
    return absl::StrCat(entry.counted, "; the last on ", DateText(last->day));
  }
  if (code == SignalCode::kLossMaking || code == SignalCode::kPriceOnly) {
    return absl::StrFormat("%s: %.1f %%; a pattern %s %.1f %%", entry.counted, 100 * result.measure,
                           code == SignalCode::kLossMaking ? "below" : "above",
                           100 * result.threshold);
  }
  std::string statement = absl::StrCat(entry.counted, ": ", WholeNumber(result.measure));
  if (first->day == last->day) {
    absl::StrAppend(&statement, " on ", DateText(first->day));
  } else {
    absl::StrAppend(&statement, " from ", DateText(first->day), " to ", DateText(last->day));
  }
  absl::StrAppend(&statement, "; a pattern from ", result.threshold, " on");
  if (result.suppressed) absl::StrAppend(&statement, "; all of it is under dispute");
  if (result.aggravated) absl::StrAppend(&statement, "; money was overdue on such a day");
  return statement;
}

void FillSignal(const SignalInput& input, SignalCode code, const SignalWorld& signals,
                const GrowthFindings& growth, const AssessmentDetail& detail, v1::Signal* out) {
  const SignalEntry& entry = EntryOf(code);
  const SignalResult& result = signals.Of(code);
  const absl::Span<const Occurrence> facts = signals.EvidenceOf(code);
  out->set_code(entry.name);
  out->set_state(result.state);
  out->set_segment(entry.segment);
  out->set_positive(entry.positive);
  out->set_statement(StatementOf(code, result, facts));
  if (result.since_day != kNoDay) SetDay(input.policy, result.since_day, out->mutable_since_time());
  if (detail.positions_max > 0)
    FillPositions(facts, detail.positions_max, out->mutable_positions());
  if (detail.dates_max > 0) FillDates(facts, detail.dates_max, out->mutable_dates());
  out->set_measure(result.measure);
  out->set_threshold(result.threshold);
  out->set_suppressed(result.suppressed);
  out->set_recovering(result.recovering);
  out->set_aggravated(result.aggravated);
  for (size_t i = 0; i < kGrowthCodes; ++i) {
    if ((entry.our_part >> i & 1) != 0 && growth[i].count() > 0) {
      out->add_our_part(GrowthName(static_cast<GrowthCode>(i)));
    }
  }
  if (result.change_day != kNoDay) {
    SetDay(input.policy, result.change_day, out->mutable_change_point_time());
  }
}

void FillGrowth(const GrowthFindings& growth, const AssessmentDetail& detail,
                v1::ClientAssessment* out) {
  for (size_t i = 0; i < kGrowthCodes; ++i) {
    const GrowthFinding& finding = growth[i];
    if (finding.count() == 0) continue;
    const auto code = static_cast<GrowthCode>(i);
    v1::GrowthPoint* point = out->add_growth_points();
    point->set_code(GrowthName(code));
    point->set_statement(GrowthStatement(code, finding.count()));
    point->set_count(finding.count());
    point->set_recent_count(finding.recent_count);
    point->set_previous_count(finding.previous_count);
    if (detail.positions_max > 0) {
      FillPositions(finding.facts, detail.positions_max, point->mutable_positions());
    }
  }
}

void FillProposals(const SignalInput& input, v1::ClientAssessment* out) {
  std::vector<int> by_id;
  for (const TimedFact& timed : input.fold.timeline.facts) {
    const HistoryFact& fact = *timed.content;
    if (fact.type != v1::FACT_TYPE_ACTION_PROPOSED && fact.type != v1::FACT_TYPE_ACTION_DECIDED) {
      continue;
    }
    by_id.resize(input.history.text_count(), -1);
    int& index = by_id[fact.id];
    if (index < 0) {
      index = out->proposals_size();
      out->add_proposals()->set_proposal_id(std::string(input.history.text(fact.id)));
    }
    v1::ProposalState* proposal = out->mutable_proposals(index);
    if (fact.type == v1::FACT_TYPE_ACTION_PROPOSED) {
      proposal->set_action(fact.action());
      proposal->set_proposed_position(timed.position);
      for (const uint32_t code : input.history.reason_codes(fact)) {
        proposal->add_reason_codes(std::string(input.history.text(code)));
      }
    } else {
      proposal->set_decision(fact.decision());
      proposal->set_decided_position(timed.position);
    }
  }
}

// Scratch of a thread.
struct Scratch {
  SignalWorld signals;
  GrowthFindings growth;
};

}  // namespace

v1::Segment SegmentOf(const SignalWorld& signals) {
  v1::Segment best = v1::SEGMENT_NONE;
  int best_count = 0;
  for (const v1::Segment segment : {v1::SEGMENT_PRICE, v1::SEGMENT_INFLATED_DEMANDS,
                                    v1::SEGMENT_COMMUNICATION, v1::SEGMENT_DISCREDITING}) {
    int count = 0;
    for (size_t i = 0; i < kSignalCodes; ++i) {
      const auto code = static_cast<SignalCode>(i);
      if (EntryOf(code).segment == segment && signals.IsPresent(code)) ++count;
    }
    if (count <= best_count) continue;
    best = segment;
    best_count = count;
  }
  return best;
}

void FillSignals(const SignalInput& input, const SignalWorld& signals, const GrowthFindings& growth,
                 const AssessmentDetail& detail,
                 google::protobuf::RepeatedPtrField<v1::Signal>* out) {
  for (const v1::SignalState state : {v1::SIGNAL_STATE_PRESENT, v1::SIGNAL_STATE_WATCH}) {
    for (size_t i = 0; i < kSignalCodes; ++i) {
      const auto code = static_cast<SignalCode>(i);
      if (signals.Of(code).state != state) continue;
      FillSignal(input, code, signals, growth, detail, out->Add());
    }
  }
}

void FillAssessment(const SignalInput& input, const AssessmentDetail& detail,
                    v1::ClientAssessment* out) {
  thread_local Scratch scratch;
  EvaluateSignals(input, &scratch.signals);
  FindGrowthPoints(input, scratch.signals, &scratch.growth);
  out->set_segment(SegmentOf(scratch.signals));
  out->set_question(QuestionOf(out->segment()));
  FillSignals(input, scratch.signals, scratch.growth, detail, out->mutable_signals());
  FillGrowth(scratch.growth, detail, out);
  RecommendActions(input, scratch.signals, scratch.growth, out);
  FillProposals(input, out);
  FillPartings(input, out);
  out->set_refusal_allowed(RefusalAllowed(scratch.signals));
  out->set_refusals(std::count_if(
      input.fold.timeline.facts.begin(), input.fold.timeline.facts.end(),
      [](const TimedFact& fact) { return fact.content->type == v1::FACT_TYPE_SERVICE_REFUSED; }));
}

void FillWhole(std::string_view client_id, const ClientHistory& history, const Policy& policy,
               const Perspective& perspective, const CohortContext& cohort, AssessDetail detail,
               ClientFold* fold, v1::ClientReliability* out) {
  FillReliability(client_id, history, policy, perspective, detail, fold, out);
  const SignalInput input = {
      history,    policy, *fold, cohort, out->overall().band(), out->overall().confidence(),
      out->tier()};
  AssessmentDetail shown = {0, 0};
  if (detail == AssessDetail::kFull) {
    shown = {limits::kReasonPositionsShownMax, limits::kReasonPositionsShownMax};
  } else if (detail == AssessDetail::kExplain) {
    shown = {limits::kPositionsListedMax, limits::kPositionsListedMax};
  }
  FillAssessment(input, shown, out->mutable_assessment());
}

void AssessWhole(std::string_view client_id, const ClientHistory& history, const Policy& policy,
                 const Perspective& perspective, const CohortContext& cohort, AssessDetail detail,
                 v1::ClientReliability* out) {
  out->Clear();
  FoldedClient client(history, policy, perspective);
  client.FoldAll();
  FillWhole(client_id, history, policy, perspective, cohort, detail, &*client, out);
}

void CompareSignals(const v1::ClientAssessment& before, const v1::ClientAssessment& after,
                    google::protobuf::RepeatedPtrField<std::string>* appeared,
                    google::protobuf::RepeatedPtrField<std::string>* disappeared) {
  const auto is_present = [](const v1::ClientAssessment& in, const v1::Signal& signal) {
    return std::any_of(in.signals().begin(), in.signals().end(), [&](const v1::Signal& other) {
      return other.code() == signal.code() && other.state() == v1::SIGNAL_STATE_PRESENT;
    });
  };
  const auto add_new = [&](const v1::ClientAssessment& from, const v1::ClientAssessment& to,
                           google::protobuf::RepeatedPtrField<std::string>* out) {
    for (const v1::Signal& signal : to.signals()) {
      if (signal.state() != v1::SIGNAL_STATE_PRESENT || is_present(from, signal)) continue;
      *out->Add() = signal.code();
    }
  };
  add_new(before, after, appeared);
  add_new(after, before, disappeared);
}

}  // namespace pledger::reliability
