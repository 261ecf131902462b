#include "server/domain/reliability/policy.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "server/domain/errors.h"
#include "server/domain/reliability/policy_checks.h"

namespace pledger::reliability {
namespace {

constexpr int64_t kDayNs = int64_t{86'400} * 1'000'000'000;
// About eight years; older facts weigh little and pay for their exp2.
constexpr int64_t kTabulatedAgesDays = 3'000;

}  // namespace

// Negated comparisons, so that a NaN fails.
absl::Status CheckRange(std::string_view path, double value, double min, double max) {
  if (!(value >= min && value <= max)) {
    return InvalidField(path, absl::StrCat("must be from ", min, " to ", max));
  }
  return absl::OkStatus();
}

absl::Status CheckCurrency(std::string_view path, std::string_view code) {
  if (code.size() != 3 || !std::all_of(code.begin(), code.end(), absl::ascii_isupper)) {
    return InvalidField(path, "must be an ISO 4217 code: three capital letters");
  }
  return absl::OkStatus();
}

absl::StatusOr<Policy> Policy::Resolve(const v1::Policy& policy) {
  Policy resolved;
  if (absl::Status status = resolved.ReadEvidence(policy.evidence()); !status.ok()) {
    return PrefixField(status, "evidence.");
  }
  if (absl::Status status = resolved.ReadCurve(policy.payment()); !status.ok()) {
    return PrefixField(status, "payment.");
  }
  if (absl::Status status = resolved.ReadPromises(policy.promises()); !status.ok()) {
    return PrefixField(status, "promises.");
  }
  if (absl::Status status = resolved.ReadScope(policy.scope()); !status.ok()) {
    return PrefixField(status, "scope.");
  }
  if (absl::Status status = resolved.ReadConduct(policy.conduct()); !status.ok()) {
    return PrefixField(status, "conduct.");
  }
  if (absl::Status status = resolved.ReadEconomy(policy.economy()); !status.ok()) {
    return PrefixField(status, "economy.");
  }
  if (absl::Status status = resolved.ReadOverall(policy.overall()); !status.ok()) {
    return PrefixField(status, "overall.");
  }
  if (absl::Status status = resolved.ReadSolvency(policy.solvency()); !status.ok()) {
    return PrefixField(status, "solvency.");
  }
  if (absl::Status status = resolved.ReadSignals(policy); !status.ok()) return status;
  if (absl::Status status = resolved.ReadRates(policy); !status.ok()) return status;
  if (!policy.time_zone().empty() && policy.time_zone() != "UTC") {
    absl::TimeZone zone;
    if (!absl::LoadTimeZone(policy.time_zone(), &zone)) {
      return InvalidField("time_zone", "is not an IANA time zone that this server knows");
    }
    resolved.zone_ = zone;
  }
  if (resolved.half_life_days_ > 0) {
    resolved.weights_.reserve(kTabulatedAgesDays);
    for (int64_t age = 0; age < kTabulatedAgesDays; ++age) {
      resolved.weights_.push_back(std::exp2(-static_cast<double>(age) / resolved.half_life_days_));
    }
  }
  return resolved;
}

absl::Status Policy::ReadEvidence(const v1::EvidencePolicy& evidence) {
  if (evidence.has_half_life_days()) half_life_days_ = evidence.half_life_days();
  if (evidence.has_recent_days()) recent_days_ = evidence.recent_days();
  if (evidence.has_min_evidence()) min_evidence_ = evidence.min_evidence();
  if (evidence.has_prior_mean()) prior_mean_ = evidence.prior_mean();
  if (evidence.has_prior_strength()) prior_strength_ = evidence.prior_strength();
  if (evidence.has_medium_confidence()) medium_confidence_ = evidence.medium_confidence();
  if (evidence.has_high_confidence()) high_confidence_ = evidence.high_confidence();
  for (const absl::Status& status :
       {CheckRange("half_life_days", half_life_days_, 0, 1e6),
        CheckRange("recent_days", static_cast<double>(recent_days_), 1, 1e6),
        CheckRange("min_evidence", min_evidence_, 0, 1e6),
        CheckRange("prior_mean", prior_mean_, 0, 1),
        CheckRange("prior_strength", prior_strength_, 0, 1e6),
        CheckRange("medium_confidence", medium_confidence_, 0, 1e6),
        CheckRange("high_confidence", high_confidence_, 0, 1e6)}) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Policy::ReadCurve(const v1::PaymentPolicy& payment) {
  if (payment.score_by_days_late().empty()) {
    curve_ = {{-30, 100}, {-20, 90}, {0, 80},  {15, 70},  {22, 60},
              {30, 50},   {60, 40},  {90, 30}, {120, 20}, {180, 0}};
    return absl::OkStatus();
  }
  for (const v1::CurvePoint& point : payment.score_by_days_late()) {
    const std::string path = absl::StrCat("score_by_days_late[", curve_.size(), "].");
    absl::Status status = CheckRange(absl::StrCat(path, "x"), point.x(), -1e9, 1e9);
    status.Update(CheckRange(absl::StrCat(path, "y"), point.y(), 0, 100));
    if (!status.ok()) return status;
    if (!curve_.empty() && !(point.x() > curve_.back().first)) {
      return InvalidField(absl::StrCat(path, "x"), "must be greater than the point's before it");
    }
    curve_.push_back({point.x(), point.y()});
  }
  return absl::OkStatus();
}

absl::Status Policy::ReadPromises(const v1::PromisePolicy& promises) {
  if (promises.has_tolerance()) tolerance_ = promises.tolerance();
  if (promises.has_grace_days()) grace_days_ = promises.grace_days();
  if (promises.has_free_extensions()) free_extensions_ = promises.free_extensions();
  absl::Status status = CheckRange("tolerance", tolerance_, 0, 1);
  status.Update(CheckRange("grace_days", static_cast<double>(grace_days_), 0, 3650));
  status.Update(CheckRange("free_extensions", static_cast<double>(free_extensions_), 0, 1000));
  return status;
}

absl::Status Policy::ReadRates(const v1::Policy& policy) {
  reporting_currency_ = policy.reporting_currency();
  if (!reporting_currency_.empty()) {
    absl::Status status = CheckCurrency("reporting_currency", reporting_currency_);
    if (!status.ok()) return status;
  }
  for (int i = 0; i < policy.exchange_rates_size(); ++i) {
    const v1::ExchangeRate& rate = policy.exchange_rates(i);
    const std::string path = absl::StrCat("exchange_rates[", i, "].");
    absl::Status status = CheckCurrency(absl::StrCat(path, "currency_code"), rate.currency_code());
    status.Update(
        CheckRange(absl::StrCat(path, "rate_ppm"), static_cast<double>(rate.rate_ppm()), 1, 1e15));
    if (!status.ok()) return status;
    rates_.emplace_back(rate.currency_code(), static_cast<double>(rate.rate_ppm()) / 1e6);
  }
  std::sort(rates_.begin(), rates_.end());
  for (size_t i = 1; i < rates_.size(); ++i) {
    if (rates_[i].first == rates_[i - 1].first) {
      return InvalidField("exchange_rates", absl::StrCat("names ", rates_[i].first, " twice"));
    }
  }
  return absl::OkStatus();
}

int64_t Policy::DayOf(int64_t time_ns) const {
  if (zone_.has_value()) {
    return absl::ToCivilDay(absl::FromUnixNanos(time_ns), *zone_) - absl::CivilDay(1970, 1, 1);
  }
  return time_ns >= 0 ? time_ns / kDayNs : -((-(time_ns + 1)) / kDayNs) - 1;
}

int64_t Policy::EndOfDayNs(int64_t day) const {
  if (!zone_.has_value()) return (day + 1) * kDayNs - 1;
  const absl::CivilDay next = absl::CivilDay(1970, 1, 1) + (day + 1);
  return absl::ToUnixNanos(absl::FromCivil(next, *zone_)) - 1;
}

double Policy::WeightOfAge(int64_t age_days) const {
  if (half_life_days_ <= 0 || age_days <= 0) return 1;
  if (age_days < kTabulatedAgesDays) return weights_[static_cast<size_t>(age_days)];
  return std::exp2(-static_cast<double>(age_days) / half_life_days_);
}

double Policy::WeightOfSpan(int64_t from_days, int64_t to_days) const {
  if (to_days <= from_days) return 0;
  if (half_life_days_ <= 0) return static_cast<double>(to_days - from_days);
  constexpr double kLn2 = 0.693147180559945309;
  return half_life_days_ / kLn2 * (WeightOfAge(from_days) - WeightOfAge(to_days));
}

double Policy::PaymentScore(int64_t days_late) const {
  const double x = static_cast<double>(days_late);
  if (x <= curve_.front().first) return curve_.front().second;
  for (size_t i = 1; i < curve_.size(); ++i) {
    const auto& [to_x, to_y] = curve_[i];
    if (x > to_x) continue;
    const auto& [from_x, from_y] = curve_[i - 1];
    return from_y + (to_y - from_y) * (x - from_x) / (to_x - from_x);
  }
  return curve_.back().second;
}

std::optional<double> Policy::RateOf(std::string_view currency_code) const {
  if (!reporting_currency_.empty() && currency_code == reporting_currency_) return 1.0;
  const auto found =
      std::lower_bound(rates_.begin(), rates_.end(), currency_code,
                       [](const auto& rate, std::string_view code) { return rate.first < code; });
  if (found == rates_.end() || found->first != currency_code) return std::nullopt;
  return found->second;
}

}  // namespace pledger::reliability
