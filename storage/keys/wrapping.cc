#include "storage/keys/wrapping.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "storage/format/types.h"
#include "storage/keys/aead.h"
#include "storage/keys/hmac.h"

namespace pledger::storage::keys {
namespace {

constexpr std::string_view kPurpose = "pledger wrapped data key";
constexpr std::string_view kIdLabel = "pledger key-encryption key id";
constexpr std::string_view kDataKeyIdLabel = "pledger data key id";
constexpr size_t kHeaderBytes = 1 + sizeof(KeyId);
constexpr size_t kSealedOffset = kHeaderBytes + kAeadNonceBytes;
static_assert(kWrappedBytes == kSealedOffset + DataKey::kBytes + kAeadTagBytes);

std::string_view View(const Secret& secret) { return AsChars(secret.bytes()); }

KeyId IdByLabel(const Secret& key, std::string_view label) {
  const Hash hash = HmacSha256(key.bytes(), label);
  KeyId id;
  std::copy_n(hash.begin(), id.size(), id.begin());
  return id;
}

}  // namespace

KeyId IdOf(const KeyEncryptionKey& key) { return IdByLabel(key, kIdLabel); }
KeyId IdOf(const DataKey& key) { return IdByLabel(key, kDataKeyIdLabel); }

std::string ToString(const KeyId& id) { return absl::BytesToHexString(std::string(AsChars(id))); }

std::string WrapDataKey(const KeyEncryptionKey& key, std::string_view client_id,
                        const DataKey& data_key, RandomSource& random) {
  AeadNonce nonce;
  random.Fill(absl::MakeSpan(nonce));
  std::string wrapped(1, static_cast<char>(kWrappedFormatVersion));
  wrapped += AsChars(IdOf(key));
  const std::string associated = AssociatedData({kPurpose, wrapped, client_id});
  wrapped += AsChars(nonce);
  AeadSeal(key, nonce, associated, {View(data_key)}, &wrapped);
  return wrapped;
}

absl::StatusOr<KeyId> WrappingKeyId(std::string_view wrapped) {
  if (wrapped.size() != kWrappedBytes) {
    return absl::DataLossError(
        absl::StrCat("a wrapped key cannot have ", wrapped.size(), " bytes"));
  }
  const auto version = static_cast<uint8_t>(wrapped[0]);
  if (version != kWrappedFormatVersion) {
    return absl::DataLossError(absl::StrCat("wrapped key format ", version, " is not known"));
  }
  KeyId id;
  std::memcpy(id.data(), wrapped.data() + 1, id.size());
  return id;
}

absl::StatusOr<DataKey> UnwrapDataKey(const KeyEncryptionKey& key, std::string_view client_id,
                                      std::string_view wrapped) {
  const absl::StatusOr<KeyId> id = WrappingKeyId(wrapped);
  if (!id.ok()) return id.status();
  if (const KeyId own = IdOf(key); *id != own) {
    return absl::FailedPreconditionError(
        absl::StrCat("a data key is wrapped under the key-encryption key ", ToString(*id),
                     ", and the one in use is ", ToString(own)));
  }
  AeadNonce nonce;
  std::memcpy(nonce.data(), wrapped.data() + kHeaderBytes, nonce.size());
  absl::StatusOr<std::string> opened =
      AeadOpen(key, nonce, AssociatedData({kPurpose, wrapped.substr(0, kHeaderBytes), client_id}),
               wrapped.substr(kSealedOffset));
  if (!opened.ok()) return absl::DataLossError("a wrapped data key does not authenticate");
  DataKey data_key;
  std::memcpy(data_key.mutable_bytes().data(), opened->data(), DataKey::kBytes);
  OPENSSL_cleanse(opened->data(), opened->size());
  return data_key;
}

}  // namespace pledger::storage::keys
