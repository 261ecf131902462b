#include "server/domain/reliability/payment_score.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "server/domain/reliability/civil_day.h"

namespace pledger::reliability {
namespace {

constexpr int kTradelineMonths = 24;

void AddMoney(int64_t amount, int64_t* sum) {
  if (__builtin_add_overflow(*sum, amount, sum)) *sum = std::numeric_limits<int64_t>::max();
}

ReasonCode CodeOfPaid(int64_t days_late) {
  if (days_late < 0) return ReasonCode::kPaidEarly;
  if (days_late == 0) return ReasonCode::kPaidOnTime;
  if (days_late <= 30) return ReasonCode::kPaidLate;
  return days_late <= 90 ? ReasonCode::kPaidLateOver30 : ReasonCode::kPaidLateOver90;
}

size_t AgeingBucket(int64_t days_late) {
  if (days_late <= 0) return 0;
  return std::min<size_t>(4, 1 + static_cast<size_t>(days_late - 1) / 30);
}

bool AnyDisputed(const PaymentWorld& world, const PaymentItem& item) {
  for (int i = 0; i < item.positions_count; ++i) {
    if (std::binary_search(world.disputed_positions.begin(), world.disputed_positions.end(),
                           item.positions[i])) {
      return true;
    }
  }
  return false;
}

int64_t DaysLate(const PaymentWorld& world, const Invoice& invoice, int64_t day) {
  const int64_t days = day - invoice.due_day;
  return days <= 0 ? days : days - ExcusedDays(world, invoice, day);
}

PaymentItem ItemOf(const PaymentWorld& world, const Policy& policy, const Portion& portion) {
  const Invoice& invoice = world.invoices[portion.invoice];
  PaymentItem item;
  item.invoice = portion.invoice;
  item.currency = invoice.currency;
  item.settled = true;
  item.amount = portion.amount;
  item.occur_ns = portion.counted_ns;
  item.counted_day = portion.counted_day;
  item.days_late = DaysLate(world, invoice, portion.payment_day);
  item.score = policy.PaymentScore(item.days_late);
  item.code = CodeOfPaid(item.days_late);
  const bool paid_before_issue = portion.payment_ns < invoice.issue_ns;
  item.positions = {invoice.position, portion.payment_position};
  if (paid_before_issue) std::swap(item.positions[0], item.positions[1]);
  item.positions_count = 2;
  return item;
}

// Nothing if what the invoice owes does not count yet.
std::optional<PaymentItem> ItemOf(const PaymentWorld& world, const Policy& policy,
                                  int64_t as_of_day, int32_t index) {
  const Invoice& invoice = world.invoices[index];
  const IdState& id = world.ids[invoice.id];
  PaymentItem item;
  item.days_late = DaysLate(world, invoice, as_of_day);
  item.disputed = UnderDispute(world, invoice);
  const bool refused = id.refused && !item.disputed;
  if (!refused && item.days_late <= 0) return std::nullopt;
  const bool written_off = id.written_off && !refused;
  item.invoice = index;
  item.currency = invoice.currency;
  item.amount = invoice.open;
  item.counted_day = id.written_off ? policy.DayOf(id.written_off_ns) : as_of_day;
  item.code = ReasonCode::kOpenPastDue;
  item.occur_ns = invoice.due_ns;
  item.score = refused ? 0 : policy.PaymentScore(item.days_late);
  item.positions[0] = invoice.position;
  item.positions_count = 1;
  if (refused || written_off) {
    item.code = refused ? ReasonCode::kPaymentRefused : ReasonCode::kWrittenOff;
    item.occur_ns = refused ? id.refused_ns : id.written_off_ns;
    item.positions[1] = refused ? id.refused_position : id.written_off_position;
    item.positions_count = 2;
  }
  return item;
}

// The months of a tradeline.
class Months {
 public:
  explicit Months(int64_t as_of_day) : as_of_day_(as_of_day) {
    CivilDate month = DateOfDay(as_of_day);
    for (int64_t& first_day : first_day_) {
      first_day = FirstDayOfMonth(month.year, month.month);
      if (--month.month > 0) continue;
      month.month = 12;
      --month.year;
    }
    worst_.fill(-1);
  }

  // How many months before the newest the day lies; kTradelineMonths if before all of them.
  int AgeOf(int64_t day) const {
    if (day < first_day_.back()) return kTradelineMonths;
    // No month is longer than 31 days, so this is not beyond it, and never far from it.
    int age = static_cast<int>(std::max<int64_t>(0, first_day_.front() - day) / 31);
    while (day < first_day_[static_cast<size_t>(age)]) ++age;
    return age;
  }

  // The last day of the month that is known.
  int64_t LastDay(int age) const { return age == 0 ? as_of_day_ : first_day_[age - 1] - 1; }

  void Note(int age, int64_t days_late) {
    if (age >= kTradelineMonths) return;
    const int status = static_cast<int>(std::clamp<int64_t>(days_late / 30, 0, 6));
    worst_[age] = std::max(worst_[age], status);
  }

  std::string Text() const {
    std::string text;
    for (const int status : worst_) {
      text.push_back(status < 0 ? 'B' : static_cast<char>('0' + status));
    }
    return text;
  }

 private:
  int64_t as_of_day_;
  std::array<int64_t, kTradelineMonths> first_day_;
  std::array<int, kTradelineMonths> worst_;
};

}  // namespace

PaymentTally& PaymentTallies::Of(std::string_view currency) {
  const auto found = std::lower_bound(
      currencies.begin(), currencies.end(), currency,
      [](const OfCurrency& entry, std::string_view code) { return entry.currency < code; });
  if (found != currencies.end() && found->currency == currency) return found->tally;
  return currencies.insert(found, {std::string(currency), {}})->tally;
}

void PaymentTallies::Add(const PaymentTallies& other) {
  for (const OfCurrency& entry : other.currencies) {
    const PaymentTally& from = entry.tally;
    PaymentTally& to = Of(entry.currency);
    for (size_t i = 0; i < kPaymentCodes; ++i) to.aged[i].Add(from.aged[i]);
    to.recent.Add(from.recent);
    to.lifetime.Add(from.lifetime);
    to.undisputed.Add(from.undisputed);
    to.settled_portions += from.settled_portions;
    to.on_time_portions += from.on_time_portions;
    to.settled_days += from.settled_days;
    to.settled_amount += from.settled_amount;
    to.settled_amount_days += from.settled_amount_days;
    AddMoney(from.invoiced, &to.invoiced);
    AddMoney(from.settled, &to.settled);
    AddMoney(from.open, &to.open);
    AddMoney(from.overdue, &to.overdue);
    AddMoney(from.on_account, &to.on_account);
    AddMoney(from.written_off, &to.written_off);
    for (size_t i = 0; i < kAgeingBuckets; ++i) AddMoney(from.ageing[i], &to.ageing[i]);
  }
  invoices += other.invoices;
  disputed_invoices += other.disputed_invoices;
  refused_invoices += other.refused_invoices;
  written_off_invoices += other.written_off_invoices;
  disputed_items += other.disputed_items;
  largest_open_age_days = std::max(largest_open_age_days, other.largest_open_age_days);
}

void MakePaymentItems(const PaymentWorld& world, const Policy& policy, int64_t as_of_day,
                      std::vector<PaymentItem>* items) {
  items->clear();
  items->reserve(world.portions.size() + world.invoices.size());
  const bool disputes = !world.disputes.empty();
  for (const Portion& portion : world.portions) {
    PaymentItem& item = items->emplace_back(ItemOf(world, policy, portion));
    if (disputes) {
      item.disputed = UnderDispute(world, world.invoices[item.invoice]) || AnyDisputed(world, item);
    }
  }
  for (int32_t i = 0; i < static_cast<int32_t>(world.invoices.size()); ++i) {
    if (world.invoices[i].open == 0) continue;
    std::optional<PaymentItem> item = ItemOf(world, policy, as_of_day, i);
    if (!item.has_value()) continue;
    item->disputed = item->disputed || AnyDisputed(world, *item);
    items->push_back(*item);
  }
}

void TallyPayments(const ClientHistory& history, const PaymentWorld& world, const Policy& policy,
                   int64_t as_of_day, const std::vector<PaymentItem>& items,
                   PaymentTallies* tallies) {
  *tallies = PaymentTallies();
  // Consecutive facts are mostly of one currency. A new currency moves the others' tallies, but
  // then `last` is another's and looked up anew.
  uint32_t last = kNoText;
  PaymentTally* tally = nullptr;
  const auto find = [&](uint32_t currency) -> PaymentTally& {
    if (currency != last || tally == nullptr) tally = &tallies->Of(history.text(currency));
    last = currency;
    return *tally;
  };
  for (const PaymentItem& item : items) {
    PaymentTally& to = find(item.currency);
    const auto amount = static_cast<double>(item.amount);
    const int64_t age_days = as_of_day - item.counted_day;
    const double weight = policy.WeightOfAge(age_days);
    to.aged[static_cast<size_t>(item.code)].Add(weight, amount, item.score);
    if (age_days < policy.recent_days()) to.recent.Add(weight, amount, item.score);
    to.lifetime.Add(1, amount, item.score);
    if (item.disputed) {
      ++tallies->disputed_items;
    } else {
      to.undisputed.Add(weight, amount, item.score);
    }
    if (!item.settled) continue;
    ++to.settled_portions;
    if (item.days_late <= 0) ++to.on_time_portions;
    to.settled_days += item.days_late;
    to.settled_amount += amount;
    to.settled_amount_days += amount * static_cast<double>(item.days_late);
    AddMoney(item.amount, &to.settled);
  }
  for (const Invoice& invoice : world.invoices) {
    PaymentTally& to = find(invoice.currency);
    AddMoney(invoice.amount, &to.invoiced);
    const IdState& id = world.ids[invoice.id];
    if (UnderDispute(world, invoice)) ++tallies->disputed_invoices;
    if (id.refused) ++tallies->refused_invoices;
    if (invoice.open == 0) continue;
    if (id.written_off) {
      ++tallies->written_off_invoices;
      AddMoney(invoice.open, &to.written_off);
      continue;
    }
    const int64_t days_late = DaysLate(world, invoice, as_of_day);
    AddMoney(invoice.open, &to.open);
    AddMoney(invoice.open, &to.ageing[AgeingBucket(days_late)]);
    if (days_late > 0) AddMoney(invoice.open, &to.overdue);
    tallies->largest_open_age_days = std::max(tallies->largest_open_age_days, days_late);
  }
  tallies->invoices = static_cast<int64_t>(world.invoices.size());
  for (const std::vector<Lot>* lots : {&world.account, &world.held}) {
    for (const Lot& lot : *lots) {
      if (lot.amount > 0 && !lot.credit) AddMoney(lot.amount, &find(lot.currency).on_account);
    }
  }
}

std::string ReportingCurrency(const PaymentTallies& tallies, const Policy& policy) {
  if (!policy.reporting_currency().empty()) return policy.reporting_currency();
  const PaymentTallies::OfCurrency* most = nullptr;
  for (const PaymentTallies::OfCurrency& entry : tallies.currencies) {
    if (most == nullptr || entry.tally.lifetime.items > most->tally.lifetime.items) most = &entry;
  }
  return most == nullptr ? std::string() : most->currency;
}

std::vector<ValueOfAmount> ValuesOf(const PaymentTallies& tallies, const Policy& policy) {
  const std::vector<PaymentTallies::OfCurrency>& currencies = tallies.currencies;
  std::vector<ValueOfAmount> values(currencies.size());
  size_t reporting = currencies.size();
  if (policy.reporting_currency().empty()) {
    const std::string most = ReportingCurrency(tallies, policy);
    for (size_t i = 0; i < currencies.size(); ++i) {
      if (currencies[i].currency == most) reporting = i;
    }
  }
  const double base =
      reporting < currencies.size() ? policy.RateOf(currencies[reporting].currency).value_or(1) : 1;
  double converted = 0;
  int64_t converted_items = 0;
  for (size_t i = 0; i < currencies.size(); ++i) {
    const std::optional<double> rate = policy.RateOf(currencies[i].currency);
    if (i == reporting) {
      values[i].per_amount = 1;
    } else if (rate.has_value()) {
      values[i].per_amount = *rate / base;
    } else {
      continue;
    }
    converted += values[i].per_amount * currencies[i].tally.lifetime.a;
    converted_items += currencies[i].tally.lifetime.items;
  }
  const double mean = converted_items > 0 ? converted / static_cast<double>(converted_items) : 1;
  for (ValueOfAmount& value : values) {
    if (value.per_amount == 0) value.per_item = mean;
  }
  return values;
}

DimensionScores ScorePayments(const PaymentTallies& tallies,
                              const std::vector<ValueOfAmount>& values, const Policy& policy) {
  ValuedMoments aged, recent, lifetime, undisputed;
  for (size_t i = 0; i < values.size(); ++i) {
    const PaymentTally& tally = tallies.currencies[i].tally;
    for (const Moments& code : tally.aged) aged.Add(code, values[i]);
    recent.Add(tally.recent, values[i]);
    lifetime.Add(tally.lifetime, values[i]);
    undisputed.Add(tally.undisputed, values[i]);
  }
  DimensionScores scores;
  scores.aged = MeanEstimate(policy, aged);
  scores.recent = MeanEstimate(policy, recent);
  scores.lifetime = MeanEstimate(policy, lifetime);
  scores.any_disputed = tallies.disputed_items > 0;
  if (scores.any_disputed) scores.undisputed = MeanEstimate(policy, undisputed);
  return scores;
}

void AddPaymentReasons(const PaymentTallies& tallies, const std::vector<ValueOfAmount>& values,
                       ReasonSums* sums) {
  double total = 0;
  std::array<ValuedMoments, kPaymentCodes> codes;
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t code = 0; code < kPaymentCodes; ++code) {
      codes[code].Add(tallies.currencies[i].tally.aged[code], values[i]);
    }
  }
  for (const ValuedMoments& code : codes) total += code.value;
  for (size_t code = 0; code < kPaymentCodes; ++code) {
    (*sums)[code].points = (codes[code].value_score - 100 * codes[code].value) / total;
    (*sums)[code].count = codes[code].items;
  }
}

void FillPaymentFigures(const PaymentTallies& tallies, const std::vector<ValueOfAmount>& values,
                        const Policy& policy, v1::PaymentFigures* out) {
  int64_t portions = 0, on_time = 0, settled = 0, days = 0;
  double value = 0, value_days = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const PaymentTally& tally = tallies.currencies[i].tally;
    portions += tally.lifetime.items;
    on_time += tally.on_time_portions;
    settled += tally.settled_portions;
    days += tally.settled_days;
    value += values[i].per_amount * tally.settled_amount +
             values[i].per_item * static_cast<double>(tally.settled_portions);
    value_days += values[i].per_amount * tally.settled_amount_days +
                  values[i].per_item * static_cast<double>(tally.settled_days);
    if (values[i].per_item != 0 && tally.lifetime.items > 0) {
      out->add_unconverted_currencies(tallies.currencies[i].currency);
    }
    v1::Ageing* ageing = out->add_ageing();
    ageing->set_currency_code(tallies.currencies[i].currency);
    ageing->set_not_due(tally.ageing[0]);
    ageing->set_days_1_to_30(tally.ageing[1]);
    ageing->set_days_31_to_60(tally.ageing[2]);
    ageing->set_days_61_to_90(tally.ageing[3]);
    ageing->set_days_over_90(tally.ageing[4]);
    v1::PaymentSums* sums = out->add_sums();
    sums->set_currency_code(tallies.currencies[i].currency);
    sums->set_invoiced(tally.invoiced);
    sums->set_settled(tally.settled);
    sums->set_open(tally.open);
    sums->set_overdue(tally.overdue);
    sums->set_on_account(tally.on_account);
    sums->set_written_off(tally.written_off);
  }
  out->set_portions(portions);
  out->set_on_time_portions(on_time);
  if (portions > 0) {
    out->set_on_time_share(static_cast<double>(on_time) / static_cast<double>(portions));
  }
  if (settled > 0) {
    out->set_mean_days_late(static_cast<double>(days) / static_cast<double>(settled));
    out->set_amount_weighted_days_beyond_terms(value_days / value);
  }
  out->set_largest_open_age_days(tallies.largest_open_age_days);
  out->set_disputed_invoices(tallies.disputed_invoices);
  out->set_invoices(tallies.invoices);
  out->set_refused_invoices(tallies.refused_invoices);
  out->set_written_off_invoices(tallies.written_off_invoices);
}

std::string Tradeline(const PaymentWorld& world, const Policy& policy, int64_t as_of_day,
                      const std::vector<PaymentItem>& items) {
  Months months(as_of_day);
  // Open at each month's end from `from_age` down to `to_age`.
  const auto note_open = [&](const Invoice& invoice, int from_age, int to_age) {
    for (int age = std::min(from_age, kTradelineMonths - 1); age >= to_age; --age) {
      months.Note(age, DaysLate(world, invoice, months.LastDay(age)));
    }
  };
  for (const PaymentItem& item : items) {
    if (!item.settled) continue;
    const int settled_age = months.AgeOf(item.counted_day);
    months.Note(settled_age, item.days_late);
    const Invoice& invoice = world.invoices[item.invoice];
    note_open(invoice, months.AgeOf(invoice.issue_day), settled_age + 1);
  }
  for (const Invoice& invoice : world.invoices) {
    if (invoice.open == 0) continue;
    const IdState& id = world.ids[invoice.id];
    // A month after it was written off has nothing of it.
    const int to_age = id.written_off ? months.AgeOf(policy.DayOf(id.written_off_ns)) : 0;
    note_open(invoice, months.AgeOf(invoice.issue_day), to_age);
  }
  return months.Text();
}

}  // namespace pledger::reliability
