#include "server/domain/reliability/partings.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/reliability/answer_parts.h"

namespace pledger::reliability {
namespace {

constexpr int64_t kComparedDays = 365;
constexpr int64_t kDaysAfterMin = 30;
constexpr double kDaysAMonth = 365.25 / 12;

struct Parting {
  v1::PartingState* state = nullptr;
  int64_t opened_ns = 0;
  int64_t closed_ns = kNever;
  double rating_sum = 0;
};

class PartingFold {
 public:
  PartingFold(const SignalInput& input, v1::ClientAssessment* out) : input_(input), out_(*out) {}

  void Run() {
    for (const TimedFact& fact : input_.fold.timeline.facts) {
      if (fact.content->type < v1::FACT_TYPE_PARTING_OPENED ||
          fact.content->type > v1::FACT_TYPE_PARTING_FEEDBACK_NOTED) {
        continue;
      }
      Apply(fact);
    }
    for (Parting& parting : partings_) Conclude(&parting);
  }

 private:
  void Apply(const TimedFact& fact) {
    const HistoryFact& content = *fact.content;
    by_id_.resize(input_.history.text_count(), kNone);
    int32_t& index = by_id_[content.id];
    if (index == kNone) {
      index = static_cast<int32_t>(partings_.size());
      Parting& opened = partings_.emplace_back();
      opened.state = out_.add_partings();
      opened.state->set_parting_id(std::string(input_.history.text(content.id)));
    }
    Parting& parting = partings_[static_cast<size_t>(index)];
    parting.state->add_positions(fact.position);
    switch (content.type) {
      case v1::FACT_TYPE_PARTING_OPENED:
        parting.opened_ns = fact.occur_time_ns;
        SetTime(fact.occur_time_ns, parting.state->mutable_opened_time());
        for (const uint32_t code : input_.history.reason_codes(content)) {
          parting.state->add_reason_codes(std::string(input_.history.text(code)));
        }
        break;
      case v1::FACT_TYPE_PARTING_STEP_TAKEN:
        AddStep(content, parting.state);
        break;
      case v1::FACT_TYPE_PARTING_CLOSED:
        parting.closed_ns = fact.occur_time_ns;
        SetTime(fact.occur_time_ns, parting.state->mutable_closed_time());
        break;
      default:
        parting.rating_sum += content.rating();
        parting.state->set_feedback_count(parting.state->feedback_count() + 1);
        break;
    }
  }

  void AddStep(const HistoryFact& step, v1::PartingState* state) {
    v1::PartingStepTaken* taken = state->add_steps();
    taken->set_parting_id(state->parting_id());
    taken->set_step(step.parting_step());
    taken->set_skipped(step.has(kSkipped));
    taken->set_skip_reason(std::string(input_.history.text(step.skip_reason())));
  }

  void Conclude(Parting* parting) {
    v1::PartingState* state = parting->state;
    const int next = state->steps_size() + 1;
    if (v1::PartingStepTaken::Step_IsValid(next)) {
      state->set_next_step(static_cast<v1::PartingStepTaken::Step>(next));
    }
    if (state->feedback_count() > 0) {
      state->set_feedback_mean(parting->rating_sum / static_cast<double>(state->feedback_count()));
    }
    FillCost(*parting);
    if (parting->closed_ns != kNever) FillSaving(*parting);
  }

  // Refunds from its opening on.
  void FillCost(const Parting& parting) {
    std::map<std::string_view, int64_t> sums;
    for (const TimedFact& fact : input_.fold.timeline.facts) {
      if (fact.occur_time_ns < parting.opened_ns ||
          fact.content->type != v1::FACT_TYPE_CREDIT_GRANTED ||
          fact.content->credit_reason() != v1::CreditGranted::REASON_PARTING_REFUND) {
        continue;
      }
      sums[input_.history.text(fact.content->currency)] += fact.content->amount;
    }
    for (const auto& [currency, sum] : sums) SetMoney(currency, sum, parting.state->add_cost());
  }

  void FillSaving(const Parting& parting) {
    const int64_t closed_day = input_.policy.DayOf(parting.closed_ns);
    const int64_t after_days = std::min(input_.fold.as_of_day - closed_day, kComparedDays);
    if (after_days < kDaysAfterMin) return;
    double minutes[2] = {0, 0};  // Before and after.
    double strain[2] = {0, 0};
    for (const int32_t index : input_.fold.work.efforts) {
      const TimedFact& effort = input_.timed(index);
      const int64_t day = input_.policy.DayOf(effort.occur_time_ns);
      const bool after = day > closed_day;
      if (after ? day > closed_day + after_days : day <= closed_day - kComparedDays) continue;
      minutes[after] += effort.content->minutes;
      strain[after] += static_cast<double>(effort.content->minutes) * effort.content->strain();
    }
    const double before_months = kComparedDays / kDaysAMonth;
    const double after_months = static_cast<double>(after_days) / kDaysAMonth;
    const double saved = minutes[0] / before_months - minutes[1] / after_months;
    parting.state->set_saved_minutes_a_month(saved);
    parting.state->set_saved_strain_minutes_a_month(strain[0] / before_months -
                                                    strain[1] / after_months);
    if (input_.policy.loaded_minute_rate() <= 0) return;
    SetMoney(input_.policy.loaded_rate_currency(),
             std::llround(saved * input_.policy.loaded_minute_rate()),
             parting.state->mutable_saved_cost_a_month());
  }

  const SignalInput& input_;
  v1::ClientAssessment& out_;
  std::vector<Parting> partings_;
  std::vector<int32_t> by_id_;
};

}  // namespace

void FillPartings(const SignalInput& input, v1::ClientAssessment* out) {
  PartingFold(input, out).Run();
}

}  // namespace pledger::reliability
