#include "storage/keys/key_vault.h"

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "storage/format/text.h"
#include "storage/keys/wrapping.h"

namespace pledger::storage::keys {

KeyVault::KeyVault(KeyStore& store, const KeyEncryptionKey& key, RandomSource& random,
                   size_t cache_limit)
    : store_(store), random_(random), cache_limit_(cache_limit), key_(key) {}

std::optional<DataKey> KeyVault::FindCached(std::string_view client_id) {
  absl::MutexLock lock(&mutex_);
  const auto found = by_client_.find(ToAbsl(client_id));
  if (found == by_client_.end()) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->key;
}

absl::StatusOr<std::optional<DataKey>> KeyVault::Find(std::string_view client_id, ReadTier tier) {
  if (std::optional<DataKey> cached = FindCached(client_id)) return cached;
  const uint64_t forgets_before = forgets();
  const absl::StatusOr<std::optional<std::string>> wrapped = store_.FindWrapped(client_id, tier);
  if (!wrapped.ok()) return wrapped.status();
  if (!wrapped->has_value()) return std::optional<DataKey>();
  const absl::StatusOr<DataKey> key = Unwrap(client_id, **wrapped);
  if (!key.ok()) {
    return absl::Status(key.status().code(), absl::StrCat("client ", std::string(client_id), ": ",
                                                          key.status().message()));
  }
  Keep(client_id, *key, forgets_before);
  return std::optional<DataKey>(*key);
}

absl::StatusOr<DataKey> KeyVault::FindOrCreate(std::string_view client_id) {
  const absl::StatusOr<std::optional<DataKey>> found = Find(client_id);
  if (!found.ok()) return found.status();
  if (found->has_value()) return **found;
  return Create(client_id);
}

absl::Status KeyVault::FindOrCreateAll(absl::Span<const std::string_view> client_ids,
                                       ReadTier tier) {
  std::vector<std::string_view> missing;
  for (const std::string_view client_id : client_ids) {
    const absl::StatusOr<std::optional<DataKey>> found = Find(client_id, tier);
    if (!found.ok()) return found.status();
    if (!found->has_value()) missing.push_back(client_id);
  }
  if (missing.empty()) return absl::OkStatus();
  std::sort(missing.begin(), missing.end());
  missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
  const uint64_t forgets_before = forgets();
  std::vector<DataKey> keys;
  std::vector<KeyStore::ClientKey> wrapped;
  absl::StatusOr<std::vector<bool>> stored;
  {
    absl::ReaderMutexLock lock(&rotation_mutex_);
    for (const std::string_view client_id : missing) {
      DataKey key;
      random_.Fill(absl::MakeSpan(key.mutable_bytes()));
      wrapped.push_back({client_id, Wrap(client_id, key)});
      keys.push_back(key);
    }
    stored = store_.PutMissing(wrapped, tier);
    if (!stored.ok()) return stored.status();
  }
  for (size_t i = 0; i < keys.size(); ++i) {
    if ((*stored)[i]) {
      Keep(missing[i], keys[i], forgets_before);
      continue;
    }
    // Another was first: what counts is what is stored.
    const absl::StatusOr<std::optional<DataKey>> found = Find(missing[i], tier);
    if (!found.ok()) return found.status();
  }
  return absl::OkStatus();
}

absl::StatusOr<DataKey> KeyVault::Create(std::string_view client_id) {
  const uint64_t forgets_before = forgets();
  DataKey key;
  random_.Fill(absl::MakeSpan(key.mutable_bytes()));
  absl::Status status;
  {
    absl::ReaderMutexLock lock(&rotation_mutex_);
    status = store_.PutWrapped(client_id, Wrap(client_id, key));
  }
  if (status.ok()) {
    Keep(client_id, key, forgets_before);
    return key;
  }
  if (!absl::IsAlreadyExists(status)) return status;
  // Another was first, and what it stored is the client's key.
  const absl::StatusOr<std::optional<DataKey>> found = Find(client_id);
  if (!found.ok()) return found.status();
  if (found->has_value()) return **found;
  return absl::AbortedError(absl::StrCat("the key of client ", std::string(client_id),
                                         " was erased while it was being made"));
}

std::string KeyVault::Wrap(std::string_view client_id, const DataKey& key) {
  return WrapDataKey(key_, client_id, key, random_);
}

absl::StatusOr<DataKey> KeyVault::Unwrap(std::string_view client_id, std::string_view wrapped) {
  absl::ReaderMutexLock lock(&rotation_mutex_);
  absl::StatusOr<DataKey> key = UnwrapDataKey(key_, client_id, wrapped);
  if (!absl::IsFailedPrecondition(key.status()) || !previous_key_.has_value()) return key;
  absl::StatusOr<DataKey> by_previous = UnwrapDataKey(*previous_key_, client_id, wrapped);
  return by_previous.ok() ? by_previous : key;
}

void KeyVault::BeginRotation(const KeyEncryptionKey& next) {
  absl::MutexLock lock(&rotation_mutex_);
  previous_key_ = key_;
  key_ = next;
}

void KeyVault::EndRotation() {
  absl::MutexLock lock(&rotation_mutex_);
  previous_key_.reset();
}

void KeyVault::Forget(std::string_view client_id) {
  absl::MutexLock lock(&mutex_);
  ++forgets_;
  const auto found = by_client_.find(ToAbsl(client_id));
  if (found == by_client_.end()) return;
  const Entries::iterator entry = found->second;
  by_client_.erase(found);
  entries_.erase(entry);
}

uint64_t KeyVault::forgets() {
  absl::MutexLock lock(&mutex_);
  return forgets_;
}

void KeyVault::Keep(std::string_view client_id, const DataKey& key, uint64_t forgets) {
  absl::MutexLock lock(&mutex_);
  // It may be this key that was destroyed meanwhile.
  if (forgets != forgets_ || cache_limit_ == 0 || by_client_.contains(ToAbsl(client_id))) return;
  if (entries_.size() == cache_limit_) {
    by_client_.erase(entries_.back().client_id);
    entries_.pop_back();
  }
  entries_.push_front({std::string(client_id), key});
  by_client_.emplace(entries_.front().client_id, entries_.begin());
}

}  // namespace pledger::storage::keys
