#include "storage/keys/secret_file.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "storage/format/types.h"

namespace pledger::storage::keys {
namespace {

class File {
 public:
  File(const std::string& path, int flags, mode_t mode = 0)
      : descriptor_(open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }

  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

 private:
  const int descriptor_;
};

absl::Status FromErrno(std::string_view what, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat(std::string(what), " ", path));
}

absl::Status CheckIsPrivate(const File& file, const std::string& path) {
  struct stat info;
  if (fstat(file.descriptor(), &info) != 0) return FromErrno("looking at", path);
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is not a regular file"));
  }
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::FailedPreconditionError(
        absl::StrFormat("%s holds a secret, but its mode %04o lets others use it; make it 0600",
                        path, static_cast<unsigned>(info.st_mode & 07777)));
  }
  return absl::OkStatus();
}

absl::Status WriteAll(const File& file, std::string_view contents, const std::string& path) {
  while (!contents.empty()) {
    const ssize_t written = write(file.descriptor(), contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FromErrno("writing", path);
    contents.remove_prefix(static_cast<size_t>(written));
  }
  if (fsync(file.descriptor()) != 0) return FromErrno("syncing", path);
  return absl::OkStatus();
}

// Writes the file under a name of its own. On failure nothing stays behind.
absl::Status WriteTemporary(const std::string& path, std::string_view contents) {
  const File file(path, O_WRONLY | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
  if (!file.is_open()) return FromErrno("making", path);
  absl::Status status = WriteAll(file, contents, path);
  if (!status.ok()) unlink(path.c_str());
  return status;
}

}  // namespace

absl::StatusOr<std::string> ReadSecretFile(const std::string& path) {
  // A named pipe put in the file's place must be refused rather than waited for.
  const File file(path, O_RDONLY | O_NONBLOCK);
  if (!file.is_open()) return FromErrno("opening", path);
  if (absl::Status status = CheckIsPrivate(file, path); !status.ok()) return status;
  // One more than allowed, to notice a file that is too large. Never grows, so that no copy of the
  // secret is left in memory that was given back.
  std::string contents(kSecretFileBytesMax + 1, '\0');
  size_t size = 0;
  while (size < contents.size()) {
    const ssize_t count = read(file.descriptor(), contents.data() + size, contents.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FromErrno("reading", path);
    if (count == 0) break;
    size += static_cast<size_t>(count);
  }
  if (size > kSecretFileBytesMax) {
    OPENSSL_cleanse(contents.data(), contents.size());
    return absl::FailedPreconditionError(
        absl::StrCat(path, " has more than ", kSecretFileBytesMax, " bytes"));
  }
  contents.resize(size);
  return contents;
}

absl::Status CreateSecretFile(const std::string& path, std::string_view contents,
                              RandomSource& random) {
  std::array<uint8_t, 8> suffix;
  random.Fill(absl::MakeSpan(suffix));
  const std::string temporary =
      absl::StrCat(path, ".new-", absl::BytesToHexString(std::string(AsChars(suffix))));
  if (absl::Status status = WriteTemporary(temporary, contents); !status.ok()) return status;
  // A link, unlike a rename, never replaces what another process has made meanwhile.
  const absl::Status linked =
      link(temporary.c_str(), path.c_str()) == 0 ? absl::OkStatus() : FromErrno("making", path);
  unlink(temporary.c_str());
  if (!linked.ok()) return linked;
  return SyncFolderOf(path);
}

absl::Status DestroySecretFile(const std::string& path, RandomSource& random) {
  {
    const File file(path, O_WRONLY | O_NONBLOCK);
    if (!file.is_open()) return errno == ENOENT ? SyncFolderOf(path) : FromErrno("opening", path);
    struct stat info;
    if (fstat(file.descriptor(), &info) != 0) return FromErrno("looking at", path);
    std::string noise(static_cast<size_t>(info.st_size), '\0');
    random.Fill({reinterpret_cast<uint8_t*>(noise.data()), noise.size()});
    if (absl::Status status = WriteAll(file, noise, path); !status.ok()) return status;
  }
  if (unlink(path.c_str()) != 0) return FromErrno("removing", path);
  return SyncFolderOf(path);
}

absl::Status RenameSecretFile(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) != 0) return FromErrno("renaming", from);
  return SyncFolderOf(to);
}

absl::StatusOr<bool> SecretFileExists(const std::string& path) {
  struct stat info;
  if (lstat(path.c_str(), &info) == 0) return true;
  if (errno == ENOENT) return false;
  return FromErrno("looking at", path);
}

absl::Status SyncFolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const File file(folder, O_RDONLY | O_DIRECTORY);
  if (!file.is_open()) return FromErrno("opening", folder);
  if (fsync(file.descriptor()) != 0 && errno != EROFS && errno != EINVAL) {
    return FromErrno("syncing", folder);
  }
  return absl::OkStatus();
}

}  // namespace pledger::storage::keys
