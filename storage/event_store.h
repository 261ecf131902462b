// The event store: opaque records in, ordered records out.
//
// The log is the truth: records by position, written and synced by Commit(). Everything else (a
// client's stream, event ids, stream heads, states, tiles of the Merkle tree) is the index, derived
// from the log and written behind it. What a record says of a client's conduct is nothing to the
// store; the states that the ledger keeps to check its rules are opaque to it too.
//
// Threads: the functions under "For the writer" are called one at a time, by whoever writes. All
// others may be called from any thread at any time. Functions that read may block on the disk.
//
// Errors, unless said otherwise: DATA_LOSS where what is stored is not what was written (see
// CorruptPosition()); INTERNAL where the disk fails to read. A cursor or view must not outlive its
// store.
#ifndef PLEDGER_STORAGE_EVENT_STORE_H_
#define PLEDGER_STORAGE_EVENT_STORE_H_

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/format/read_tier.h"
#include "storage/format/record.h"
#include "storage/format/types.h"
#include "storage/new_key.h"

namespace pledger::storage {

// The end of a client's stream.
struct StreamHead {
  Revision revision = 0;
  Hash leaf_hash{};

  bool operator==(const StreamHead&) const = default;
};

// Where and as what an event id is recorded.
struct RecordedId {
  Position position = 0;
  Revision revision = 0;
  int64_t record_time_ns = 0;
  Fingerprint fingerprint{};

  bool operator==(const RecordedId&) const = default;
};

// An event on its way into the store.
struct NewEvent {
  RecordHeader header;
  // The record and its checksum.
  std::string stored_value;
  // Views `stored_value`: moving the event is safe because a record is too long to be stored
  // inline.
  std::string_view client_id;
  // Empty where the event has no personal fields.
  std::string sealed;
  Hash leaf_hash{};
  Fingerprint fingerprint{};
};

struct StateUpdate {
  std::string key;
  std::string value;
};

// References to elements stay valid while others are added.
using StateUpdates = std::deque<StateUpdate>;

// What becomes durable together, or not at all.
struct CommitBatch {
  // At next_position() and following, without a gap.
  std::vector<NewEvent> events;
  // The states after these events; the last one of a key counts. Never null; held apart, so that
  // the store can remember states for longer than events.
  std::shared_ptr<StateUpdates> states = std::make_shared<StateUpdates>();
  // Keys that events of this batch are sealed under and that are durable nowhere yet.
  std::vector<NewKey> new_keys;

  // How much of a bounded queue it takes.
  size_t weight() const { return events.size() + states->size(); }
};

// Records in order. Not thread-safe. Begins before the first record.
class RecordCursor {
 public:
  virtual ~RecordCursor() = default;

  // Advances; false at the end and on an error, which status() tells apart. Every record is
  // checked: its checksum, its format, and that it stands where it says.
  virtual bool Next() = 0;
  virtual absl::Status status() const = 0;

  // The current record; both are valid until Next() or destruction.
  virtual std::string_view record() const = 0;
  virtual const RecordView& view() const = 0;

  // The sealed part of the current record, as EventStore::ReadSealed() gives it, and cheaper where
  // records are read in the order of the log. Valid until the next call.
  virtual absl::StatusOr<std::string_view> ReadSealed() = 0;
};

enum class Direction { kForward, kBackward };

// Where states are read and written while they are derived.
class StateTable {
 public:
  virtual ~StateTable() = default;
  virtual absl::StatusOr<std::optional<std::string>> FindState(std::string_view key) = 0;
  virtual void PutState(std::string key, std::string value) = 0;
  // The record at a position before the one under way; nothing if there is none.
  virtual absl::StatusOr<std::optional<std::string>> FindRecord(Position position) = 0;
};

// Derives the states again when an index is rebuilt. Must do exactly what the ledger did when it
// recorded the event.
class StateDeriver {
 public:
  virtual ~StateDeriver() = default;
  virtual absl::Status Derive(const RecordView& record, StateTable& states) = 0;
};

class EventStore {
 public:
  virtual ~EventStore() = default;

  // --- For the writer.

  // Writes and syncs; on return the events are durable and visible to all readers of the log. On an
  // error none of them is recorded, and nothing may be committed until TryResume() returns OK:
  // RESOURCE_EXHAUSTED if the disk is full, UNAVAILABLE for any other failure to write.
  virtual absl::Status Commit(std::shared_ptr<const CommitBatch> batch) = 0;

  // After a failed Commit(): OK if the store can write again. RESOURCE_EXHAUSTED if the disk is
  // still full; UNAVAILABLE if only opening the store anew can help.
  virtual absl::Status TryResume() = 0;

  // These three see everything that was committed, also what is not yet in the index.
  virtual absl::StatusOr<std::optional<StreamHead>> FindHead(std::string_view client_id) = 0;
  virtual absl::StatusOr<std::optional<RecordedId>> FindEventId(const EventId& id) = 0;
  virtual absl::StatusOr<std::optional<std::string>> FindState(std::string_view key) = 0;

  // --- For the keys; see key_journal.h.

  // The new keys that were committed and not forgotten, in the order of their clients' ids; of one
  // client the last.
  virtual absl::StatusOr<std::vector<NewKey>> ReadNewKeys() = 0;

  // Removes the keys of these clients; durable on return. RESOURCE_EXHAUSTED if the disk is full,
  // UNAVAILABLE for any other failure to write: they may then be there or not.
  virtual absl::Status ForgetNewKeys(absl::Span<const std::string> client_ids) = 0;

  // --- For everybody: the log.

  // How many events are durable.
  virtual Position next_position() const = 0;

  // The record at `position`. NOT_FOUND if there is none.
  virtual absl::StatusOr<std::string> ReadRecord(Position position) = 0;

  // The sealed part of the record at `position`; checked against its hash. NOT_FOUND if it has
  // none.
  virtual absl::StatusOr<std::string> ReadSealed(Position position, const Hash& sealed_hash) = 0;

  // Forward: the records from `from` up to, not including, `end`. Backward: from `from` down to
  // `end`, both included. Positions that are not recorded yet are not waited for.
  virtual std::unique_ptr<RecordCursor> ReadLog(Position from, Position end,
                                                Direction direction) = 0;

  // --- For everybody: the index.

  // Everything below it is in the index. Never falls.
  virtual Position indexed_position() const = 0;

  // Calls `done` once indexed_position() is at least `position`, which must be at most
  // next_position(): at once on this thread, or later on the store's. `done` must not block. On
  // closing, all that still wait are called with UNAVAILABLE.
  virtual void WhenIndexed(Position position, std::function<void(absl::Status)> done) = 0;

  // What the index holds; what is not indexed yet is missing.
  virtual absl::StatusOr<std::optional<StreamHead>> FindIndexedHead(std::string_view client_id) = 0;
  virtual absl::StatusOr<std::optional<RecordedId>> FindIndexedEventId(const EventId& id) = 0;

  // One client's records: forward from the first one at `from` or later; backward from the last one
  // at `from` or earlier. At most those below indexed_position() at the time of the call.
  virtual std::unique_ptr<RecordCursor> ReadClient(std::string_view client_id, Revision from,
                                                   Direction direction, ReadTier tier) = 0;

  // The records of all clients behind `after`: one client after the other in the order of their
  // ids, each from its first record. At least those below indexed_position() at the time of the
  // call.
  virtual std::unique_ptr<RecordCursor> ReadClients(std::string_view after) = 0;

  // Up to `limit` client ids in their order, beginning behind `after`.
  virtual absl::StatusOr<std::vector<std::string>> ListClients(std::string_view after,
                                                               size_t limit) = 0;

  // The 256 hashes of a full tile; see storage/merkle/tiles.h. NOT_FOUND if it is not full.
  virtual absl::StatusOr<std::vector<Hash>> ReadTile(uint8_t level, uint64_t index) = 0;
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_EVENT_STORE_H_
