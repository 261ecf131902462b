#include "server/audit/signing_key_file.h"

#include <openssl/crypto.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "storage/format/text.h"
#include "storage/keys/secret_file.h"

namespace pledger::audit {

using storage::merkle::Ed25519Seed;
using storage::merkle::NoteKeyType;
using storage::merkle::NoteSigner;

absl::StatusOr<NoteSigner> LoadSigningKey(const std::string& path, std::string_view origin) {
  auto text = storage::keys::ReadSecretFile(path);
  if (!text.ok()) return text.status();
  std::string_view line = *text;
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  auto signer = NoteSigner::Parse(line);
  OPENSSL_cleanse(text->data(), text->size());
  if (!signer.ok() || signer->verifier().type() != NoteKeyType::kEd25519) {
    return absl::FailedPreconditionError(absl::StrCat(path, " does not hold a signing key"));
  }
  if (signer->verifier().name() != origin) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, " holds a key of ", signer->verifier().name(), "; this ledger is ", ToAbsl(origin)));
  }
  // Whoever made the file may have died before its name was on disk.
  if (absl::Status status = storage::keys::SyncFolderOf(path); !status.ok()) return status;
  return signer;
}

absl::StatusOr<NoteSigner> CreateSigningKey(const std::string& path, std::string_view origin,
                                            storage::keys::RandomSource& random) {
  Ed25519Seed seed;
  random.Fill(absl::MakeSpan(seed));
  auto signer = NoteSigner::Create(origin, NoteKeyType::kEd25519, seed);
  auto text = NoteSigner::Format(origin, NoteKeyType::kEd25519, seed);
  OPENSSL_cleanse(seed.data(), seed.size());
  if (!signer.ok()) return signer.status();
  if (!text.ok()) return text.status();
  text->push_back('\n');
  const absl::Status created = storage::keys::CreateSecretFile(path, *text, random);
  OPENSSL_cleanse(text->data(), text->size());
  if (!created.ok()) return created;
  return signer;
}

absl::Status ReplaceSigningKey(const std::string& next, const std::string& path) {
  if (std::rename(next.c_str(), path.c_str()) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("putting ", next, " in the place of ", path));
  }
  return storage::keys::SyncFolderOf(path);
}

absl::Status RemoveSigningKey(const std::string& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return absl::ErrnoToStatus(errno, absl::StrCat("removing ", path));
  }
  return storage::keys::SyncFolderOf(path);
}

}  // namespace pledger::audit
