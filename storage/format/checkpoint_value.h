// The value stored for a checkpoint; FORMAT.md specifies its bytes.
#ifndef PLEDGER_STORAGE_FORMAT_CHECKPOINT_VALUE_H_
#define PLEDGER_STORAGE_FORMAT_CHECKPOINT_VALUE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/checkpoint_store.h"

namespace pledger::storage {

// Everything but the size, which is the key.
std::string EncodeCheckpointValue(const StoredCheckpoint& checkpoint);

// DATA_LOSS for what EncodeCheckpointValue() never gave, or that has changed since.
absl::StatusOr<StoredCheckpoint> DecodeCheckpointValue(uint64_t size, std::string_view value);

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_FORMAT_CHECKPOINT_VALUE_H_
