#include "server/projections/view_entry.h"

#include <utility>

#include "google/protobuf/arena.h"
#include "pledger/v1/fact.pb.h"
#include "storage/format/big_endian.h"

namespace pledger::projections {
namespace {

using reliability::ClientHistory;

// The first byte of an entry's value.
constexpr char kHistoryEntry = 1;
constexpr char kQuarantinedEntry = 2;

}  // namespace

void ViewEntry::Fold(const ViewEvent& event) {
  if (quarantined_at.has_value()) return;
  if (!ClientHistory::Matters(event.fact_type)) {
    history.AddUninteresting(event.position, event.record_time_ns, event.occur_time_ns);
    return;
  }
  alignas(8) char block[4096];
  google::protobuf::ArenaOptions options;
  options.initial_block = block;
  options.initial_block_size = sizeof block;
  google::protobuf::Arena arena(options);
  auto* fact = google::protobuf::Arena::CreateMessage<v1::Fact>(&arena);
  absl::Status folded;
  if (fact->ParseFromArray(event.fact.data(), static_cast<int>(event.fact.size()))) {
    folded = history.Add({event.position, event.record_time_ns, event.occur_time_ns, *fact});
  } else {
    folded = absl::DataLossError("the fact is malformed");
  }
  if (!folded.ok()) quarantined_at = event.position;
}

void ViewEntry::EncodeTo(std::string* value) const {
  value->assign(1, kHistoryEntry);
  if (quarantined_at.has_value()) {
    value->front() = kQuarantinedEntry;
    storage::AppendBig64(*quarantined_at, value);
  } else {
    history.EncodeTo(value);
  }
}

bool ViewEntry::IsQuarantined(std::string_view value) {
  return !value.empty() && value[0] == kQuarantinedEntry;
}

absl::StatusOr<ViewEntry> ViewEntry::Decode(std::string_view value) {
  ViewEntry entry;
  if (value.size() == 9 && value[0] == kQuarantinedEntry) {
    entry.quarantined_at = storage::GetBig64(value.data() + 1);
    return entry;
  }
  if (value.empty() || value[0] != kHistoryEntry) {
    return absl::DataLossError("an entry of the reliability view is malformed");
  }
  auto history = ClientHistory::Decode(value.substr(1));
  if (!history.ok()) return history.status();
  entry.history = *std::move(history);
  return entry;
}

}  // namespace pledger::projections
