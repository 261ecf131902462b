#include "server/domain/reliability/solvency.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/domain/reliability/answer_parts.h"
#include "server/domain/reliability/assess.h"
#include "server/domain/reliability/assess_fold.h"
#include "server/domain/reliability/assessment.h"

namespace pledger::reliability {
namespace {

constexpr int64_t kPaymentDays = 365;

bool IsPresent(const v1::ClientAssessment& assessment, std::string_view code) {
  return std::any_of(assessment.signals().begin(), assessment.signals().end(),
                     [code](const v1::Signal& signal) {
                       return signal.code() == code && signal.state() == v1::SIGNAL_STATE_PRESENT;
                     });
}

void FillDisputes(const ClientHistory& history, const ClientFold& fold,
                  v1::GetSolvencyResponse* out) {
  struct State {
    v1::DisputeOpened::Reason reason = v1::DisputeOpened::REASON_UNSPECIFIED;
    v1::DisputeResolved::InFavourOf in_favour_of = v1::DisputeResolved::IN_FAVOUR_OF_UNSPECIFIED;
  };
  std::map<uint32_t, State> disputes;
  for (const TimedFact& fact : fold.timeline.facts) {
    if (fact.content->type == v1::FACT_TYPE_DISPUTE_OPENED) {
      disputes[fact.content->id].reason = fact.content->dispute_reason();
    } else if (fact.content->type == v1::FACT_TYPE_DISPUTE_RESOLVED) {
      disputes[fact.content->id].in_favour_of = fact.content->in_favour_of();
    }
  }
  std::map<std::pair<int, int>, int64_t> tallies;
  for (const auto& [id, state] : disputes) ++tallies[{state.reason, state.in_favour_of}];
  for (const auto& [key, count] : tallies) {
    v1::DisputeTally* tally = out->add_disputes();
    tally->set_reason(static_cast<v1::DisputeOpened::Reason>(key.first));
    tally->set_in_favour_of(static_cast<v1::DisputeResolved::InFavourOf>(key.second));
    tally->set_count(count);
  }
}

void FillPaymentPromises(const PromiseWorld& all, v1::GetSolvencyResponse* out) {
  PromiseWorld to_pay;
  for (const PromiseItem& item : all.items) {
    if (!item.by_us && item.currency != kNoText) to_pay.items.push_back(item);
  }
  to_pay.counts_of_client = all.payment_counts_of_client;
  FillPromiseFigures(to_pay, false, out->mutable_payment_promises());
}

bool PrepaymentInForce(const ClientFold& fold) {
  bool prepayment = false;
  for (const TimedFact& fact : fold.timeline.facts) {
    if (fact.content->type != v1::FACT_TYPE_TERMS_CHANGED) continue;
    const v1::TermsChanged::PaymentMode mode = fact.content->payment_mode();
    if (mode == v1::TermsChanged::PAYMENT_MODE_UNSPECIFIED) continue;
    prepayment = mode == v1::TermsChanged::PAYMENT_MODE_PREPAYMENT;
  }
  return prepayment;
}

// The currency in which the client paid most of late, and the sum.
std::pair<std::string_view, int64_t> RecentPayments(const ClientHistory& history,
                                                    const Policy& policy, const ClientFold& fold) {
  std::map<std::string_view, int64_t> sums;
  for (const MoneyMoved& money : fold.payments.received) {
    if (fold.as_of_day - money.day >= kPaymentDays) continue;
    sums[history.text(money.currency)] += money.amount;
  }
  std::pair<std::string_view, int64_t> largest = {"", 0};
  double largest_value = 0;
  for (const auto& [currency, sum] : sums) {
    const double value = static_cast<double>(sum) * policy.RateOf(currency).value_or(1.0);
    if (value <= largest_value) continue;
    largest_value = value;
    largest = {currency, sum};
  }
  return largest;
}

int64_t OverdueIn(const v1::PaymentFigures& payment, std::string_view currency) {
  for (const v1::PaymentSums& sums : payment.sums()) {
    if (sums.currency_code() == currency) return sums.overdue();
  }
  return 0;
}

void ProposeLimits(const ClientHistory& history, const Policy& policy, const ClientFold& fold,
                   const v1::ClientReliability& reliability, v1::ProposedLimits* out) {
  const v1::Band band = reliability.overall().band();
  for (const char* code : {"NON_PAYER", "PAY_TOMORROW"}) {
    if (IsPresent(reliability.assessment(), code)) out->add_reason_codes(code);
  }
  if (band == v1::BAND_E) out->add_reason_codes("BAND_E");
  if (!out->reason_codes().empty()) {
    out->set_prepayment(true);
    out->set_explanation("Work only against payment in advance.");
    return;
  }
  const bool scored = band != v1::BAND_UNSPECIFIED;
  const v1::Band terms = scored ? band : v1::BAND_C;
  out->set_payment_days(policy.PaymentDays(terms));
  if (!scored) {
    out->add_reason_codes("INSUFFICIENT_DATA");
    out->set_explanation("There is too little on record for a credit limit: begin small.");
    return;
  }
  out->add_reason_codes(absl::StrCat("BAND_", std::string(1, "?ABCDE"[band])));
  const auto [currency, paid] = RecentPayments(history, policy, fold);
  if (paid == 0) {
    out->set_explanation("Nothing was paid in the last year: no credit limit can be told from it.");
    return;
  }
  const double limit = policy.CreditMonths(terms) * static_cast<double>(paid) / 12;
  const int64_t overdue = OverdueIn(reliability.payment(), currency);
  SetMoney(currency, std::max<int64_t>(0, std::llround(limit) - overdue),
           out->mutable_credit_limit());
  out->set_explanation(overdue > 0 ? "From the last year's payments, less what is overdue."
                                   : "From the last year's payments.");
}

}  // namespace

void FillSolvency(std::string_view client_id, const ClientHistory& history, const Policy& policy,
                  const Perspective& perspective, const CohortContext& cohort,
                  v1::GetSolvencyResponse* out) {
  FoldedClient client(history, policy, perspective);
  client.FoldAll();
  v1::ClientReliability reliability;
  FillWhole(client_id, history, policy, perspective, cohort, AssessDetail::kFull, &*client,
            &reliability);
  out->set_client_id(std::string(client_id));
  out->set_tier(reliability.tier());
  FillDisputes(history, *client, out);
  FillPaymentPromises(client->promises, out);
  out->set_prepayment_in_force(PrepaymentInForce(*client));
  ProposeLimits(history, policy, *client, reliability, out->mutable_limits());
  for (const v1::Signal& signal : reliability.assessment().signals()) {
    if (signal.segment() == v1::SEGMENT_PRICE || signal.code() == "DRIFT") {
      *out->add_signals() = signal;
    }
  }
  for (v1::DimensionAssessment& dimension : *reliability.mutable_dimensions()) {
    if (dimension.dimension() == v1::DIMENSION_PAYMENT) {
      *out->mutable_payment_dimension() = std::move(dimension);
    } else if (dimension.dimension() == v1::DIMENSION_PROMISES) {
      *out->mutable_promise_dimension() = std::move(dimension);
    }
  }
  *out->mutable_overall() = std::move(*reliability.mutable_overall());
  *out->mutable_payment() = std::move(*reliability.mutable_payment());
}

}  // namespace pledger::reliability
