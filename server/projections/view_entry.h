// One client in the reliability view: what is folded, and the bytes it is kept as.
#ifndef PLEDGER_SERVER_PROJECTIONS_VIEW_ENTRY_H_
#define PLEDGER_SERVER_PROJECTIONS_VIEW_ENTRY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/domain/reliability/client_history.h"
#include "storage/format/types.h"

namespace pledger::projections {

// An event as it is folded.
struct ViewEvent {
  storage::Position position;
  int64_t record_time_ns;
  int64_t occur_time_ns;
  uint16_t fact_type;
  // A serialised pledger.v1.Fact; not looked at where the fact's type does not matter to a history.
  std::string_view fact;
};

// Not thread-safe.
struct ViewEntry {
  reliability::ClientHistory history;
  // The event that could not be folded. Nothing behind it is folded either.
  std::optional<storage::Position> quarantined_at;

  // Events come in ascending order of position; one that was folded already changes nothing.
  void Fold(const ViewEvent& event);

  // Overwrites `value`.
  void EncodeTo(std::string* value) const;
  // DATA_LOSS for what EncodeTo() did not write.
  static absl::StatusOr<ViewEntry> Decode(std::string_view value);
  // Whether the bytes are of one that has `quarantined_at`.
  static bool IsQuarantined(std::string_view value);
};

}  // namespace pledger::projections

#endif  // PLEDGER_SERVER_PROJECTIONS_VIEW_ENTRY_H_
