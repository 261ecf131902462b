#include "server/ledger/client_eraser.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "pledger/store/v1/erasure_journal.pb.h"
#include "pledger/v1/ledger.pb.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/ledger/awaited_append.h"
#include "server/ledger/client_privacy.h"
#include "storage/format/record.h"
#include "storage/keys/wrapping.h"

namespace pledger::ledger {
namespace {

using storage::Position;
using storage::keys::KeyStore;

v1::AppendRequest AppendOf(const store::v1::ErasureJournal& journal) {
  v1::AppendRequest request;
  v1::ProposedEvent* event = request.add_events();
  event->set_event_id(journal.event_id());
  event->set_client_id(journal.client_id());
  *event->mutable_occur_time() = FromNanos(journal.occur_time_ns());
  v1::ClientErased* erased = event->mutable_fact()->mutable_client_erased();
  erased->set_basis(journal.basis());
  erased->set_approved_by(journal.approved_by());
  *erased->mutable_key_ids() = journal.key_ids();
  erased->set_affected_count(journal.affected_count());
  return request;
}

absl::Status UnderWay(const std::string& client_id) {
  return Error(v1::ERROR_REASON_ERASURE_UNDER_WAY, "another client is just being erased; try again",
               {{"client_id", client_id}});
}

}  // namespace

absl::Status ClientEraser::FinishBegun() {
  absl::MutexLock lock(&mutex_);
  const auto pending = parts_.key_eraser.pending();
  if (!pending.ok() || !pending->has_value()) return pending.status();
  parts_.guard.Begin((*pending)->client_id);
  return Finish(**pending).status();
}

absl::StatusOr<Position> ClientEraser::Erase(const ErasureRequest& request) {
  if (!mutex_.TryLock()) return UnderWay(request.client_id);
  absl::StatusOr<Position> position = EraseNow(request);
  mutex_.Unlock();
  return position;
}

absl::StatusOr<Position> ClientEraser::EraseNow(const ErasureRequest& request) {
  if (absl::Status status = parts_.machine.CheckWritable(); !status.ok()) return status;
  const auto pending = parts_.key_eraser.pending();
  if (!pending.ok()) return pending.status();
  if (pending->has_value()) {
    absl::StatusOr<Position> finished = Finish(**pending);
    if (!finished.ok() || (*pending)->client_id == request.client_id) return finished;
  }
  const auto recorded = FindRecorded(request);
  if (!recorded.ok()) return recorded.status();
  if (recorded->has_value()) return **recorded;
  parts_.guard.Begin(request.client_id);
  auto erasure = Plan(request);
  absl::Status begun = erasure.status();
  // No copy of the key may come back from the log.
  if (begun.ok()) begun = parts_.key_journal.Settle();
  if (begun.ok()) begun = parts_.key_eraser.Erase(parts_.keys, *erasure);
  if (!begun.ok()) {
    // Once it has begun, and where nobody can say, the client stays guarded until it is finished.
    const auto still_pending = parts_.key_eraser.pending();
    if (still_pending.ok() && !still_pending->has_value()) parts_.guard.End();
    return begun;
  }
  return Finish(*erasure);
}

absl::StatusOr<std::optional<Position>> ClientEraser::FindRecorded(const ErasureRequest& request) {
  if (absl::Status status = AwaitSubmitted(); !status.ok()) return status;
  const auto found = parts_.store.FindIndexedEventId(*ParseUuid(request.event_id));
  if (!found.ok()) return found.status();
  if (!found->has_value()) return std::optional<Position>();
  const Position position = (*found)->position;
  const auto record = parts_.store.ReadRecord(position);
  if (!record.ok()) return record.status();
  const auto view = storage::DecodeRecord(*record);
  if (!view.ok()) return view.status();
  const auto client_id = storage::BodyClientId(view->body);
  if (!client_id.ok()) return client_id.status();
  if (view->header.fact_type == v1::Fact::kClientErased && *client_id == request.client_id) {
    return std::optional<Position>(position);
  }
  return Error(
      v1::ERROR_REASON_EVENT_ID_REUSED,
      absl::StrCat("event id ", request.event_id, " is recorded at position ", position,
                   " with another fact; give every event an id of its own"),
      {{"event_id", request.event_id}, {"position", absl::StrCat(position)}, {"differs", "fact"}});
}

absl::StatusOr<KeyStore::Erasure> ClientEraser::Plan(const ErasureRequest& request) {
  if (absl::Status status = AwaitSubmitted(); !status.ok()) return status;
  const auto privacy = ReadClientPrivacy(parts_.store, request.client_id);
  if (!privacy.ok()) return privacy.status();
  if (const PrivacyFold::Hold* hold = privacy->hold_in_force()) {
    return Error(v1::ERROR_REASON_CLIENT_ON_HOLD,
                 absl::StrCat("client ", request.client_id, " is on hold ", hold->hold_id, " (",
                              hold->basis, "), which must be released first"),
                 {{"client_id", request.client_id}, {"hold_id", hold->hold_id}});
  }
  const auto key = parts_.keys.Find(request.client_id);
  if (!key.ok()) return key.status();
  if (!key->has_value()) {
    return Error(v1::ERROR_REASON_NOTHING_TO_ERASE,
                 absl::StrCat("client ", request.client_id,
                              " has no key: there are no personal fields that could be opened"),
                 {{"client_id", request.client_id}});
  }
  KeyStore::Erasure erasure;
  erasure.client_id = request.client_id;
  erasure.key_id = IdOf(**key);
  store::v1::ErasureJournal journal;
  journal.set_client_id(request.client_id);
  journal.set_event_id(request.event_id);
  journal.set_basis(request.basis);
  journal.set_approved_by(request.approved_by);
  journal.set_actor(request.actor);
  journal.add_key_ids(storage::keys::ToString(erasure.key_id));
  journal.add_key_ids(storage::keys::ToString(parts_.key_eraser.key_id()));
  journal.set_affected_count(privacy->sealed_count());
  journal.set_occur_time_ns(parts_.clock.NowNs());
  erasure.journal = journal.SerializeAsString();
  return erasure;
}

absl::StatusOr<Position> ClientEraser::Finish(const KeyStore::Erasure& erasure) {
  store::v1::ErasureJournal journal;
  if (!journal.ParseFromString(erasure.journal)) {
    return absl::DataLossError("the journal of an erasure is malformed");
  }
  // What of the keys an earlier attempt left undone; nothing after one that went well.
  absl::Status status = parts_.key_eraser.Erase(parts_.keys, erasure);
  if (!status.ok()) return status;
  v1::AppendRequest request = AppendOf(journal);
  AwaitedAppend append;
  status = parts_.preparer.Fill(request, journal.actor(), &append);
  if (status.ok()) status = append.Await(parts_.sequencer);
  if (!status.ok()) return status;
  if (status = parts_.key_eraser.End(); !status.ok()) return status;
  parts_.guard.End();
  return append.recorded[0].position;
}

absl::Status ClientEraser::AwaitSubmitted() {
  // Without events it is a mark in the order: it is done when all that was submitted before is.
  AwaitedAppend mark;
  if (absl::Status status = mark.Await(parts_.sequencer); !status.ok()) return status;
  absl::Notification indexed;
  absl::Status outcome;
  parts_.store.WhenIndexed(parts_.store.next_position(), [&](absl::Status status) {
    outcome = std::move(status);
    indexed.Notify();
  });
  indexed.WaitForNotification();
  return outcome;
}

}  // namespace pledger::ledger
