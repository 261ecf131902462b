#include "storage/rocks/client_cursor.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/format/big_endian.h"
#include "storage/format/index_keys.h"
#include "storage/format/record.h"
#include "storage/format/text.h"
#include "storage/rocks/rocks_reads.h"

namespace pledger::storage {

ClientCursor::ClientCursor(const RocksLog& log, std::unique_ptr<rocksdb::Iterator> iterator,
                           std::string_view client_id, Revision from, Direction direction,
                           ReadTier tier)
    : RocksCursor(log, std::move(iterator), direction, tier) {
  AppendStreamKey(client_id, from, &key_);
}

void ClientCursor::SeekFirst() { Seek(ToSlice(key_)); }

absl::Status ClientCursor::CheckKey(rocksdb::Slice key) {
  const Revision revision = view().header.revision;
  PutBig64(revision, key_.data() + key_.size() - sizeof revision);
  const bool follows = !expected_.has_value() || revision == *expected_;
  if (key != ToSlice(key_) || !follows) {
    return Corrupt(view().header.position,
                   absl::StrCat("revision ", revision, " stands at the wrong place"));
  }
  last_position_ = view().header.position;
  if (direction() == Direction::kForward) {
    expected_ = revision + 1;
  } else if (revision == 0) {
    done_ = true;
  } else {
    expected_ = revision - 1;
  }
  return absl::OkStatus();
}

ClientsCursor::ClientsCursor(const RocksLog& log, std::unique_ptr<rocksdb::Iterator> iterator,
                             std::string first_key)
    : RocksCursor(log, std::move(iterator), Direction::kForward, ReadTier::kAnywhere),
      first_key_(std::move(first_key)) {}

absl::Status ClientsCursor::CheckKey(rocksdb::Slice key) {
  const auto client_id = BodyClientId(view().body);
  if (!client_id.ok())
    return Corrupt(view().header.position, FromAbsl(client_id.status().message()));
  const Revision revision = view().header.revision;
  if (std::string_view(key_).substr(0, client_bytes_) != *client_id) {
    key_.clear();
    AppendStreamKey(*client_id, revision, &key_);
    client_bytes_ = client_id->size();
    next_revision_ = 0;
  }
  PutBig64(revision, key_.data() + key_.size() - sizeof revision);
  if (key != ToSlice(key_) || revision != next_revision_) {
    return Corrupt(view().header.position,
                   absl::StrCat("revision ", revision, " stands at the wrong place"));
  }
  last_position_ = view().header.position;
  ++next_revision_;
  return absl::OkStatus();
}

}  // namespace pledger::storage
