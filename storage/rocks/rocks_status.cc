#include "storage/rocks/rocks_status.h"

#include "absl/strings/str_cat.h"
#include "storage/event_store.h"
#include "storage/format/text.h"

namespace pledger::storage {

absl::Status ReadStatus(const rocksdb::Status& status, std::string_view what) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsIncomplete()) return NotInMemory();
  const std::string message = absl::StrCat(ToAbsl(what), ": ", status.ToString());
  return status.IsCorruption() ? absl::DataLossError(message) : absl::InternalError(message);
}

absl::Status WriteStatus(const rocksdb::Status& status, std::string_view what) {
  if (status.ok()) return absl::OkStatus();
  const std::string message = absl::StrCat(ToAbsl(what), ": ", status.ToString());
  if (status.IsNoSpace()) return absl::ResourceExhaustedError(message);
  return status.IsCorruption() ? absl::DataLossError(message) : absl::UnavailableError(message);
}

}  // namespace pledger::storage
