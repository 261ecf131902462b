#include "tests/support/store_check.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "storage/format/record.h"
#include "storage/format/text.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/tiles.h"

namespace pledger::testing {

using storage::Direction;
using storage::Hash;
using storage::Position;

namespace {

constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();

absl::Status Differs(std::string_view what) { return absl::FailedPreconditionError(ToAbsl(what)); }

Hash RootOf(const Hash* leaves, size_t count) {
  if (count == 1) return *leaves;
  size_t split = 1;
  while (split * 2 < count) split *= 2;
  return storage::merkle::NodeHash(RootOf(leaves, split), RootOf(leaves + split, count - split));
}

// A table over nothing but the records.
class PlainTable final : public storage::StateTable {
 public:
  explicit PlainTable(StoreContents& contents) : contents_(contents) {}

  absl::StatusOr<std::optional<std::string>> FindState(std::string_view key) override {
    const auto found = contents_.states.find(std::string(key));
    if (found == contents_.states.end()) return std::nullopt;
    return found->second;
  }
  void PutState(std::string key, std::string value) override {
    contents_.states.insert_or_assign(std::move(key), std::move(value));
  }
  absl::StatusOr<std::optional<std::string>> FindRecord(Position position) override {
    if (position >= contents_.records.size()) return std::nullopt;
    return contents_.records[position];
  }

 private:
  StoreContents& contents_;
};

class Checker {
 public:
  Checker(storage::EventStore& store, storage::StateDeriver& deriver)
      : store_(store), deriver_(deriver) {}

  absl::StatusOr<StoreContents> Run() {
    for (const auto step : {&Checker::ReadLog, &Checker::CheckPoints, &Checker::CheckStreams,
                            &Checker::CheckIds, &Checker::CheckStates, &Checker::CheckTiles}) {
      if (absl::Status status = (this->*step)(); !status.ok()) return status;
    }
    contents_.root = ReferenceRoot(leaves_);
    return std::move(contents_);
  }

 private:
  absl::Status ReadLog() {
    const auto cursor = store_.ReadLog(0, kMax, Direction::kForward);
    int64_t last_time_ns = std::numeric_limits<int64_t>::min();
    while (cursor->Next()) {
      const storage::RecordHeader& header = cursor->view().header;
      const Position position = contents_.records.size();
      if (header.position != position) return Differs(absl::StrCat("a gap at ", position));
      if (header.record_time_ns <= last_time_ns) {
        return Differs(absl::StrCat("the time of ", position, " is not after the one before"));
      }
      last_time_ns = header.record_time_ns;
      const auto client_id = storage::BodyClientId(cursor->view().body);
      if (!client_id.ok()) return client_id.status();
      std::vector<Position>& stream = streams_[std::string(*client_id)];
      const Hash previous = stream.empty() ? Hash{} : leaves_[stream.back()];
      if (header.revision != stream.size() || header.previous_leaf_hash != previous) {
        return Differs(absl::StrCat("the chain breaks at ", position));
      }
      if (absl::Status status = Derive(cursor->view()); !status.ok()) return status;
      stream.push_back(position);
      leaves_.push_back(storage::merkle::LeafHash(cursor->record()));
      contents_.records.emplace_back(cursor->record());
    }
    if (!cursor->status().ok()) return cursor->status();
    if (store_.next_position() != contents_.records.size()) return Differs("the log's length");
    return absl::OkStatus();
  }

  absl::Status Derive(const storage::RecordView& view) {
    PlainTable table(contents_);
    return deriver_.Derive(view, table);
  }

  absl::Status CheckPoints() {
    const auto backward = ReadAll(*store_.ReadLog(kMax, 0, Direction::kBackward));
    if (!backward.ok()) return backward.status();
    if (!std::equal(backward->rbegin(), backward->rend(), contents_.records.begin(),
                    contents_.records.end())) {
      return Differs("the log reads differently backward");
    }
    for (Position position = 0; position < contents_.records.size(); ++position) {
      const auto record = store_.ReadRecord(position);
      if (!record.ok()) return record.status();
      if (*record != contents_.records[position]) {
        return Differs(absl::StrCat("ReadRecord ", position));
      }
      const auto view = storage::DecodeRecord(*record);
      if (!view.ok()) return view.status();
      auto sealed = store_.ReadSealed(position, view->header.sealed_hash);
      if (sealed.ok() != view->header.has_sealed) {
        return Differs(absl::StrCat("ReadSealed ", position, ": ", sealed.status().ToString()));
      }
      contents_.sealed.push_back(sealed.ok() ? *std::move(sealed) : "");
    }
    return absl::OkStatus();
  }

  absl::Status CheckStreams() {
    if (absl::Status status = WaitIndexed(store_); !status.ok()) return status;
    std::vector<std::string> clients;
    while (true) {
      const auto page = store_.ListClients(clients.empty() ? "" : clients.back(), 3);
      if (!page.ok()) return page.status();
      if (page->empty()) break;
      clients.insert(clients.end(), page->begin(), page->end());
    }
    if (!std::equal(
            clients.begin(), clients.end(), streams_.begin(), streams_.end(),
            [](const auto& client, const auto& stream) { return client == stream.first; })) {
      return Differs("the clients");
    }
    for (const auto& [client_id, stream] : streams_) {
      if (absl::Status status = CheckStream(client_id, stream); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status CheckStream(const std::string& client_id, const std::vector<Position>& stream) {
    auto forward = ReadAll(
        *store_.ReadClient(client_id, 0, Direction::kForward, storage::ReadTier::kAnywhere));
    auto backward = ReadAll(
        *store_.ReadClient(client_id, kMax, Direction::kBackward, storage::ReadTier::kAnywhere));
    if (!forward.ok()) return forward.status();
    if (!backward.ok()) return backward.status();
    std::reverse(backward->begin(), backward->end());
    std::vector<std::string> wanted;
    for (const Position position : stream) wanted.push_back(contents_.records[position]);
    if (*forward != wanted || *backward != wanted) {
      return Differs(absl::StrCat("the stream of ", client_id));
    }
    const storage::StreamHead head = {stream.size() - 1, leaves_[stream.back()]};
    for (const auto& found : {store_.FindHead(client_id), store_.FindIndexedHead(client_id)}) {
      if (!found.ok()) return found.status();
      if (*found != head) return Differs(absl::StrCat("the head of ", client_id));
    }
    return absl::OkStatus();
  }

  absl::Status CheckIds() {
    for (const std::string& record : contents_.records) {
      const auto view = storage::DecodeRecord(record);
      const auto body = storage::ScanBody(view->body);
      if (!body.ok()) return body.status();
      const storage::RecordHeader& header = view->header;
      const storage::RecordedId wanted = {
          header.position, header.revision, header.record_time_ns,
          storage::ContentFingerprint(header.occur_time_ns, body->content)};
      for (const auto& found :
           {store_.FindEventId(header.event_id), store_.FindIndexedEventId(header.event_id)}) {
        if (!found.ok()) return found.status();
        if (*found != wanted) return Differs(absl::StrCat("the event id of ", header.position));
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckStates() {
    for (const auto& [key, value] : contents_.states) {
      const auto found = store_.FindState(key);
      if (!found.ok()) return found.status();
      if (*found != value) return Differs(absl::StrCat("the state ", absl::CHexEscape(key)));
    }
    return absl::OkStatus();
  }

  absl::Status CheckTiles() {
    std::vector<Hash> nodes = leaves_;
    for (uint8_t level = 0; level < storage::merkle::kTileLevels; ++level) {
      const size_t full = nodes.size() / storage::merkle::kTileHashes;
      std::vector<Hash> above;
      for (size_t index = 0; index < full; ++index) {
        const auto first = nodes.begin() + static_cast<ptrdiff_t>(index * 256);
        const std::vector<Hash> wanted(first, first + 256);
        const auto tile = store_.ReadTile(level, index);
        if (!tile.ok()) return tile.status();
        if (*tile != wanted) return Differs(absl::StrCat("tile ", index, " of level ", level));
        above.push_back(RootOf(wanted.data(), wanted.size()));
      }
      if (!absl::IsNotFound(store_.ReadTile(level, full).status())) {
        return Differs(absl::StrCat("a tile that is not full, ", full, " of level ", level));
      }
      nodes = std::move(above);
    }
    return absl::OkStatus();
  }

  storage::EventStore& store_;
  storage::StateDeriver& deriver_;
  StoreContents contents_;
  std::vector<Hash> leaves_;
  std::map<std::string, std::vector<Position>> streams_;
};

}  // namespace

Hash ReferenceRoot(const std::vector<Hash>& leaves) {
  if (leaves.empty()) return storage::merkle::EmptyRoot();
  return RootOf(leaves.data(), leaves.size());
}

absl::Status WaitIndexed(storage::EventStore& store) {
  absl::Notification indexed;
  absl::Status outcome;
  store.WhenIndexed(store.next_position(), [&](absl::Status status) {
    outcome = std::move(status);
    indexed.Notify();
  });
  indexed.WaitForNotification();
  return outcome;
}

absl::StatusOr<std::vector<std::string>> ReadAll(storage::RecordCursor& cursor) {
  std::vector<std::string> records;
  while (cursor.Next()) records.emplace_back(cursor.record());
  if (!cursor.status().ok()) return cursor.status();
  return records;
}

absl::StatusOr<StoreContents> CheckStore(storage::EventStore& store,
                                         storage::StateDeriver& deriver) {
  return Checker(store, deriver).Run();
}

}  // namespace pledger::testing
