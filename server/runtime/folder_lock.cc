#include "server/runtime/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace pledger::runtime {

absl::StatusOr<std::unique_ptr<FolderLock>> FolderLock::Take(const std::string& folder) {
  const std::string path = folder + "/LOCK";
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    return absl::InternalError(absl::StrCat("cannot open ", path, ": ", strerror(errno)));
  }
  std::unique_ptr<FolderLock> lock(new FolderLock(file));
  if (flock(file, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) {
    return absl::InternalError(absl::StrCat("cannot lock ", path, ": ", strerror(errno)));
  }
  return absl::UnavailableError(
      absl::StrCat("another server has the folder ", folder,
                   " open; stop that one first, or choose another folder with --data"));
}

FolderLock::~FolderLock() { close(file_); }

}  // namespace pledger::runtime
