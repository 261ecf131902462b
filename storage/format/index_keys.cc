#include "storage/format/index_keys.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "storage/format/big_endian.h"

namespace pledger::storage {

void AppendStreamKey(std::string_view client_id, Revision revision, std::string* out) {
  out->append(client_id);
  out->push_back(kClientEnd);
  AppendBig64(revision, out);
}

std::string TileKey(uint8_t level, uint64_t index) {
  std::string key(1, static_cast<char>(level));
  AppendBig64(index, &key);
  return key;
}

std::string EncodeStreamHead(const StreamHead& head) {
  std::string value;
  value.reserve(40);
  AppendBig64(head.revision, &value);
  value.append(AsChars(head.leaf_hash));
  return value;
}

absl::StatusOr<StreamHead> DecodeStreamHead(std::string_view value) {
  if (value.size() != 40) return absl::DataLossError("a stream head in the index is malformed");
  StreamHead head;
  head.revision = GetBig64(value.data());
  std::memcpy(head.leaf_hash.data(), value.data() + 8, head.leaf_hash.size());
  return head;
}

std::string EncodeRecordedId(const RecordedId& id) {
  std::string value;
  value.reserve(40);
  AppendBig64(id.position, &value);
  AppendBig64(id.revision, &value);
  AppendBig64(static_cast<uint64_t>(id.record_time_ns), &value);
  value.append(AsChars(id.fingerprint));
  return value;
}

absl::StatusOr<RecordedId> DecodeRecordedId(std::string_view value) {
  if (value.size() != 40) return absl::DataLossError("an event id in the index is malformed");
  RecordedId id;
  id.position = GetBig64(value.data());
  id.revision = GetBig64(value.data() + 8);
  id.record_time_ns = static_cast<int64_t>(GetBig64(value.data() + 16));
  std::memcpy(id.fingerprint.data(), value.data() + 24, id.fingerprint.size());
  return id;
}

}  // namespace pledger::storage
