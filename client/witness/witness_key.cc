#include "client/witness/witness_key.h"

#include <openssl/crypto.h>

#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/keys/random.h"
#include "storage/keys/secret_file.h"

namespace pledger::witness {
namespace {

using storage::merkle::NoteKeyType;
using storage::merkle::NoteSigner;

absl::Status MakeKey(const std::string& path, const std::string& name) {
  if (name.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no key in ", path, "; give --name to make one"));
  }
  storage::keys::SystemRandomSource random;
  storage::merkle::Ed25519Seed seed;
  random.Fill(absl::MakeSpan(seed));
  auto text = NoteSigner::Format(name, NoteKeyType::kCosignature, seed);
  OPENSSL_cleanse(seed.data(), seed.size());
  if (!text.ok()) return text.status();
  text->push_back('\n');
  absl::Status status = storage::keys::CreateSecretFile(path, *text, random);
  OPENSSL_cleanse(text->data(), text->size());
  return status;
}

}  // namespace

absl::StatusOr<NoteSigner> OpenWitnessKey(const std::string& path, const std::string& name) {
  auto text = storage::keys::ReadSecretFile(path);
  if (absl::IsNotFound(text.status())) {
    if (absl::Status status = MakeKey(path, name); !status.ok()) return status;
    text = storage::keys::ReadSecretFile(path);
  }
  if (!text.ok()) return text.status();
  std::string_view line = *text;
  if (line.ends_with('\n')) line.remove_suffix(1);
  absl::StatusOr<NoteSigner> signer = NoteSigner::Parse(line);
  OPENSSL_cleanse(text->data(), text->size());
  if (!signer.ok()) return signer;
  if (signer->verifier().type() != NoteKeyType::kCosignature) {
    return absl::InvalidArgumentError(absl::StrCat(path, " holds no key of a witness"));
  }
  if (!name.empty() && signer->verifier().name() != name) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " holds the key of ", signer->verifier().name()));
  }
  return signer;
}

}  // namespace pledger::witness
