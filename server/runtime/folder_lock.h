// One server a data folder.
#ifndef PLEDGER_SERVER_RUNTIME_FOLDER_LOCK_H_
#define PLEDGER_SERVER_RUNTIME_FOLDER_LOCK_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace pledger::runtime {

// Holds the folder while it lives; the system lets go of it when the process ends, however it does.
class FolderLock {
 public:
  // UNAVAILABLE if another process holds the folder, and says so; INTERNAL if it can't be written
  // to.
  static absl::StatusOr<std::unique_ptr<FolderLock>> Take(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  explicit FolderLock(int file) : file_(file) {}

  const int file_;
};

}  // namespace pledger::runtime

#endif  // PLEDGER_SERVER_RUNTIME_FOLDER_LOCK_H_
