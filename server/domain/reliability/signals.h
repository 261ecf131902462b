// The signals of one client: which patterns the facts make (DOMAIN.md, section 5). signal_track.h
// says how a count of facts becomes a pattern and fades; here is what counts.
//
// What DOMAIN.md leaves open:
// - A rule that names a count replaces the default of three facts; the span of 14 days stays, but
//   for NON_PAYER, where one refusal, or a debt open for so long, is enough.
// - LATE_PAYER counts invoices; its days beyond terms are those of all portions of the window.
// - PAY_TOMORROW's second way: the third time that one invoice is promised, new dates for the same
//   promise included, over the same span.
// - LOSS_MAKING compares payments with credits, material and effort of the last 365 days; the cost
//   of capital is left out. Without a rate for effort there is no effort to count.
// - PRICE_ONLY counts goodwill credits. What made up for a dropped price or our own fault, or was
//   given back at a parting, is never held against the client.
// - ENTITLEMENT's second way: effort on one package beyond so many times its baseline, at once.
// - UNREALISTIC_DEADLINES counts a rush only once lead times or the rush fee had been explained; as
//   long as neither was, it is on WATCH at most.
// - ABUSIVE counts a milder threat as one of the others. One of severity 4 or 5 is enough.
// - WEARS_OUT_STAFF counts the members of staff whose incidents or strained work stand in the
//   record.
// - TIME_SINK's enquiry is one without an outcome; where the cohort has too few orders to tell, the
//   rule's threshold stands for its percentile.
// - DRIFT: the recent score is at least so many points below the lifetime one; the change point is
//   where the cumulated sum of what the items fall short of the mean of the good time began to
//   rise; the good time before it lasted 365 days and scored as band B or better.
// - The top tier is "premium", in any spelling of case.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_SIGNALS_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_SIGNALS_H_

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "server/domain/reliability/client_fold.h"
#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/cohort.h"
#include "server/domain/reliability/policy.h"
#include "server/domain/reliability/running_sums.h"
#include "server/domain/reliability/signal_catalogue.h"
#include "server/domain/reliability/signal_track.h"

namespace pledger::reliability {

// What signals are computed from. All of one perspective; everything outlives the use.
struct SignalInput {
  const ClientHistory& history;
  const Policy& policy;
  const ClientFold& fold;
  const CohortContext& cohort;
  // Of the client.
  v1::Band band = v1::BAND_UNSPECIFIED;
  v1::Confidence confidence = v1::CONFIDENCE_LOW;
  std::string_view tier;

  const TimedFact& timed(int32_t fact) const {
    return fold.timeline.facts[static_cast<size_t>(fact)];
  }
  bool IsDisputed(uint64_t position) const;
  // The fact by itself, with the dispute that is open about it.
  Occurrence OccurrenceOf(const TimedFact& fact) const;
  // In minor units of the policy's reporting currency; as it is where the policy has no rate.
  double ValueOf(uint32_t currency, int64_t amount) const;
  // What a minute of staff costs, in the same; 0 where the policy does not say.
  double MinuteRate() const;
};

// The keys of DOUBLE_GAME's track: at least three of these make it.
enum DoubleGameKind : uint32_t { kMisinformation, kBrokenWord, kChangedInputs, kUnreachable };

struct SignalResult {
  v1::SignalState state = v1::SIGNAL_STATE_ABSENT;
  int64_t since_day = kNoDay;
  int64_t left_day = kNoDay;
  bool recovering = false;
  bool suppressed = false;
  bool aggravated = false;
  double measure = 0;
  double threshold = 0;
  // DRIFT's change point.
  int64_t change_day = kNoDay;
  // Its part of SignalWorld::evidence.
  size_t evidence_begin = 0;
  size_t evidence_end = 0;
};

// What counts towards each signal, by the ways in which it can become a pattern.
enum class TrackId : uint8_t {
  kLatePayer,
  kNonPayer,
  kBrokenPromises,
  kPromisedInvoices,  // One track for each key.
  kDeniesDebt,
  kHaggles,
  kLossMaking,
  kPriceOnly,
  kSmallAndRare,
  kScopeCreep,
  kAbsorbedAdditions,
  kPackageEffort,
  kWarrantyCover,
  kAlterations,  // One track for each key.
  kRush,
  kQueueJumper,
  kAbusive,
  kCondescending,
  kWearsOutStaff,
  kChronicComplainer,
  kTimeSink,
  kDoubleGame,
  kIgnoresAdvice,
  kConcerns,
  kBadReferrals,
  kGoodReferrals,
};
inline constexpr size_t kTracks = static_cast<size_t>(TrackId::kGoodReferrals) + 1;

// The result, and scratch that is reused from one client to the next.
struct SignalWorld {
  std::array<SignalResult, kSignalCodes> results;
  std::vector<Occurrence> evidence;

  const SignalResult& Of(SignalCode code) const { return results[static_cast<size_t>(code)]; }
  bool IsPresent(SignalCode code) const { return Of(code).state == v1::SIGNAL_STATE_PRESENT; }
  absl::Span<const Occurrence> EvidenceOf(SignalCode code) const {
    const SignalResult& result = Of(code);
    return absl::MakeConstSpan(evidence).subspan(result.evidence_begin,
                                                 result.evidence_end - result.evidence_begin);
  }

  // Scratch.
  std::array<std::vector<Occurrence>, kTracks> tracks;
  std::vector<int32_t> facts_by_id;
  std::vector<int64_t> minutes;
  RunningSums sums;

  std::vector<Occurrence>& Track(TrackId id) { return tracks[static_cast<size_t>(id)]; }
};

// Overwrites `world`.
void EvaluateSignals(const SignalInput& input, SignalWorld* world);

// What each concern contributes. Tracks come out in any order.
void GatherPaymentSignals(const SignalInput& input, SignalWorld* world);
void GatherWorkSignals(const SignalInput& input, SignalWorld* world);
void GatherConductSignals(const SignalInput& input, SignalWorld* world);
void GatherCohortSignals(const SignalInput& input, SignalWorld* world);
// DRIFT, whose evidence goes straight into `world`.
SignalResult FindDrift(const SignalInput& input, SignalWorld* world);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_SIGNALS_H_
