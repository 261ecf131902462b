#include "server/domain/reliability/timeline.h"

#include <algorithm>
#include <cstddef>

#include "server/domain/reliability/nearly_sorted.h"

namespace pledger::reliability {
namespace {

// An object, not a function, so that sorting inlines it.
constexpr auto kBefore = [](const TimedFact& a, const TimedFact& b) {
  return a.occur_time_ns != b.occur_time_ns ? a.occur_time_ns < b.occur_time_ns
                                            : a.position < b.position;
};

// Fills `contents` with what each of the first `known` facts says after all amendments among them.
void Amend(const std::vector<HistoryFact>& facts, size_t known,
           std::vector<const HistoryFact*>* contents) {
  contents->assign(known, nullptr);
  for (size_t i = 0; i < known; ++i) {
    const HistoryFact& fact = facts[i];
    if (fact.role == FactRole::kOriginal) {
      (*contents)[i] = &fact;
      continue;
    }
    const auto end = facts.begin() + static_cast<ptrdiff_t>(i);
    const auto target = std::lower_bound(
        facts.begin(), end, fact.target,
        [](const HistoryFact& other, uint64_t position) { return other.position < position; });
    if (target == end || target->position != fact.target) continue;
    const HistoryFact*& content = (*contents)[static_cast<size_t>(target - facts.begin())];
    // Nothing brings a retracted fact back.
    if (content == nullptr) continue;
    if (fact.role == FactRole::kRetraction) {
      content = nullptr;
    } else if (fact.type == content->type) {
      content = &fact;
    }
  }
}

}  // namespace

void BuildTimeline(const ClientHistory& history, const Perspective& perspective,
                   Timeline* timeline) {
  const std::vector<HistoryFact>& facts = history.facts();
  const size_t known = history.KnownFacts(perspective);
  timeline->facts.clear();
  timeline->facts.reserve(known);
  if (history.amended()) Amend(facts, known, &timeline->contents);
  bool sorted = true;
  for (size_t i = 0; i < known; ++i) {
    const HistoryFact* const content = history.amended() ? timeline->contents[i] : &facts[i];
    if (content == nullptr || facts[i].occur_time_ns > perspective.as_of_ns) continue;
    const TimedFact timed{facts[i].occur_time_ns, facts[i].position, content};
    sorted = sorted && (timeline->facts.empty() || kBefore(timeline->facts.back(), timed));
    timeline->facts.push_back(timed);
  }
  if (!sorted) SortNearlySorted(&timeline->facts, kBefore);
}

}  // namespace pledger::reliability
