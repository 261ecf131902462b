// A disk that fails, loses and lies as it is told, below a store that is opened on it.
//
// What is written goes to the real file system at once, and is never really synced: what a power
// cut would leave is computed. Only what is changed through this object is tracked. RocksDB's own
// LOG files, which hold messages for people, are left alone.
#ifndef PLEDGER_TESTS_SUPPORT_FAULT_FILE_SYSTEM_H_
#define PLEDGER_TESTS_SUPPORT_FAULT_FILE_SYSTEM_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"

namespace pledger::testing {

// Operations that change something, and so may fail.
enum DiskOperation : uint32_t {
  kOpenFile = 1,
  kAppend = 2,
  kSync = 4,
  kRename = 8,
  kDeleteFile = 16,
  kSyncFolder = 32,
  kEveryOperation = 63,
};

// What goes wrong.
struct DiskFault {
  // Let this many operations pass first.
  uint64_t after = 0;
  // Of these kinds, on files whose path contains this; others pass and are not counted.
  uint32_t operations = kEveryOperation;
  std::string path_part;
  bool no_space = false;
  // From then on all of them fail, not one alone.
  bool for_ever = false;
  // An append that fails has written the first half of its bytes.
  bool torn = true;
};

// Thread-safe.
class FaultFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  FaultFileSystem();

  const char* Name() const override { return "FaultFileSystem"; }

  // Replaces the fault that was set before, if any.
  void SetFault(const DiskFault& fault);
  // Ends it; what it did stays done.
  void ClearFault();
  // Operations failed by the fault.
  uint64_t failures() const;
  // Operations of every kind so far, failed ones as well.
  uint64_t operations() const;

  // The power goes: from now on every change fails, so that a store can be closed without leaving
  // anything more.
  void CutPower();
  // It is back. Of each file remains what was synced and, by a throw of the dice, a beginning of
  // what was not. Files that were made, renamed or deleted since a folder was last synced are so up
  // to some moment, and not so after it: journaling file systems keep the order of what they do to
  // names.
  void RestorePower(uint64_t seed);

  // What GetFreeSpace() says; none means the truth.
  void SetFreeBytes(std::optional<uint64_t> bytes);

  // Inverts one bit of a file, behind everybody's back.
  static void FlipBit(const std::string& path, uint64_t byte, int bit);

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* folder,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetFreeSpace(const std::string& path, const rocksdb::IOOptions& options,
                                 uint64_t* bytes, rocksdb::IODebugContext* debug) override;

 private:
  class File;
  class Folder;

  // Names that changed together, and what stood under each before; none if nothing did.
  using NameChange = std::map<std::string, std::optional<std::string>>;

  // OK, or the error that the operation is to fail with; `torn` if half of it is to be done.
  rocksdb::IOStatus Pass(DiskOperation operation, const std::string& path, bool* torn = nullptr);
  // What would be left of a file if the power went now.
  std::optional<std::string> Durable(const std::string& path) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteAppended(const std::string& path, uint64_t bytes);
  void NoteSynced(const std::string& path);
  void NoteFolderSynced();

  mutable absl::Mutex mutex_;
  std::optional<DiskFault> fault_ ABSL_GUARDED_BY(mutex_);
  uint64_t seen_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t failures_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t operations_ ABSL_GUARDED_BY(mutex_) = 0;
  bool power_ ABSL_GUARDED_BY(mutex_) = true;
  std::optional<uint64_t> free_bytes_ ABSL_GUARDED_BY(mutex_);
  // How much of each file is written, and how much of that is synced.
  std::map<std::string, uint64_t> written_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, uint64_t> synced_ ABSL_GUARDED_BY(mutex_);
  // Since a folder was synced, the oldest first.
  std::vector<NameChange> changes_ ABSL_GUARDED_BY(mutex_);
};

// An environment for RocksDB on that disk. Where RocksDB would pause after a failure, it goes on at
// once.
std::unique_ptr<rocksdb::Env> NewFaultEnv(const std::shared_ptr<FaultFileSystem>& disk);

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_SUPPORT_FAULT_FILE_SYSTEM_H_
