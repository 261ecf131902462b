// Records of the log, read ahead and reduced to what the reliability view folds.
#ifndef PLEDGER_SERVER_PROJECTIONS_VIEW_BATCH_H_
#define PLEDGER_SERVER_PROJECTIONS_VIEW_BATCH_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "storage/event_store.h"
#include "storage/format/types.h"

namespace pledger::projections {

// A client's id with its hash, which is computed once on the way from a record to its history.
struct ClientKey {
  explicit ClientKey(std::string_view client_id);
  ClientKey(std::string_view client_id, size_t known_hash) : id(client_id), hash(known_hash) {}

  std::string_view id;
  size_t hash;
};

// Clients are divided into so many parts, which are folded side by side.
inline constexpr size_t kShards = 64;
// By the upper bits: tables tell clients apart by the lower ones.
inline size_t ShardOfHash(size_t hash) { return hash >> 58; }

// An event as it is folded.
struct BatchEvent {
  storage::Position position;
  int64_t record_time_ns;
  int64_t occur_time_ns;
  size_t client_hash;
  // Its part of ViewBatch::Part::bytes: the client's id and, behind it, the fact; only where that
  // is looked at.
  uint32_t begin;
  uint32_t fact_bytes;
  uint16_t client_bytes;
  uint16_t fact_type;
};

// What is folded at once. Not thread-safe; parts may be read side by side.
struct ViewBatch {
  struct Part {
    std::vector<BatchEvent> events;
    std::string bytes;

    ClientKey Client(const BatchEvent& event) const {
      return {std::string_view(bytes).substr(event.begin, event.client_bytes), event.client_hash};
    }
    std::string_view Fact(const BatchEvent& event) const {
      return std::string_view(bytes).substr(event.begin + event.client_bytes, event.fact_bytes);
    }
  };

  // Overwrites it with up to `events_max` events from `from` on, and sets `status` to what ended
  // reading: DATA_LOSS naming the position of a record that is corrupt.
  void Read(storage::EventStore& store, storage::Position from, uint64_t events_max);

  storage::Position from = 0;
  storage::Position end = 0;
  std::array<Part, kShards> parts;
  absl::Status status;
};

}  // namespace pledger::projections

#endif  // PLEDGER_SERVER_PROJECTIONS_VIEW_BATCH_H_
