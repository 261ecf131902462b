#include "storage/format/checkpoint_value.h"

#include "absl/strings/str_cat.h"
#include "storage/format/big_endian.h"
#include "storage/format/record.h"

namespace pledger::storage {
namespace {

constexpr char kVersion = 1;
constexpr size_t kHeaderBytes = 9;

}  // namespace

std::string EncodeCheckpointValue(const StoredCheckpoint& checkpoint) {
  std::string value(1, kVersion);
  AppendBig64(static_cast<uint64_t>(checkpoint.time_ns), &value);
  value.append(checkpoint.note);
  AppendChecksum(&value);
  return value;
}

absl::StatusOr<StoredCheckpoint> DecodeCheckpointValue(uint64_t size, std::string_view value) {
  const auto checked = CheckStoredValue(value);
  if (!checked.ok() || checked->size() < kHeaderBytes || checked->front() != kVersion) {
    return absl::DataLossError(absl::StrCat("the checkpoint of size ", size, " is malformed"));
  }
  StoredCheckpoint checkpoint;
  checkpoint.size = size;
  checkpoint.time_ns = static_cast<int64_t>(GetBig64(checked->data() + 1));
  checkpoint.note = std::string(checked->substr(kHeaderBytes));
  return checkpoint;
}

}  // namespace pledger::storage
