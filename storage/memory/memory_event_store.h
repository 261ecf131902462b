// The reference model of the event store: what the real one must do, as plainly as it can be said.
//
// Everything is in memory and gone with the process. Each answer is computed from the list of
// records by the definition of what is asked, so that the two stores share no shortcut.
#ifndef PLEDGER_STORAGE_MEMORY_MEMORY_EVENT_STORE_H_
#define PLEDGER_STORAGE_MEMORY_MEMORY_EVENT_STORE_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/event_store.h"

namespace pledger::storage {

// Never fails to write, and indexes an event in the moment that it is committed. All functions may
// be called from any thread.
class MemoryEventStore final : public EventStore {
 public:
  absl::Status Commit(std::shared_ptr<const CommitBatch> batch) override;
  absl::Status TryResume() override;
  absl::StatusOr<std::optional<StreamHead>> FindHead(std::string_view client_id) override;
  absl::StatusOr<std::optional<RecordedId>> FindEventId(const EventId& id) override;
  absl::StatusOr<std::optional<std::string>> FindState(std::string_view key) override;

  absl::StatusOr<std::vector<NewKey>> ReadNewKeys() override;
  absl::Status ForgetNewKeys(absl::Span<const std::string> client_ids) override;

  Position next_position() const override;
  absl::StatusOr<std::string> ReadRecord(Position position) override;
  absl::StatusOr<std::string> ReadSealed(Position position, const Hash& sealed_hash) override;
  std::unique_ptr<RecordCursor> ReadLog(Position from, Position end, Direction direction) override;

  Position indexed_position() const override;
  void WhenIndexed(Position position, std::function<void(absl::Status)> done) override;
  absl::StatusOr<std::optional<StreamHead>> FindIndexedHead(std::string_view client_id) override;
  absl::StatusOr<std::optional<RecordedId>> FindIndexedEventId(const EventId& id) override;
  std::unique_ptr<RecordCursor> ReadClient(std::string_view client_id, Revision from,
                                           Direction direction, ReadTier) override;
  std::unique_ptr<RecordCursor> ReadClients(std::string_view after) override;
  absl::StatusOr<std::vector<std::string>> ListClients(std::string_view after,
                                                       size_t limit) override;
  absl::StatusOr<std::vector<Hash>> ReadTile(uint8_t level, uint64_t index) override;

 private:
  struct Event {
    // Shared with the cursors that read it.
    std::shared_ptr<const std::string> record;
    std::string sealed;
    Hash leaf_hash;
  };

  mutable absl::Mutex mutex_;
  std::vector<Event> log_ ABSL_GUARDED_BY(mutex_);
  // The positions of a client's events, by revision.
  std::map<std::string, std::vector<Position>, std::less<>> streams_ ABSL_GUARDED_BY(mutex_);
  std::map<EventId, RecordedId> ids_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::string, std::less<>> states_ ABSL_GUARDED_BY(mutex_);
  // Wrapped, by client.
  std::map<std::string, std::string> new_keys_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_MEMORY_MEMORY_EVENT_STORE_H_
