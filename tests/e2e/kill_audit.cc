#include "tests/e2e/kill_audit.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/lib/errors.h"
#include "server/domain/fact_rules.h"
#include "storage/format/text.h"
#include "storage/merkle/hash.h"
#include "tests/e2e/ledger_fixture.h"

namespace pledger::testing {
namespace {

std::string KeyOf(const std::string& event_id) {
  return std::string(storage::AsChars(*ParseUuid(event_id)));
}

template <typename... Parts>
absl::Status Broken(const Parts&... parts) {
  return absl::InternalError(absl::StrCat(parts...));
}

}  // namespace

absl::Status KillAudit::Acknowledge(const v1::AppendRequest& request,
                                    const v1::AppendResponse& response) {
  if (response.events_size() != request.events_size()) return Broken("an answer of another size");
  for (int i = 0; i < request.events_size(); ++i) {
    const v1::AppendedEvent& event = response.events(i);
    if (event.position() != response.events(0).position() + i) {
      return Broken("an append is not contiguous at position ", event.position());
    }
    const Acked acked = {event.position(), event.revision(), NanosOf(event.record_time())};
    const auto [found, is_new] = acked_.emplace(KeyOf(request.events(i).event_id()), acked);
    if (!is_new && !(found->second == acked)) {
      return Broken("an event was acknowledged at position ", found->second.position,
                    " and again at ", acked.position);
    }
  }
  return absl::OkStatus();
}

absl::Status KillAudit::Check(const PlainClient& client) {
  recorded_.clear();
  heads_.clear();
  tree_ = {};
  last_record_time_ns_ = 0;
  grpc::ClientContext context;
  SetPatience(context, 5 * kCallPatience);
  v1::ReadEventsRequest request;
  request.set_view(v1::EVENT_VIEW_RAW);
  const auto stream = client.ledger().ReadEvents(&context, request);
  v1::ReadEventsResponse message;
  absl::Status status;
  while (status.ok() && stream->Read(&message)) {
    for (const v1::RawRecord& raw : message.records()) {
      status = CheckRecord(raw);
      if (!status.ok()) break;
    }
  }
  if (!status.ok()) context.TryCancel();
  const absl::Status end = client::FromGrpc(stream->Finish());
  if (!status.ok()) return status;
  if (!end.ok()) return end;
  for (const auto& [id, acked] : acked_) {
    const auto found = recorded_.find(id);
    if (found == recorded_.end()) return Broken("acknowledged, but lost: ", acked.position);
    if (!(found->second == acked)) {
      return Broken("acknowledged at ", acked.position, ", but at ", found->second.position);
    }
  }
  if (absl::Status checked = CheckStatus(client); !checked.ok()) return checked;
  return CheckPersonal(client);
}

absl::Status KillAudit::CheckPersonal(const PlainClient& client) {
  if (opened_ == tree_.size()) return absl::OkStatus();
  v1::ReadEventsRequest request;
  request.set_from_position(opened_);
  request.set_personal_fields(v1::PERSONAL_FIELDS_INCLUDE);
  const auto events = client.ReadEvents(request);
  if (!events.ok()) return events.status();
  if (events->size() != tree_.size() - opened_) {
    return Broken("a read with personal fields ends early");
  }
  for (const v1::Event& event : *events) {
    if (event.personal_state() == v1::PERSONAL_STATE_UNSPECIFIED) continue;
    if (event.personal_state() == v1::PERSONAL_STATE_PRESENT) continue;
    return Broken("the personal part at position ", event.position(), " is ",
                  v1::PersonalState_Name(event.personal_state()));
  }
  opened_ = tree_.size();
  return absl::OkStatus();
}

absl::Status KillAudit::CheckRecord(const v1::RawRecord& raw) {
  const auto view = storage::DecodeRecord(raw.record());
  if (!view.ok()) return view.status();
  const storage::RecordHeader& header = view->header;
  const auto body = storage::ScanBody(view->body);
  if (!body.ok()) return body.status();
  if (header.position != tree_.size()) {
    return Broken("position ", header.position, " where ", tree_.size(), " should be");
  }
  if (header.record_time_ns <= last_record_time_ns_) {
    return Broken("the record time does not rise at position ", header.position);
  }
  Head& head = heads_[ToAbsl(body->client_id)];
  if (header.revision != head.next || header.previous_leaf_hash != head.leaf_hash) {
    return Broken("the client's chain breaks at position ", header.position);
  }
  if (header.has_sealed && storage::merkle::Sha256(raw.sealed()) != header.sealed_hash) {
    return Broken("the sealed part is another at position ", header.position);
  }
  const Acked seen = {header.position, header.revision, header.record_time_ns};
  if (!recorded_.emplace(std::string(storage::AsChars(header.event_id)), seen).second) {
    return Broken("an event id is there twice, again at position ", header.position);
  }
  last_record_time_ns_ = header.record_time_ns;
  head = {header.revision + 1, storage::merkle::LeafHash(raw.record())};
  tree_.Append(head.leaf_hash);
  return absl::OkStatus();
}

absl::Status KillAudit::CheckStatus(const PlainClient& client) const {
  const auto status = client.GetStatus();
  if (!status.ok()) return status.status();
  if (status->next_position() != tree_.size()) {
    return Broken("the server says ", status->next_position(), " events, there are ", tree_.size());
  }
  if (status->root_hash() != storage::AsChars(tree_.Root())) {
    return Broken("the server's root of ", tree_.size(), " leaves is not that of the records");
  }
  if (tree_.size() > 0 && NanosOf(status->last_record_time()) != last_record_time_ns_) {
    return Broken("the server's last record time is not that of the last record");
  }
  return absl::OkStatus();
}

absl::Status KillAudit::CheckWhole(const v1::AppendRequest& request, bool must) const {
  int there = 0;
  storage::Position first = 0;
  for (int i = 0; i < request.events_size(); ++i) {
    const auto found = recorded_.find(KeyOf(request.events(i).event_id()));
    if (found == recorded_.end()) continue;
    if (there == 0) first = found->second.position;
    if (found->second.position != first + i) return Broken("an append is torn near ", first);
    ++there;
  }
  if (there == request.events_size() || (there == 0 && !must)) return absl::OkStatus();
  return Broken(there, " events of an append of ", request.events_size(), " are there");
}

absl::Status KillAudit::CheckContent(const PlainClient& client,
                                     const v1::AppendRequest& request) const {
  const auto first = recorded_.find(KeyOf(request.events(0).event_id()));
  if (first == recorded_.end()) return Broken("an append that should be there is not");
  v1::ReadEventsRequest read;
  read.set_from_position(first->second.position);
  read.set_limit(request.events_size());
  const auto events = client.ReadEvents(read);
  if (!events.ok()) return events.status();
  if (static_cast<int>(events->size()) != request.events_size()) return Broken("a short read");
  for (int i = 0; i < request.events_size(); ++i) {
    const auto found = recorded_.find(KeyOf(request.events(i).event_id()));
    if (found == recorded_.end()) return Broken("an event that should be there is not");
    v1::AppendedEvent appended;
    appended.set_position(found->second.position);
    appended.set_revision(found->second.revision);
    *appended.mutable_record_time() = FromNanos(found->second.record_time_ns);
    const auto same = IsRecorded((*events)[i], request.events(i), appended);
    if (!same) return Broken(same.message());
  }
  return absl::OkStatus();
}

}  // namespace pledger::testing
