#include "server/domain/reliability/history_series.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/time/civil_time.h"
#include "server/domain/fact_types.h"
#include "server/domain/reliability/answer_parts.h"
#include "server/domain/reliability/client_fold.h"

namespace pledger::reliability {
namespace {

// Less is rounding.
constexpr double kMoved = 1e-9;

constexpr DimensionSet Bit(v1::Dimension dimension) { return DimensionSet{1} << dimension; }

constexpr DimensionSet kByMoney = Bit(v1::DIMENSION_PAYMENT) | Bit(v1::DIMENSION_PROMISES) |
                                  Bit(v1::DIMENSION_COOPERATION) | Bit(v1::DIMENSION_ECONOMY);

// Which dimensions a fact of this type can move, OVERALL left out.
DimensionSet MovedBy(uint8_t type) {
  if (type >= v1::FACT_TYPE_PROMISE_MADE && type <= v1::FACT_TYPE_PROMISE_WAIVED) {
    return Bit(v1::DIMENSION_PROMISES) | Bit(v1::DIMENSION_COOPERATION);
  }
  if (type >= v1::FACT_TYPE_INVOICE_ISSUED && type <= v1::FACT_TYPE_PAYMENT_REFUSED) {
    return kByMoney;
  }
  if (type >= v1::FACT_TYPE_SCOPE_CHANGE_REQUESTED &&
      type <= v1::FACT_TYPE_SCOPE_CHANGE_WITHDRAWN) {
    return Bit(v1::DIMENSION_SCOPE);
  }
  switch (type) {
    case v1::FACT_TYPE_DISPUTE_OPENED:
    case v1::FACT_TYPE_DISPUTE_RESOLVED:
      return kAllDimensions & ~Bit(v1::DIMENSION_OVERALL);
    case v1::FACT_TYPE_COMPLAINT_RAISED:
    case v1::FACT_TYPE_COMPLAINT_RESOLVED:
    case v1::FACT_TYPE_COMPLAINT_REOPENED:
      return Bit(v1::DIMENSION_COMPLAINTS) | Bit(v1::DIMENSION_SCOPE);
    case v1::FACT_TYPE_ENGAGEMENT_AGREED:
    case v1::FACT_TYPE_ENGAGEMENT_CLOSED:
      return Bit(v1::DIMENSION_SCOPE) | Bit(v1::DIMENSION_COMPLAINTS) | Bit(v1::DIMENSION_ECONOMY);
    case v1::FACT_TYPE_CONDUCT_REPORTED:
      return Bit(v1::DIMENSION_CONDUCT) | Bit(v1::DIMENSION_COOPERATION);
    case v1::FACT_TYPE_EFFORT_LOGGED:
      return Bit(v1::DIMENSION_CONDUCT) | Bit(v1::DIMENSION_ECONOMY);
    case v1::FACT_TYPE_SENTIMENT_NOTED:
      return Bit(v1::DIMENSION_CONDUCT);
    case v1::FACT_TYPE_ADVICE_GIVEN:
    case v1::FACT_TYPE_ADVICE_OUTCOME_NOTED:
      return Bit(v1::DIMENSION_COOPERATION) | Bit(v1::DIMENSION_COMPLAINTS);
    default:
      return 0;
  }
}

// What a new fact of this type makes stale; a new day makes promises stale.
StaleParts StaleAfter(uint8_t type) {
  const DimensionSet moved = MovedBy(type);
  StaleParts stale;
  stale.payments = stale.promises = Contains(moved, v1::DIMENSION_PROMISES);
  stale.work = !Contains(moved, v1::DIMENSION_PROMISES) || type == v1::FACT_TYPE_DISPUTE_OPENED ||
               type == v1::FACT_TYPE_DISPUTE_RESOLVED;
  return stale;
}

// The values of all dimensions, by v1::Dimension, OVERALL included.
using Values = std::array<Estimate, v1::Dimension_ARRAYSIZE>;

bool Moved(const Estimate& before, const Estimate& after) {
  if (before.scored != after.scored) return true;
  return after.scored && std::abs(after.value - before.value) > kMoved;
}

std::string UpperTypeName(const TimedFact& timed) {
  return absl::AsciiStrToUpper(std::string(FactTypeName(timed.content->type)));
}

class Series {
 public:
  Series(const ClientHistory& history, const Policy& policy, const Perspective& perspective,
         const SeriesOptions& options)
      : history_(history), policy_(policy), perspective_(perspective), options_(options) {
    BuildTimeline(history, perspective, &whole_);
    fold_->timeline.facts.reserve(whole_.facts.size());
    // OVERALL is made of all.
    set_ =
        Contains(options.dimensions, v1::DIMENSION_OVERALL) ? kAllDimensions : options.dimensions;
  }

  void Changes() {
    bool stale = true;
    for (const TimedFact& timed : whole_.facts) {
      const DimensionSet moved = MovedBy(timed.content->type) & set_;
      const bool within =
          timed.occur_time_ns >= options_.from_ns && timed.occur_time_ns < options_.to_ns;
      if (moved == 0 || !within) {
        fold_->timeline.facts.push_back(timed);
        continue;
      }
      // Facts that move nothing, too, have moved places in the timeline's memory; what is folded
      // refers to them by number alone.
      const int64_t day = policy_.DayOf(timed.occur_time_ns);
      if (stale || day != fold_->as_of_day) {
        fold_->as_of_day = day;
        StaleParts parts;
        parts.payments = parts.work = stale;
        Refold(history_, policy_, parts, set_, false, fold_.get());
        stale = false;
      }
      const Values before = Current();
      fold_->timeline.facts.push_back(timed);
      Refold(history_, policy_, StaleAfter(timed.content->type), moved, false, fold_.get());
      AddMoved(timed, before, Current());
    }
  }

  void MonthEnds() {
    if (whole_.facts.empty()) return;
    const absl::CivilDay epoch(1970, 1, 1);
    const int64_t last_day = policy_.DayOf(perspective_.as_of_ns);
    absl::CivilMonth month(epoch + policy_.DayOf(whole_.facts.front().occur_time_ns));
    Values before;
    size_t next = 0;
    bool done = false;
    while (!done) {
      const int64_t end_day = absl::CivilDay(++month) - epoch - 1;
      done = end_day >= last_day;
      const int64_t day = std::min(end_day, last_day);
      const int64_t end_ns = done ? perspective_.as_of_ns : policy_.EndOfDayNs(day);
      const size_t first = next;
      while (next < whole_.facts.size() && whole_.facts[next].occur_time_ns <= end_ns) {
        fold_->timeline.facts.push_back(whole_.facts[next++]);
      }
      if (end_ns >= options_.to_ns) return;
      fold_->as_of_day = day;
      Refold(history_, policy_, StaleParts(), set_, false, fold_.get());
      const Values after = Current();
      if (end_ns >= options_.from_ns) {
        const uint64_t position = next > 0 ? whole_.facts[next - 1].position : 0;
        AddMonth(end_ns, position, next > first ? "MONTH_END" : "AGED", before, after);
      }
      before = after;
    }
  }

  void Fill(v1::GetReliabilityHistoryResponse* out) {
    out->set_truncated(points_.size() > options_.points_max);
    const size_t skipped = points_.size() - std::min(points_.size(), options_.points_max);
    for (size_t i = skipped; i < points_.size(); ++i) *out->add_points() = std::move(points_[i]);
  }

 private:
  Values Current() const {
    Values values;
    for (const v1::Dimension dimension : kDimensions) {
      if (Contains(set_, dimension)) values[dimension] = fold_->card.Of(dimension).aged;
    }
    if (Contains(set_, v1::DIMENSION_OVERALL)) {
      values[v1::DIMENSION_OVERALL] = OverallOf(fold_->card, policy_, View::kAged).estimate;
    }
    return values;
  }

  void Add(int64_t occur_ns, uint64_t position, v1::Dimension dimension, const Estimate& before,
           const Estimate& after, std::string_view reason) {
    v1::HistoryPoint& point = points_.emplace_back();
    SetTime(occur_ns, point.mutable_occur_time());
    point.set_position(position);
    point.set_dimension(dimension);
    if (before.scored) point.set_before(before.value);
    if (after.scored) point.set_after(after.value);
    if (before.scored && after.scored) point.set_points(after.value - before.value);
    point.set_reason_code(std::string(reason));
    if (dimension == v1::DIMENSION_OVERALL && after.scored) {
      point.set_band(policy_.BandOf(after.value));
    }
  }

  void AddMoved(const TimedFact& timed, const Values& before, const Values& after) {
    double most = -1;
    std::string overall_reason = UpperTypeName(timed);
    for (const v1::Dimension dimension : kDimensions) {
      if (!Moved(before[dimension], after[dimension])) continue;
      const std::string reason = ReasonOf(timed, dimension);
      const double points = before[dimension].scored && after[dimension].scored
                                ? std::abs(after[dimension].value - before[dimension].value)
                                : 100;
      if (points * policy_.DimensionWeight(dimension) > most) {
        most = points * policy_.DimensionWeight(dimension);
        overall_reason = reason;
      }
      if (!Contains(options_.dimensions, dimension)) continue;
      Add(timed.occur_time_ns, timed.position, dimension, before[dimension], after[dimension],
          reason);
    }
    constexpr v1::Dimension kOverall = v1::DIMENSION_OVERALL;
    if (!Contains(options_.dimensions, kOverall) || !Moved(before[kOverall], after[kOverall])) {
      return;
    }
    Add(timed.occur_time_ns, timed.position, kOverall, before[kOverall], after[kOverall],
        overall_reason);
  }

  void AddMonth(int64_t end_ns, uint64_t position, const char* reason, const Values& before,
                const Values& after) {
    for (int dimension = v1::DIMENSION_PAYMENT; dimension <= v1::DIMENSION_OVERALL; ++dimension) {
      const auto one = static_cast<v1::Dimension>(dimension);
      if (!Contains(options_.dimensions, one)) continue;
      if (!before[one].scored && !after[one].scored) continue;
      Add(end_ns, position, one, before[one], after[one], reason);
    }
  }

  std::string ReasonOf(const TimedFact& timed, v1::Dimension dimension) const {
    const char* reason = nullptr;
    double most = -1;
    const auto consider = [&](const auto& item, double points) {
      const auto end = item.positions.begin() + item.positions_count;
      if (std::find(item.positions.begin(), end, timed.position) == end) return;
      if (std::abs(points) <= most) return;
      most = std::abs(points);
      reason = ReasonName(item.code);
    };
    if (dimension == v1::DIMENSION_PAYMENT) {
      for (const PaymentItem& item : fold_->payment_items) consider(item, item.score - 100);
    } else if (dimension == v1::DIMENSION_PROMISES) {
      for (const PromiseItem& item : fold_->promises.items) {
        if (!item.by_us) consider(item, item.good - 1);
      }
    } else {
      for (const ScoredItem& item : fold_->card.dimensions[dimension].items) {
        consider(item, item.points);
      }
    }
    if (reason != nullptr) return reason;
    return UpperTypeName(timed);
  }

  const ClientHistory& history_;
  const Policy& policy_;
  const Perspective& perspective_;
  const SeriesOptions& options_;
  DimensionSet set_ = 0;
  Timeline whole_;
  // Large.
  const std::unique_ptr<ClientFold> fold_ = std::make_unique<ClientFold>();
  std::vector<v1::HistoryPoint> points_;
};

}  // namespace

void FillSeries(const ClientHistory& history, const Policy& policy, const Perspective& perspective,
                const SeriesOptions& options, v1::GetReliabilityHistoryResponse* out) {
  Series series(history, policy, perspective, options);
  if (options.mode == v1::HISTORY_MODE_MONTH_ENDS) {
    series.MonthEnds();
  } else {
    series.Changes();
  }
  series.Fill(out);
}

}  // namespace pledger::reliability
