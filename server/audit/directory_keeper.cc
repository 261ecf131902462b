#include "server/audit/directory_keeper.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/audit/await_indexed.h"
#include "server/domain/errors.h"
#include "server/domain/fact_types.h"
#include "storage/format/record.h"

namespace pledger::audit {

using storage::Direction;
using storage::Position;

absl::StatusOr<std::optional<RecordedDirectory>> DirectoryKeeper::FindRecorded() const {
  const auto cursor = store_.ReadClient(kLedgerClient, ~storage::Revision{0}, Direction::kBackward,
                                        storage::ReadTier::kAnywhere);
  while (cursor->Next()) {
    if (cursor->view().header.fact_type != v1::FACT_TYPE_CLIENT_DIRECTORY_RECORDED) continue;
    RecordedDirectory recorded;
    recorded.position = cursor->view().header.position;
    recorded.record_time_ns = cursor->view().header.record_time_ns;
    const auto body = storage::ScanBody(cursor->view().body);
    v1::Fact fact;
    const bool parsed =
        body.ok() && fact.ParseFromArray(body->fact.data(), static_cast<int>(body->fact.size()));
    const v1::ClientDirectoryRecorded& said = fact.client_directory_recorded();
    if (!parsed || said.root_hash().size() != recorded.summary.root.size()) {
      return storage::Corrupt(recorded.position, "its fact is malformed");
    }
    recorded.summary.next_position = said.next_position();
    recorded.summary.client_count = said.client_count();
    std::copy(said.root_hash().begin(), said.root_hash().end(), recorded.summary.root.begin());
    return recorded;
  }
  if (!cursor->status().ok()) return cursor->status();
  return std::nullopt;
}

absl::StatusOr<std::shared_ptr<const ClientDirectory>> DirectoryKeeper::OpenOrBuild(
    Position position) {
  auto store = stores_.Open(position);
  if (!store.ok()) return store.status();
  auto opened = ClientDirectory::Open(*std::move(store));
  // Begun and not finished, or damaged: it is derived, so it is made again.
  if (!opened.ok()) opened = Rebuild(position);
  if (!opened.ok()) return opened.status();
  std::shared_ptr<const ClientDirectory> directory = *std::move(opened);
  opened_[position] = directory;
  return directory;
}

absl::StatusOr<std::unique_ptr<ClientDirectory>> DirectoryKeeper::Rebuild(Position position) {
  if (absl::Status removed = stores_.Remove(position); !removed.ok()) return removed;
  auto store = stores_.Open(position);
  if (!store.ok()) return store.status();
  const auto built = ClientDirectory::Build(store_, position, **store, stop_);
  if (!built.ok()) return built.status();
  return ClientDirectory::Open(*std::move(store));
}

absl::Status DirectoryKeeper::TakeUp() {
  absl::MutexLock building(&building_);
  return TakeUpLocked();
}

absl::Status DirectoryKeeper::TakeUpLocked() {
  if (taken_up_) return absl::OkStatus();
  const auto recorded = FindRecorded();
  if (!recorded.ok()) return recorded.status();
  RemoveAllBut(recorded->has_value() ? (*recorded)->summary.next_position : 0);
  if (recorded->has_value()) {
    auto directory = OpenOrBuild((*recorded)->summary.next_position);
    if (!directory.ok()) return directory.status();
    if (!((*directory)->summary() == (*recorded)->summary)) {
      return storage::Corrupt((*recorded)->position,
                              "the directory of clients that it records does not follow from the "
                              "log");
    }
    Set({**recorded, *std::move(directory)});
  }
  taken_up_ = true;
  return absl::OkStatus();
}

absl::StatusOr<RecordedDirectory> DirectoryKeeper::Record() {
  absl::MutexLock building(&building_);
  if (absl::Status status = TakeUpLocked(); !status.ok()) return status;
  std::optional<Latest> before = latest();
  const Position next = store_.next_position();
  if (before.has_value() && before->recorded.position == before->recorded.summary.next_position &&
      next == before->recorded.position + 1) {
    return before->recorded;
  }
  if (next == 0) {
    return Error(v1::ERROR_REASON_CLIENT_NOT_FOUND, "nothing is recorded yet");
  }
  if (absl::Status indexed = AwaitIndexed(store_, next); !indexed.ok()) return indexed;
  auto directory = OpenOrBuild(next);
  if (!directory.ok()) return directory.status();
  const auto recorded = RecordFact((*directory)->summary());
  if (!recorded.ok()) return recorded;
  Set({*recorded, *std::move(directory)});
  before.reset();
  RemoveAllBut(next);
  return recorded;
}

absl::StatusOr<RecordedDirectory> DirectoryKeeper::RecordFact(const DirectorySummary& summary) {
  // The id and the time follow from what is said, so that saying it again after a failure whose
  // outcome nobody knows changes nothing.
  const auto last = store_.ReadRecord(summary.next_position - 1);
  if (!last.ok()) return last.status();
  const auto view = storage::DecodeRecord(*last);
  if (!view.ok()) return view.status();
  OwnFact own;
  v1::ClientDirectoryRecorded* said = own.fact.mutable_client_directory_recorded();
  said->set_next_position(summary.next_position);
  said->set_client_count(summary.client_count);
  said->set_root_hash(std::string(storage::AsChars(summary.root)));
  own.event_id = DerivedEventId(
      absl::StrCat("pledger client directory ", summary.next_position, " ", said->root_hash()));
  own.occur_time_ns = view->header.record_time_ns;
  own.actor = std::string(kLedgerClient);
  const auto recorded = recorder_.Record(own);
  if (!recorded.ok()) return recorded.status();
  return RecordedDirectory{recorded->position, recorded->record_time_ns, summary};
}

std::optional<DirectoryKeeper::Latest> DirectoryKeeper::latest() const {
  absl::MutexLock lock(&mutex_);
  return latest_;
}

void DirectoryKeeper::Set(Latest latest) {
  absl::MutexLock lock(&mutex_);
  latest_ = std::move(latest);
}

void DirectoryKeeper::RemoveAllBut(Position position) {
  for (const Position other : stores_.List()) {
    const auto opened = opened_.find(other);
    // What somebody still reads is removed at a later time, as is what can't be removed now.
    if (other == position || (opened != opened_.end() && !opened->second.expired())) continue;
    if (opened != opened_.end()) opened_.erase(opened);
    stores_.Remove(other).IgnoreError();
  }
}

}  // namespace pledger::audit
