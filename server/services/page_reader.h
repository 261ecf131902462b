// Reads stored events a page at a time, as ReadEvents and Subscribe send them.
#ifndef PLEDGER_SERVER_SERVICES_PAGE_READER_H_
#define PLEDGER_SERVER_SERVICES_PAGE_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pledger/v1/ledger.pb.h"
#include "server/services/event_encoder.h"
#include "storage/event_store.h"

namespace pledger::services {

// What passes a filter, besides the client.
class EventPredicate {
 public:
  explicit EventPredicate(const v1::EventFilter& filter);

  // DATA_LOSS if the body is malformed.
  absl::StatusOr<bool> Passes(const storage::RecordView& view) const;

 private:
  absl::flat_hash_set<std::string> client_ids_;
  // By fact type; empty passes all.
  std::vector<bool> fact_types_;
  std::string correlation_id_;
};

struct Page {
  // Fields 1 (events) and 2 (records) of ReadEventsResponse and EventBatch alike.
  std::string bytes;
  uint64_t events = 0;
  // There is nothing more to read now.
  bool at_end = false;
};

// Not thread-safe. Its functions may block.
class PageReader {
 public:
  struct Options {
    // Empty: all clients.
    std::string client_id;
    storage::Direction direction = storage::Direction::kForward;
    v1::EventView view = v1::EVENT_VIEW_TYPED;
    // Open personal fields, in the typed view.
    bool with_personal = false;
    v1::EventFilter filter;
    // 0: no limit.
    uint64_t limit = 0;
  };
  // `store` and `personal` must outlive it.
  PageReader(storage::EventStore& store, const PersonalReader& personal, Options options);

  // Where to read from; `end` as in EventStore::ReadLog. With the tier kMemory, for a client's
  // stream from position 0 and without personal fields only, Next() does not block, and its error
  // is NotInMemory() where it would have to: seek again then, from the same position and anywhere.
  void Seek(storage::Position from, storage::Position end,
            storage::ReadTier tier = storage::ReadTier::kAnywhere);

  // The next page: up to kReadBatchBytes or kReadRawBatchBytes, or fewer where filters leave
  // little: a page may be empty before the end. Errors are the store's.
  absl::StatusOr<Page> Next();

  // Everything before it (backward: after it) was read.
  storage::Position resume_position() const { return resume_; }
  // The limit is used up.
  bool limit_reached() const { return options_.limit > 0 && sent_ >= options_.limit; }

 private:
  absl::Status OpenCursor();
  absl::Status AppendCurrent(Page* page);

  storage::EventStore& store_;
  const PersonalReader& personal_;
  const Options options_;
  const EventPredicate predicate_;
  std::unique_ptr<storage::RecordCursor> cursor_;
  storage::Position from_ = 0;
  storage::Position end_ = 0;
  storage::ReadTier tier_ = storage::ReadTier::kAnywhere;
  storage::Position resume_ = 0;
  uint64_t sent_ = 0;
};

// The first position recorded at `time_ns` or later; next_position() if there is none. May block.
absl::StatusOr<storage::Position> FindRecordTime(storage::EventStore& store, int64_t time_ns);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_PAGE_READER_H_
