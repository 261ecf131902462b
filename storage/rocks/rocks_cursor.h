// What the cursors over the log and over one client's stream have in common: each record's checksum
// and format are checked before it is shown.
#ifndef PLEDGER_STORAGE_ROCKS_ROCKS_CURSOR_H_
#define PLEDGER_STORAGE_ROCKS_ROCKS_CURSOR_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "rocksdb/iterator.h"
#include "storage/event_store.h"

namespace pledger::storage {

class RocksLog;

class RocksCursor : public RecordCursor {
 public:
  bool Next() final;
  absl::Status status() const final { return status_; }
  std::string_view record() const final { return record_; }
  const RecordView& view() const final { return view_; }
  absl::StatusOr<std::string_view> ReadSealed() override;

 protected:
  // `log` holds the sealed parts and must outlive the cursor.
  // `iterator` reads from `tier`.
  RocksCursor(const RocksLog& log, std::unique_ptr<rocksdb::Iterator> iterator, Direction direction,
              ReadTier tier)
      : log_(log), iterator_(std::move(iterator)), direction_(direction), tier_(tier) {}

  // May there be another record?
  virtual bool InRange() const = 0;
  // Calls Seek() with the first key.
  virtual void SeekFirst() = 0;
  // Is the record, already decoded, the one that belongs under `key` and comes next?
  virtual absl::Status CheckKey(rocksdb::Slice key) = 0;
  // The iterator has no more records; is that right?
  virtual absl::Status AtEnd() = 0;
  // What to blame when a value cannot be decoded.
  virtual Position CorruptAt() const = 0;

  // To the key, or the one behind it (going backward: before it).
  void Seek(rocksdb::Slice key) {
    direction_ == Direction::kForward ? iterator_->Seek(key) : iterator_->SeekForPrev(key);
  }
  Direction direction() const { return direction_; }

 private:
  absl::Status Load();

  const RocksLog& log_;
  const std::unique_ptr<rocksdb::Iterator> iterator_;
  const Direction direction_;
  const ReadTier tier_;
  bool started_ = false;
  bool ended_ = false;
  std::string_view record_;
  RecordView view_;
  std::string sealed_;
  absl::Status status_;
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_ROCKS_ROCKS_CURSOR_H_
