// The key-encryption key as text, and the file that holds it.
//
// One line: "pledger-key-encryption-key-v1 <id> <key>\n", with the id (wrapping.h) as 16 and the
// key as 64 lower-case hexadecimal digits. The id makes a mistyped or cut key known before anything
// is wrapped under it.
#ifndef PLEDGER_STORAGE_KEYS_KEY_ENCRYPTION_KEY_H_
#define PLEDGER_STORAGE_KEYS_KEY_ENCRYPTION_KEY_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "storage/keys/random.h"
#include "storage/keys/secret.h"

namespace pledger::storage::keys {

// The caller wipes the text.
std::string FormatKeyEncryptionKey(const KeyEncryptionKey& key);

// The end of the line may be missing. INVALID_ARGUMENT, which doesn't quote the text, if it is
// anything else than the one line.
[[nodiscard]] absl::StatusOr<KeyEncryptionKey> ParseKeyEncryptionKey(std::string_view text);

// The key in the file at `path`, whose name is on disk on return. NOT_FOUND if there is none;
// others as LoadOrCreateKeyFile().
[[nodiscard]] absl::StatusOr<KeyEncryptionKey> LoadKeyFile(const std::string& path);

// A new key in a new file, on disk under its name on return. ALREADY_EXISTS, and nothing changed,
// if there is a file of that name; else what errno says. Thread-safe.
[[nodiscard]] absl::StatusOr<KeyEncryptionKey> CreateKeyFile(const std::string& path,
                                                             RandomSource& random);

// The key in the file at `path`; at first start, when there is none, a new one, which is on disk
// under its name on return. Starters that race get the same key. FAILED_PRECONDITION if others may
// read the file or it doesn't hold a key, else what errno says. Thread-safe.
[[nodiscard]] absl::StatusOr<KeyEncryptionKey> LoadOrCreateKeyFile(const std::string& path,
                                                                   RandomSource& random);

}  // namespace pledger::storage::keys

#endif  // PLEDGER_STORAGE_KEYS_KEY_ENCRYPTION_KEY_H_
