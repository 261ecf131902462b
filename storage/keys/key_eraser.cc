#include "storage/keys/key_eraser.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "storage/keys/key_encryption_key.h"
#include "storage/keys/secret_file.h"
#include "storage/keys/wrapping.h"

namespace pledger::storage::keys {
namespace {

std::string Text(std::string_view text) { return std::string(text); }

}  // namespace

KeyEraser::KeyEraser(KeyStore& store, std::string key_file, RandomSource& random,
                     BeforeStep before_step)
    : store_(store),
      key_file_(std::move(key_file)),
      next_file_(key_file_ + ".next"),
      old_file_(key_file_ + ".old"),
      random_(random),
      before_step_(std::move(before_step)) {}

absl::Status KeyEraser::Before(std::string_view step) {
  return before_step_ == nullptr ? absl::OkStatus() : before_step_(step);
}

absl::StatusOr<KeyEncryptionKey> KeyEraser::Open() {
  const auto erasure = store_.FindErasure();
  if (!erasure.ok()) return erasure.status();
  if (erasure->has_value()) {
    if (absl::Status status = Finish(); !status.ok()) return status;
  } else {
    // A key that was made for an erasure which was never begun: nothing is wrapped under it.
    if (absl::Status status = DestroySecretFile(next_file_, random_); !status.ok()) return status;
  }
  absl::StatusOr<KeyEncryptionKey> key = LoadKeyFile(key_file_);
  if (absl::IsNotFound(key.status())) {
    // A new key would make every stored one useless; so there must be none.
    absl::Status status = CheckKeysFit(KeyEncryptionKey());
    if (!status.ok()) return status;
    key = LoadOrCreateKeyFile(key_file_, random_);
  }
  if (!key.ok()) return key.status();
  if (absl::Status status = CheckKeysFit(*key); !status.ok()) return status;
  key_id_ = IdOf(*key);
  return key;
}

absl::StatusOr<bool> KeyEraser::CanUnwrap(std::string_view wrapped) {
  const absl::StatusOr<KeyId> id = WrappingKeyId(wrapped);
  if (!id.ok()) return id.status();
  if (!ids_before_open_.has_value()) {
    absl::StatusOr<std::vector<KeyId>> ids = LoadKeyIds();
    if (!ids.ok()) return ids.status();
    ids_before_open_ = *std::move(ids);
  }
  return absl::c_linear_search(*ids_before_open_, *id);
}

absl::StatusOr<std::vector<KeyId>> KeyEraser::LoadKeyIds() const {
  std::vector<KeyId> ids;
  for (const std::string& file : {key_file_, next_file_, old_file_}) {
    const absl::StatusOr<KeyEncryptionKey> key = LoadKeyFile(file);
    if (absl::IsNotFound(key.status())) continue;
    // What is being destroyed may be half of a file.
    if (!key.ok() && file == old_file_) continue;
    if (!key.ok()) return key.status();
    ids.push_back(IdOf(*key));
  }
  return ids;
}

absl::Status KeyEraser::CheckKeysFit(const KeyEncryptionKey& key) {
  const KeyId own = IdOf(key);
  absl::Status fits;
  // One is enough: they are all wrapped under the same. Stopping is not an error.
  (void)store_.RewrapAll([&](std::string_view client_id, std::string_view wrapped)
                             -> absl::StatusOr<std::optional<std::string>> {
    const absl::StatusOr<KeyId> id = WrappingKeyId(wrapped);
    if (!id.ok()) {
      fits = id.status();
    } else if (*id != own) {
      fits = absl::FailedPreconditionError(absl::StrCat(
          "the clients' keys are wrapped under the key-encryption key ", ToString(*id),
          ", which is not the one in ", key_file_,
          ": bring back the key file or the keys that belong together. A backup of the keys from "
          "before an erasure can no longer be used"));
    }
    return absl::CancelledError("seen enough");
  });
  return fits;
}

absl::Status KeyEraser::Erase(KeyVault& vault, const KeyStore::Erasure& erasure) {
  const auto begun = store_.FindErasure();
  if (!begun.ok()) return begun.status();
  if (!begun->has_value()) {
    absl::Status status = DestroySecretFile(next_file_, random_);
    if (status.ok()) status = Before("make the next key file");
    if (status.ok()) status = CreateKeyFile(next_file_, random_).status();
    if (status.ok()) status = Before("begin");
    if (status.ok()) status = store_.BeginErasure(erasure);
    if (!status.ok()) return status;
  }
  vault.Forget(erasure.client_id);
  if (!rotating_) {
    const absl::StatusOr<KeyEncryptionKey> next = LoadKeyFile(next_file_);
    // None: the erasure had got further before.
    if (!next.ok() && !absl::IsNotFound(next.status())) return next.status();
    if (next.ok()) vault.BeginRotation(*next);
    rotating_ = next.ok();
    if (next.ok()) key_id_ = IdOf(*next);
  }
  if (absl::Status status = Finish(); !status.ok()) return status;
  vault.EndRotation();
  rotating_ = false;
  return absl::OkStatus();
}

absl::Status KeyEraser::Finish() {
  absl::StatusOr<bool> has_next = SecretFileExists(next_file_);
  absl::StatusOr<bool> has_old = SecretFileExists(old_file_);
  if (!has_next.ok()) return has_next.status();
  if (!has_old.ok()) return has_old.status();
  absl::Status status;
  if (*has_next && !*has_old) {
    status = Rewrap();
    if (status.ok()) status = Before("put the old key file aside");
    if (status.ok()) status = RenameSecretFile(key_file_, old_file_);
  }
  if (*has_next) {
    if (status.ok()) status = Before("put the next key file in its place");
    if (status.ok()) status = RenameSecretFile(next_file_, key_file_);
  }
  if (status.ok()) status = Before("destroy the old key file");
  if (status.ok()) status = DestroySecretFile(old_file_, random_);
  return status;
}

absl::Status KeyEraser::Rewrap() {
  const absl::StatusOr<KeyEncryptionKey> old_key = LoadKeyFile(key_file_);
  if (!old_key.ok()) return old_key.status();
  const absl::StatusOr<KeyEncryptionKey> next = LoadKeyFile(next_file_);
  if (!next.ok()) return next.status();
  const KeyId next_id = IdOf(*next);
  if (absl::Status status = Before("rewrap"); !status.ok()) return status;
  absl::Status status =
      store_.RewrapAll([&](std::string_view client_id,
                           std::string_view wrapped) -> absl::StatusOr<std::optional<std::string>> {
        const absl::StatusOr<KeyId> id = WrappingKeyId(wrapped);
        if (id.ok() && *id == next_id) return std::nullopt;
        const absl::StatusOr<DataKey> key = UnwrapDataKey(*old_key, client_id, wrapped);
        if (!key.ok()) {
          return absl::Status(key.status().code(), absl::StrCat("client ", Text(client_id), ": ",
                                                                key.status().message()));
        }
        return WrapDataKey(*next, client_id, *key, random_);
      });
  if (status.ok()) status = Before("sync the keys");
  if (status.ok()) status = store_.Sync();
  return status;
}

absl::Status KeyEraser::End() {
  if (absl::Status status = Before("end"); !status.ok()) return status;
  return store_.EndErasure();
}

}  // namespace pledger::storage::keys
