// Clients' records by revision, from the index.
#ifndef PLEDGER_STORAGE_ROCKS_CLIENT_CURSOR_H_
#define PLEDGER_STORAGE_ROCKS_CLIENT_CURSOR_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "rocksdb/iterator.h"
#include "storage/event_store.h"
#include "storage/rocks/rocks_cursor.h"

namespace pledger::storage {

// One client's.
class ClientCursor final : public RocksCursor {
 public:
  // `iterator` is over the streams. See RocksCursor for `log`.
  ClientCursor(const RocksLog& log, std::unique_ptr<rocksdb::Iterator> iterator,
               std::string_view client_id, Revision from, Direction direction, ReadTier tier);

 private:
  bool InRange() const override { return !done_; }
  void SeekFirst() override;
  absl::Status CheckKey(rocksdb::Slice key) override;
  absl::Status AtEnd() override { return absl::OkStatus(); }
  Position CorruptAt() const override { return last_position_; }

  // The key of the record that is looked for or was found last.
  std::string key_;
  std::optional<Revision> expected_;
  Position last_position_ = 0;
  bool done_ = false;
};

// Those of all clients from a key on, one client after the other.
class ClientsCursor final : public RocksCursor {
 public:
  // `iterator` is over the streams, in their total order. See RocksCursor for `log`.
  ClientsCursor(const RocksLog& log, std::unique_ptr<rocksdb::Iterator> iterator,
                std::string first_key);

 private:
  bool InRange() const override { return true; }
  void SeekFirst() override { Seek(first_key_); }
  absl::Status CheckKey(rocksdb::Slice key) override;
  absl::Status AtEnd() override { return absl::OkStatus(); }
  Position CorruptAt() const override { return last_position_; }

  const std::string first_key_;
  // The key of the record that was found last, and what it begins with: its client.
  std::string key_;
  size_t client_bytes_ = 0;
  Revision next_revision_ = 0;
  Position last_position_ = 0;
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_ROCKS_CLIENT_CURSOR_H_
