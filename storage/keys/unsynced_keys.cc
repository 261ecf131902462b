#include "storage/keys/unsynced_keys.h"

#include "storage/format/text.h"

namespace pledger::storage::keys {

void UnsyncedKeys::Add(std::string_view client_id, std::string_view wrapped, uint64_t put) {
  absl::MutexLock lock(&mutex_);
  keys_.insert_or_assign(std::string(client_id), Entry{std::string(wrapped), put});
  size_.store(keys_.size(), std::memory_order_release);
}

void UnsyncedKeys::Remove(uint64_t put) {
  absl::MutexLock lock(&mutex_);
  absl::erase_if(keys_, [put](const auto& key) { return key.second.put == put; });
  size_.store(keys_.size(), std::memory_order_release);
}

void UnsyncedKeys::DropUpTo(uint64_t put) {
  absl::MutexLock lock(&mutex_);
  absl::erase_if(keys_, [put](const auto& key) { return key.second.put <= put; });
  size_.store(keys_.size(), std::memory_order_release);
}

void UnsyncedKeys::NoteDurable(std::string_view client_id, std::string_view wrapped) {
  absl::MutexLock lock(&mutex_);
  const auto found = keys_.find(ToAbsl(client_id));
  if (found != keys_.end() && found->second.wrapped == wrapped) found->second.is_durable = true;
}

std::optional<std::string> UnsyncedKeys::Find(std::string_view client_id) const {
  if (size() == 0) return std::nullopt;
  absl::MutexLock lock(&mutex_);
  const auto found = keys_.find(ToAbsl(client_id));
  if (found == keys_.end() || found->second.is_durable) return std::nullopt;
  return found->second.wrapped;
}

std::vector<std::string> UnsyncedKeys::client_ids() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> client_ids;
  for (const auto& [client_id, entry] : keys_) client_ids.push_back(client_id);
  return client_ids;
}

}  // namespace pledger::storage::keys
