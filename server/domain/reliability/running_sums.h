// Sums over a window of days that ends anywhere, in constant time as the window moves on.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_RUNNING_SUMS_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_RUNNING_SUMS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "server/domain/reliability/nearly_sorted.h"

namespace pledger::reliability {

// Pairs of amounts by day. Add all, then Seal(), then ask. Not thread-safe.
class RunningSums {
 public:
  struct Pair {
    double first = 0;
    double second = 0;
  };

  void Clear() {
    entries_.clear();
    days_.clear();
  }
  void Add(int64_t day, double first, double second) { entries_.push_back({day, first, second}); }

  // Orders the entries. Those of one day stand by size, so that the sums do not depend on the order
  // in which they came.
  void Seal() {
    SortNearlySorted(&entries_, [](const Entry& a, const Entry& b) {
      if (a.day != b.day) return a.day < b.day;
      return a.first != b.first ? a.first < b.first : a.second < b.second;
    });
    Pair sum;
    for (Entry& entry : entries_) {
      entry.first = sum.first += entry.first;
      entry.second = sum.second += entry.second;
      if (days_.empty() || days_.back() != entry.day) days_.push_back(entry.day);
    }
  }

  // Of the days in (day − window, day].
  Pair Of(int64_t day, int64_t window_days) const {
    const Pair until = Until(day, &until_hint_);
    const Pair before = Until(day - window_days, &before_hint_);
    return {until.first - before.first, until.second - before.second};
  }

  // On which they change, ascending. Valid until the next change.
  absl::Span<const int64_t> days() const { return days_; }

 private:
  struct Entry {
    int64_t day;
    double first;
    double second;
  };

  // `hint` is where the last answer was found: the next day asked for is mostly a little later.
  Pair Until(int64_t day, size_t* hint) const {
    size_t end = std::min(*hint, entries_.size());
    if (end > 0 && entries_[end - 1].day > day) {
      end =
          static_cast<size_t>(std::partition_point(entries_.begin(), entries_.end(),
                                                   [day](const Entry& e) { return e.day <= day; }) -
                              entries_.begin());
    }
    while (end < entries_.size() && entries_[end].day <= day) ++end;
    *hint = end;
    if (end == 0) return {};
    return {entries_[end - 1].first, entries_[end - 1].second};
  }

  std::vector<Entry> entries_;
  std::vector<int64_t> days_;
  mutable size_t until_hint_ = 0;
  mutable size_t before_hint_ = 0;
};

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_RUNNING_SUMS_H_
