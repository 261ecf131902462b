#include "tests/support/sample_facts.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "google/protobuf/text_format.h"

namespace pledger::testing {
namespace {

constexpr std::string_view kRelationship[] = {
    R"(client_opened { display_name: "Ada Ltd" tier: "premium" referred_by: "client-0" })",
    R"(enquiry_opened { enquiry_id: "enq-1" })",
    R"(enquiry_closed { enquiry_id: "enq-1" outcome: OUTCOME_ORDERED })",
    R"(engagement_agreed {
         engagement_id: "eng-1" pricing: PRICING_FIXED_PRICE
         price { currency_code: "EUR" minor_units: 250000 }
         baseline_effort_minutes: 4800 terms_acknowledged: true summary: "A new kitchen" })",
    R"(engagement_closed {
         engagement_id: "eng-1" outcome: OUTCOME_DELIVERED accepted: true
         material_cost { currency_code: "EUR" minor_units: 90000 } })",
    R"(terms_explained { topic: TOPIC_RUSH_FEE acknowledged: true })",
    R"(terms_changed {
         payment_mode: PAYMENT_MODE_PREPAYMENT channel: CHANNEL_SELF_SERVICE
         reason_codes: "PAY_TOMORROW" reason_codes: "LATE_PAYER" })",
    R"(referral_received { referred_client_id: "client-2" })",
    R"(reputation_concern_noted { kind: "PUBLIC_SCANDAL" note: "In the papers" })",
    R"(sentiment_noted { staff_ref: "staff-7" rating: -2 note: "I dread the calls" })",
};

constexpr std::string_view kPromises[] = {
    R"(promise_made {
         promise_id: "pro-1" by: PARTY_CLIENT kind: KIND_PAYMENT
         due_time { seconds: 1715000000 nanos: 5 }
         amount { currency_code: "EUR" minor_units: 100000 } invoice_id: "inv-1"
         engagement_id: "eng-1" blocking: true text: "By Monday, I swear" })",
    R"(promise_rescheduled {
         promise_id: "pro-1" new_due_time { seconds: 1716000000 } requested_by: PARTY_CLIENT
         agreed: true })",
    R"(promise_kept { promise_id: "pro-2" fraction: 0.5 })",
    R"(promise_broken { promise_id: "pro-3" excused: true reason: "Was ill" })",
    R"(promise_waived { promise_id: "pro-4" by: PARTY_US })",
};

constexpr std::string_view kPayments[] = {
    R"(invoice_issued {
         invoice_id: "inv-1" engagement_id: "eng-1"
         amount { currency_code: "EUR" minor_units: 100000 } due_time { seconds: 1716000000 } })",
    R"(payment_received {
         payment_id: "pay-1" amount { currency_code: "EUR" minor_units: 60000 }
         allocations {
           invoice_id: "inv-1" amount { currency_code: "EUR" minor_units: 40000 } }
         allocations {
           invoice_id: "inv-2" amount { currency_code: "EUR" minor_units: 10000 } } })",
    R"(payment_reversed { payment_id: "pay-1" reason: REASON_BOUNCED })",
    R"(credit_granted {
         credit_id: "cre-1" invoice_id: "inv-1"
         amount { currency_code: "EUR" minor_units: 5000 } reason: REASON_PRICE_DROP
         refunded: true })",
    R"(invoice_cancelled { invoice_id: "inv-3" })",
    R"(invoice_written_off { invoice_id: "inv-4" })",
    R"(payment_refused { invoice_id: "inv-1" text: "Not a cent" })",
    R"(reminder_sent { invoice_id: "inv-1" level: 2 })",
    R"(price_contested { engagement_id: "eng-1" after_agreement: true citing_competitor: true })",
    R"(dispute_opened { dispute_id: "dis-1" invoice_id: "inv-1" reason: REASON_NOT_RECOGNISED })",
    R"(dispute_resolved {
         dispute_id: "dis-1" in_favour_of: IN_FAVOUR_OF_US evidence: EVIDENCE_ORDER })",
};

constexpr std::string_view kComplaintsAndScope[] = {
    R"(complaint_raised {
         complaint_id: "com-1" engagement_id: "eng-1" advice_id: "adv-1" category: CATEGORY_QUALITY
         severity: 3 handled_at: HANDLING_LEVEL_STAFF text: "The door sticks" })",
    R"(complaint_escalated { complaint_id: "com-1" handled_at: HANDLING_LEVEL_MANAGER })",
    R"(complaint_resolved {
         complaint_id: "com-1" verdict: VERDICT_UNFOUNDED fault: FAULT_CLIENT })",
    R"(complaint_reopened { complaint_id: "com-1" })",
    R"(scope_change_requested {
         change_id: "chg-1" engagement_id: "eng-1" by: PARTY_CLIENT kind: KIND_RUSH
         estimated_effort_minutes: 600 requested_time { seconds: 1715000000 }
         feasible_time { seconds: 1717000000 } displaced_clients: 2 summary: "Before the party" })",
    R"(scope_change_quoted {
         change_id: "chg-1" price { currency_code: "EUR" minor_units: 30000 } })",
    R"(scope_change_agreed {
         change_id: "chg-1" price { currency_code: "EUR" minor_units: 30000 }
         effort_minutes: 600 })",
    R"(scope_change_absorbed { change_id: "chg-2" effort_minutes: 90 })",
    R"(scope_change_declined { change_id: "chg-3" })",
    R"(scope_change_withdrawn { change_id: "chg-4" })",
};

constexpr std::string_view kConduct[] = {
    R"(conduct_reported {
         incident_id: "inc-1" kind: KIND_SHOUTING target: TARGET_STAFF severity: 4
         staff_ref: "staff-7" recovery_minutes: 45 evidence: EVIDENCE_WITNESSED
         displaced_clients: 1 covered_by_paid_sla: true text: "Shouted in the shop" })",
    R"(effort_logged {
         staff_ref: "staff-7" minutes: 35 activity: ACTIVITY_COMMUNICATION engagement_id: "eng-1"
         billable: true contacts: 3 strain: 4 })",
    R"(advice_given {
         advice_id: "adv-1" engagement_id: "eng-1" acknowledged: true text: "Oil the hinges" })",
    R"(advice_outcome_noted { advice_id: "adv-1" degree: DEGREE_IGNORED })",
};

constexpr std::string_view kDecisions[] = {
    R"(action_proposed {
         proposal_id: "prp-1" action: ACTION_PART reason_codes: "ABUSIVE" assessed_position: 17 })",
    R"(action_decided {
         proposal_id: "prp-1" decision: DECISION_CONFIRMED decided_by: "staff-1"
         text: "We talked it over" })",
    R"(service_refused {
         refusal_id: "ref-1" clause: "4.2" staff_ref: "staff-7" text: "Threatened me" })",
    R"(parting_opened { parting_id: "par-1" reason_codes: "ABUSIVE" approved_by: "staff-1" })",
    R"(parting_step_taken {
         parting_id: "par-1" step: STEP_THANKED skipped: true skip_reason: "UNREACHABLE" })",
    R"(parting_closed { parting_id: "par-1" })",
    R"(parting_feedback_noted { parting_id: "par-1" rating: 1 text: "Fair enough" })",
    R"(relationship_restored { reason_codes: "APOLOGISED" })",
};

constexpr std::string_view kLedger[] = {
    R"(event_corrected {
         target_position: 3
         replacement { payment_refused { invoice_id: "inv-1" text: "Not this month" } } })",
    R"(event_retracted { target_position: 4 reason: "WRONG_CLIENT" })",
    R"(statement_added { target_position: 5 by: PARTY_CLIENT text: "That is not how it was" })",
    R"(hold_placed { hold_id: "hol-1" basis: "Court order 12/24" })",
    R"(hold_released { hold_id: "hol-1" basis: "Case closed" })",
    R"(client_erased {
         basis: "Art. 17" approved_by: "staff-1" key_ids: "key-1" affected_count: 12 })",
    R"(policy_adopted {
         version: 1
         policy {
           reporting_currency: "EUR"
           exchange_rates { currency_code: "USD" rate_ppm: 920000 }
           time_zone: "Europe/Vienna"
           evidence { half_life_days: 365 recent_days: 365 min_evidence: 2 }
           payment { score_by_days_late { x: -30 y: 100 } score_by_days_late { x: 180 y: 0 } }
           promises { tolerance: 0.95 grace_days: 3 free_extensions: 1 }
           scope { creep_half: 0.25 churn_half: 4 free_alterations: 2 }
           conduct { half: 2 }
           economy { loaded_hourly_rate { currency_code: "EUR" minor_units: 6000 } }
           overall { weights { dimension: "PAYMENT" weight: 30 } above_worst: 30 }
           signals { signal: "LATE_PAYER" min_count: 3 }
           action_rules {
             signals: "LATE_PAYER" action: ACTION_REQUIRE_PREPAYMENT try_first: ACTION_EXPLAIN_TERMS
           } } })",
    R"(custom_fact { payload { type_url: "example.com/shop.Visit" value: "\001\002" } })",
    R"(signing_key_rotated {
         old_verifier_key: "ledger.example+0a0b0c0d+AQ=="
         new_verifier_key: "ledger.example+01020304+AQ=="
         statement: "pledger.v1 signing key rotation\n" })",
    R"(client_directory_recorded {
         next_position: 17 client_count: 3 root_hash: "0123456789abcdef0123456789abcdef" })",
};

template <size_t N>
void AddTo(std::vector<v1::Fact>* facts, const std::string_view (&texts)[N]) {
  for (const std::string_view text : texts) facts->push_back(FactFromText(text));
}

}  // namespace

v1::Fact FactFromText(std::string_view text) {
  v1::Fact fact;
  if (!google::protobuf::TextFormat::ParseFromString(std::string(text), &fact)) {
    std::fprintf(stderr, "not a fact: %.*s\n", static_cast<int>(text.size()), text.data());
    std::abort();
  }
  return fact;
}

v1::Fact SampleFact(uint16_t type) {
  for (v1::Fact& fact : SampleFacts()) {
    if (fact.fact_case() == type) return std::move(fact);
  }
  std::fprintf(stderr, "no sample of fact type %d\n", type);
  std::abort();
}

std::vector<v1::Fact> SampleFacts() {
  std::vector<v1::Fact> facts;
  AddTo(&facts, kRelationship);
  AddTo(&facts, kPromises);
  AddTo(&facts, kPayments);
  AddTo(&facts, kComplaintsAndScope);
  AddTo(&facts, kConduct);
  AddTo(&facts, kDecisions);
  AddTo(&facts, kLedger);
  return facts;
}

v1::ProposedEvent SampleEvent(const v1::Fact& fact) {
  v1::ProposedEvent event;
  event.set_event_id("018f3a2e-7c00-7abc-8def-0123456789ab");
  const bool is_ledgers = fact.has_policy_adopted() || fact.has_signing_key_rotated() ||
                          fact.has_client_directory_recorded();
  event.set_client_id(is_ledgers ? "~ledger" : "client-1");
  event.mutable_occur_time()->set_seconds(kSampleTimeNs / 1'000'000'000);
  event.set_reporter("staff-3");
  event.set_source("crm");
  event.set_correlation_id("order-77");
  event.set_causation_id("cmd-5");
  *event.mutable_fact() = fact;
  return event;
}

}  // namespace pledger::testing
