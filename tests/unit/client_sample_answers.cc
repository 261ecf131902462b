#include "tests/unit/client_sample_answers.h"

#include <google/protobuf/text_format.h>

#include <cstdlib>

namespace pledger::client {
namespace {

template <class Message>
Message Parse(const char* text) {
  Message message;
  if (!google::protobuf::TextFormat::ParseFromString(text, &message)) std::abort();
  return message;
}

constexpr char kReliability[] = R"pb(
  basis {
    next_position: 12
    as_of { seconds: 1780272000 }
    policy_version: 1
  }
  reliability {
    client_id: "acme"
    tier: "premium"
    events: 12
    first_occur_time { seconds: 1767225600 }
    last_occur_time { seconds: 1779926400 }
    overall {
      standing: STANDING_SCORED
      value: 62.7
      recent: 55.5
      lifetime: 70.25
      undisputed: 66
      band: BAND_C
      confidence: CONFIDENCE_MEDIUM
      effective_items: 8
      capped: true
      worst_dimension: DIMENSION_PROMISES
    }
    dimensions {
      dimension: DIMENSION_PAYMENT
      confidence: CONFIDENCE_MEDIUM
      score { standing: STANDING_SCORED value: 62.7459 items: 6 low: 57.7 high: 67.7 }
      recent { standing: STANDING_SCORED value: 80.5 }
      lifetime { standing: STANDING_SCORED value: 45.1 }
      undisputed { standing: STANDING_SCORED value: 71.25 }
      reasons {
        code: "PAID_LATE"
        points: -26
        count: 9
        positions: 3
        positions: 5
        improvement: "Pay by the due date."
      }
      reasons { code: "PAID_EARLY" points: 4.5 count: 1 positions: 1 }
    }
    dimensions {
      dimension: DIMENSION_PROMISES
      confidence: CONFIDENCE_LOW
      score { standing: STANDING_SCORED value: 32.7 items: 3 low: 12 high: 61 }
    }
    dimensions {
      dimension: DIMENSION_SCOPE
      score { standing: STANDING_INSUFFICIENT_DATA }
    }
    our_reliability { score { standing: STANDING_SCORED value: 90 items: 4 low: 71 high: 97 } }
    payment {
      invoices: 6
      disputed_invoices: 1
      portions: 6
      on_time_portions: 2
      mean_days_late: 12.5
      amount_weighted_days_beyond_terms: 17.25
      largest_open_age_days: 21
      tradeline: "0012BBBBBBBBBBBBBBBBBBBB"
      ageing { currency_code: "EUR" not_due: 50000 days_1_to_30: 123456 }
      sums { currency_code: "EUR" invoiced: 1000000 settled: 826544 open: 173456 overdue: 123456 }
    }
    promises { kept: 1 missed: 2 }
    our_promises { kept: 4 }
    scope {
      engagements: 2
      engagements_with_baseline: 1
      baseline_minutes: 600
      absorbed_minutes: 210
      creep: 0.35
      alterations: 3
      excess_alterations: 1
    }
    economy {
      currency_code: "EUR"
      payments: 826544
      contribution: -1234
      margin: -0.0015
      effort_minutes: 615
      billable_minutes: 300
      strain_minutes: 900
      distinct_staff: 2
      contacts: 9
    }
    assessment {
      segment: SEGMENT_PRICE
      question: "could we have negotiated, and did we check their record first?"
      signals {
        code: "PAY_TOMORROW"
        state: SIGNAL_STATE_PRESENT
        segment: SEGMENT_PRICE
        statement: "2 promises to pay were broken <script>alert(1)</script> & more"
        since_time { seconds: 1772323200 }
        positions: 3
        positions: 5
        dates: "2026-02-01"
        dates: "2026-03-01"
        our_part: "NO_PREPAYMENT_AFTER_SIGNAL"
      }
      signals {
        code: "ABUSIVE"
        state: SIGNAL_STATE_WATCH
        segment: SEGMENT_COMMUNICATION
        statement: "1 of 3 incidents"
        positions: 7
        suppressed: true
      }
      signals {
        code: "GOOD_REFERRER"
        state: SIGNAL_STATE_PRESENT
        segment: SEGMENT_NONE
        positive: true
        statement: "sent 2 clients in band B or better"
      }
      growth_points {
        code: "NO_PREPAYMENT_AFTER_SIGNAL"
        statement: "1 order on credit after the signal"
        count: 1
        recent_count: 1
        positions: 9
      }
      actions {
        action: ACTION_REQUIRE_PREPAYMENT
        reason_codes: "PAY_TOMORROW"
        explanation: "Their word to pay does not hold."
        try_first: ACTION_EXPLAIN_TERMS
        try_first: ACTION_KEEP
        tried: ACTION_EXPLAIN_TERMS
        positions: 3
      }
      actions { action: ACTION_PART reason_codes: "PAY_TOMORROW" held_back_by: "REMEDY_NOT_TRIED" }
      proposals {
        proposal_id: "pr-1"
        action: ACTION_REQUIRE_PREPAYMENT
        proposed_position: 8
        decision: DECISION_CONFIRMED
        decided_position: 10
      }
      partings {
        parting_id: "part-1"
        opened_time { seconds: 1779926400 }
        steps { parting_id: "part-1" step: STEP_THANKED }
        steps { parting_id: "part-1" step: STEP_REFRAMED skipped: true skip_reason: "UNREACHABLE" }
        next_step: STEP_REFUNDED
        reason_codes: "PAY_TOMORROW"
        saved_minutes_a_month: 120
        saved_cost_a_month { currency_code: "EUR" minor_units: 9000 }
      }
    }
    statements { position: 11 target_position: 7 by: PARTY_CLIENT }
    disputed_positions: 7
  }
)pb";

}  // namespace

v1::GetReliabilityResponse SampleReliability() {
  return Parse<v1::GetReliabilityResponse>(kReliability);
}

v1::GetReliabilityHistoryResponse SampleHistory() {
  return Parse<v1::GetReliabilityHistoryResponse>(R"pb(
    basis {
      next_position: 12
      as_of { seconds: 1780272000 }
    }
    points {
      occur_time { seconds: 1768435200 }
      position: 1
      dimension: DIMENSION_OVERALL
      after: 82
      reason_code: "PAID_EARLY"
      band: BAND_A
    }
    points {
      occur_time { seconds: 1769904000 }
      position: 3
      dimension: DIMENSION_PAYMENT
      before: 90
      after: 70
      reason_code: "PAID_LATE"
      points: -20
    }
    points {
      occur_time { seconds: 1769904000 }
      position: 3
      dimension: DIMENSION_OVERALL
      before: 82
      after: 71
      reason_code: "PAID_LATE"
      points: -11
      band: BAND_B
    }
    points {
      occur_time { seconds: 1772323200 }
      position: 5
      dimension: DIMENSION_OVERALL
      before: 71
      after: 48
      reason_code: "BROKEN"
      points: -23
      band: BAND_D
    }
    points {
      occur_time { seconds: 1777593600 }
      position: 9
      dimension: DIMENSION_OVERALL
      before: 48
      after: 62.7
      reason_code: "PAID_ON_TIME"
      points: 14.7
      band: BAND_C
    }
  )pb");
}

v1::CompareReliabilityResponse SampleComparison() {
  return Parse<v1::CompareReliabilityResponse>(R"pb(
    before_basis {
      next_position: 12
      as_of { seconds: 1769990399 }
    }
    after_basis {
      next_position: 12
      as_of { seconds: 1772409599 }
    }
    dimensions {
      dimension: DIMENSION_PROMISES
      before: 80
      after: 32.7
      changes {
        dimension: DIMENSION_PROMISES
        code: "BROKEN"
        points: -47.3
        positions: 5
        statement: "A promise to pay 1,200.00 EUR was broken."
      }
    }
    appeared_signals: "PAY_TOMORROW"
  )pb");
}

v1::GetSolvencyResponse SampleSolvency() {
  const v1::ClientReliability client = SampleReliability().reliability();
  v1::GetSolvencyResponse response = Parse<v1::GetSolvencyResponse>(R"pb(
    client_id: "acme"
    tier: "premium"
    payment_promises { kept: 1 missed: 2 }
    disputes { reason: REASON_NOT_RECOGNISED in_favour_of: IN_FAVOUR_OF_US count: 2 }
    disputes { reason: REASON_PRICE count: 1 }
    limits {
      prepayment: true
      reason_codes: "PAY_TOMORROW"
      explanation: "Two promises to pay were broken."
    }
    basis {
      next_position: 12
      as_of { seconds: 1780272000 }
    }
  )pb");
  *response.mutable_overall() = client.overall();
  *response.mutable_payment_dimension() = client.dimensions(0);
  *response.mutable_promise_dimension() = client.dimensions(1);
  *response.mutable_payment() = client.payment();
  *response.add_signals() = client.assessment().signals(0);
  return response;
}

v1::GetPortfolioResponse SamplePortfolio() {
  return Parse<v1::GetPortfolioResponse>(R"pb(
    clients: 2
    payment {
      invoices: 5
      portions: 5
      on_time_portions: 3
      mean_days_late: -3.55515
      amount_weighted_days_beyond_terms: -3.29943
    }
    payment_dimension { score { standing: STANDING_SCORED value: 80.9457 } }
    cohorts {
      clients: 2
      overall_mean: 71.5
      payment_dimension { score { standing: STANDING_SCORED value: 80.9457 } }
      time_to_pay {
        invoices: 5
        paid: 4
        censored: 1
        median_days: 30
        naive_median_days: 20
        curve { days: 10 unpaid_share: 0.8 standard_error: 0.18 at_risk: 5 paid: 1 }
        curve { days: 30 unpaid_share: 0.4 standard_error: 0.22 at_risk: 4 paid: 2 }
        curve { days: 60 unpaid_share: 0.2 standard_error: 0.18 at_risk: 2 paid: 1 }
      }
      enquiries { enquiries: 3 ordered: 2 median_days: 12 days_95th: 40 }
      bands { band: BAND_A clients: 1 }
      bands { band: BAND_C clients: 1 }
      effort_minutes: 615
      strain_minutes: 900
    }
    cohorts {
      tier: "premium"
      clients: 1
      time_to_pay {
        invoices: 2
        paid: 2
        curve { days: 20 unpaid_share: 0.5 standard_error: 0.35 at_risk: 2 paid: 1 }
        curve { days: 45 unpaid_share: 0 at_risk: 1 paid: 1 }
      }
      bands { clients: 1 }
    }
    signals { code: "PAY_TOMORROW" present: 1 watch: 2 }
    growth_points {
      code: "TERMS_NOT_EXPLAINED"
      statement: "terms were not explained"
      count: 3
      recent_count: 2
      previous_count: 1
      clients: 2
    }
    exposure {
      staff_ref: "s-1"
      week: "2026-05-18"
      minutes: 300
      strain_minutes: 900
      incidents: 1
      clients: 2
    }
    exposure { staff_ref: "s-2" week: "2026-05-04" minutes: 60 strain_minutes: 60 clients: 1 }
  )pb");
}

v1::PolicyVersion SamplePolicy() {
  return Parse<v1::PolicyVersion>(R"pb(
    version: 1
    position: 4
    in_force: true
    record_time { seconds: 1769904000 }
    occur_time { seconds: 1769904000 }
    policy {
      promises { tolerance: 0.95 grace_days: 3 }
      overall { band_floors: 80 band_floors: 65 band_floors: 50 band_floors: 35 }
      signals { signal: "LATE_PAYER" min_count: 3 min_span_days: 14 }
    }
  )pb");
}

v1::SimulatePolicyResponse SampleSimulation() {
  return Parse<v1::SimulatePolicyResponse>(R"pb(
    clients: 2
    changed_clients: 1
    band_moves { band_before: "C" band_after: "D" clients: 1 }
    signal_moves { code: "LATE_PAYER" appeared: 1 }
    changed {
      client_id: "acme"
      band_before: "C"
      band_after: "D"
      overall_before: 62.7
      overall_after: 49.5
      appeared_signals: "LATE_PAYER"
    }
    next_position: 12
    version_before: 1
  )pb");
}

}  // namespace pledger::client
