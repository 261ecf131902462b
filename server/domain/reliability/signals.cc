#include "server/domain/reliability/signals.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "server/domain/reliability/nearly_sorted.h"

namespace pledger::reliability {
namespace {

// How often one invoice must be promised.
constexpr int kPromisedTimes = 3;

void SortByDay(std::vector<Occurrence>* occurrences) {
  SortNearlySorted(occurrences, [](const Occurrence& a, const Occurrence& b) {
    if (a.day != b.day) return a.day < b.day;
    return a.position != b.position ? a.position < b.position : a.also < b.also;
  });
}

// A measure that is a ratio of sums over the rule's window.
struct RatioMeasure {
  RunningSums& sums;
  int64_t window_days = 0;
  double threshold = 0;

  double Of(int64_t day) const {
    const RunningSums::Pair pair = sums.Of(day, window_days);
    return pair.second == 0 ? 0 : pair.first / pair.second;
  }
};

// At least so much: days beyond terms, or credits by what was billed.
bool RatioAbove(const void* context, int64_t day, double part) {
  const auto& measure = *static_cast<const RatioMeasure*>(context);
  return measure.Of(day) > measure.threshold * part;
}

// What is earned, first, less what it cost, second, by what is earned: less than the threshold.
bool MarginBelow(const void* context, int64_t day, double) {
  const auto& measure = *static_cast<const RatioMeasure*>(context);
  const RunningSums::Pair pair = measure.sums.Of(day, measure.window_days);
  return pair.first - pair.second < measure.threshold * pair.first;
}

bool ComplaintFollowed(const void* context, int64_t day, double) {
  for (const int64_t complaint_day : *static_cast<const std::vector<int64_t>*>(context)) {
    if (complaint_day <= day) return true;
  }
  return false;
}

// Combines the tracks of one signal after the other.
class Evaluation {
 public:
  Evaluation(const SignalInput& input, SignalWorld* world)
      : input_(input),
        rules_(input.policy.signals()),
        world_(*world),
        ratio_{.sums = world->sums} {}

  void Run() {
    EvaluatePayments();
    EvaluateMargins();
    EvaluateDemands();
    EvaluateConduct();
    EvaluateOverall();
    EvaluateRecovered();
  }

 private:
  SignalResult& Begin(SignalCode code) {
    code_ = code;
    SignalResult& result = world_.results[static_cast<size_t>(code)];
    result = SignalResult();
    result.threshold = rules_[code].min_count;
    result.evidence_begin = result.evidence_end = world_.evidence.size();
    return result;
  }

  Track TrackOf(TrackId id) {
    Track track;
    SortByDay(&world_.Track(id));
    track.occurrences = world_.Track(id);
    track.rule = rules_[code_];
    return track;
  }

  // Adds what one way to the signal comes to.
  void Add(const Track& track) {
    if (track.occurrences.empty()) return;
    const TrackState state =
        EvaluateTrack(track, input_.fold.as_of_day, input_.policy.leave_part());
    SignalResult& result = world_.results[static_cast<size_t>(code_)];
    for (size_t i = state.begin; i < state.end; ++i) {
      world_.evidence.push_back(track.occurrences[i]);
      result.aggravated = result.aggravated || track.occurrences[i].aggravated;
    }
    result.evidence_end = world_.evidence.size();
    if (state.state == result.state && result.since_day != kNoDay) {
      result.since_day = std::min(result.since_day, state.since_day);
      result.recovering = result.recovering && state.recovering;
    } else if (state.state > result.state) {
      result.since_day = state.since_day;
      result.recovering = state.recovering;
      result.state = state.state;
    } else if (result.since_day == kNoDay) {
      result.since_day = state.since_day;
    }
    result.left_day = std::max(result.left_day, state.left_day);
    const double share = static_cast<double>(state.count) / track.rule.min_count;
    if (share > result.measure / result.threshold) {
      result.measure = state.count;
      result.threshold = track.rule.min_count;
    }
  }

  // One track for each key.
  void AddByKey(TrackId id, int min_count, int watch_count) {
    std::vector<Occurrence>& all = world_.Track(id);
    SortByDay(&all);
    std::stable_sort(all.begin(), all.end(),
                     [](const Occurrence& a, const Occurrence& b) { return a.key < b.key; });
    Track track;
    track.rule = rules_[code_];
    track.rule.min_count = min_count;
    track.watch_count = watch_count;
    for (size_t begin = 0; begin < all.size();) {
      size_t end = begin;
      while (end < all.size() && all[end].key == all[begin].key) ++end;
      track.occurrences = absl::MakeConstSpan(all).subspan(begin, end - begin);
      Add(track);
      begin = end;
    }
  }

  // What is under dispute altogether is watched, and evidence is put in order.
  void End() {
    SignalResult& result = world_.results[static_cast<size_t>(code_)];
    const auto begin = world_.evidence.begin() + static_cast<ptrdiff_t>(result.evidence_begin);
    const auto end = world_.evidence.end();
    const bool all_disputed =
        begin != end && std::all_of(begin, end, [](const Occurrence& one) { return one.disputed; });
    if (result.state == v1::SIGNAL_STATE_PRESENT && all_disputed) {
      result.state = v1::SIGNAL_STATE_WATCH;
      result.suppressed = true;
    }
    // A signal that another way keeps up has not ended.
    if (result.state == v1::SIGNAL_STATE_PRESENT) result.left_day = kNoDay;
  }

  void EvaluateOne(SignalCode code, TrackId id) {
    Begin(code);
    Add(TrackOf(id));
    End();
  }

  // Kinds or people, of which one alone is nothing to watch.
  void EvaluateDistinct(SignalCode code, TrackId id) {
    Begin(code);
    Track track = TrackOf(id);
    track.counts = TrackCounts::kDistinctKeys;
    track.watch_count = 2;
    Add(track);
    End();
  }

  void EvaluatePayments() {
    Begin(SignalCode::kLatePayer);
    if (!world_.Track(TrackId::kLatePayer).empty()) {
      SumDaysBeyondTerms();
      Track track = TrackOf(TrackId::kLatePayer);
      track.counts = TrackCounts::kDistinctKeys;
      track.measure_reached = &RatioAbove;
      track.measure_context = &ratio_;
      track.measure_days = ratio_.sums.days();
      Add(track);
    }
    End();
    Begin(SignalCode::kNonPayer);
    Track debts = TrackOf(TrackId::kNonPayer);
    debts.counts = TrackCounts::kDistinctKeys;
    Add(debts);
    End();
    Begin(SignalCode::kPayTomorrow);
    Add(TrackOf(TrackId::kBrokenPromises));
    // Promising once is what promises are for.
    AddByKey(TrackId::kPromisedInvoices, kPromisedTimes, kPromisedTimes - 1);
    End();
    EvaluateOne(SignalCode::kDeniesDebt, TrackId::kDeniesDebt);
    EvaluateOne(SignalCode::kHagglesAfterAgreement, TrackId::kHaggles);
    EvaluateOne(SignalCode::kSmallAndRare, TrackId::kSmallAndRare);
  }

  void SumDaysBeyondTerms() {
    StartRatio(SignalCode::kLatePayer);
    for (const PaymentItem& item : input_.fold.payment_items) {
      const double value = input_.ValueOf(item.currency, item.amount);
      // What is open counts, with the days that it has by now, from the day on which it was due.
      const int64_t day = item.settled
                              ? item.counted_day
                              : input_.fold.as_of_day - std::max<int64_t>(item.days_late, 0);
      ratio_.sums.Add(day, value * static_cast<double>(item.days_late), value);
    }
    ratio_.sums.Seal();
  }

  void StartRatio(SignalCode code) {
    ratio_.sums.Clear();
    ratio_.window_days = rules_[code].window_days;
    ratio_.threshold = rules_[code].threshold;
  }

  void AddRatioTrack(TrackId id, MeasureReached reached) {
    ratio_.sums.Seal();
    Track track = TrackOf(id);
    track.measure_reached = reached;
    track.measure_context = &ratio_;
    track.measure_days = ratio_.sums.days();
    track.watch_needs_measure = true;
    Add(track);
    SignalResult& result = world_.results[static_cast<size_t>(code_)];
    result.measure = ratio_.Of(input_.fold.as_of_day);
    result.threshold = ratio_.threshold;
  }

  void EvaluateMargins() {
    const std::vector<TimedFact>& facts = input_.fold.timeline.facts;
    Begin(SignalCode::kPriceOnly);
    if (!world_.Track(TrackId::kPriceOnly).empty()) {
      StartRatio(SignalCode::kPriceOnly);
      for (const TimedFact& fact : facts) AddBilled(fact);
      AddRatioTrack(TrackId::kPriceOnly, &RatioAbove);
    }
    End();
    Begin(SignalCode::kLossMaking);
    if (!world_.Track(TrackId::kLossMaking).empty()) {
      StartRatio(SignalCode::kLossMaking);
      for (const TimedFact& fact : facts) AddEarned(fact);
      AddRatioTrack(TrackId::kLossMaking, &MarginBelow);
      const RunningSums::Pair sums = ratio_.sums.Of(input_.fold.as_of_day, ratio_.window_days);
      world_.results[static_cast<size_t>(code_)].measure =
          sums.first > 0 ? (sums.first - sums.second) / sums.first : -1;
    }
    End();
  }

  void AddBilled(const TimedFact& fact) {
    const HistoryFact& content = *fact.content;
    const bool billed = content.type == v1::FACT_TYPE_INVOICE_ISSUED &&
                        !input_.fold.payments.ids[content.id].cancelled;
    const bool credit = content.type == v1::FACT_TYPE_CREDIT_GRANTED &&
                        content.credit_reason() == v1::CreditGranted::REASON_GOODWILL;
    if (!billed && !credit) return;
    const double value = input_.ValueOf(content.currency, content.amount);
    ratio_.sums.Add(input_.policy.DayOf(fact.occur_time_ns), credit ? value : 0,
                    billed ? value : 0);
  }

  void AddEarned(const TimedFact& fact) {
    const HistoryFact& content = *fact.content;
    double earned = 0;
    double cost = 0;
    switch (content.type) {
      case v1::FACT_TYPE_PAYMENT_RECEIVED:
        if (input_.fold.payments.ids[content.id].reversed) return;
        earned = input_.ValueOf(content.currency, content.amount);
        break;
      case v1::FACT_TYPE_CREDIT_GRANTED:
      case v1::FACT_TYPE_ENGAGEMENT_CLOSED:
        if (!content.has_money()) return;
        cost = input_.ValueOf(content.currency, content.amount);
        break;
      case v1::FACT_TYPE_EFFORT_LOGGED:
        cost = content.minutes * input_.MinuteRate();
        break;
      default:
        return;
    }
    ratio_.sums.Add(input_.policy.DayOf(fact.occur_time_ns), earned, cost);
  }

  void EvaluateDemands() {
    EvaluateOne(SignalCode::kScopeCreep, TrackId::kScopeCreep);
    Begin(SignalCode::kEntitlement);
    Add(TrackOf(TrackId::kAbsorbedAdditions));
    Add(TrackOf(TrackId::kPackageEffort));
    End();
    EvaluateOne(SignalCode::kWarrantyCover, TrackId::kWarrantyCover);
    Begin(SignalCode::kShiftingInputs);
    // As many as cost nothing are nothing to watch.
    const auto alterations = static_cast<int>(
        std::max<int64_t>(rules_[code_].min_count, input_.policy.free_alterations() + 1));
    AddByKey(TrackId::kAlterations, alterations, alterations);
    End();
    EvaluateOne(SignalCode::kUnrealisticDeadlines, TrackId::kRush);
    SignalResult& rush = world_.results[static_cast<size_t>(SignalCode::kUnrealisticDeadlines)];
    if (rush.state == v1::SIGNAL_STATE_PRESENT && !RushWasExplained()) {
      rush.state = v1::SIGNAL_STATE_WATCH;
    }
    EvaluateOne(SignalCode::kQueueJumper, TrackId::kQueueJumper);
  }

  // Whether the client knew of lead times or the rush fee before the last rush.
  bool RushWasExplained() const {
    const int64_t last_ns = world_.Track(TrackId::kRush).back().occur_ns;
    for (const TimedFact& fact : input_.fold.timeline.facts) {
      if (fact.occur_time_ns > last_ns) return false;
      if (fact.content->type != v1::FACT_TYPE_TERMS_EXPLAINED) continue;
      const v1::TermsExplained::Topic topic = fact.content->topic();
      if (topic == v1::TermsExplained::TOPIC_LEAD_TIME ||
          topic == v1::TermsExplained::TOPIC_RUSH_FEE) {
        return true;
      }
    }
    return false;
  }

  void EvaluateConduct() {
    EvaluateOne(SignalCode::kAbusive, TrackId::kAbusive);
    EvaluateOne(SignalCode::kCondescending, TrackId::kCondescending);
    EvaluateDistinct(SignalCode::kWearsOutStaff, TrackId::kWearsOutStaff);
    EvaluateOne(SignalCode::kChronicComplainer, TrackId::kChronicComplainer);
    EvaluateOne(SignalCode::kTimeSink, TrackId::kTimeSink);
    EvaluateDistinct(SignalCode::kDoubleGame, TrackId::kDoubleGame);
    Begin(SignalCode::kIgnoresAdvice);
    if (!world_.Track(TrackId::kIgnoresAdvice).empty()) {
      complaint_days_.clear();
      for (const Complaint& complaint : input_.fold.work.complaints) {
        if (complaint.raised == kNone || !complaint.after_ignored_advice) continue;
        complaint_days_.push_back(
            input_.policy.DayOf(input_.timed(complaint.raised).occur_time_ns));
      }
      std::sort(complaint_days_.begin(), complaint_days_.end());
      Track track = TrackOf(TrackId::kIgnoresAdvice);
      track.measure_reached = &ComplaintFollowed;
      track.measure_context = &complaint_days_;
      track.measure_days = complaint_days_;
      Add(track);
    }
    End();
    Begin(SignalCode::kDiscrediting);
    Add(TrackOf(TrackId::kConcerns));
    Add(TrackOf(TrackId::kBadReferrals));
    End();
  }

  void EvaluateOverall() {
    Begin(SignalCode::kDrift);
    world_.results[static_cast<size_t>(SignalCode::kDrift)] = FindDrift(input_, &world_);
    End();
    const bool good = input_.band == v1::BAND_A || input_.band == v1::BAND_B;
    SetIf(SignalCode::kReliable,
          input_.band == v1::BAND_A && input_.confidence == v1::CONFIDENCE_HIGH);
    SetIf(SignalCode::kPremium,
          good && absl::EqualsIgnoreCase({input_.tier.data(), input_.tier.size()}, "premium"));
    EvaluateDistinct(SignalCode::kGoodReferrer, TrackId::kGoodReferrals);
    SetIf(SignalCode::kQuiet, IsQuiet());
  }

  void SetIf(SignalCode code, bool holds) {
    SignalResult& result = Begin(code);
    if (!holds) return;
    result.state = v1::SIGNAL_STATE_PRESENT;
    result.since_day = input_.fold.as_of_day;
    result.measure = result.threshold = 1;
  }

  // Pays, is seldom heard, and nothing has happened.
  bool IsQuiet() const {
    const SignalRule& rule = rules_[SignalCode::kQuiet];
    const int64_t from_day = input_.fold.as_of_day - rule.window_days;
    const auto is_recent = [&](const TimedFact& fact) {
      return input_.policy.DayOf(fact.occur_time_ns) > from_day;
    };
    int payments = 0;
    int64_t contacts = 0;
    for (const TimedFact& fact : input_.fold.timeline.facts) {
      switch (fact.content->type) {
        case v1::FACT_TYPE_CONDUCT_REPORTED:
        case v1::FACT_TYPE_COMPLAINT_RAISED:
        case v1::FACT_TYPE_DISPUTE_OPENED:
        case v1::FACT_TYPE_PAYMENT_REFUSED:
          if (is_recent(fact)) return false;
          break;
        case v1::FACT_TYPE_PAYMENT_RECEIVED:
          if (is_recent(fact)) ++payments;
          break;
        case v1::FACT_TYPE_EFFORT_LOGGED:
          if (is_recent(fact)) contacts += fact.content->contacts();
          break;
        default:
          break;
      }
    }
    if (payments < rule.min_count || static_cast<double>(contacts) > rule.threshold) return false;
    for (const PaymentItem& item : input_.fold.payment_items) {
      if (!item.settled && item.days_late > 0) return false;
    }
    return true;
  }

  // Some signal left PRESENT and stayed away for long enough.
  void EvaluateRecovered() {
    SignalResult& result = Begin(SignalCode::kRecovered);
    for (size_t i = 0; i < kSignalCodes; ++i) {
      const SignalResult& other = world_.results[i];
      if (EntryOf(static_cast<SignalCode>(i)).positive || other.left_day == kNoDay) continue;
      const int64_t since = other.left_day + input_.policy.recovered_days();
      if (since > input_.fold.as_of_day) continue;
      result.state = v1::SIGNAL_STATE_PRESENT;
      result.since_day = result.since_day == kNoDay ? since : std::max(result.since_day, since);
      ++result.measure;
    }
  }

  const SignalInput& input_;
  const SignalRules& rules_;
  SignalWorld& world_;
  SignalCode code_ = SignalCode::kLatePayer;
  RatioMeasure ratio_;
  std::vector<int64_t> complaint_days_;
};

}  // namespace

bool SignalInput::IsDisputed(uint64_t position) const {
  const std::vector<uint64_t>& disputed = fold.payments.disputed_positions;
  return !disputed.empty() && std::binary_search(disputed.begin(), disputed.end(), position);
}

Occurrence SignalInput::OccurrenceOf(const TimedFact& fact) const {
  Occurrence occurrence;
  occurrence.day = policy.DayOf(fact.occur_time_ns);
  occurrence.occur_ns = fact.occur_time_ns;
  occurrence.position = fact.position;
  occurrence.disputed = IsDisputed(fact.position);
  return occurrence;
}

double SignalInput::ValueOf(uint32_t currency, int64_t amount) const {
  if (currency == kNoText) return 0;
  return static_cast<double>(amount) * policy.RateOf(history.text(currency)).value_or(1.0);
}

double SignalInput::MinuteRate() const {
  return policy.loaded_minute_rate() * policy.RateOf(policy.loaded_rate_currency()).value_or(1.0);
}

void EvaluateSignals(const SignalInput& input, SignalWorld* world) {
  world->evidence.clear();
  for (std::vector<Occurrence>& track : world->tracks) track.clear();
  GatherPaymentSignals(input, world);
  GatherWorkSignals(input, world);
  GatherConductSignals(input, world);
  GatherCohortSignals(input, world);
  Evaluation(input, world).Run();
}

}  // namespace pledger::reliability
