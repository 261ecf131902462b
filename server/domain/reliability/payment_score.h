// The PAYMENT dimension: portions of invoices scored by their days late.
//
// An item is a portion that was settled, or what an invoice still owes past its due day, or what it
// owes after the client refused to pay (due or not), or what was written off. The latter is as late
// as if it were still open, so that giving up never improves a score, but ages from the day it was
// written off, while what is open is always of today. Days late = civil day of payment, or of
// `as_of`, minus civil day of due, minus excused days; an open remainder whose days are all excused
// is not past due. A refusal scores 0, except while a dispute of the invoice is open: then the
// remainder is scored as any other.
//
// Sums are kept by currency and item code, and brought to one currency only at the end: so one pass
// serves a client and, merged, a portfolio, without keeping items.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_PAYMENT_SCORE_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_PAYMENT_SCORE_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pledger/v1/figures.pb.h"
#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/estimate.h"
#include "server/domain/reliability/payment_fold.h"
#include "server/domain/reliability/policy.h"
#include "server/domain/reliability/reasons.h"

namespace pledger::reliability {

struct PaymentItem {
  int32_t invoice = kNone;
  uint32_t currency = kNoText;
  ReasonCode code = ReasonCode::kPaidOnTime;
  bool settled = false;
  bool disputed = false;
  int64_t amount = 0;
  // When it counted: the later of payment and issue; the refusal; the due time of what is open.
  int64_t occur_ns = 0;
  // From which its age is reckoned: the same day; for what is open, that of `as_of`.
  int64_t counted_day = 0;
  int64_t days_late = 0;
  double score = 0;
  // Invoice, and payment or refusal; oldest first.
  std::array<uint64_t, 2> positions = {};
  int positions_count = 0;
};

inline constexpr size_t kPaymentCodes = static_cast<size_t>(ReasonCode::kPaymentRefused) + 1;
inline constexpr size_t kAgeingBuckets = 5;

// Sums of one currency.
struct PaymentTally {
  std::array<Moments, kPaymentCodes> aged;  // By ReasonCode.
  Moments recent;
  Moments lifetime;
  Moments undisputed;  // `aged` without what is under an open dispute.
  int64_t settled_portions = 0;
  int64_t on_time_portions = 0;
  int64_t settled_days = 0;        // Σ days late of settled portions.
  double settled_amount = 0;       // Σ amount of settled portions.
  double settled_amount_days = 0;  // Σ amount · days late of settled portions.
  // Minor units; sums beyond 64 bits stay at the largest.
  int64_t invoiced = 0;
  int64_t settled = 0;
  int64_t open = 0;
  int64_t overdue = 0;
  int64_t on_account = 0;
  int64_t written_off = 0;
  std::array<int64_t, kAgeingBuckets> ageing = {};
};

// The tallies of a client or a portfolio.
struct PaymentTallies {
  struct OfCurrency {
    std::string currency;
    PaymentTally tally;
  };
  // Ascending by currency, so that sums over currencies do not depend on the order of recording.
  std::vector<OfCurrency> currencies;
  int64_t invoices = 0;
  int64_t disputed_invoices = 0;
  int64_t refused_invoices = 0;
  int64_t written_off_invoices = 0;
  int64_t disputed_items = 0;
  int64_t largest_open_age_days = 0;

  PaymentTally& Of(std::string_view currency);
  void Add(const PaymentTallies& other);
};

// Overwrites `items`: settled portions in the order in which they counted, then what is open in the
// order of issue.
void MakePaymentItems(const PaymentWorld& world, const Policy& policy, int64_t as_of_day,
                      std::vector<PaymentItem>* items);

// Overwrites `tallies`.
void TallyPayments(const ClientHistory& history, const PaymentWorld& world, const Policy& policy,
                   int64_t as_of_day, const std::vector<PaymentItem>& items,
                   PaymentTallies* tallies);

// What an amount of each currency is worth, in the order of `tallies.currencies`.
//
// The reporting currency is the policy's or, if it names none, that of most items (ties by name);
// the policy's rates are then taken relative to that currency's own, if it has one. An item in a
// currency without rate counts as an average one: it is worth the mean of all other items, or 1
// where there are no others.
std::vector<ValueOfAmount> ValuesOf(const PaymentTallies& tallies, const Policy& policy);

// By which currency ValuesOf reckons; empty if there is nothing to go by.
std::string ReportingCurrency(const PaymentTallies& tallies, const Policy& policy);

DimensionScores ScorePayments(const PaymentTallies& tallies,
                              const std::vector<ValueOfAmount>& values, const Policy& policy);

// The points and counts of each code; for scored tallies only.
void AddPaymentReasons(const PaymentTallies& tallies, const std::vector<ValueOfAmount>& values,
                       ReasonSums* sums);

// All figures but the tradeline.
void FillPaymentFigures(const PaymentTallies& tallies, const std::vector<ValueOfAmount>& values,
                        const Policy& policy, v1::PaymentFigures* out);

// 24 months of the policy's time zone, newest first, the first being that of `as_of`. Each is the
// worst of what was settled in that month, by its days late, and of what was open at its end (for
// the first: at `as_of`), by how late it then was; B where there was neither.
std::string Tradeline(const PaymentWorld& world, const Policy& policy, int64_t as_of_day,
                      const std::vector<PaymentItem>& items);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_PAYMENT_SCORE_H_
