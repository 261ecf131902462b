#include "server/ledger/same_event.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "pledger/store/v1/record_body.pb.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "storage/format/record.h"

namespace pledger::ledger {
namespace {

// The name of the first field that differs; empty if none does.
std::string Difference(const PreparedEvent& event, int64_t recorded_occur_time_ns,
                       const store::v1::RecordBody& sent, const store::v1::RecordBody& recorded) {
  if (sent.client_id() != recorded.client_id()) return "client_id";
  if (event.occur_time_ns != recorded_occur_time_ns) return "occur_time";
  if (sent.reporter() != recorded.reporter()) return "reporter";
  if (sent.source() != recorded.source()) return "source";
  if (sent.correlation_id() != recorded.correlation_id()) return "correlation_id";
  if (sent.causation_id() != recorded.causation_id()) return "causation_id";
  v1::Fact fact;
  if (!fact.ParseFromString(recorded.fact())) return "fact";
  if (!google::protobuf::util::MessageDifferencer::Equals(fact, *event.fact)) return "fact";
  return sent.personal_fingerprint() != recorded.personal_fingerprint()
             ? "the personal fields of fact"
             : "";
}

}  // namespace

absl::Status CheckSameEvent(const PreparedEvent& event, std::string_view record) {
  const auto view = storage::DecodeRecord(record);
  if (!view.ok()) return view.status();
  store::v1::RecordBody recorded;
  store::v1::RecordBody sent;
  const std::string_view body = std::string_view(event.record).substr(storage::kRecordHeaderBytes);
  if (!recorded.ParseFromArray(view->body.data(), static_cast<int>(view->body.size())) ||
      !sent.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
    return storage::Corrupt(view->header.position, "its body is malformed");
  }
  const std::string differs = Difference(event, view->header.occur_time_ns, sent, recorded);
  if (differs.empty()) return absl::OkStatus();
  const std::string id = FormatUuid(event.event_id);
  return Error(
      v1::ERROR_REASON_EVENT_ID_REUSED,
      absl::StrCat("event id ", id, " is recorded at position ", view->header.position,
                   " with another ", differs,
                   "; give every event an id of its own, and send an event that is sent "
                   "again unchanged"),
      {{"event_id", id}, {"position", absl::StrCat(view->header.position)}, {"differs", differs}});
}

}  // namespace pledger::ledger
