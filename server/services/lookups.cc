#include "server/services/lookups.h"

#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/domain/limits.h"
#include "server/services/event_access.h"
#include "server/services/event_encoder.h"
#include "storage/format/record.h"
#include "storage/format/text.h"

namespace pledger::services {
namespace {

using storage::Direction;

absl::StatusOr<storage::Position> PositionOf(LedgerContext& context,
                                             const v1::GetEventRequest& request) {
  if (request.key_case() == v1::GetEventRequest::kPosition) return request.position();
  if (request.key_case() == v1::GetEventRequest::KEY_NOT_SET) {
    return InvalidField("key", "event_id or position must be set");
  }
  const auto id = ParseUuid(request.event_id());
  if (!id.has_value()) return InvalidField("event_id", "must be a UUID");
  const auto found = context.store.FindIndexedEventId(*id);
  if (!found.ok()) return found.status();
  if (found->has_value()) return (*found)->position;
  return Error(v1::ERROR_REASON_EVENT_NOT_FOUND,
               absl::StrCat("no event with id ", request.event_id(), " is recorded"),
               {{"event_id", request.event_id()}});
}

// "<revision of the next event>", bound to the request that it belongs to.
std::string EncodePageToken(const v1::ListClientEventsRequest& request,
                            storage::Revision revision) {
  return absl::StrCat(request.client_id(), "/", request.direction(), "/", revision);
}

absl::StatusOr<storage::Revision> DecodePageToken(const v1::ListClientEventsRequest& request) {
  const std::vector<std::string> parts = absl::StrSplit(request.page_token(), '/');
  storage::Revision revision = 0;
  if (parts.size() == 3 && absl::SimpleAtoi(parts[2], &revision) &&
      EncodePageToken(request, revision) == request.page_token()) {
    return revision;
  }
  return Error(v1::ERROR_REASON_OUT_OF_RANGE,
               "page_token: is not one that this request, with the same client and direction, was "
               "answered with",
               {{"field", "page_token"}});
}

absl::Status AddEvent(LedgerContext& context, const storage::RecordView& view, bool with_personal,
                      v1::Event* event) {
  absl::StatusOr<PersonalReader::Opened> personal =
      with_personal ? context.personal.Open(view) : LeftSealed(view);
  if (!personal.ok()) return personal.status();
  std::string bytes;
  AppendEvent(v1::GetEventResponse::kEventFieldNumber, view, *personal, &bytes);
  v1::GetEventResponse wrapper;
  if (!wrapper.ParseFromString(bytes)) {
    return storage::Corrupt(view.header.position, "its body is malformed");
  }
  event->Swap(wrapper.mutable_event());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::GetEventResponse> GetEvent(LedgerContext& context, const Principal& caller,
                                              const v1::GetEventRequest& request) {
  const auto position = PositionOf(context, request);
  if (!position.ok()) return position.status();
  const auto record = context.store.ReadRecord(*position);
  if (absl::IsNotFound(record.status())) {
    return Error(v1::ERROR_REASON_EVENT_NOT_FOUND, FromAbsl(record.status().message()),
                 {{"position", absl::StrCat(*position)}});
  }
  if (!record.ok()) return record.status();
  const auto view = storage::DecodeRecord(*record);
  if (!view.ok()) return view.status();
  const auto client_id = storage::BodyClientId(view->body);
  if (!client_id.ok()) return client_id.status();
  absl::Status added = CheckClient(caller, *client_id);
  v1::GetEventResponse response;
  if (added.ok()) {
    added = AddEvent(context, *view, OpensPersonal(request), response.mutable_event());
  }
  if (!added.ok()) return added;
  return response;
}

absl::StatusOr<v1::ListClientEventsResponse> ListClientEvents(
    LedgerContext& context, const Principal&, const v1::ListClientEventsRequest& request) {
  const auto head = context.store.FindIndexedHead(request.client_id());
  if (!head.ok()) return head.status();
  if (!head->has_value()) {
    return Error(v1::ERROR_REASON_CLIENT_NOT_FOUND,
                 absl::StrCat("no event of client ", request.client_id(), " is recorded"),
                 {{"client_id", request.client_id()}});
  }
  const bool forward = request.direction() != v1::DIRECTION_BACKWARD;
  storage::Revision from = forward ? 0 : (*head)->revision;
  if (!request.page_token().empty()) {
    const auto decoded = DecodePageToken(request);
    if (!decoded.ok()) return decoded.status();
    from = *decoded;
  }
  const int page_size =
      request.page_size() == 0 ? limits::kEventPageSizeDefault : request.page_size();
  v1::ListClientEventsResponse response;
  response.set_head_revision((*head)->revision);
  size_t bytes = 0;
  const auto cursor = context.store.ReadClient(request.client_id(), from,
                                               forward ? Direction::kForward : Direction::kBackward,
                                               storage::ReadTier::kAnywhere);
  while (cursor->Next()) {
    if (response.events_size() == page_size || bytes >= limits::kAppendBytesMax / 2) {
      response.set_next_page_token(EncodePageToken(request, cursor->view().header.revision));
      return response;
    }
    bytes += cursor->record().size();
    absl::Status added =
        AddEvent(context, cursor->view(), OpensPersonal(request), response.add_events());
    if (!added.ok()) return added;
  }
  if (!cursor->status().ok()) return cursor->status();
  return response;
}

absl::StatusOr<v1::GetStatusResponse> GetStatus(LedgerContext& context, const Principal&,
                                                const v1::GetStatusRequest& request) {
  const ledger::LedgerStatus status = context.machine.GetStatus();
  v1::GetStatusResponse response;
  response.set_next_position(status.next_position);
  if (status.next_position > 0) {
    *response.mutable_last_record_time() = FromNanos(status.last_record_time_ns);
  }
  response.set_root_hash(std::string(storage::AsChars(status.root_hash)));
  response.set_read_only_cause(status.read_only_cause);
  response.set_origin(context.origin);
  response.set_indexed_position(context.store.indexed_position());
  response.set_reliability_view_position(context.reliability_view_position());
  response.set_version(context.version);
  response.set_synced_writes(status.synced_writes);
  response.set_events_written(status.events_written);
  absl::Status described = context.describe_audit(&response);
  if (!described.ok()) return described;
  return response;
}

}  // namespace pledger::services
