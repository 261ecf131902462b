// Sorting what mostly is in order already, as facts recorded soon after they occurred are.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_NEARLY_SORTED_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_NEARLY_SORTED_H_

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace pledger::reliability {

// Stable. Few comparisons where elements are near their places, or where two ordered parts follow
// each other (facts as they come, and a history that is imported later); never many more than any
// sort needs.
template <typename T, typename Before>
void SortNearlySorted(std::vector<T>* items, Before before) {
  const auto begin = items->begin();
  const auto end = items->end();
  ptrdiff_t moves_left = 2 * (end - begin);
  auto next = begin;
  for (; next != end && moves_left > 0; ++next) {
    if (next == begin || !before(*next, *(next - 1))) continue;
    T item = std::move(*next);
    auto place = next;
    do {
      *place = std::move(*(place - 1));
      --place;
      --moves_left;
    } while (place != begin && before(item, *(place - 1)));
    *place = std::move(item);
  }
  if (next == end) return;
  if (!std::is_sorted(next, end, before)) std::stable_sort(next, end, before);
  std::inplace_merge(begin, next, end, before);
}

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_NEARLY_SORTED_H_
