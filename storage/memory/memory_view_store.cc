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

absl::StatusOr<Position> MemoryViewStore::VisitAll(
    absl::FunctionRef<absl::Status(std::string_view key, std::string_view value)> visit) const {
  std::map<std::string, std::string, std::less<>> entries;
  Position checkpoint = 0;
  {
    absl::MutexLock lock(&mutex_);
    entries = entries_;
    checkpoint = checkpoint_;
  }
  for (const auto& [key, value] : entries) {
    if (absl::Status status = visit(key, value); !status.ok()) return status;
  }
  return checkpoint;
}

}  // namespace pledger::storage
