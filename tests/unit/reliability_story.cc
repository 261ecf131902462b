#include "tests/unit/reliability_story.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"

namespace pledger::reliability {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kDayNs = 86'400 * kSecondNs;

void Require(bool condition, const std::string& what) {
  if (condition) return;
  std::fprintf(stderr, "the story is wrong: %s\n", what.c_str());
  std::abort();
}

void SetTime(int64_t time_ns, google::protobuf::Timestamp* out) {
  out->set_seconds(time_ns / kSecondNs);
  out->set_nanos(static_cast<int32_t>(time_ns % kSecondNs));
}

}  // namespace

int64_t NoonOf(const std::string& date) {
  absl::CivilDay day;
  Require(absl::ParseCivilTime(date, &day), date);
  return (day - absl::CivilDay(1970, 1, 1)) * kDayNs + kDayNs / 2;
}

Story& Story::On(const std::string& date) {
  now_ns_ = NoonOf(date);
  return *this;
}

Story& Story::In(const std::string& currency) {
  currency_ = currency;
  return *this;
}

v1::Fact& Story::Next() {
  const uint64_t position = events_.size();
  const int64_t record_ns = NoonOf("2030-01-01") + static_cast<int64_t>(position) * kSecondNs;
  events_.push_back({position, record_ns, now_ns_ + static_cast<int64_t>(position), {}});
  return events_.back().fact;
}

Story& Story::Opened(const std::string& tier) {
  Next().mutable_client_opened()->set_tier(tier);
  return *this;
}

Story& Story::Invoice(const std::string& id, int64_t amount, const std::string& due) {
  v1::InvoiceIssued* invoice = Next().mutable_invoice_issued();
  invoice->set_invoice_id(id);
  invoice->mutable_amount()->set_currency_code(currency_);
  invoice->mutable_amount()->set_minor_units(amount);
  SetTime(NoonOf(due), invoice->mutable_due_time());
  return *this;
}

Story& Story::Pay(const std::string& id, int64_t amount, const Allocations& allocations) {
  v1::PaymentReceived* payment = Next().mutable_payment_received();
  payment->set_payment_id(id);
  payment->mutable_amount()->set_currency_code(currency_);
  payment->mutable_amount()->set_minor_units(amount);
  for (const auto& [invoice, part] : allocations) {
    v1::PaymentAllocation* allocation = payment->add_allocations();
    allocation->set_invoice_id(invoice);
    allocation->mutable_amount()->set_currency_code(currency_);
    allocation->mutable_amount()->set_minor_units(part);
  }
  return *this;
}

Story& Story::Reverse(const std::string& payment) {
  v1::PaymentReversed* reversed = Next().mutable_payment_reversed();
  reversed->set_payment_id(payment);
  reversed->set_reason(v1::PaymentReversed::REASON_BOUNCED);
  return *this;
}

Story& Story::Credit(int64_t amount, const std::string& invoice, bool refunded) {
  const std::string id = absl::StrCat("credit", events_.size());
  v1::CreditGranted* credit = Next().mutable_credit_granted();
  credit->set_credit_id(id);
  credit->set_invoice_id(invoice);
  credit->mutable_amount()->set_currency_code(currency_);
  credit->mutable_amount()->set_minor_units(amount);
  credit->set_reason(v1::CreditGranted::REASON_GOODWILL);
  credit->set_refunded(refunded);
  return *this;
}

Story& Story::Cancel(const std::string& invoice) {
  Next().mutable_invoice_cancelled()->set_invoice_id(invoice);
  return *this;
}

Story& Story::WriteOff(const std::string& invoice) {
  Next().mutable_invoice_written_off()->set_invoice_id(invoice);
  return *this;
}

Story& Story::Refuse(const std::string& invoice) {
  Next().mutable_payment_refused()->set_invoice_id(invoice);
  return *this;
}

Story& Story::Dispute(const std::string& id, const std::string& invoice) {
  v1::DisputeOpened* dispute = Next().mutable_dispute_opened();
  dispute->set_dispute_id(id);
  dispute->set_invoice_id(invoice);
  dispute->set_reason(v1::DisputeOpened::REASON_PRICE);
  return *this;
}

Story& Story::DisputeEvent(const std::string& id, uint64_t position) {
  v1::DisputeOpened* dispute = Next().mutable_dispute_opened();
  dispute->set_dispute_id(id);
  dispute->set_event_position(position);
  dispute->set_reason(v1::DisputeOpened::REASON_INACCURATE_RECORD);
  return *this;
}

Story& Story::Resolve(const std::string& id, v1::DisputeResolved::InFavourOf in_favour_of) {
  v1::DisputeResolved* resolved = Next().mutable_dispute_resolved();
  resolved->set_dispute_id(id);
  resolved->set_in_favour_of(in_favour_of);
  resolved->set_evidence(v1::DisputeResolved::EVIDENCE_NONE);
  return *this;
}

Story& Story::Promise(const std::string& id, const std::string& due, v1::Party by) {
  v1::PromiseMade* promise = Next().mutable_promise_made();
  promise->set_promise_id(id);
  promise->set_by(by);
  promise->set_kind(v1::PromiseMade::KIND_DELIVERY);
  SetTime(NoonOf(due), promise->mutable_due_time());
  return *this;
}

Story& Story::PromiseToPay(const std::string& id, int64_t amount, const std::string& invoice,
                           const std::string& due, v1::Party by) {
  Promise(id, due, by);
  v1::PromiseMade* promise = events_.back().fact.mutable_promise_made();
  promise->set_kind(v1::PromiseMade::KIND_PAYMENT);
  promise->mutable_amount()->set_currency_code(currency_);
  promise->mutable_amount()->set_minor_units(amount);
  promise->set_invoice_id(invoice);
  return *this;
}

Story& Story::Reschedule(const std::string& id, const std::string& due, bool agreed,
                         v1::Party requested_by) {
  v1::PromiseRescheduled* rescheduled = Next().mutable_promise_rescheduled();
  rescheduled->set_promise_id(id);
  SetTime(NoonOf(due), rescheduled->mutable_new_due_time());
  rescheduled->set_agreed(agreed);
  rescheduled->set_requested_by(requested_by);
  return *this;
}

Story& Story::Keep(const std::string& id, double fraction) {
  v1::PromiseKept* kept = Next().mutable_promise_kept();
  kept->set_promise_id(id);
  if (fraction != 1) kept->set_fraction(fraction);
  return *this;
}

Story& Story::Break(const std::string& id, bool excused) {
  v1::PromiseBroken* broken = Next().mutable_promise_broken();
  broken->set_promise_id(id);
  broken->set_excused(excused);
  return *this;
}

Story& Story::Waive(const std::string& id) {
  v1::PromiseWaived* waived = Next().mutable_promise_waived();
  waived->set_promise_id(id);
  waived->set_by(v1::PARTY_US);
  return *this;
}

Story& Story::BlockingPromise(const std::string& id, const std::string& due) {
  Promise(id, due);
  events_.back().fact.mutable_promise_made()->set_blocking(true);
  return *this;
}

Story& Story::Agree(const std::string& id, v1::EngagementAgreed::Pricing pricing, int64_t minutes) {
  v1::EngagementAgreed* agreed = Next().mutable_engagement_agreed();
  agreed->set_engagement_id(id);
  agreed->set_pricing(pricing);
  agreed->set_baseline_effort_minutes(minutes);
  return *this;
}

Story& Story::Close(const std::string& id, int64_t material_cost) {
  v1::EngagementClosed* closed = Next().mutable_engagement_closed();
  closed->set_engagement_id(id);
  closed->set_outcome(v1::EngagementClosed::OUTCOME_DELIVERED);
  if (material_cost == 0) return *this;
  closed->mutable_material_cost()->set_currency_code(currency_);
  closed->mutable_material_cost()->set_minor_units(material_cost);
  return *this;
}

Story& Story::Request(const std::string& id, const std::string& engagement,
                      v1::ScopeChangeRequested::Kind kind, v1::Party by) {
  v1::ScopeChangeRequested* requested = Next().mutable_scope_change_requested();
  requested->set_change_id(id);
  requested->set_engagement_id(engagement);
  requested->set_kind(kind);
  requested->set_by(by);
  return *this;
}

Story& Story::AgreeChange(const std::string& id, int64_t minutes) {
  v1::ScopeChangeAgreed* agreed = Next().mutable_scope_change_agreed();
  agreed->set_change_id(id);
  agreed->set_effort_minutes(minutes);
  agreed->mutable_price()->set_currency_code(currency_);
  agreed->mutable_price()->set_minor_units(100);
  return *this;
}

Story& Story::Absorb(const std::string& id, int64_t minutes) {
  v1::ScopeChangeAbsorbed* absorbed = Next().mutable_scope_change_absorbed();
  absorbed->set_change_id(id);
  absorbed->set_effort_minutes(minutes);
  return *this;
}

Story& Story::Withdraw(const std::string& id) {
  Next().mutable_scope_change_withdrawn()->set_change_id(id);
  return *this;
}

Story& Story::Incident(const std::string& id, v1::ConductReported::Kind kind, int severity,
                       v1::ConductReported::Evidence evidence, bool paid_sla) {
  v1::ConductReported* conduct = Next().mutable_conduct_reported();
  conduct->set_incident_id(id);
  conduct->set_kind(kind);
  conduct->set_target(v1::ConductReported::TARGET_STAFF);
  conduct->set_severity(severity);
  conduct->set_evidence(evidence);
  conduct->set_staff_ref("anna");
  conduct->set_covered_by_paid_sla(paid_sla);
  return *this;
}

Story& Story::Effort(const std::string& staff, int minutes, int contacts, int strain) {
  v1::EffortLogged* effort = Next().mutable_effort_logged();
  effort->set_staff_ref(staff);
  effort->set_minutes(minutes);
  effort->set_activity(v1::EffortLogged::ACTIVITY_DELIVERY);
  effort->set_contacts(contacts);
  effort->set_strain(strain);
  return *this;
}

Story& Story::Sentiment(const std::string& staff, int rating) {
  v1::SentimentNoted* sentiment = Next().mutable_sentiment_noted();
  sentiment->set_staff_ref(staff);
  sentiment->set_rating(rating);
  return *this;
}

Story& Story::Advise(const std::string& id) {
  Next().mutable_advice_given()->set_advice_id(id);
  return *this;
}

Story& Story::AdviceOutcome(const std::string& id, v1::AdviceOutcomeNoted::Degree degree) {
  v1::AdviceOutcomeNoted* outcome = Next().mutable_advice_outcome_noted();
  outcome->set_advice_id(id);
  outcome->set_degree(degree);
  return *this;
}

Story& Story::Complain(const std::string& id, const std::string& engagement,
                       const std::string& advice) {
  v1::ComplaintRaised* raised = Next().mutable_complaint_raised();
  raised->set_complaint_id(id);
  raised->set_engagement_id(engagement);
  raised->set_advice_id(advice);
  raised->set_category(v1::ComplaintRaised::CATEGORY_QUALITY);
  raised->set_severity(3);
  raised->set_handled_at(v1::HANDLING_LEVEL_STAFF);
  return *this;
}

Story& Story::ResolveComplaint(const std::string& id, v1::ComplaintResolved::Verdict verdict,
                               v1::ComplaintResolved::Fault fault) {
  v1::ComplaintResolved* resolved = Next().mutable_complaint_resolved();
  resolved->set_complaint_id(id);
  resolved->set_verdict(verdict);
  resolved->set_fault(fault);
  return *this;
}

Story& Story::Reopen(const std::string& id) {
  Next().mutable_complaint_reopened()->set_complaint_id(id);
  return *this;
}

Story& Story::State(uint64_t position) {
  v1::StatementAdded* statement = Next().mutable_statement_added();
  statement->set_target_position(position);
  statement->set_by(v1::PARTY_CLIENT);
  return *this;
}

Story& Story::Correct(uint64_t position, const v1::Fact& replacement) {
  v1::EventCorrected* corrected = Next().mutable_event_corrected();
  corrected->set_target_position(position);
  *corrected->mutable_replacement() = replacement;
  return *this;
}

Story& Story::Retract(uint64_t position) {
  v1::EventRetracted* retracted = Next().mutable_event_retracted();
  retracted->set_target_position(position);
  retracted->set_reason("MISTAKE");
  return *this;
}

Story& Story::Custom() {
  Next().mutable_custom_fact()->mutable_payload()->set_type_url("example.com/Note");
  return *this;
}

ClientHistory Story::HistoryOf(const std::vector<StoryEvent>& events) {
  ClientHistory history;
  for (const StoryEvent& event : events) {
    const absl::Status status =
        history.Add({event.position, event.record_time_ns, event.occur_time_ns, event.fact});
    Require(status.ok(), std::string(status.message()));
  }
  return history;
}

v1::ClientReliability Story::At(const std::string& date, const v1::Policy& policy) const {
  Perspective perspective;
  perspective.as_of_ns = NoonOf(date) + 3'600 * kSecondNs;
  return Assess("client", History(), Resolved(policy), perspective, AssessDetail::kExplain);
}

v1::ExplainResponse Story::ExplainAt(const std::string& date, const v1::Policy& policy) const {
  Perspective perspective;
  perspective.as_of_ns = NoonOf(date) + 3'600 * kSecondNs;
  return Explain("client", History(), Resolved(policy), perspective, v1::DIMENSION_UNSPECIFIED);
}

v1::Policy PlainPolicy() {
  v1::Policy policy;
  policy.mutable_evidence()->set_half_life_days(0);
  policy.mutable_evidence()->set_min_evidence(1);
  return policy;
}

Policy Resolved(const v1::Policy& policy) {
  absl::StatusOr<Policy> resolved = Policy::Resolve(policy);
  Require(resolved.ok(), std::string(resolved.status().message()));
  return *std::move(resolved);
}

std::string ReasonsOf(const v1::DimensionAssessment& dimension) {
  std::string text;
  for (const v1::Reason& reason : dimension.reasons()) {
    absl::StrAppend(&text, text.empty() ? "" : "; ", reason.code(), " ", reason.points(), " x",
                    reason.count());
  }
  return text;
}

std::string EvidenceOf(const v1::ExplainResponse& explained) {
  std::string text;
  for (const v1::Evidence& evidence : explained.evidence()) {
    if (evidence.dimension() != v1::DIMENSION_PAYMENT &&
        evidence.dimension() != v1::DIMENSION_PROMISES) {
      continue;
    }
    absl::StrAppend(&text, text.empty() ? "" : "; ", evidence.obligation_id(), " ",
                    evidence.code());
    if (evidence.has_days_late()) absl::StrAppend(&text, " ", evidence.days_late());
  }
  return text;
}

}  // namespace pledger::reliability
