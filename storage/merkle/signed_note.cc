#include "storage/merkle/signed_note.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "storage/format/text.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/note_text.h"

namespace pledger::storage::merkle {
namespace {

constexpr std::string_view kSignatureMark = "\xe2\x80\x94 ";  // An em dash, in UTF-8.
constexpr std::string_view kSecretPrefix = "PRIVATE+KEY+";
constexpr size_t kKeyIdBytes = 4;

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

const uint8_t* Bytes(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

// OpenSSL can only fail here for want of memory, and half a signature would be worse than none.
void Require(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "OpenSSL failed: %s\n", what);
  std::abort();
}

uint32_t GetKeyId(std::string_view bytes) {
  uint32_t id = 0;
  for (size_t i = 0; i < kKeyIdBytes; ++i) id = id << 8 | static_cast<uint8_t>(bytes[i]);
  return id;
}

std::string KeyIdBytes(uint32_t id) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(id >> shift));
  return bytes;
}

// Type and key as both kinds of key text hold them.
std::string TypedKey(NoteKeyType type, std::string_view key) {
  return absl::StrCat(std::string(1, static_cast<char>(type)), ToAbsl(key));
}

uint32_t KeyId(std::string_view name, NoteKeyType type, const Ed25519PublicKey& key) {
  const Hash hash = Sha256(absl::StrCat(ToAbsl(name), "\n", TypedKey(type, AsChars(key))));
  return GetKeyId(AsChars(hash));
}

// The parts of `<name>+<id>+<base64 of type and 32 bytes>`.
struct KeyText {
  std::string_view name;
  uint32_t id = 0;
  NoteKeyType type = NoteKeyType::kEd25519;
  std::array<uint8_t, 32> key{};
};

std::optional<uint32_t> FromHex(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (text.size() != 2 * kKeyIdBytes) return std::nullopt;
  uint32_t value = 0;
  for (const char c : text) {
    const size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value << 4 | static_cast<uint32_t>(digit);
  }
  return value;
}

std::optional<KeyText> ParseKeyText(std::string_view text) {
  // Base64 has a plus among its digits, a name and an id have none.
  const size_t name_end = text.find('+');
  if (name_end == std::string_view::npos) return std::nullopt;
  const size_t id_end = text.find('+', name_end + 1);
  if (id_end == std::string_view::npos) return std::nullopt;
  KeyText parts;
  parts.name = text.substr(0, name_end);
  const auto id = FromHex(text.substr(name_end + 1, id_end - name_end - 1));
  std::optional<std::string> key = FromBase64(text.substr(id_end + 1));
  const bool sized = key && key->size() == 1 + parts.key.size();
  if (sized) {
    parts.type = static_cast<NoteKeyType>((*key)[0]);
    std::copy(key->begin() + 1, key->end(), parts.key.begin());
  }
  if (key) OPENSSL_cleanse(key->data(), key->size());
  const bool known = parts.type == NoteKeyType::kEd25519 || parts.type == NoteKeyType::kCosignature;
  if (!id || !sized || !known) return std::nullopt;
  parts.id = *id;
  return parts;
}

std::string FormatKeyText(std::string_view name, uint32_t id, NoteKeyType type,
                          std::string_view key) {
  return absl::StrCat(ToAbsl(name), "+", absl::StrFormat("%08x", id), "+",
                      ToBase64(TypedKey(type, key)));
}

absl::StatusOr<NoteSignature> ParseSignatureLine(std::string_view line, size_t number) {
  if (!line.starts_with(kSignatureMark)) {
    return BadLine(number, "a signature line begins with an em dash and a space");
  }
  line.remove_prefix(kSignatureMark.size());
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return BadLine(number, "has no signature");
  NoteSignature signature;
  signature.name = line.substr(0, space);
  if (!IsKeyName(signature.name)) return BadLine(number, "no key can have this name");
  const std::optional<std::string> bytes = FromBase64(line.substr(space + 1));
  if (!bytes || bytes->size() <= kKeyIdBytes) {
    return BadLine(number, "a signature is the base64 of a key id and more bytes");
  }
  signature.key_id = GetKeyId(*bytes);
  signature.signature = bytes->substr(kKeyIdBytes);
  return signature;
}

absl::StatusOr<std::vector<NoteSignature>> ParseSignatureLinesFrom(std::string_view bytes,
                                                                   size_t first_line) {
  std::vector<NoteSignature> signatures;
  for (size_t number = first_line; !bytes.empty(); ++number) {
    const std::optional<std::string_view> line = TakeLine(&bytes);
    if (!line) return BadLine(number, "ends without a line feed");
    if (signatures.size() == kNoteSignaturesMax) return BadLine(number, "too many signatures");
    absl::StatusOr<NoteSignature> signature = ParseSignatureLine(*line, number);
    if (!signature.ok()) return signature.status();
    signatures.push_back(*std::move(signature));
  }
  if (signatures.empty()) return BadLine(first_line, "there is no signature");
  return signatures;
}

absl::Status CheckNoteBytes(std::string_view bytes) {
  if (bytes.size() > kNoteBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat("a note has at most ", kNoteBytesMax, " bytes"));
  }
  if (!IsNoteText(bytes)) {
    return absl::InvalidArgumentError("a note is UTF-8 without control characters");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<NoteVerifier> NoteVerifier::Create(std::string_view name, NoteKeyType type,
                                                  const Ed25519PublicKey& key) {
  if (!IsKeyName(name)) {
    return absl::InvalidArgumentError(
        "the name of a key is UTF-8 without white space, plus or control characters");
  }
  NoteVerifier verifier;
  verifier.name_ = name;
  verifier.type_ = type;
  verifier.key_ = key;
  verifier.id_ = KeyId(name, type, key);
  return verifier;
}

absl::StatusOr<NoteVerifier> NoteVerifier::Parse(std::string_view vkey) {
  const std::optional<KeyText> parts = ParseKeyText(vkey);
  if (!parts) {
    return absl::InvalidArgumentError(
        "a verifier key is <name>+<id, 8 hexadecimal digits>+<base64 of type 1 or 4 and 32 bytes>");
  }
  absl::StatusOr<NoteVerifier> verifier = Create(parts->name, parts->type, parts->key);
  if (verifier.ok() && verifier->id_ != parts->id) {
    return absl::InvalidArgumentError("the id of the verifier key is not that of its name and key");
  }
  return verifier;
}

std::string NoteVerifier::ToString() const {
  return FormatKeyText(name_, id_, type_, AsChars(key_));
}

absl::Status NoteVerifier::VerifyMessage(std::string_view message,
                                         std::string_view signature) const {
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key_.data(), key_.size()));
  const Context context(EVP_MD_CTX_new());
  const bool holds =
      key && context && signature.size() == sizeof(Ed25519Signature) &&
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message),
                       message.size()) == 1;
  if (holds) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the signature of ", name_, " is false"));
}

struct NoteSigner::PrivateKey {
  Key key;
};

NoteSigner::NoteSigner(NoteVerifier verifier, std::shared_ptr<const PrivateKey> key)
    : verifier_(std::move(verifier)), key_(std::move(key)) {}

absl::StatusOr<NoteSigner> NoteSigner::Create(std::string_view name, NoteKeyType type,
                                              const Ed25519Seed& seed) {
  auto key = std::make_shared<PrivateKey>();
  key->key.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  Ed25519PublicKey public_key;
  size_t size = public_key.size();
  Require(key->key && EVP_PKEY_get_raw_public_key(key->key.get(), public_key.data(), &size) == 1,
          "making an Ed25519 key");
  absl::StatusOr<NoteVerifier> verifier = NoteVerifier::Create(name, type, public_key);
  if (!verifier.ok()) return verifier.status();
  return NoteSigner(*std::move(verifier), std::move(key));
}

absl::StatusOr<NoteSigner> NoteSigner::Parse(std::string_view text) {
  std::optional<KeyText> parts;
  if (text.starts_with(kSecretPrefix)) parts = ParseKeyText(text.substr(kSecretPrefix.size()));
  if (!parts) {
    return absl::InvalidArgumentError(
        "a signing key is PRIVATE+KEY+<name>+<id>+<base64 of type 1 or 4 and 32 bytes>");
  }
  absl::StatusOr<NoteSigner> signer = Create(parts->name, parts->type, parts->key);
  OPENSSL_cleanse(parts->key.data(), parts->key.size());
  if (signer.ok() && signer->verifier().id() != parts->id) {
    return absl::InvalidArgumentError("the id of the signing key is not that of its name and key");
  }
  return signer;
}

absl::StatusOr<std::string> NoteSigner::Format(std::string_view name, NoteKeyType type,
                                               const Ed25519Seed& seed) {
  const absl::StatusOr<NoteSigner> signer = Create(name, type, seed);
  if (!signer.ok()) return signer.status();
  return absl::StrCat(ToAbsl(kSecretPrefix),
                      FormatKeyText(name, signer->verifier().id(), type, AsChars(seed)));
}

Ed25519Signature NoteSigner::SignMessage(std::string_view message) const {
  const Context context(EVP_MD_CTX_new());
  Ed25519Signature signature;
  size_t size = signature.size();
  Require(context &&
              EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_->key.get()) == 1 &&
              EVP_DigestSign(context.get(), signature.data(), &size, Bytes(message),
                             message.size()) == 1 &&
              size == signature.size(),
          "signing with Ed25519");
  return signature;
}

std::string FormatSignatureLine(const NoteSignature& signature) {
  return absl::StrCat(ToAbsl(kSignatureMark), signature.name, " ",
                      ToBase64(absl::StrCat(KeyIdBytes(signature.key_id), signature.signature)),
                      "\n");
}

std::string FormatNote(const SignedNote& note) {
  std::string bytes = absl::StrCat(note.text, "\n");
  for (const NoteSignature& signature : note.signatures) bytes += FormatSignatureLine(signature);
  return bytes;
}

absl::StatusOr<SignedNote> ParseNote(std::string_view bytes) {
  if (absl::Status status = CheckNoteBytes(bytes); !status.ok()) return status;
  // The text may have empty lines too: the last one parts them.
  const size_t end = bytes.rfind("\n\n");
  if (end == std::string_view::npos) {
    return absl::InvalidArgumentError("a note has an empty line before its signatures");
  }
  SignedNote note;
  note.text = bytes.substr(0, end + 1);
  const auto lines = std::count(note.text.begin(), note.text.end(), '\n');
  auto signatures = ParseSignatureLinesFrom(bytes.substr(end + 2), static_cast<size_t>(lines) + 2);
  if (!signatures.ok()) return signatures.status();
  note.signatures = *std::move(signatures);
  return note;
}

absl::StatusOr<std::vector<NoteSignature>> ParseSignatureLines(std::string_view bytes) {
  if (absl::Status status = CheckNoteBytes(bytes); !status.ok()) return status;
  return ParseSignatureLinesFrom(bytes, 1);
}

bool IsBy(const NoteSignature& signature, const NoteVerifier& verifier) {
  return signature.key_id == verifier.id() && signature.name == verifier.name();
}

NoteSignature SignNote(std::string_view text, const NoteSigner& signer) {
  return {signer.verifier().name(), signer.verifier().id(),
          std::string(AsChars(signer.SignMessage(text)))};
}

absl::Status VerifyNote(const SignedNote& note, const NoteVerifier& verifier) {
  bool found = false;
  for (const NoteSignature& signature : note.signatures) {
    if (verifier.type() != NoteKeyType::kEd25519 || !IsBy(signature, verifier)) continue;
    absl::Status status = verifier.VerifyMessage(note.text, signature.signature);
    if (!status.ok()) return status;
    found = true;
  }
  if (found) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("no signature of ", verifier.name()));
}

}  // namespace pledger::storage::merkle
