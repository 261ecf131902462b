// Sums over a window of days that ends anywhere, by one binary search.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_RUNNING_SUMS_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_RUNNING_SUMS_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

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
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
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
    const Pair until = Until(day);
    const Pair before = Until(day - window_days);
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

  Pair Until(int64_t day) const {
    const auto end = std::partition_point(entries_.begin(), entries_.end(),
                                          [day](const Entry& e) { return e.day <= day; });
    if (end == entries_.begin()) return {};
    return {std::prev(end)->first, std::prev(end)->second};
  }

  std::vector<Entry> entries_;
  std::vector<int64_t> days_;
};

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_RUNNING_SUMS_H_
