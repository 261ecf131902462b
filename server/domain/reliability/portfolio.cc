#include "server/domain/reliability/portfolio.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

#include "server/domain/reliability/assess_fold.h"
#include "server/domain/reliability/assessment.h"
#include "server/domain/reliability/civil_day.h"
#include "server/domain/reliability/growth_points.h"

namespace pledger::reliability {
namespace {

constexpr int64_t kExposureWeeks = 12;
constexpr size_t kExposureRowsMax = 500;

// 1970-01-01 was a Thursday.
int64_t MondayOf(int64_t day) {
  const int64_t since_monday = ((day + 3) % 7 + 7) % 7;
  return day - since_monday;
}

// The value below which `share` of the counted values lie, the nearest rank.
std::optional<double> PercentileOf(const std::map<int64_t, int64_t>& counts, double share) {
  int64_t total = 0;
  for (const auto& [value, count] : counts) total += count;
  if (total == 0) return std::nullopt;
  const auto rank = static_cast<int64_t>(std::ceil(share * static_cast<double>(total)));
  int64_t seen = 0;
  for (const auto& [value, count] : counts) {
    seen += count;
    if (seen >= rank) return static_cast<double>(value);
  }
  return std::nullopt;
}

void AddInvoices(const ClientFold& fold, const Policy& policy, TimeToPay* out) {
  for (const Invoice& invoice : fold.payments.invoices) {
    const IdState& state = fold.payments.ids[invoice.id];
    if (state.cancelled) continue;
    if (invoice.closed_ns != kNever) {
      const int64_t closed_day =
          invoice.last_portion == kNone
              ? invoice.issue_day
              : fold.payments.portions[static_cast<size_t>(invoice.last_portion)].counted_day;
      out->Add(closed_day - invoice.issue_day, TimeToPay::End::kPaid);
    } else if (state.written_off) {
      out->Add(policy.DayOf(state.written_off_ns) - invoice.issue_day, TimeToPay::End::kWrittenOff);
    } else {
      out->Add(fold.as_of_day - invoice.issue_day, TimeToPay::End::kOpen);
    }
  }
}

}  // namespace

void PortfolioAccumulator::Add(std::string_view client_id, const ClientHistory& history) {
  if (history.Events(perspective_).events == 0) return;
  FoldedClient client(history, policy_, perspective_);
  client.FoldAll();
  thread_local v1::ClientReliability reliability;
  reliability.Clear();
  FillWhole(client_id, history, policy_, perspective_, compared_, AssessDetail::kSummary, &*client,
            &reliability);
  AddTo(history, *client, reliability, &all_);
  if (!reliability.tier().empty()) {
    AddTo(history, *client, reliability, &tiers_[reliability.tier()]);
  }
  AddExposure(history, *client);
  AddAssessment(reliability.assessment());
}

void PortfolioAccumulator::AddTo(const ClientHistory& history, const ClientFold& fold,
                                 const v1::ClientReliability& client, Cohort* cohort) {
  ++cohort->clients;
  cohort->tallies.Add(fold.tallies);
  AddInvoices(fold, policy_, &cohort->time_to_pay);
  ++cohort->bands[static_cast<size_t>(client.overall().band())];
  if (client.overall().has_value()) {
    ++cohort->scored;
    cohort->overall_sum += client.overall().value();
  }
  cohort->effort_minutes += client.economy().effort_minutes();
  cohort->strain_minutes += client.economy().strain_minutes();
  AddEnquiries(history, fold, policy_, cohort);
}

void PortfolioAccumulator::AddEnquiries(const ClientHistory& history, const ClientFold& fold,
                                        const Policy& policy, Cohort* cohort) {
  // By number of the text: the day on which it was opened.
  thread_local std::vector<int64_t> opened;
  opened.clear();
  for (const TimedFact& fact : fold.timeline.facts) {
    if (fact.content->type != v1::FACT_TYPE_ENQUIRY_OPENED &&
        fact.content->type != v1::FACT_TYPE_ENQUIRY_CLOSED) {
      continue;
    }
    opened.resize(history.text_count(), kNoDay);
    int64_t& opened_day = opened[fact.content->id];
    const int64_t day = policy.DayOf(fact.occur_time_ns);
    if (fact.content->type == v1::FACT_TYPE_ENQUIRY_OPENED) {
      opened_day = day;
      ++cohort->enquiries[0];
      continue;
    }
    if (opened_day == kNoDay) continue;
    --cohort->enquiries[0];
    const v1::EnquiryClosed::Outcome outcome = fact.content->enquiry_outcome();
    ++cohort->enquiries[static_cast<size_t>(outcome)];
    if (outcome == v1::EnquiryClosed::OUTCOME_ORDERED) {
      ++cohort->days_to_order[std::max<int64_t>(day - opened_day, 0)];
    }
    opened_day = kNoDay;
  }
}

void PortfolioAccumulator::AddExposure(const ClientHistory& history, const ClientFold& fold) {
  const int64_t first_monday = MondayOf(fold.as_of_day) - 7 * (kExposureWeeks - 1);
  const auto exposure_of = [&](int32_t fact) -> Exposure* {
    const TimedFact& timed = fold.timeline.facts[static_cast<size_t>(fact)];
    const int64_t monday = MondayOf(policy_.DayOf(timed.occur_time_ns));
    if (monday < first_monday || timed.content->staff() == kNoText) return nullptr;
    Exposure& exposure = exposure_[{monday, std::string(history.text(timed.content->staff()))}];
    if (exposure.last_client != all_.clients) {
      exposure.last_client = all_.clients;
      ++exposure.clients;
    }
    return &exposure;
  };
  for (const int32_t fact : fold.work.efforts) {
    Exposure* exposure = exposure_of(fact);
    if (exposure == nullptr) continue;
    const HistoryFact& effort = *fold.timeline.facts[static_cast<size_t>(fact)].content;
    exposure->minutes += effort.minutes;
    exposure->strain_minutes += int64_t{effort.minutes} * effort.strain();
  }
  for (const int32_t fact : fold.work.incidents) {
    if (Exposure* exposure = exposure_of(fact); exposure != nullptr) ++exposure->incidents;
  }
}

void PortfolioAccumulator::AddAssessment(const v1::ClientAssessment& assessment) {
  for (const v1::Signal& signal : assessment.signals()) {
    auto& [present, watch] = signals_[signal.code()];
    ++(signal.state() == v1::SIGNAL_STATE_PRESENT ? present : watch);
  }
  for (const v1::GrowthPoint& point : assessment.growth_points()) {
    Growth& growth = growth_[point.code()];
    growth.count += point.count();
    growth.recent_count += point.recent_count();
    growth.previous_count += point.previous_count();
    ++growth.clients;
  }
}

void PortfolioAccumulator::FillPayments(const PaymentTallies& tallies,
                                        v1::DimensionAssessment* dimension,
                                        v1::PaymentFigures* figures) const {
  const std::vector<ValueOfAmount> values = ValuesOf(tallies, policy_);
  const DimensionScores scores = ScorePayments(tallies, values, policy_);
  FillDimension(v1::DIMENSION_PAYMENT, scores, policy_, dimension);
  if (scores.aged.scored) {
    ReasonSums sums;
    AddPaymentReasons(tallies, values, &sums);
    FillReasons(&sums, kReasonCodes, 0, dimension);
  }
  FillPaymentFigures(tallies, values, policy_, figures);
}

void PortfolioAccumulator::FillCohort(const std::string& tier, const Cohort& cohort,
                                      v1::Cohort* out) const {
  out->set_tier(tier);
  out->set_clients(cohort.clients);
  if (cohort.scored > 0) {
    out->set_overall_mean(cohort.overall_sum / static_cast<double>(cohort.scored));
  }
  FillPayments(cohort.tallies, out->mutable_payment_dimension(), out->mutable_payment());
  cohort.time_to_pay.Fill(out->mutable_time_to_pay());
  v1::EnquiryFigures* enquiries = out->mutable_enquiries();
  for (const int64_t count : cohort.enquiries) {
    enquiries->set_enquiries(enquiries->enquiries() + count);
  }
  enquiries->set_open(cohort.enquiries[0]);
  enquiries->set_ordered(cohort.enquiries[v1::EnquiryClosed::OUTCOME_ORDERED]);
  enquiries->set_lost(cohort.enquiries[v1::EnquiryClosed::OUTCOME_LOST]);
  enquiries->set_withdrawn(cohort.enquiries[v1::EnquiryClosed::OUTCOME_WITHDRAWN]);
  if (const auto days = PercentileOf(cohort.days_to_order, 0.5)) enquiries->set_median_days(*days);
  if (const auto days = PercentileOf(cohort.days_to_order, 0.75)) enquiries->set_days_75th(*days);
  if (const auto days = PercentileOf(cohort.days_to_order, 0.95)) enquiries->set_days_95th(*days);
  for (int band = 0; band < v1::Band_ARRAYSIZE; ++band) {
    if (cohort.bands[static_cast<size_t>(band)] == 0) continue;
    v1::BandCount* count = out->add_bands();
    count->set_band(static_cast<v1::Band>(band));
    count->set_clients(cohort.bands[static_cast<size_t>(band)]);
  }
  out->set_effort_minutes(cohort.effort_minutes);
  out->set_strain_minutes(cohort.strain_minutes);
}

void PortfolioAccumulator::FillExposure(v1::GetPortfolioResponse* out) const {
  std::vector<const std::pair<const std::pair<int64_t, std::string>, Exposure>*> rows;
  for (const auto& row : exposure_) rows.push_back(&row);
  std::stable_sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
    if (a->first.first != b->first.first) return a->first.first > b->first.first;
    return a->second.strain_minutes > b->second.strain_minutes;
  });
  for (size_t i = 0; i < rows.size() && i < kExposureRowsMax; ++i) {
    const auto& [key, exposure] = *rows[i];
    v1::StaffExposure* row = out->add_exposure();
    row->set_staff_ref(key.second);
    row->set_week(DateText(key.first));
    row->set_minutes(exposure.minutes);
    row->set_strain_minutes(exposure.strain_minutes);
    row->set_incidents(exposure.incidents);
    row->set_clients(exposure.clients);
  }
}

void PortfolioAccumulator::Fill(v1::GetPortfolioResponse* out) const {
  out->set_clients(all_.clients);
  FillPayments(all_.tallies, out->mutable_payment_dimension(), out->mutable_payment());
  FillCohort("", all_, out->add_cohorts());
  for (const auto& [tier, cohort] : tiers_) FillCohort(tier, cohort, out->add_cohorts());
  for (size_t i = 0; i < kSignalCodes; ++i) {
    const auto found = signals_.find(EntryOf(static_cast<SignalCode>(i)).name);
    if (found == signals_.end()) continue;
    v1::SignalCount* count = out->add_signals();
    count->set_code(found->first);
    count->set_present(found->second.first);
    count->set_watch(found->second.second);
  }
  for (size_t i = 0; i < kGrowthCodes; ++i) {
    const auto code = static_cast<GrowthCode>(i);
    const auto found = growth_.find(GrowthName(code));
    if (found == growth_.end()) continue;
    v1::GrowthPoint* point = out->add_growth_points();
    point->set_code(found->first);
    point->set_statement(GrowthStatement(code, found->second.count));
    point->set_count(found->second.count);
    point->set_recent_count(found->second.recent_count);
    point->set_previous_count(found->second.previous_count);
    point->set_clients(found->second.clients);
  }
  FillExposure(out);
}

}  // namespace pledger::reliability
