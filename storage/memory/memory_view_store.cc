#include "storage/memory/memory_view_store.h"

namespace pledger::storage {

Position MemoryViewStore::checkpoint() const {
  absl::MutexLock lock(&mutex_);
  return checkpoint_;
}

absl::Status MemoryViewStore::Write(const Entries& entries, Position checkpoint) {
  absl::MutexLock lock(&mutex_);
  for (const auto& [key, value] : entries) entries_[key] = value;
  checkpoint_ = checkpoint;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> MemoryViewStore::Find(std::string_view key) const {
  absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  return found->second;
}

absl::StatusOr<ViewStore::Entries> MemoryViewStore::List(std::string_view after,
                                                         size_t limit) const {
  absl::MutexLock lock(&mutex_);
  Entries entries;
  // As in the other store, "" is before every key: one that is empty is listed as well.
  for (auto entry = after.empty() ? entries_.begin() : entries_.upper_bound(after);
       entry != entries_.end() && entries.size() < limit; ++entry) {
    entries.push_back(*entry);
  }
  return entries;
}

}  // namespace pledger::storage
