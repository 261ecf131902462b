#include "server/projections/cohort_book.h"

#include <utility>

namespace pledger::projections {
namespace {

// Each takes some 100 bytes for each tier; those of drafts keep the draft.
constexpr size_t kEntriesMax = 256;

}  // namespace

CohortBook::Entry CohortBook::KeyOf(const reliability::Perspective& at,
                                    const std::shared_ptr<const reliability::Policy>& policy) {
  Entry key;
  key.policy = policy;
  key.day = reliability::ComparedDay(*policy, at.as_of_ns);
  key.known_at_position = reliability::CohortPerspective(at).known_at_position;
  key.known_at_record_time_ns = at.known_at_record_time_ns;
  return key;
}

CohortBook::CohortsPtr CohortBook::FindKey(const Entry& key) {
  absl::MutexLock lock(&mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->day != key.day || entry->known_at_position != key.known_at_position ||
        entry->known_at_record_time_ns != key.known_at_record_time_ns ||
        entry->policy != key.policy) {
      continue;
    }
    CohortsPtr found = entry->cohorts;
    if (entry != entries_.begin()) std::swap(*entry, entries_.front());
    return found;
  }
  return nullptr;
}

CohortBook::CohortsPtr CohortBook::Find(const reliability::Perspective& at,
                                        const std::shared_ptr<const reliability::Policy>& policy) {
  return FindKey(KeyOf(at, policy));
}

absl::StatusOr<CohortBook::CohortsPtr> CohortBook::Get(
    const reliability::Perspective& at, const std::shared_ptr<const reliability::Policy>& policy,
    ForAll for_all) {
  Entry key = KeyOf(at, policy);
  if (CohortsPtr found = FindKey(key); found != nullptr) return found;
  absl::MutexLock one_at_a_time(&making_);
  if (CohortsPtr found = FindKey(key); found != nullptr) return found;
  const reliability::Perspective then = reliability::CohortPerspective(at);
  reliability::CohortAccumulator accumulator(*policy, then);
  absl::Status status =
      for_all(then, [&](const reliability::ClientHistory& history) { accumulator.Add(history); });
  if (!status.ok()) return status;
  key.cohorts = std::make_shared<const reliability::Cohorts>(accumulator.Finish());
  CohortsPtr made = key.cohorts;
  absl::MutexLock lock(&mutex_);
  entries_.push_front(std::move(key));
  if (entries_.size() > kEntriesMax) entries_.pop_back();
  return made;
}

}  // namespace pledger::projections
