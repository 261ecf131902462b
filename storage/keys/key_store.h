// Where wrapped data keys are kept, apart from the ledger.
#ifndef PLEDGER_STORAGE_KEYS_KEY_STORE_H_
#define PLEDGER_STORAGE_KEYS_KEY_STORE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "storage/format/read_tier.h"
#include "storage/keys/unsynced_keys.h"
#include "storage/keys/wrapping.h"

namespace pledger::storage::keys {

// Opaque wrapped keys by client, and which were erased. A key that is neither here nor noted as
// erased was lost. Implementations are thread-safe.
class KeyStore {
 public:
  virtual ~KeyStore() = default;

  // None if the client has no key. Other statuses are the implementation's: not to be able to read
  // is never the same as to have no key.
  [[nodiscard]] virtual absl::StatusOr<std::optional<std::string>> FindWrapped(
      std::string_view client_id, ReadTier tier) = 0;

  // Durable on return. ALREADY_EXISTS, and nothing changed, if the client has a key; of several
  // that put at once exactly one succeeds.
  [[nodiscard]] virtual absl::Status PutWrapped(std::string_view client_id,
                                                std::string_view wrapped) = 0;

  // A wrapped key of a client. Views its client id.
  struct ClientKey {
    std::string_view client_id;
    std::string wrapped;
  };

  // Stores the keys of those clients that have none; the others keep theirs. Tells of each key, in
  // their order, whether it was stored. `tier` says where it may look which clients have one; where
  // it would have to look further, nothing is stored. Durable only after Sync(): until then
  // whatever records something that is sealed under such a key has to record the key with it; see
  // key_journal.h. No client stands there twice.
  [[nodiscard]] virtual absl::StatusOr<std::vector<bool>> PutMissing(
      absl::Span<const ClientKey> keys, ReadTier tier) = 0;

  // Makes durable what was put before the call; at once where nothing was. RESOURCE_EXHAUSTED if
  // the disk is full: ask again. UNAVAILABLE if nobody can say which keys are on disk, from then on
  // until the store is opened anew.
  [[nodiscard]] virtual absl::Status Sync() = 0;

  // The client's wrapped key, if it was put and is durable nowhere yet. Never waits.
  virtual std::optional<std::string> FindUnsynced(std::string_view client_id) const = 0;

  // This very key is durable elsewhere, from where it comes back with PutMissing() if this store
  // loses it. Never waits.
  virtual void NoteDurable(std::string_view client_id, std::string_view wrapped) = 0;

  // How many keys were put since the last Sync(). Never waits.
  virtual size_t unsynced() const = 0;

  // --- Erasure; see key_eraser.h. One thread at a time calls these, but for WasErased().

  // A client's key that is destroyed, while what follows from that is not yet done.
  struct Erasure {
    std::string client_id;
    KeyId key_id{};
    // The caller's.
    std::string journal;
  };

  // Removes the client's key, notes it as erased and keeps the erasure until EndErasure(): durable
  // on return, all or nothing. After a failure nobody can say which, until the store is opened
  // anew. FAILED_PRECONDITION, and nothing changed, while there is another erasure.
  [[nodiscard]] virtual absl::Status BeginErasure(const Erasure& erasure) = 0;
  // The one that has begun and not ended; none if there is none.
  [[nodiscard]] virtual absl::StatusOr<std::optional<Erasure>> FindErasure() = 0;
  // Durable on return.
  [[nodiscard]] virtual absl::Status EndErasure() = 0;

  // Gives every stored key to `rewrap` and stores what it returns; none leaves it as it is. Stops
  // at its error. Keys that are put meanwhile may be left out. Durable after Sync(). Memory does
  // not grow with the number of keys.
  using Rewrap = absl::FunctionRef<absl::StatusOr<std::optional<std::string>>(
      std::string_view client_id, std::string_view wrapped)>;
  [[nodiscard]] virtual absl::Status RewrapAll(Rewrap rewrap) = 0;

  // Whether the client's key of that id was erased; without an id, whether any was.
  [[nodiscard]] virtual absl::StatusOr<bool> WasErased(std::string_view client_id,
                                                       const std::optional<KeyId>& key_id) = 0;
};

// The reference model, and for ledgers in memory: lost with the process.
class MemoryKeyStore : public KeyStore {
 public:
  [[nodiscard]] absl::StatusOr<std::optional<std::string>> FindWrapped(std::string_view client_id,
                                                                       ReadTier tier) override;
  [[nodiscard]] absl::Status PutWrapped(std::string_view client_id,
                                        std::string_view wrapped) override;
  [[nodiscard]] absl::StatusOr<std::vector<bool>> PutMissing(absl::Span<const ClientKey> keys,
                                                             ReadTier tier) override;
  [[nodiscard]] absl::Status Sync() override;
  std::optional<std::string> FindUnsynced(std::string_view client_id) const override {
    return unsynced_.Find(client_id);
  }
  void NoteDurable(std::string_view client_id, std::string_view wrapped) override {
    unsynced_.NoteDurable(client_id, wrapped);
  }
  size_t unsynced() const override { return unsynced_.size(); }
  [[nodiscard]] absl::Status BeginErasure(const Erasure& erasure) override;
  [[nodiscard]] absl::StatusOr<std::optional<Erasure>> FindErasure() override;
  [[nodiscard]] absl::Status EndErasure() override;
  [[nodiscard]] absl::Status RewrapAll(Rewrap rewrap) override;
  [[nodiscard]] absl::StatusOr<bool> WasErased(std::string_view client_id,
                                               const std::optional<KeyId>& key_id) override;

  // Removes a client's key, if it has one, as if it were lost.
  void Lose(std::string_view client_id);
  // Removes the keys that were put since the last Sync(), as a crash may.
  void LoseUnsynced();

 private:
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::string> wrapped_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, std::vector<KeyId>> erased_ ABSL_GUARDED_BY(mutex_);
  std::optional<Erasure> erasure_ ABSL_GUARDED_BY(mutex_);
  uint64_t puts_ ABSL_GUARDED_BY(mutex_) = 0;
  UnsyncedKeys unsynced_;
};

}  // namespace pledger::storage::keys

#endif  // PLEDGER_STORAGE_KEYS_KEY_STORE_H_
