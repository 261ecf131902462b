#include "server/domain/reliability/growth_points.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/domain/reliability/nearly_sorted.h"

namespace pledger::reliability {
namespace {

constexpr int64_t kInvoicingDays = 14;
constexpr int64_t kResolutionDays = 14;
// The plan may be moved so often before it is a habit.
constexpr int kRushesBorne = 2;

constexpr std::array<const char*, kGrowthCodes> kStatements = {
    "Our promises not kept in time",
    "Complaints that were founded",
    "Engagements without an agreed baseline of effort",
    "Work and rushes agreed before terms were explained",
    "Rushes done without a fee",
    "Invoices issued more than 14 days after delivery",
    "Complaints that took more than 14 days to resolve",
    "Disputes lost without anything to show for our side",
    "Engagements agreed without prepayment although a signal called for it",
    "Reasons to use the right to refuse, which never was",
    "Times that production was moved for a rush beyond the second",
};

class GrowthSearch {
 public:
  GrowthSearch(const SignalInput& input, const SignalWorld& signals, GrowthFindings* findings)
      : input_(input), signals_(signals), findings_(*findings) {}

  void Run() {
    for (GrowthFinding& finding : findings_) {
      finding.recent_count = finding.previous_count = 0;
      finding.facts.clear();
    }
    FindTerms();
    FindBrokenPromises();
    FindComplaints();
    FindEngagements();
    FindRushes();
    FindLateInvoices();
    FindLostDisputes();
    FindUnusedRefusal();
    for (GrowthFinding& finding : findings_) Count(&finding);
  }

 private:
  void Add(GrowthCode code, Occurrence fact) {
    findings_[static_cast<size_t>(code)].facts.push_back(fact);
  }
  void Add(GrowthCode code, int32_t fact) { Add(code, input_.OccurrenceOf(input_.timed(fact))); }

  void Count(GrowthFinding* finding) const {
    if (finding->facts.empty()) return;
    SortNearlySorted(&finding->facts, [](const Occurrence& a, const Occurrence& b) {
      return a.day != b.day ? a.day < b.day : a.position < b.position;
    });
    const int64_t recent = input_.policy.recent_days();
    for (const Occurrence& fact : finding->facts) {
      const int64_t age = input_.fold.as_of_day - fact.day;
      if (age < recent) {
        ++finding->recent_count;
      } else if (age < 2 * recent) {
        ++finding->previous_count;
      }
    }
  }

  void FindBrokenPromises() {
    for (const PromiseItem& item : input_.fold.promises.items) {
      if (!item.by_us || item.good > 0) continue;
      Occurrence fact;
      fact.day = item.counted_day;
      fact.occur_ns = item.occur_ns;
      fact.position = item.positions[0];
      Add(GrowthCode::kWeBreakPromises, fact);
    }
  }

  void FindComplaints() {
    for (const Complaint& complaint : input_.fold.work.complaints) {
      if (complaint.raised == kNone) continue;
      const int64_t raised = DayOf(complaint.raised);
      int64_t until = input_.fold.as_of_day;
      if (complaint.resolved != kNone) {
        const HistoryFact& resolved = *input_.timed(complaint.resolved).content;
        if (resolved.verdict() == v1::ComplaintResolved::VERDICT_FOUNDED ||
            resolved.verdict() == v1::ComplaintResolved::VERDICT_PARTLY_FOUNDED ||
            resolved.fault() == v1::ComplaintResolved::FAULT_US) {
          Add(GrowthCode::kWeCauseComplaints, complaint.raised);
        }
        until = DayOf(complaint.resolved);
      }
      if (until - raised > kResolutionDays) Add(GrowthCode::kSlowResolution, complaint.raised);
    }
  }

  void FindEngagements() {
    for (const Engagement& engagement : input_.fold.work.engagements) {
      if (engagement.agreed == kNone) continue;
      const TimedFact& agreed = input_.timed(engagement.agreed);
      if (engagement.fixed() && engagement.agreed_minutes == 0) {
        Add(GrowthCode::kNoAgreedBaseline, engagement.agreed);
      }
      if (!agreed.content->has(kTermsAcknowledged) && !WasExplained(agreed.occur_time_ns)) {
        Add(GrowthCode::kTermsNotExplained, engagement.agreed);
      }
      if (SignalCalledForPrepayment(engagement.agreed_day) && !PrepaymentAt(agreed)) {
        Add(GrowthCode::kNoPrepaymentAfterSignal, engagement.agreed);
      }
    }
  }

  // When terms were first explained, and when the mode of payment changed.
  void FindTerms() {
    const std::vector<TimedFact>& facts = input_.fold.timeline.facts;
    for (size_t i = 0; i < facts.size(); ++i) {
      const HistoryFact& fact = *facts[i].content;
      if (fact.type == v1::FACT_TYPE_TERMS_EXPLAINED) {
        explained_ns_ = std::min(explained_ns_, facts[i].occur_time_ns);
      } else if (fact.type == v1::FACT_TYPE_TERMS_CHANGED &&
                 fact.payment_mode() != v1::TermsChanged::PAYMENT_MODE_UNSPECIFIED) {
        modes_.push_back(static_cast<int32_t>(i));
      }
    }
  }

  bool WasExplained(int64_t by_ns) const { return explained_ns_ <= by_ns; }

  bool SignalCalledForPrepayment(int64_t day) const {
    for (const SignalCode code : {SignalCode::kLatePayer, SignalCode::kNonPayer,
                                  SignalCode::kPayTomorrow, SignalCode::kHagglesAfterAgreement}) {
      if (signals_.IsPresent(code) && signals_.Of(code).since_day < day) return true;
    }
    return false;
  }

  bool PrepaymentAt(const TimedFact& moment) const {
    bool prepayment = false;
    for (const int32_t mode : modes_) {
      const TimedFact& fact = input_.timed(mode);
      if (fact.occur_time_ns > moment.occur_time_ns) break;
      prepayment = fact.content->payment_mode() == v1::TermsChanged::PAYMENT_MODE_PREPAYMENT;
    }
    return prepayment;
  }

  void FindRushes() {
    std::vector<int32_t> moved;
    for (const ScopeChange& change : input_.fold.work.changes) {
      if (change.requested == kNone) continue;
      const TimedFact& request = input_.timed(change.requested);
      if (request.content->change_kind() != v1::ScopeChangeRequested::KIND_RUSH) continue;
      if (!request.content->by_us() && !WasExplained(request.occur_time_ns)) {
        Add(GrowthCode::kTermsNotExplained, change.requested);
      }
      if (change.ended == kNone) continue;
      const HistoryFact& ended = *input_.timed(change.ended).content;
      const bool agreed = ended.type == v1::FACT_TYPE_SCOPE_CHANGE_AGREED;
      const bool absorbed = ended.type == v1::FACT_TYPE_SCOPE_CHANGE_ABSORBED;
      if (absorbed || (agreed && ended.amount == 0)) {
        Add(GrowthCode::kRushWithoutFee, change.ended);
      }
      const bool feasible =
          !request.content->has(kHasRequestedTime) || !request.content->has(kHasFeasibleTime) ||
          request.content->requested_time_ns() >= request.content->feasible_time_ns();
      if ((agreed || absorbed) && (!feasible || request.content->displaced_clients() > 0)) {
        moved.push_back(change.ended);
      }
    }
    std::sort(moved.begin(), moved.end());
    for (size_t i = kRushesBorne; i < moved.size(); ++i) {
      Add(GrowthCode::kReplannedForRush, moved[i]);
    }
  }

  void FindLateInvoices() {
    const std::vector<TimedFact>& facts = input_.fold.timeline.facts;
    for (size_t i = 0; i < facts.size(); ++i) {
      const HistoryFact& invoice = *facts[i].content;
      if (invoice.type != v1::FACT_TYPE_INVOICE_ISSUED || invoice.engagement == kNoText) continue;
      const int32_t index = input_.fold.work.ids[invoice.engagement].engagement;
      if (index == kNone) continue;
      const Engagement& engagement = input_.fold.work.engagements[static_cast<size_t>(index)];
      if (engagement.closed == kNone) continue;
      if (input_.timed(engagement.closed).content->engagement_outcome() !=
          v1::EngagementClosed::OUTCOME_DELIVERED) {
        continue;
      }
      const auto fact = static_cast<int32_t>(i);
      if (DayOf(fact) - engagement.closed_day > kInvoicingDays) {
        Add(GrowthCode::kLateInvoicing, fact);
      }
    }
  }

  void FindLostDisputes() {
    const std::vector<TimedFact>& facts = input_.fold.timeline.facts;
    for (size_t i = 0; i < facts.size(); ++i) {
      const HistoryFact& fact = *facts[i].content;
      if (fact.type == v1::FACT_TYPE_DISPUTE_RESOLVED &&
          fact.in_favour_of() == v1::DisputeResolved::IN_FAVOUR_OF_CLIENT &&
          fact.dispute_evidence() <= v1::DisputeResolved::EVIDENCE_NONE) {
        Add(GrowthCode::kNoEvidence, static_cast<int32_t>(i));
      }
    }
  }

  void FindUnusedRefusal() {
    if (!RefusalAllowed(signals_)) return;
    for (const TimedFact& fact : input_.fold.timeline.facts) {
      if (fact.content->type == v1::FACT_TYPE_SERVICE_REFUSED) return;
    }
    const auto evidence = signals_.EvidenceOf(SignalCode::kAbusive);
    if (!evidence.empty()) Add(GrowthCode::kRightToRefuseUnused, evidence.back());
  }

  int64_t DayOf(int32_t fact) const {
    return input_.policy.DayOf(input_.timed(fact).occur_time_ns);
  }

  const SignalInput& input_;
  const SignalWorld& signals_;
  GrowthFindings& findings_;
  int64_t explained_ns_ = kNever;
  std::vector<int32_t> modes_;
};

}  // namespace

void FindGrowthPoints(const SignalInput& input, const SignalWorld& signals,
                      GrowthFindings* findings) {
  GrowthSearch(input, signals, findings).Run();
}

std::string GrowthStatement(GrowthCode code, int64_t count) {
  return absl::StrCat(kStatements[static_cast<size_t>(code)], ": ", count);
}

bool RefusalAllowed(const SignalWorld& signals) { return signals.IsPresent(SignalCode::kAbusive); }

}  // namespace pledger::reliability
