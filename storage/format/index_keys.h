// Keys and values of the index; FORMAT.md specifies their bytes. Encoders are thread-safe; decoders
// return DATA_LOSS for what no encoder wrote.
#ifndef PLEDGER_STORAGE_FORMAT_INDEX_KEYS_H_
#define PLEDGER_STORAGE_FORMAT_INDEX_KEYS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/event_store.h"
#include "storage/format/types.h"

namespace pledger::storage {

// Ends a client id inside a key. No client id contains it, so that no client's keys lie among
// another's.
inline constexpr char kClientEnd = '\0';

// streams: client, kClientEnd, revision.
void AppendStreamKey(std::string_view client_id, Revision revision, std::string* out);

// tiles: level, index.
std::string TileKey(uint8_t level, uint64_t index);

// heads: revision, leaf hash.
std::string EncodeStreamHead(const StreamHead& head);
absl::StatusOr<StreamHead> DecodeStreamHead(std::string_view value);

// event_ids: position, revision, record time, fingerprint.
std::string EncodeRecordedId(const RecordedId& id);
absl::StatusOr<RecordedId> DecodeRecordedId(std::string_view value);

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_FORMAT_INDEX_KEYS_H_
