// The reference model of a view store: a map. Gone with the process. A write that does not finish
// leaves nothing.
#ifndef PLEDGER_STORAGE_MEMORY_MEMORY_VIEW_STORE_H_
#define PLEDGER_STORAGE_MEMORY_MEMORY_VIEW_STORE_H_

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/view_store.h"

namespace pledger::storage {

// Never fails. All functions may be called from any thread.
class MemoryViewStore final : public ViewStore {
 public:
  Position checkpoint() const override;
  Position ahead_until() const override { return checkpoint(); }
  absl::StatusOr<std::unique_ptr<ViewWrite>> BeginWrite(Position checkpoint) override;
  absl::StatusOr<std::optional<std::string>> Find(std::string_view key) const override;
  absl::StatusOr<Entries> List(std::string_view after, size_t limit) const override;
  absl::StatusOr<Position> VisitAll(
      absl::FunctionRef<absl::Status(std::string_view key, std::string_view value)> visit)
      const override;

 private:
  using Map = std::map<std::string, std::string, std::less<>>;
  class Writing;

  mutable absl::Mutex mutex_;
  Map entries_ ABSL_GUARDED_BY(mutex_);
  Position checkpoint_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_MEMORY_MEMORY_VIEW_STORE_H_
