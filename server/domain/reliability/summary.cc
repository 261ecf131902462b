#include "server/domain/reliability/summary.h"

namespace pledger::reliability {
namespace {

void SummarizeDimension(const v1::DimensionAssessment& dimension, v1::ClientSummary* row) {
  const v1::Score& score = dimension.score();
  if (score.standing() != v1::STANDING_SCORED) return;
  v1::DimensionSummary& summary = *row->add_dimensions();
  summary.set_dimension(dimension.dimension());
  summary.set_value(score.value());
  summary.set_low(score.low());
  summary.set_high(score.high());
  if (dimension.recent().has_value()) summary.set_recent(dimension.recent().value());
}

void SummarizeSignals(const v1::ClientAssessment& assessment, v1::ClientSummary* row) {
  row->set_segment(assessment.segment());
  for (const v1::Signal& signal : assessment.signals()) {
    if (signal.state() == v1::SIGNAL_STATE_PRESENT) row->add_present_signals(signal.code());
    if (signal.state() == v1::SIGNAL_STATE_WATCH) row->add_watched_signals(signal.code());
  }
}

void SummarizePayment(const v1::PaymentFigures& payment, v1::ClientSummary* row) {
  row->set_invoices(payment.invoices());
  if (payment.has_amount_weighted_days_beyond_terms()) {
    row->set_amount_weighted_days_beyond_terms(payment.amount_weighted_days_beyond_terms());
  }
  for (const v1::PaymentSums& sums : payment.sums()) {
    if (sums.overdue() == 0) continue;
    v1::Money& overdue = *row->add_overdue();
    overdue.set_currency_code(sums.currency_code());
    overdue.set_minor_units(sums.overdue());
  }
}

}  // namespace

void Summarize(const v1::ClientReliability& client, v1::ClientSummary* row) {
  row->Clear();
  row->set_client_id(client.client_id());
  row->set_tier(client.tier());
  const v1::OverallAssessment& overall = client.overall();
  row->set_band(overall.band());
  if (overall.has_value()) row->set_overall(overall.value());
  if (overall.has_recent()) row->set_overall_recent(overall.recent());
  row->set_confidence(overall.confidence());
  for (const v1::DimensionAssessment& dimension : client.dimensions()) {
    SummarizeDimension(dimension, row);
  }
  SummarizeSignals(client.assessment(), row);
  SummarizePayment(client.payment(), row);
  row->set_effort_minutes(client.economy().effort_minutes());
  if (client.has_last_occur_time()) *row->mutable_last_occur_time() = client.last_occur_time();
}

}  // namespace pledger::reliability
