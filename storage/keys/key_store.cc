#include "storage/keys/key_store.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"

namespace pledger::storage::keys {

absl::StatusOr<std::optional<std::string>> MemoryKeyStore::FindWrapped(std::string_view client_id,
                                                                       ReadTier) {
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

absl::StatusOr<std::vector<bool>> MemoryKeyStore::PutMissing(absl::Span<const ClientKey> keys,
                                                             ReadTier) {
  absl::MutexLock lock(&mutex_);
  std::vector<bool> stored;
  ++puts_;
  for (const ClientKey& key : keys) {
    stored.push_back(wrapped_.try_emplace(std::string(key.client_id), key.wrapped).second);
    if (stored.back()) unsynced_.Add(key.client_id, key.wrapped, puts_);
  }
  return stored;
}

absl::Status MemoryKeyStore::Sync() {
  absl::MutexLock lock(&mutex_);
  unsynced_.DropUpTo(puts_);
  return absl::OkStatus();
}

absl::Status MemoryKeyStore::BeginErasure(const Erasure& erasure) {
  absl::MutexLock lock(&mutex_);
  if (erasure_.has_value()) return absl::FailedPreconditionError("an erasure is under way");
  // What is erased is on disk on return, and with it all that was put before.
  unsynced_.DropUpTo(puts_);
  wrapped_.erase(erasure.client_id);
  erased_[erasure.client_id].push_back(erasure.key_id);
  erasure_ = erasure;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<KeyStore::Erasure>> MemoryKeyStore::FindErasure() {
  absl::MutexLock lock(&mutex_);
  return erasure_;
}

absl::Status MemoryKeyStore::EndErasure() {
  absl::MutexLock lock(&mutex_);
  erasure_.reset();
  return absl::OkStatus();
}

absl::Status MemoryKeyStore::RewrapAll(Rewrap rewrap) {
  absl::MutexLock lock(&mutex_);
  for (auto& [client_id, wrapped] : wrapped_) {
    absl::StatusOr<std::optional<std::string>> made = rewrap(client_id, wrapped);
    if (!made.ok()) return made.status();
    if (made->has_value()) wrapped = **std::move(made);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> MemoryKeyStore::WasErased(std::string_view client_id,
                                               const std::optional<KeyId>& key_id) {
  absl::MutexLock lock(&mutex_);
  const auto found = erased_.find(std::string(client_id));
  if (found == erased_.end()) return false;
  return !key_id.has_value() || absl::c_linear_search(found->second, *key_id);
}

void MemoryKeyStore::LoseUnsynced() {
  absl::MutexLock lock(&mutex_);
  for (const std::string& client_id : unsynced_.client_ids()) wrapped_.erase(client_id);
  unsynced_.DropUpTo(puts_);
}

void MemoryKeyStore::Lose(std::string_view client_id) {
  absl::MutexLock lock(&mutex_);
  wrapped_.erase(std::string(client_id));
}

}  // namespace pledger::storage::keys
