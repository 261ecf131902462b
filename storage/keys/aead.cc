#include "storage/keys/aead.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <memory>

#include "absl/status/status.h"
#include "storage/format/big_endian.h"
#include "storage/keys/crypto_check.h"

namespace pledger::storage::keys {
namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
// Made for each message, so that freeing it wipes the expanded key.
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const uint8_t* Bytes(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

uint8_t* Bytes(std::string* text, size_t offset) {
  return reinterpret_cast<uint8_t*>(text->data() + offset);
}

// Looked up once; looking it up each time would take a third of the time that a message takes.
const EVP_CIPHER* Cipher() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  CheckCrypto(cipher != nullptr, "finding AES-256-GCM");
  return cipher;
}

}  // namespace

std::string AssociatedData(std::initializer_list<std::string_view> fields) {
  std::string data;
  for (const std::string_view field : fields) {
    AppendBig64(field.size(), &data);
    data.append(field);
  }
  return data;
}

void AeadSeal(const Secret& key, const AeadNonce& nonce, std::string_view associated,
              std::initializer_list<std::string_view> parts, std::string* out) {
  const Context context(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX* const c = context.get();
  int written = 0;
  bool ok = c != nullptr &&
            EVP_EncryptInit_ex2(c, Cipher(), key.bytes().data(), nonce.data(), nullptr) == 1 &&
            EVP_EncryptUpdate(c, nullptr, &written, Bytes(associated),
                              static_cast<int>(associated.size())) == 1;
  for (const std::string_view part : parts) {
    const size_t offset = out->size();
    out->resize(offset + part.size());
    ok = ok && EVP_EncryptUpdate(c, Bytes(out, offset), &written, Bytes(part),
                                 static_cast<int>(part.size())) == 1;
  }
  const size_t offset = out->size();
  out->resize(offset + kAeadTagBytes);
  ok = ok && EVP_EncryptFinal_ex(c, Bytes(out, offset), &written) == 1 &&
       EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, kAeadTagBytes, Bytes(out, offset)) == 1;
  CheckCrypto(ok, "AES-256-GCM encryption");
}

absl::StatusOr<std::string> AeadOpen(const Secret& key, const AeadNonce& nonce,
                                     std::string_view associated, std::string_view sealed) {
  if (sealed.size() < kAeadTagBytes) return absl::DataLossError("a sealed text is cut short");
  const size_t size = sealed.size() - kAeadTagBytes;
  std::string tag(sealed.substr(size));
  std::string text(size, '\0');
  const Context context(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX* const c = context.get();
  int written = 0;
  CheckCrypto(
      c != nullptr &&
          EVP_DecryptInit_ex2(c, Cipher(), key.bytes().data(), nonce.data(), nullptr) == 1 &&
          EVP_DecryptUpdate(c, nullptr, &written, Bytes(associated),
                            static_cast<int>(associated.size())) == 1 &&
          EVP_DecryptUpdate(c, Bytes(&text, 0), &written, Bytes(sealed), static_cast<int>(size)) ==
              1 &&
          EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, kAeadTagBytes, tag.data()) == 1,
      "AES-256-GCM decryption");
  uint8_t none[kAeadTagBytes];
  if (EVP_DecryptFinal_ex(c, none, &written) != 1) {
    OPENSSL_cleanse(text.data(), text.size());
    return absl::DataLossError("a sealed text does not authenticate");
  }
  return text;
}

}  // namespace pledger::storage::keys
