#include "server/domain/reliability/reasons.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace pledger::reliability {
namespace {

struct ReasonText {
  const char* name;
  const char* improvement;
};

constexpr std::array<ReasonText, kReasonCodes> kTexts = {{
    {"PAID_EARLY", ""},
    {"PAID_ON_TIME", ""},
    {"PAID_LATE", "Pay by the due date; a few days late already cost points."},
    {"PAID_LATE_OVER_30", "Pay by the due date, or agree on instalments before it."},
    {"PAID_LATE_OVER_90", "Pay by the due date, or agree on instalments before it."},
    {"OPEN_PAST_DUE", "Pay what is past due; each further day costs points."},
    {"WRITTEN_OFF", "Pay what was written off."},
    {"PAYMENT_REFUSED", "Pay the refused invoice, or open a dispute that says what is wrong."},
    {"KEPT", ""},
    {"PARTLY_KEPT", "Promise what can be kept in full."},
    {"BROKEN", "Say before the due time if a promise cannot be kept, and agree on another."},
    {"MISSED_DUE", "Agree on a new due time before the old one passes."},
    {"OVERDUE", "Keep the overdue promise, or agree on a new due time."},
    {"EXTENSION_TOO_MANY", "Promise a due time that needs no further extension."},
    {"PRIOR", ""},
    {"SCOPE_AGREED", ""},
    {"CHANGE_ORDER", ""},
    {"CHANGE_REQUESTED", ""},
    {"OUR_REWORK", ""},
    {"ABSORBED_WORK", "Agree on a change order for work beyond the baseline."},
    {"EXCESS_ALTERATION", "Settle the inputs before the work begins, or work by the hour."},
    {"CONTACT", ""},
    {"PAID_PRIORITY", ""},
    {"SHOUTING", "Keep to the matter; shouting at staff costs points for a year or two."},
    {"INSULT", "Keep to the matter; insults cost points for a year or two."},
    {"THREAT", "Never threaten; one grave threat is enough to end the relationship."},
    {"HARASSMENT", "Leave staff alone outside the matter in hand."},
    {"PRESSURE", "Give staff the time that was agreed."},
    {"CONDESCENSION", "Treat staff as the professionals they are."},
    {"IGNORED_ANSWERS", "Respond to what was answered before asking again."},
    {"MISINFORMATION", "Give information that holds; correct it as soon as it does not."},
    {"UNREACHABLE_WHEN_NEEDED", "Name somebody who can answer while work depends on it."},
    {"PRIORITY_DEMAND", "Agree on a paid priority instead of demanding to be first."},
    {"ENGAGEMENT", ""},
    {"COMPLAINT_FOUNDED", ""},
    {"COMPLAINT_NOT_HELD_AGAINST", ""},
    {"COMPLAINT_SHARED", "Settle beforehand what each side must do."},
    {"COMPLAINT_UNFOUNDED", "Check the agreement before complaining."},
    {"COMPLAINT_FAULT_OF_CLIENT", "Follow what was agreed; the cause lay on the client's side."},
    {"COMPLAINT_AFTER_IGNORED_ADVICE",
     "Follow the advice given, or say why not, before complaining."},
    {"OUR_FAULT", "Mend what caused the founded complaints."},
    {"OUR_SHARED_FAULT", "Settle beforehand what each side must do."},
    {"COMPLAINT_NOT_OURS", ""},
    {"ADVICE_FOLLOWED", ""},
    {"ADVICE_PARTLY_FOLLOWED", "Follow the advice in full, or say what stands against it."},
    {"ADVICE_IGNORED", "Follow the advice, or say what stands against it."},
    {"BLOCKING_PROMISE_MET", ""},
    {"BLOCKING_PROMISE_MISSED", "Deliver what work waits for, or say early that it will be late."},
    {"PAYMENT_RECEIVED", ""},
    {"CREDIT_GRANTED", "Agree on the price before the work; each credit lowers the margin."},
    {"MATERIAL_COST", "Price the materials in, or choose others."},
    {"EFFORT_COST", "Bill the effort, or need less of it."},
    {"CAPITAL_COST", "Pay sooner; money owed costs interest."},
}};

}  // namespace

const char* ReasonName(ReasonCode code) { return kTexts[static_cast<size_t>(code)].name; }

const char* ReasonImprovement(ReasonCode code) {
  return kTexts[static_cast<size_t>(code)].improvement;
}

void FillReasons(ReasonSums* sums, size_t reasons_max, size_t positions_max,
                 v1::DimensionAssessment* out) {
  std::array<ReasonCode, kReasonCodes> order;
  size_t used = 0;
  for (size_t i = 0; i < kReasonCodes; ++i) {
    const ReasonSum& sum = (*sums)[i];
    if (sum.count > 0 || sum.points != 0) order[used++] = static_cast<ReasonCode>(i);
  }
  std::sort(order.begin(), order.begin() + used, [sums](ReasonCode a, ReasonCode b) {
    const double x = std::abs((*sums)[static_cast<size_t>(a)].points);
    const double y = std::abs((*sums)[static_cast<size_t>(b)].points);
    return x != y ? x > y : std::strcmp(ReasonName(a), ReasonName(b)) < 0;
  });
  for (size_t i = 0; i < std::min(used, reasons_max); ++i) {
    ReasonSum& sum = (*sums)[static_cast<size_t>(order[i])];
    v1::Reason* reason = out->add_reasons();
    reason->set_code(ReasonName(order[i]));
    reason->set_points(sum.points);
    reason->set_count(sum.count);
    reason->set_improvement(ReasonImprovement(order[i]));
    std::sort(sum.positions.begin(), sum.positions.end());
    const auto end = std::unique(sum.positions.begin(), sum.positions.end());
    const auto distinct = static_cast<size_t>(end - sum.positions.begin());
    reason->mutable_positions()->Add(
        end - static_cast<ptrdiff_t>(std::min(distinct, positions_max)), end);
  }
  for (size_t i = 0; i < used; ++i) {
    ReasonSum& sum = (*sums)[static_cast<size_t>(order[i])];
    sum.points = 0;
    sum.count = 0;
    sum.positions.clear();
  }
}

}  // namespace pledger::reliability
