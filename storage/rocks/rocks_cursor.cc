#include "storage/rocks/rocks_cursor.h"

#include "storage/format/record.h"
#include "storage/format/text.h"
#include "storage/rocks/rocks_log.h"
#include "storage/rocks/rocks_status.h"

namespace pledger::storage {

bool RocksCursor::Next() {
  if (ended_ || !status_.ok() || !InRange()) return false;
  if (!started_) {
    SeekFirst();
    started_ = true;
  } else if (direction_ == Direction::kForward) {
    iterator_->Next();
  } else {
    iterator_->Prev();
  }
  if (!iterator_->Valid()) {
    // An iterator that has ended must not be moved again.
    ended_ = true;
    status_ = iterator_->status().IsCorruption()
                  ? Corrupt(CorruptAt(), iterator_->status().ToString())
                  : ReadStatus(iterator_->status(), "cannot read records");
    if (status_.ok()) status_ = AtEnd();
    return false;
  }
  status_ = Load();
  return status_.ok();
}

absl::StatusOr<std::string_view> RocksCursor::ReadSealed() {
  auto sealed = log_.ReadSealed(view_.header.position, view_.header.sealed_hash, tier_);
  if (!sealed.ok()) return sealed.status();
  sealed_ = *std::move(sealed);
  return sealed_;
}

absl::Status RocksCursor::Load() {
  const rocksdb::Slice value = iterator_->value();
  const auto record = CheckStoredValue({value.data(), value.size()});
  if (!record.ok()) return Corrupt(CorruptAt(), FromAbsl(record.status().message()));
  const auto view = DecodeRecord(*record);
  if (!view.ok()) return Corrupt(CorruptAt(), FromAbsl(view.status().message()));
  record_ = *record;
  view_ = *view;
  return CheckKey(iterator_->key());
}

}  // namespace pledger::storage
