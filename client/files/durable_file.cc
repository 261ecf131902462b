#include "client/files/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace pledger::client {
namespace {

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags, mode_t mode = 0)
      : number_(open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }

  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }

 private:
  const int number_;
};

absl::Status FromErrno(const char* what, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat(what, " ", path));
}

std::string FolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

absl::Status MakeFolderOf(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(FolderOf(path), error);
  if (!error) return absl::OkStatus();
  return absl::ErrnoToStatus(error.value(), absl::StrCat("making ", FolderOf(path)));
}

absl::Status WriteAll(const Descriptor& file, std::string_view contents, const std::string& path) {
  while (!contents.empty()) {
    const ssize_t written = write(file.number(), contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FromErrno("writing", path);
    contents.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status SyncFolder(const std::string& folder) {
  const Descriptor file(folder, O_RDONLY | O_DIRECTORY);
  if (!file.is_open()) return FromErrno("opening", folder);
  return fsync(file.number()) == 0 ? absl::OkStatus() : FromErrno("syncing", folder);
}

constexpr int kWriteFlags = O_WRONLY | O_CREAT | O_TRUNC;
constexpr mode_t kMode = 0644;

// The new file, on disk under a name of its own.
absl::Status WriteNew(const std::string& path, std::string_view contents) {
  const Descriptor file(path, kWriteFlags, kMode);
  if (!file.is_open()) return FromErrno("making", path);
  if (absl::Status status = WriteAll(file, contents, path); !status.ok()) return status;
  return fsync(file.number()) == 0 ? absl::OkStatus() : FromErrno("syncing", path);
}

}  // namespace

absl::Status ReadFileInto(const std::string& path, size_t bytes_max, std::string* out) {
  out->clear();
  // A named pipe in the file's place must be refused rather than waited for.
  const Descriptor file(path, O_RDONLY | O_NONBLOCK);
  struct stat info;
  if (!file.is_open() || fstat(file.number(), &info) != 0) return FromErrno("opening", path);
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is not a regular file"));
  }
  // One more than it has, so that the last read says that it has no more.
  size_t size = 0;
  out->resize(std::min(static_cast<size_t>(info.st_size), bytes_max) + 1);
  while (true) {
    const ssize_t count = read(file.number(), out->data() + size, out->size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FromErrno("reading", path);
    if (count == 0) break;
    size += static_cast<size_t>(count);
    if (size > bytes_max) {
      return absl::ResourceExhaustedError(
          absl::StrCat(path, " has more than ", bytes_max, " bytes"));
    }
    if (size == out->size()) out->resize(std::min(2 * size, bytes_max + 1));
  }
  out->resize(size);
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t bytes_max) {
  std::string contents;
  absl::Status status = ReadFileInto(path, bytes_max, &contents);
  if (!status.ok()) return status;
  return contents;
}

absl::Status WriteDurably(const std::string& path, std::string_view contents) {
  if (absl::Status status = MakeFolderOf(path); !status.ok()) return status;
  const std::string temporary = absl::StrCat(path, ".new-", getpid());
  absl::Status status = WriteNew(temporary, contents);
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) {
    status = FromErrno("replacing", path);
  }
  if (!status.ok()) {
    unlink(temporary.c_str());
    return status;
  }
  return SyncFolder(FolderOf(path));
}

absl::Status WriteFile(const std::string& path, std::string_view contents) {
  if (absl::Status status = MakeFolderOf(path); !status.ok()) return status;
  const Descriptor file(path, kWriteFlags, kMode);
  if (!file.is_open()) return FromErrno("making", path);
  return WriteAll(file, contents, path);
}

absl::StatusOr<std::vector<std::string>> ListFolder(const std::string& path) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return absl::ErrnoToStatus(error.value(), absl::StrCat("listing ", path));
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool IsFolder(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

}  // namespace pledger::client
