#include "storage/keys/sealing.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "storage/format/record.h"
#include "storage/keys/aead.h"
#include "storage/keys/hmac.h"
#include "storage/merkle/hash.h"

namespace pledger::storage::keys {
namespace {

constexpr std::string_view kFingerprintLabel = "pledger personal fingerprint";
// Before the nonce: the format and, from format 2 on, the id of the key.
constexpr size_t kHeaderBytes1 = 1;
constexpr size_t kHeaderBytes2 = 1 + sizeof(KeyId);
constexpr size_t kBesidesHeaderBytes = kAeadNonceBytes + kSaltBytes + kAeadTagBytes;
static_assert(kSealedOverheadBytes == kHeaderBytes2 + kBesidesHeaderBytes);

// The header is in the associated data from format 2 on.
std::string AssociatedDataOf(const SealContext& context, std::string_view header) {
  if (header.size() == kHeaderBytes1) {
    return AssociatedData({context.origin, context.client_id, AsChars(context.event_id)});
  }
  return AssociatedData({context.origin, context.client_id, AsChars(context.event_id), header});
}

// The blob's header.
absl::StatusOr<std::string_view> HeaderOf(std::string_view blob) {
  if (blob.empty() || blob.size() > kSealedBytesMax) {
    return absl::DataLossError(absl::StrCat("a sealed part cannot have ", blob.size(), " bytes"));
  }
  const auto version = static_cast<uint8_t>(blob[0]);
  if (version != 1 && version != kSealedFormatVersion) {
    return absl::DataLossError(absl::StrCat("sealed format ", version, " is not known"));
  }
  const size_t header_bytes = version == 1 ? kHeaderBytes1 : kHeaderBytes2;
  if (blob.size() < header_bytes + kBesidesHeaderBytes) {
    return absl::DataLossError(absl::StrCat("a sealed part cannot have ", blob.size(), " bytes"));
  }
  return blob.substr(0, header_bytes);
}

}  // namespace

absl::StatusOr<SealedPersonal> Seal(const DataKey& key, const SealContext& context,
                                    std::string_view plaintext, RandomSource& random) {
  if (plaintext.size() > kSealedBytesMax - kSealedOverheadBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("personal fields of ", plaintext.size(), " bytes; at most ",
                     kSealedBytesMax - kSealedOverheadBytes, " can be sealed"));
  }
  // One call for both: a call to the system's source costs as much as the encryption.
  std::array<uint8_t, kSaltBytes + kAeadNonceBytes> fresh;
  random.Fill(absl::MakeSpan(fresh));
  Salt salt;
  std::copy_n(fresh.begin(), salt.size(), salt.begin());
  AeadNonce nonce;
  std::copy_n(fresh.begin() + salt.size(), nonce.size(), nonce.begin());
  SealedPersonal sealed;
  sealed.blob.reserve(kSealedOverheadBytes + plaintext.size());
  sealed.blob += static_cast<char>(kSealedFormatVersion);
  sealed.blob += AsChars(IdOf(key));
  const std::string associated = AssociatedDataOf(context, sealed.blob);
  sealed.blob += AsChars(nonce);
  AeadSeal(key, nonce, associated, {AsChars(salt), plaintext}, &sealed.blob);
  sealed.blob_hash = merkle::Sha256(sealed.blob);
  sealed.commitment = PersonalCommitment(salt, plaintext);
  // The salt must not outlive the data key: with it guesses at the plaintext could be tried out.
  OPENSSL_cleanse(salt.data(), salt.size());
  OPENSSL_cleanse(fresh.data(), fresh.size());
  return sealed;
}

absl::StatusOr<std::optional<KeyId>> SealingKeyId(std::string_view blob) {
  const absl::StatusOr<std::string_view> header = HeaderOf(blob);
  if (!header.ok()) return header.status();
  if (header->size() == kHeaderBytes1) return std::optional<KeyId>();
  KeyId id;
  std::memcpy(id.data(), header->data() + 1, id.size());
  return std::optional<KeyId>(id);
}

absl::StatusOr<OpenedPersonal> Open(const DataKey& key, const SealContext& context,
                                    std::string_view blob) {
  const absl::StatusOr<std::string_view> header = HeaderOf(blob);
  if (!header.ok()) return header.status();
  AeadNonce nonce;
  std::memcpy(nonce.data(), blob.data() + header->size(), nonce.size());
  absl::StatusOr<std::string> text = AeadOpen(key, nonce, AssociatedDataOf(context, *header),
                                              blob.substr(header->size() + nonce.size()));
  if (!text.ok()) return text.status();
  OpenedPersonal opened;
  std::memcpy(opened.salt.data(), text->data(), opened.salt.size());
  text->erase(0, kSaltBytes);
  opened.plaintext = *std::move(text);
  return opened;
}

Hash PersonalCommitment(const Salt& salt, std::string_view plaintext) {
  return HmacSha256(salt, plaintext);
}

Fingerprint PersonalFingerprint(const DataKey& key, std::string_view plaintext) {
  const Hash hash = HmacSha256(DeriveKey(key, kFingerprintLabel).bytes(), plaintext);
  Fingerprint fingerprint;
  std::copy_n(hash.begin(), fingerprint.size(), fingerprint.begin());
  return fingerprint;
}

}  // namespace pledger::storage::keys
