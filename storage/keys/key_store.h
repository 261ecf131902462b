// Where wrapped data keys are kept, apart from the ledger.
#ifndef PLEDGER_STORAGE_KEYS_KEY_STORE_H_
#define PLEDGER_STORAGE_KEYS_KEY_STORE_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"

namespace pledger::storage::keys {

// Opaque wrapped keys by client. Where an event has a sealed part and its client has no key here,
// the part has been erased. Implementations are thread-safe.
class KeyStore {
 public:
  virtual ~KeyStore() = default;

  // None if the client has no key. Other statuses are the implementation's: not to be able to read
  // is never the same as to have no key.
  [[nodiscard]] virtual absl::StatusOr<std::optional<std::string>> FindWrapped(
      std::string_view client_id) = 0;

  // Durable on return. ALREADY_EXISTS, and nothing changed, if the client has a key; of several
  // that put at once exactly one succeeds.
  [[nodiscard]] virtual absl::Status PutWrapped(std::string_view client_id,
                                                std::string_view wrapped) = 0;

  // A wrapped key of a client. Views its client id.
  struct ClientKey {
    std::string_view client_id;
    std::string wrapped;
  };

  // Stores the keys of those clients that have none; the others keep theirs. Durable only after
  // Sync(): nothing that is sealed under such a key may be acknowledged before.
  [[nodiscard]] virtual absl::Status PutMissing(absl::Span<const ClientKey> keys) = 0;

  // Makes durable what was put before the call; at once where nothing was. After a failure nobody
  // can say which keys are on disk: it fails until the store is opened anew.
  [[nodiscard]] virtual absl::Status Sync() = 0;

  // Whether all keys that can be found are durable. Never waits.
  virtual bool AllDurable() const = 0;
};

// Lost with the process: for tests, and for ledgers in memory.
class MemoryKeyStore : public KeyStore {
 public:
  [[nodiscard]] absl::StatusOr<std::optional<std::string>> FindWrapped(
      std::string_view client_id) override;
  [[nodiscard]] absl::Status PutWrapped(std::string_view client_id,
                                        std::string_view wrapped) override;
  [[nodiscard]] absl::Status PutMissing(absl::Span<const ClientKey> keys) override;
  [[nodiscard]] absl::Status Sync() override { return absl::OkStatus(); }
  bool AllDurable() const override { return true; }

  // Destroys a client's key, if it has one.
  void Erase(std::string_view client_id);

 private:
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::string> wrapped_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pledger::storage::keys

#endif  // PLEDGER_STORAGE_KEYS_KEY_STORE_H_
