#include "storage/keys/key_store.h"

#include "absl/strings/str_cat.h"

namespace pledger::storage::keys {

absl::StatusOr<std::optional<std::string>> MemoryKeyStore::FindWrapped(std::string_view client_id) {
  absl::MutexLock lock(&mutex_);
  const auto found = wrapped_.find(std::string(client_id));
  if (found == wrapped_.end()) return std::optional<std::string>();
  return std::optional<std::string>(found->second);
}

absl::Status MemoryKeyStore::PutWrapped(std::string_view client_id, std::string_view wrapped) {
  absl::MutexLock lock(&mutex_);
  if (!wrapped_.emplace(std::string(client_id), std::string(wrapped)).second) {
    return absl::AlreadyExistsError(absl::StrCat("client ", std::string(client_id), " has a key"));
  }
  return absl::OkStatus();
}

absl::Status MemoryKeyStore::PutMissing(absl::Span<const ClientKey> keys) {
  absl::MutexLock lock(&mutex_);
  for (const ClientKey& key : keys) wrapped_.try_emplace(std::string(key.client_id), key.wrapped);
  return absl::OkStatus();
}

void MemoryKeyStore::Erase(std::string_view client_id) {
  absl::MutexLock lock(&mutex_);
  wrapped_.erase(std::string(client_id));
}

}  // namespace pledger::storage::keys
