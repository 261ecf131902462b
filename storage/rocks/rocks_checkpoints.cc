#include "storage/rocks/rocks_checkpoints.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "storage/format/big_endian.h"
#include "storage/format/checkpoint_value.h"
#include "storage/rocks/rocks_reads.h"
#include "storage/rocks/rocks_status.h"

namespace pledger::storage {
namespace {

std::string SizeKey(uint64_t size) {
  std::string key;
  AppendBig64(size, &key);
  return key;
}

}  // namespace

absl::Status RocksCheckpoints::PutCheckpoint(const StoredCheckpoint& checkpoint) {
  if (checkpoint.note.size() > kCheckpointNoteBytesMax) {
    return absl::InvalidArgumentError("the checkpoint's note is too large to be stored");
  }
  // A write that fails for want of room would stop the events as well.
  if (absl::Status status = check_space_(); !status.ok()) return status;
  rocksdb::WriteOptions options;
  options.sync = true;
  options.disableWAL = false;
  return WriteStatus(
      db_.Put(options, &column_, SizeKey(checkpoint.size), EncodeCheckpointValue(checkpoint)),
      "cannot write a checkpoint");
}

absl::StatusOr<std::optional<StoredCheckpoint>> RocksCheckpoints::FindCheckpoint(uint64_t size) {
  std::string value;
  const rocksdb::Status status = db_.Get(PointRead(), &column_, SizeKey(size), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return ReadStatus(status, "cannot read a checkpoint");
  auto checkpoint = DecodeCheckpointValue(size, value);
  if (!checkpoint.ok()) return checkpoint.status();
  return *std::move(checkpoint);
}

absl::StatusOr<std::vector<StoredCheckpoint>> RocksCheckpoints::ListCheckpoints(uint64_t from,
                                                                                Direction direction,
                                                                                size_t limit) {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> found(db_.NewIterator(options, &column_));
  const bool forward = direction == Direction::kForward;
  const std::string first = SizeKey(from);
  forward ? found->Seek(first) : found->SeekForPrev(first);
  std::vector<StoredCheckpoint> checkpoints;
  while (found->Valid() && checkpoints.size() < limit) {
    if (found->key().size() != 8) return absl::DataLossError("a checkpoint's key is malformed");
    auto checkpoint =
        DecodeCheckpointValue(GetBig64(found->key().data()),
                              std::string_view(found->value().data(), found->value().size()));
    if (!checkpoint.ok()) return checkpoint.status();
    checkpoints.push_back(*std::move(checkpoint));
    forward ? found->Next() : found->Prev();
  }
  if (!found->status().ok()) return ReadStatus(found->status(), "cannot read the checkpoints");
  return checkpoints;
}

}  // namespace pledger::storage
