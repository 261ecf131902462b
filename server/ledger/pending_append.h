// An append on its way: prepared on the caller's thread, ordered and applied by the writer.
#ifndef PLEDGER_SERVER_LEDGER_PENDING_APPEND_H_
#define PLEDGER_SERVER_LEDGER_PENDING_APPEND_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "pledger/v1/fact.pb.h"
#include "storage/format/types.h"
#include "storage/new_key.h"

namespace pledger::ledger {

// One event, complete but for what only the order can tell: position, revision, record time and the
// hash of the client's record before it.
struct PreparedEvent {
  storage::EventId event_id{};
  int64_t occur_time_ns = 0;
  uint16_t fact_type = 0;
  // Room for the header, then the body; moved into the store as it is.
  std::string record;
  // Views `record`, which is always too long to be stored inline, so that moving it is safe.
  std::string_view client_id;
  storage::Fingerprint fingerprint{};
  // The sealed personal fields; empty if there are none.
  std::string sealed;
  storage::Hash sealed_hash{};
  // Without personal fields. Lives as long as the append.
  const v1::Fact* fact = nullptr;
};

// Where a client's stream must stand.
struct ExpectedStream {
  enum class Kind { kRevision, kNoStream, kSomeStream };

  std::string client_id;
  Kind kind = Kind::kSomeStream;
  storage::Revision revision = 0;
};

// Where an event was recorded.
struct RecordedEvent {
  storage::Position position = 0;
  storage::Revision revision = 0;
  int64_t record_time_ns = 0;
  bool duplicate = false;
};

class PendingAppend {
 public:
  PendingAppend() = default;
  PendingAppend(const PendingAppend&) = delete;
  PendingAppend& operator=(const PendingAppend&) = delete;
  virtual ~PendingAppend() = default;

  // The outcome stands in `status` and `recorded`, and what was recorded is durable. Called once,
  // on the sequencer's thread or within Submit(), of this append or of another; must not block. The
  // append may delete itself.
  virtual void Done() = 0;

  // --- What is asked.
  std::vector<PreparedEvent> events;
  std::vector<ExpectedStream> expected;
  // When it was prepared; the record time if the ledger's last one is earlier.
  int64_t proposed_record_time_ns = 0;
  // How much of a bounded queue it takes.
  size_t bytes = 0;
  // Keys that something is sealed under and that are durable nowhere yet; each client's once.
  std::vector<storage::NewKey> new_keys;
  // Submit() may write it, and a few commits of what others queued meanwhile, on the caller's
  // thread: for one that can be spared that long.
  bool caller_may_write = false;

  // --- The outcome.
  absl::Status status;
  // One for each event, where `status` is OK.
  std::vector<RecordedEvent> recorded;
};

}  // namespace pledger::ledger

#endif  // PLEDGER_SERVER_LEDGER_PENDING_APPEND_H_
