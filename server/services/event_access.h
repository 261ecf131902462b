// What reads of events have in common: who may make them, and what stands in the access log.
#ifndef PLEDGER_SERVER_SERVICES_EVENT_ACCESS_H_
#define PLEDGER_SERVER_SERVICES_EVENT_ACCESS_H_

#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "pledger/v1/ledger.pb.h"
#include "server/services/access_recorder.h"
#include "server/services/permissions.h"

namespace pledger::services {

// Whether the answer opens personal fields. For ReadEventsRequest, SubscribeRequest,
// GetEventRequest and ListClientEventsRequest.
template <typename Request>
bool OpensPersonal(const Request& request) {
  if constexpr (requires { request.view(); }) {
    if (request.view() == v1::EVENT_VIEW_RAW) return false;
  }
  return request.personal_fields() == v1::PERSONAL_FIELDS_INCLUDE;
}

// FORBIDDEN unless the caller may read what the request asks for. GetEvent names no client: whose
// event it is has to be checked once that is known.
template <typename Request>
absl::Status CheckEventRead(const Principal& caller, const Request& request) {
  const Right right = OpensPersonal(request) ? Right::kReadPersonal : Right::kReadEvents;
  if constexpr (requires { request.filter(); }) {
    return CheckRead(caller, right, request.client_id(), &request.filter());
  } else if constexpr (requires { request.client_id(); }) {
    return CheckRead(caller, right, request.client_id());
  } else {
    return CheckRight(caller, right);
  }
}

// Puts the read into the access log; see AccessRecorder::Record().
template <typename Request>
void RecordEventRead(AccessRecorder& access, const Principal& caller, const char* method,
                     const Request& request, std::function<void(absl::Status)> done) {
  v1::AccessEntry entry;
  entry.set_kind(v1::AccessEntry::KIND_PERSONAL_FIELDS);
  entry.set_method(method);
  if constexpr (requires { request.client_id(); }) {
    entry.set_client_id(request.client_id());
  } else if (request.key_case() == Request::kPosition) {
    entry.set_position(request.position());
  } else {
    entry.set_event_id(request.event_id());
  }
  access.Record(caller, std::move(entry), std::move(done));
}

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_EVENT_ACCESS_H_
