#include "client/verify/history_check.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pledger/v1/fact.pb.h"
#include "server/domain/fact_types.h"
#include "storage/format/record.h"
#include "storage/format/text.h"

namespace pledger::verify {

using storage::Position;
using storage::merkle::DirectoryEntry;

void HistoryCheck::Take(const CheckedBundle& bundle) {
  for (const BundleDamage& damage : bundle.damage) {
    report_.Fail(damage.missing ? Aspect::kCompleteness : Aspect::kIntegrity, damage.what,
                 bundle.first + damage.index.value_or(0));
  }
  if (bundle.records.empty()) unread_ += bundle.width;
  for (const CheckedRecord& record : bundle.records) {
    if (record.is_record) heads_.prefetch(ToAbsl(record.client_id));
  }
  for (size_t i = 0; i < bundle.records.size(); ++i) {
    position_ = bundle.first + i;
    TakeRecord(bundle.records[i], bundle.leaves[i]);
  }
  position_ = bundle.first + bundle.width;
}

void HistoryCheck::TakeRecord(const CheckedRecord& record, const storage::Hash& leaf) {
  if (!record.is_record) {
    ++unread_;
    return;
  }
  CheckPlace(record);
  auto found = heads_.find(ToAbsl(record.client_id));
  if (found == heads_.end()) {
    found = heads_.emplace(std::string(record.client_id), Head()).first;
  }
  Head& head = found->second;
  CheckChain(record, head);
  head = {record.header.revision, leaf, true};
  if (record.client_id == kLedgerClient) TakeLedgerFact(record);
}

void HistoryCheck::CheckPlace(const CheckedRecord& record) {
  const storage::RecordHeader& header = record.header;
  if (header.position != position_) {
    report_.Fail(Aspect::kIntegrity,
                 absl::StrCat("here stands the record of position ", header.position,
                              ": events were removed, added or moved"),
                 position_);
  }
  if (header.record_time_ns <= last_record_time_ns_) {
    report_.Fail(Aspect::kIntegrity, "is recorded no later than the event before it", position_);
  }
  last_record_time_ns_ = header.record_time_ns;
}

void HistoryCheck::CheckChain(const CheckedRecord& record, Head& head) {
  const storage::RecordHeader& header = record.header;
  const storage::Revision expected = head.is_known ? head.revision + 1 : 0;
  if (header.revision != expected) {
    report_.Fail(
        Aspect::kCompleteness,
        absl::StrCat("client ", ToAbsl(record.client_id), " has revision ", header.revision,
                     " here and not ", expected, ": some of its events are missing or moved"),
        position_);
  } else if (header.previous_leaf_hash != head.leaf) {
    report_.Fail(Aspect::kIntegrity,
                 absl::StrCat("does not continue the chain of client ", ToAbsl(record.client_id),
                              ": the client's event before it was changed"),
                 position_);
  }
}

void HistoryCheck::TakeLedgerFact(const CheckedRecord& record) {
  const uint16_t type = record.header.fact_type;
  if (type != v1::FACT_TYPE_SIGNING_KEY_ROTATED &&
      type != v1::FACT_TYPE_CLIENT_DIRECTORY_RECORDED) {
    return;
  }
  v1::Fact fact;
  if (!fact.ParseFromArray(record.fact.data(), static_cast<int>(record.fact.size()))) {
    report_.Fail(Aspect::kIntegrity, "holds no fact that can be read", position_);
    return;
  }
  if (type == v1::FACT_TYPE_SIGNING_KEY_ROTATED) {
    const absl::Status status = keys_.Add(position_, fact.signing_key_rotated());
    if (!status.ok()) {
      report_.Fail(
          Aspect::kAuthorship,
          absl::StrCat("the rotation of the signing key does not hold: ", status.message()),
          position_);
    }
    return;
  }
  ++directories_;
  pending_ = Directory{position_, fact.client_directory_recorded()};
  // Comparing one takes as long as there are clients: not more often than that many events come.
  if (position_ - directory_checked_at_ >= heads_.size()) {
    CheckDirectory(*pending_, position_ + 1);
    pending_.reset();
  }
}

absl::StatusOr<std::vector<DirectoryEntry>> HistoryCheck::HeadsBefore(Position begin,
                                                                      Position end) {
  // A record says what its client's head was before it.
  absl::flat_hash_map<std::string, Head> before;
  const absl::Status status =
      read_again_(begin, end, [&](Position, std::string_view bytes) -> absl::Status {
        const auto record = storage::DecodeRecord(bytes);
        if (!record.ok()) return record.status();
        const auto client_id = storage::BodyClientId(record->body);
        if (!client_id.ok()) return client_id.status();
        const storage::RecordHeader& header = record->header;
        before.try_emplace(
            std::string(*client_id),
            Head{header.revision - 1, header.previous_leaf_hash, header.revision > 0});
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  std::vector<DirectoryEntry> entries;
  entries.reserve(heads_.size());
  for (const auto& [client_id, head] : heads_) {
    const auto found = before.find(client_id);
    const Head& then = found == before.end() ? head : found->second;
    if (then.is_known) entries.push_back({client_id, then.revision, then.leaf});
  }
  std::sort(entries.begin(), entries.end(), [](const DirectoryEntry& a, const DirectoryEntry& b) {
    return a.client_id < b.client_id;
  });
  return entries;
}

void HistoryCheck::CheckDirectory(const Directory& directory, Position end) {
  directory_checked_at_ = directory.position;
  const v1::ClientDirectoryRecorded& fact = directory.fact;
  if (fact.next_position() > directory.position) {
    report_.Fail(Aspect::kIntegrity, "the directory of clients covers events after itself",
                 directory.position);
    return;
  }
  const auto entries = HeadsBefore(fact.next_position(), end);
  if (!entries.ok()) {
    report_.CannotCheck(Aspect::kCompleteness,
                        absl::StrCat("the directory of clients at position ", directory.position,
                                     ": ", entries.status().message()));
    return;
  }
  storage::merkle::DirectoryRoot root;
  // Cannot fail: the entries are sorted, and each is of another client.
  for (const DirectoryEntry& entry : *entries) root.Add(entry).IgnoreError();
  if (root.size() != fact.client_count() || storage::AsChars(root.Root()) != fact.root_hash()) {
    report_.Fail(Aspect::kCompleteness,
                 absl::StrCat("the directory of clients names ", fact.client_count(),
                              " streams and their ends, the records have ", root.size(),
                              ": events or clients are missing or were changed"),
                 directory.position);
    return;
  }
  ++directories_held_;
  directory_covers_ = fact.next_position();
}

void HistoryCheck::Finish() {
  if (pending_) CheckDirectory(*pending_, position_);
  if (unread_ > 0) {
    report_.CannotCheck(Aspect::kCompleteness,
                        absl::StrCat(unread_,
                                     " records can't be read: whose they are, and what "
                                     "they held, can't be told"));
  }
  if (directories_held_ > 0) {
    report_.Holds(Aspect::kCompleteness,
                  absl::StrCat(directories_held_, " of ", directories_,
                               " directories of clients compared, the latest over everything "
                               "below position ",
                               directory_covers_));
  }
}

}  // namespace pledger::verify
