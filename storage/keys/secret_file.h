// Small files with secrets in them, which nobody but their owner may read.
//
// Thread-safe, and safe between processes. Messages name the path and never the contents.
#ifndef PLEDGER_STORAGE_KEYS_SECRET_FILE_H_
#define PLEDGER_STORAGE_KEYS_SECRET_FILE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/keys/random.h"

namespace pledger::storage::keys {

inline constexpr size_t kSecretFileBytesMax = 4096;

// The file's contents, which the caller wipes. NOT_FOUND if there is no file; FAILED_PRECONDITION
// if it isn't a regular file, its group or others have any right to it, or it is larger than
// kSecretFileBytesMax; else what errno says.
[[nodiscard]] absl::StatusOr<std::string> ReadSecretFile(const std::string& path);

// Makes the file with mode 0600. On return it is on disk, whole, under its name; after a crash it
// is there whole or not at all (a stray `<path>.new-…`, which nothing ever used, may be left).
// `random` names that temporary file. ALREADY_EXISTS, and nothing changed, if there is a file of
// that name; else what errno says.
[[nodiscard]] absl::Status CreateSecretFile(const std::string& path, std::string_view contents,
                                            RandomSource& random);

// Overwrites the file with bytes from `random`, syncs them, removes the name and syncs that. On a
// file system that writes in place nothing of the contents is left; one that copies on write, or a
// disk that moves blocks about, may keep them: there, keep such files on a volume that can be
// destroyed as a whole. OK if there is no file; safe to repeat after a crash. Else what errno says.
[[nodiscard]] absl::Status DestroySecretFile(const std::string& path, RandomSource& random);

// Gives the file another name, durable on return, replacing what stood under it. Else what errno
// says.
[[nodiscard]] absl::Status RenameSecretFile(const std::string& from, const std::string& to);

// Whether there is something of that name. What errno says if that can't be told.
[[nodiscard]] absl::StatusOr<bool> SecretFileExists(const std::string& path);

// Makes the names in the folder that `path` is in durable. OK on a read-only file system, where
// there is nothing to be made durable.
[[nodiscard]] absl::Status SyncFolderOf(const std::string& path);

}  // namespace pledger::storage::keys

#endif  // PLEDGER_STORAGE_KEYS_SECRET_FILE_H_
