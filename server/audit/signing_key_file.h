// The files that hold the keys by which the ledger signs its checkpoints; FORMAT.md has their form.
//
// Thread-safe. Messages name paths and never contents.
#ifndef PLEDGER_SERVER_AUDIT_SIGNING_KEY_FILE_H_
#define PLEDGER_SERVER_AUDIT_SIGNING_KEY_FILE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/keys/random.h"
#include "storage/merkle/signed_note.h"

namespace pledger::audit {

// NOT_FOUND if there is no file; FAILED_PRECONDITION if others may read it, or it doesn't hold an
// Ed25519 key named `origin`; else what errno says.
[[nodiscard]] absl::StatusOr<storage::merkle::NoteSigner> LoadSigningKey(const std::string& path,
                                                                         std::string_view origin);

// A new key, which is on disk under its name on return. ALREADY_EXISTS, and nothing changed, if
// there is a file; INVALID_ARGUMENT for an origin that can't name a key; else what errno says.
[[nodiscard]] absl::StatusOr<storage::merkle::NoteSigner> CreateSigningKey(
    const std::string& path, std::string_view origin, storage::keys::RandomSource& random);

// The key in the file at `next` takes the place of the one at `path`, in one step. Durable on
// return. Else what errno says.
[[nodiscard]] absl::Status ReplaceSigningKey(const std::string& next, const std::string& path);

// OK also if there is no file. Durable on return.
[[nodiscard]] absl::Status RemoveSigningKey(const std::string& path);

}  // namespace pledger::audit

#endif  // PLEDGER_SERVER_AUDIT_SIGNING_KEY_FILE_H_
