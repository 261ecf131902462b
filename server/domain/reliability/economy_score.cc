// The ECONOMY dimension of work_score.h.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "server/domain/reliability/work_score.h"

namespace pledger::reliability {
namespace {

constexpr double kDaysAYear = 365;

// Amounts of any currency in the reporting one.
class Exchange {
 public:
  explicit Exchange(const FoldedFacts& facts)
      : facts_(facts), reporting_(ReportingCurrency(facts.tallies, facts.policy)) {
    base_ = facts.policy.RateOf(reporting_).value_or(1);
  }

  const std::string& reporting() const { return reporting_; }

  // Reporting minor units for one of the currency.
  std::optional<double> RateOf(std::string_view currency) const {
    if (currency == reporting_) return 1;
    const std::optional<double> rate = facts_.policy.RateOf(currency);
    if (!rate.has_value()) return std::nullopt;
    return *rate / base_;
  }

  std::optional<double> RateOf(uint32_t currency) {
    if (currency == last_) return last_rate_;
    last_ = currency;
    last_rate_ = RateOf(facts_.history.text(currency));
    return last_rate_;
  }

 private:
  const FoldedFacts& facts_;
  const std::string reporting_;
  double base_ = 1;
  // Consecutive facts are mostly of one currency.
  uint32_t last_ = kNoText;
  std::optional<double> last_rate_;
};

class EconomyItems {
 public:
  EconomyItems(const FoldedFacts& facts, ScoredDimension* out)
      : facts_(facts), exchange_(facts), out_(*out) {
    out_.items.clear();
    out_.scores = DimensionScores();
  }

  void Make() {
    const std::optional<double> rate = exchange_.RateOf(facts_.policy.loaded_rate_currency());
    minute_rate_ = rate.value_or(0) * facts_.policy.loaded_minute_rate();
    const bool has_rate = !facts_.policy.loaded_rate_currency().empty() && rate.has_value();
    for (const TimedFact& timed : facts_.timeline.facts) Add(timed, has_rate);
    if (facts_.policy.cost_of_capital() > 0) {
      for (const Invoice& invoice : facts_.payments.invoices) AddCapital(invoice);
    }
    ValueUnconverted();
  }

 private:
  void Add(const TimedFact& timed, bool has_rate) {
    const HistoryFact& fact = *timed.content;
    switch (fact.type) {
      case v1::FACT_TYPE_PAYMENT_RECEIVED:
        if (!facts_.payments.ids[fact.id].reversed) AddMoney(ReasonCode::kPaymentReceived, timed);
        return;
      case v1::FACT_TYPE_CREDIT_GRANTED:
        if (fact.credit_reason() != v1::CreditGranted::REASON_PRICE_DROP) {
          AddMoney(ReasonCode::kCreditGranted, timed);
        }
        return;
      case v1::FACT_TYPE_ENGAGEMENT_CLOSED:
        if (fact.has_money() && fact.amount > 0) AddMoney(ReasonCode::kMaterialCost, timed);
        return;
      case v1::FACT_TYPE_EFFORT_LOGGED:
        if (has_rate) Add(ReasonCode::kEffortCost, timed).size = minute_rate_ * fact.minutes;
        return;
      default:
        return;
    }
  }

  ScoredItem& Add(ReasonCode code, const TimedFact& timed) {
    ScoredItem& item = out_.items.emplace_back();
    item.code = code;
    item.id = timed.content->id;
    item.occur_ns = timed.occur_time_ns;
    item.positions[item.positions_count++] = timed.position;
    item.counting.age_days = facts_.as_of_day - facts_.policy.DayOf(timed.occur_time_ns);
    item.counting.disputed = IsAmong(facts_.payments.disputed_positions, timed.position);
    return item;
  }

  void AddMoney(ReasonCode code, const TimedFact& timed) {
    ScoredItem& item = Add(code, timed);
    item.income = code == ReasonCode::kPaymentReceived;
    item.currency = timed.content->currency;
    item.amount = timed.content->amount;
    Value(static_cast<double>(item.amount), &item);
  }

  void Value(double amount, ScoredItem* item) {
    const std::optional<double> rate = exchange_.RateOf(item->currency);
    item->size = rate.has_value() ? *rate * amount : kUnconverted;
    unconverted_ = unconverted_ || !rate.has_value();
  }

  // What it owed, from the day it was issued: each portion until it was paid, the rest until it was
  // written off or `as_of`.
  void AddCapital(const Invoice& invoice) {
    double amount_days = 0;
    for (int32_t i = invoice.first_portion; i != kNone; i = facts_.payments.portions[i].next) {
      const Portion& portion = facts_.payments.portions[i];
      amount_days += static_cast<double>(portion.amount) *
                     static_cast<double>(portion.counted_day - invoice.issue_day);
    }
    const IdState& id = facts_.payments.ids[invoice.id];
    int64_t last_day = facts_.as_of_day;
    if (id.written_off) last_day = std::min(last_day, facts_.policy.DayOf(id.written_off_ns));
    amount_days += static_cast<double>(invoice.open) *
                   static_cast<double>(std::max<int64_t>(0, last_day - invoice.issue_day));
    // What it owes in a currency without a rate cannot be reckoned at all.
    if (amount_days <= 0 || !exchange_.RateOf(invoice.currency).has_value()) return;
    ScoredItem& item = out_.items.emplace_back();
    item.code = ReasonCode::kCapitalCost;
    item.id = invoice.id;
    item.currency = invoice.currency;
    item.occur_ns = invoice.issue_ns;
    item.positions[item.positions_count++] = invoice.position;
    item.counting.age_days = facts_.as_of_day - invoice.issue_day;
    Value(amount_days / kDaysAYear * facts_.policy.cost_of_capital(), &item);
  }

  // An item in a currency without a rate is worth an average payment.
  void ValueUnconverted() {
    if (!unconverted_) return;
    double income = 0;
    int64_t count = 0;
    for (const ScoredItem& item : out_.items) {
      if (!item.income || item.size == kUnconverted) continue;
      income += item.size;
      ++count;
    }
    const double mean = count > 0 ? income / static_cast<double>(count) : 1;
    for (ScoredItem& item : out_.items) {
      if (item.size == kUnconverted) item.size = mean;
    }
  }

  static constexpr double kUnconverted = -1;

  const FoldedFacts& facts_;
  Exchange exchange_;
  ScoredDimension& out_;
  double minute_rate_ = 0;
  bool unconverted_ = false;
};

int64_t Rounded(double value) {
  constexpr double kMax = 9e18;
  return std::llround(std::clamp(value, -kMax, kMax));
}

}  // namespace

void ScoreEconomy(const FoldedFacts& facts, ScoredDimension* out) {
  EconomyItems(facts, out).Make();
  ScoreMargin(facts.policy, out);
}

void FillEconomyFigures(const FoldedFacts& facts, const ScoredDimension& economy,
                        v1::EconomyFigures* out) {
  double payments = 0, credits = 0, material = 0, effort = 0, capital = 0;
  Exchange exchange(facts);
  std::vector<std::string> unconverted;
  for (const ScoredItem& item : economy.items) {
    double* sum = &payments;
    if (item.code == ReasonCode::kCreditGranted) sum = &credits;
    if (item.code == ReasonCode::kMaterialCost) sum = &material;
    if (item.code == ReasonCode::kEffortCost) sum = &effort;
    if (item.code == ReasonCode::kCapitalCost) sum = &capital;
    *sum += item.size;
    if (item.currency == kNoText || exchange.RateOf(item.currency).has_value()) continue;
    unconverted.emplace_back(facts.history.text(item.currency));
  }
  std::sort(unconverted.begin(), unconverted.end());
  unconverted.erase(std::unique(unconverted.begin(), unconverted.end()), unconverted.end());
  for (std::string& currency : unconverted) out->add_unconverted_currencies(std::move(currency));
  const double contribution = payments - credits - material - effort - capital;
  out->set_currency_code(exchange.reporting());
  out->set_payments(Rounded(payments));
  out->set_credits(Rounded(credits));
  out->set_material_cost(Rounded(material));
  out->set_effort_cost(Rounded(effort));
  out->set_cost_of_capital(Rounded(capital));
  out->set_contribution(Rounded(contribution));
  if (payments > 0) out->set_margin(contribution / payments);
  int64_t minutes = 0, billable = 0, strain = 0, contacts = 0;
  absl::flat_hash_set<uint32_t> staff;
  for (const int32_t index : facts.work.efforts) {
    const HistoryFact& fact = *facts.timeline.facts[index].content;
    minutes += fact.minutes;
    if (fact.has(kBillable)) billable += fact.minutes;
    strain += static_cast<int64_t>(fact.minutes) * fact.strain();
    contacts += fact.contacts();
    if (fact.staff() != kNoText) staff.insert(fact.staff());
  }
  out->set_effort_minutes(minutes);
  out->set_billable_minutes(billable);
  out->set_strain_minutes(strain);
  out->set_distinct_staff(static_cast<int64_t>(staff.size()));
  out->set_contacts(contacts);
}

}  // namespace pledger::reliability
