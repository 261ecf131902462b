#include "client/verify/history_check.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
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
  // A table of all clients is in no cache: fetch what the records ask for together.
  for (const CheckedRecord& record : bundle.records) {
    if (record.is_record) slots_.prefetch(ClientKey{record.client_hash, record.client_id});
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
  Head& head = ClientOf(record).head;
  CheckChain(record, head);
  head = {record.revision, leaf, true};
  if (record.client_id == kLedgerClient) TakeLedgerFact(record);
}

HistoryCheck::Client& HistoryCheck::ClientOf(const CheckedRecord& record) {
  const ClientKey key = {record.client_hash, record.client_id};
  const auto found = slots_.find(key);
  if (found != slots_.end()) return clients_[found->index];
  slots_.insert({key.hash, clients_.size()});
  return clients_.emplace_back(Client{std::string(key.id), Head()});
}

void HistoryCheck::CheckPlace(const CheckedRecord& record) {
  if (record.position != position_) {
    report_.Fail(Aspect::kIntegrity,
                 absl::StrCat("here stands the record of position ", record.position,
                              ": events were removed, added or moved"),
                 position_);
  }
  if (record.record_time_ns <= last_record_time_ns_) {
    report_.Fail(Aspect::kIntegrity, "is recorded no later than the event before it", position_);
  }
  last_record_time_ns_ = record.record_time_ns;
}

void HistoryCheck::CheckChain(const CheckedRecord& record, const Head& head) {
  const storage::Revision expected = head.is_known ? head.revision + 1 : 0;
  if (record.revision != expected) {
    report_.Fail(
        Aspect::kCompleteness,
        absl::StrCat("client ", ToAbsl(record.client_id), " has revision ", record.revision,
                     " here and not ", expected, ": some of its events are missing or moved"),
        position_);
  } else if (record.previous_leaf_hash != head.leaf) {
    report_.Fail(Aspect::kIntegrity,
                 absl::StrCat("does not continue the chain of client ", ToAbsl(record.client_id),
                              ": the client's event before it was changed"),
                 position_);
  }
}

void HistoryCheck::TakeLedgerFact(const CheckedRecord& record) {
  const uint16_t type = record.fact_type;
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
  if (position_ - directory_checked_at_ >= clients_.size()) {
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
  entries.reserve(clients_.size());
  for (const Client& client : clients_) {
    const auto found = before.find(client.id);
    const Head& then = found == before.end() ? client.head : found->second;
    if (then.is_known) entries.push_back({client.id, then.revision, then.leaf});
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
