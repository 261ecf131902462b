#include "storage/memory/memory_view_store.h"

namespace pledger::storage {

Position MemoryViewStore::checkpoint() const {
  absl::MutexLock lock(&mutex_);
  return checkpoint_;
}

class MemoryViewStore::Writing final : public ViewWrite {
 public:
  Writing(MemoryViewStore& store, Position checkpoint) : store_(store), checkpoint_(checkpoint) {}

  absl::Status Add(absl::FunctionRef<void(Put)> fill) override {
    absl::MutexLock lock(&mutex_);
    fill([this](std::string_view key, std::string_view value) {
      mutex_.AssertHeld();
      entries_.insert_or_assign(std::string(key), value);
    });
    return absl::OkStatus();
  }

  absl::Status Finish() override {
    absl::MutexLock lock(&mutex_);
    absl::MutexLock store_lock(&store_.mutex_);
    entries_.merge(store_.entries_);
    store_.entries_.swap(entries_);
    store_.checkpoint_ = checkpoint_;
    return absl::OkStatus();
  }

 private:
  MemoryViewStore& store_;
  const Position checkpoint_;
  absl::Mutex mutex_;
  Map entries_ ABSL_GUARDED_BY(mutex_);
};

absl::StatusOr<std::unique_ptr<ViewWrite>> MemoryViewStore::BeginWrite(Position checkpoint) {
  return std::make_unique<Writing>(*this, checkpoint);
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
  Map entries;
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
