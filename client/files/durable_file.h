// Files that must be there, whole, after a crash; and reading small ones.
//
// Thread-safe for different paths. Errors name the path; codes are those of errno.
#ifndef PLEDGER_CLIENT_FILES_DURABLE_FILE_H_
#define PLEDGER_CLIENT_FILES_DURABLE_FILE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pledger::client {

// All of the file's bytes, into `out`, whose memory is used again. NOT_FOUND if there is no such
// file; FAILED_PRECONDITION if it isn't a regular one; RESOURCE_EXHAUSTED if it has more than
// `bytes_max`.
[[nodiscard]] absl::Status ReadFileInto(const std::string& path, size_t bytes_max,
                                        std::string* out);
[[nodiscard]] absl::StatusOr<std::string> ReadFile(const std::string& path, size_t bytes_max);

// Replaces the file or makes it. On return it is on disk, whole, under its name; after a crash what
// was there before is, or this. Folders that are missing are made.
[[nodiscard]] absl::Status WriteDurably(const std::string& path, std::string_view contents);

// The same without waiting for the disk, for files that can be made again.
[[nodiscard]] absl::Status WriteFile(const std::string& path, std::string_view contents);

// The names in a folder, sorted; none if there is no such folder.
[[nodiscard]] absl::StatusOr<std::vector<std::string>> ListFolder(const std::string& path);

bool IsFolder(const std::string& path);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_FILES_DURABLE_FILE_H_
