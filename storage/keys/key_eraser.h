// Destroying one client's data key for good.
//
// Removing a wrapped key is not enough: older copies of it lie in the database's files and in every
// backup of them. So all other clients' keys are wrapped anew under another key-encryption key, and
// the key that the copies are wrapped under is destroyed: a restored backup stays dark. A backup of
// the keys from before an erasure is of no use after it, to nobody; make a new one.
//
// The way, each step durable before the next; before it the caller has the log forget what it keeps
// of new keys (key_journal.h):
//
//   1  `<key file>.next` is made, with a new key.
//   2  The client's data key is removed, and the erasure noted (KeyStore::BeginErasure). From here
//      on it is finished, whatever happens.
//   3  All keys are wrapped under the new one.
//   4  The key file becomes `<key file>.old`, and `.next` the key file.
//   5  `.old` is overwritten and removed.
//   6  The caller has recorded what follows from it, and ends the erasure.
//
// What files there are and whether an erasure is noted tell at the next start where it stopped.
#ifndef PLEDGER_STORAGE_KEYS_KEY_ERASER_H_
#define PLEDGER_STORAGE_KEYS_KEY_ERASER_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/keys/key_store.h"
#include "storage/keys/key_vault.h"
#include "storage/keys/random.h"
#include "storage/keys/secret.h"

namespace pledger::storage::keys {

// Not thread-safe. Files are those of the process's file system.
class KeyEraser {
 public:
  // Called before each thing that is made durable; what it returns, if not OK, ends the call there,
  // as a crash would. For tests.
  using BeforeStep = std::function<absl::Status(std::string_view step)>;

  // `store` and `random` must outlive it.
  KeyEraser(KeyStore& store, std::string key_file, RandomSource& random,
            BeforeStep before_step = nullptr);

  // To be called once, before anything else uses the keys. Finishes an erasure as far as the keys
  // are concerned (steps 3 to 5) and returns the key-encryption key, made at the first start.
  // FAILED_PRECONDITION if the stored keys are not wrapped under it: the key file, or the keys,
  // come from a backup, or the key file is missing. Others are the store's, or errno's.
  [[nodiscard]] absl::StatusOr<KeyEncryptionKey> Open();

  // Whether `wrapped` is under the key in one of the key files that there are, which are read once.
  // To be asked before Open(). DATA_LOSS if it is no wrapped key; others are errno's.
  [[nodiscard]] absl::StatusOr<bool> CanUnwrap(std::string_view wrapped);

  // Steps 1 to 5 for the client and key that `erasure` names; the same when it was begun before.
  // The vault goes on serving, and gives the client's key to nobody from step 2 on. On an error
  // find out by pending() whether it was begun: if it was, this can be called again.
  [[nodiscard]] absl::Status Erase(KeyVault& vault, const KeyStore::Erasure& erasure);

  // The erasure that was begun and not ended.
  [[nodiscard]] absl::StatusOr<std::optional<KeyStore::Erasure>> pending() {
    return store_.FindErasure();
  }

  // Step 6.
  [[nodiscard]] absl::Status End();

  // The id of the key-encryption key, as Open() and Erase() left it.
  const KeyId& key_id() const { return key_id_; }

 private:
  // Steps 3 to 5, or what is left of them, for the files that there are.
  [[nodiscard]] absl::Status Finish();
  [[nodiscard]] absl::Status Rewrap();
  [[nodiscard]] absl::StatusOr<std::vector<KeyId>> LoadKeyIds() const;
  [[nodiscard]] absl::Status CheckKeysFit(const KeyEncryptionKey& key);
  [[nodiscard]] absl::Status Before(std::string_view step);

  KeyStore& store_;
  const std::string key_file_;
  const std::string next_file_;
  const std::string old_file_;
  RandomSource& random_;
  const BeforeStep before_step_;
  KeyId key_id_{};
  // Of the key files, as CanUnwrap() found them.
  std::optional<std::vector<KeyId>> ids_before_open_;
  // The vault wraps under the key in `next_file_`.
  bool rotating_ = false;
};

}  // namespace pledger::storage::keys

#endif  // PLEDGER_STORAGE_KEYS_KEY_ERASER_H_
