#include "server/services/access_log_call.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"
#include "server/domain/limits.h"

namespace pledger::services {

absl::StatusOr<v1::ReadAccessLogResponse> ReadAccessLog(storage::AccessLog& log,
                                                        const v1::ReadAccessLogRequest& request) {
  const storage::AccessLog::Head head = log.head();
  v1::ReadAccessLogResponse response;
  response.set_tree_size(head.size);
  response.set_root_hash(std::string(storage::AsChars(head.root)));
  if (request.known_size() > head.size) {
    return Error(v1::ERROR_REASON_TREE_SIZE_UNKNOWN,
                 absl::StrCat("known_size: the access log has ", head.size, " entries, not ",
                              request.known_size()),
                 {{"field", "known_size"},
                  {"size", absl::StrCat(request.known_size())},
                  {"next_position", absl::StrCat(head.size)}});
  }
  if (request.known_size() > 0) {
    const auto proof = log.ProveConsistency(request.known_size(), head.size);
    if (!proof.ok()) return proof.status();
    for (const storage::Hash& hash : *proof) {
      response.add_consistency_hashes(std::string(storage::AsChars(hash)));
    }
  }
  const int page_size =
      request.page_size() == 0 ? limits::kEventPageSizeDefault : request.page_size();
  auto entries = log.Read(request.from_index(), static_cast<size_t>(page_size));
  if (!entries.ok()) return entries.status();
  for (std::string& entry : *entries) {
    v1::AccessRecord* record = response.add_records();
    record->set_index(request.from_index() + response.records_size() - 1);
    if (!record->mutable_entry()->ParseFromString(entry)) {
      return absl::DataLossError(
          absl::StrCat("entry ", record->index(), " of the access log is malformed"));
    }
    record->set_entry_bytes(std::move(entry));
  }
  return response;
}

}  // namespace pledger::services
