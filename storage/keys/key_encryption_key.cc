#include "storage/keys/key_encryption_key.h"

#include <openssl/crypto.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "storage/keys/secret_file.h"
#include "storage/keys/wrapping.h"

namespace pledger::storage::keys {
namespace {

constexpr std::string_view kPrefix = "pledger-key-encryption-key-v1 ";
constexpr std::string_view kDigits = "0123456789abcdef";
constexpr size_t kIdDigits = 2 * sizeof(KeyId);
constexpr size_t kKeyDigits = 2 * KeyEncryptionKey::kBytes;
constexpr size_t kTextBytes = kPrefix.size() + kIdDigits + 1 + kKeyDigits;

// Its digits' values; false if one isn't a digit.
bool ReadKeyDigits(std::string_view digits, KeyEncryptionKey* key) {
  for (size_t i = 0; i < key->mutable_bytes().size(); ++i) {
    const size_t high = kDigits.find(digits[2 * i]);
    const size_t low = kDigits.find(digits[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return false;
    key->mutable_bytes()[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return true;
}

}  // namespace

std::string FormatKeyEncryptionKey(const KeyEncryptionKey& key) {
  std::string text;
  // At once, so that growing leaves no copies behind.
  text.reserve(kTextBytes + 1);
  text += kPrefix;
  text += ToString(IdOf(key));
  text += ' ';
  for (const uint8_t byte : key.bytes()) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  text += '\n';
  return text;
}

absl::StatusOr<KeyEncryptionKey> ParseKeyEncryptionKey(std::string_view text) {
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  const size_t key_offset = kTextBytes - kKeyDigits;
  KeyEncryptionKey key;
  if (text.size() != kTextBytes || text.substr(0, kPrefix.size()) != kPrefix ||
      text[key_offset - 1] != ' ' || !ReadKeyDigits(text.substr(key_offset), &key)) {
    return absl::InvalidArgumentError("not a key-encryption key");
  }
  if (text.substr(kPrefix.size(), kIdDigits) != ToString(IdOf(key))) {
    return absl::InvalidArgumentError("the key-encryption key does not match its id");
  }
  return key;
}

absl::StatusOr<KeyEncryptionKey> LoadKeyFile(const std::string& path) {
  absl::StatusOr<std::string> text = ReadSecretFile(path);
  if (!text.ok()) return text.status();
  absl::StatusOr<KeyEncryptionKey> key = ParseKeyEncryptionKey(*text);
  OPENSSL_cleanse(text->data(), text->size());
  if (!key.ok()) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": ", key.status().message()));
  }
  // Whoever made the file may have died before its name was on disk, and all that is wrapped from
  // now on is lost with it.
  if (absl::Status status = SyncFolderOf(path); !status.ok()) return status;
  return key;
}

absl::StatusOr<KeyEncryptionKey> CreateKeyFile(const std::string& path, RandomSource& random) {
  KeyEncryptionKey key;
  random.Fill(absl::MakeSpan(key.mutable_bytes()));
  std::string text = FormatKeyEncryptionKey(key);
  const absl::Status status = CreateSecretFile(path, text, random);
  OPENSSL_cleanse(text.data(), text.size());
  if (!status.ok()) return status;
  return key;
}

absl::StatusOr<KeyEncryptionKey> LoadOrCreateKeyFile(const std::string& path,
                                                     RandomSource& random) {
  absl::StatusOr<KeyEncryptionKey> loaded = LoadKeyFile(path);
  if (!absl::IsNotFound(loaded.status())) return loaded;
  absl::StatusOr<KeyEncryptionKey> made = CreateKeyFile(path, random);
  return absl::IsAlreadyExists(made.status()) ? LoadKeyFile(path) : std::move(made);
}

}  // namespace pledger::storage::keys
