// The data keys of clients, unwrapped: made when first needed, and a bounded number kept in memory.
#ifndef PLEDGER_STORAGE_KEYS_KEY_VAULT_H_
#define PLEDGER_STORAGE_KEYS_KEY_VAULT_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "storage/keys/key_store.h"
#include "storage/keys/random.h"
#include "storage/keys/secret.h"
#include "storage/keys/wrapping.h"

namespace pledger::storage::keys {

// Thread-safe. FindCached() never waits for I/O. Statuses besides the named ones are the store's,
// or UnwrapDataKey()'s for a stored key that can't be used.
class KeyVault {
 public:
  // `store` and `random` must outlive the vault. At most `cache_limit` keys are kept in memory, and
  // those used last stay; 0 keeps none.
  KeyVault(KeyStore& store, const KeyEncryptionKey& key, RandomSource& random, size_t cache_limit);
  KeyVault(const KeyVault&) = delete;
  KeyVault& operator=(const KeyVault&) = delete;

  // The client's key if it is in memory. No I/O: may be called where nothing may block.
  std::optional<DataKey> FindCached(std::string_view client_id);

  // The client's key, made and stored if it has none. All that ask at once get the same.
  [[nodiscard]] absl::StatusOr<DataKey> FindOrCreate(std::string_view client_id);

  // Makes and stores, with one write for all, the keys of those clients that have none, and brings
  // the others' into memory: what follows needs no I/O while the keys stay there. New keys are
  // durable after the store's Sync(); until then FindUnsynced() has them.
  // NotInMemory(), and none is made, where `tier` is too near to tell which clients have one.
  [[nodiscard]] absl::Status FindOrCreateAll(absl::Span<const std::string_view> client_ids,
                                             ReadTier tier);

  // The client's key; none if it has none, or has none any more. NotInMemory() where `tier` is too
  // near to tell.
  [[nodiscard]] absl::StatusOr<std::optional<DataKey>> Find(std::string_view client_id,
                                                            ReadTier tier = ReadTier::kAnywhere);

  // KeyStore::FindUnsynced(). Asked after the key was found, it is not too early.
  std::optional<std::string> FindUnsynced(std::string_view client_id) const {
    return store_.FindUnsynced(client_id);
  }

  // From now on keys are wrapped under `next`; those that are wrapped under the key before it can
  // still be unwrapped, until EndRotation(). On return no key is under way into the store that is
  // wrapped under the one before.
  void BeginRotation(const KeyEncryptionKey& next);
  // Wipes the key before from memory: nothing is wrapped under it any more.
  void EndRotation();

  // KeyStore::WasErased().
  [[nodiscard]] absl::StatusOr<bool> WasErased(std::string_view client_id,
                                               const std::optional<KeyId>& key_id) {
    return store_.WasErased(client_id, key_id);
  }

  // Wipes the client's key from memory. To be called once it is gone from the store; a Find() that
  // is under way meanwhile doesn't bring it back into memory.
  void Forget(std::string_view client_id);

 private:
  struct Entry {
    std::string client_id;
    DataKey key;
  };
  using Entries = std::list<Entry>;

  // Keeps a key that was read from the store when `forgets` was what forgets() gave.
  void Keep(std::string_view client_id, const DataKey& key, uint64_t forgets);
  uint64_t forgets();

  // FindOrCreate() for a client that had no key a moment ago.
  [[nodiscard]] absl::StatusOr<DataKey> Create(std::string_view client_id);
  // A new key, wrapped.
  std::string Wrap(std::string_view client_id, const DataKey& key)
      ABSL_SHARED_LOCKS_REQUIRED(rotation_mutex_);
  [[nodiscard]] absl::StatusOr<DataKey> Unwrap(std::string_view client_id,
                                               std::string_view wrapped);

  KeyStore& store_;
  RandomSource& random_;
  const size_t cache_limit_;

  // Held shared while keys are wrapped and put, or unwrapped.
  absl::Mutex rotation_mutex_;
  KeyEncryptionKey key_ ABSL_GUARDED_BY(rotation_mutex_);
  std::optional<KeyEncryptionKey> previous_key_ ABSL_GUARDED_BY(rotation_mutex_);

  absl::Mutex mutex_;
  // The one used last is at the front.
  Entries entries_ ABSL_GUARDED_BY(mutex_);
  // The views are of the entries' own client ids.
  absl::flat_hash_map<absl::string_view, Entries::iterator> by_client_ ABSL_GUARDED_BY(mutex_);
  // How often Forget() was called.
  uint64_t forgets_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace pledger::storage::keys

#endif  // PLEDGER_STORAGE_KEYS_KEY_VAULT_H_
