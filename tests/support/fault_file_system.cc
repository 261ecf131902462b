#include "tests/support/fault_file_system.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <system_error>
#include <thread>
#include <utility>

#include "rocksdb/system_clock.h"

namespace pledger::testing {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

namespace {

bool IsTracked(const std::string& path) {
  return std::filesystem::path(path).filename().string().rfind("LOG", 0) != 0;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void WriteFile(const std::string& path, const std::string& contents) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(contents.data(), static_cast<std::streamsize>(contents.size()));
}

class ImpatientClock final : public rocksdb::SystemClockWrapper {
 public:
  ImpatientClock() : SystemClockWrapper(rocksdb::SystemClock::Default()) {}
  const char* Name() const override { return "ImpatientClock"; }
  void SleepForMicroseconds(int) override { std::this_thread::yield(); }
};

class FaultEnv final : public rocksdb::EnvWrapper {
 public:
  explicit FaultEnv(const std::shared_ptr<FaultFileSystem>& disk)
      : EnvWrapper(rocksdb::NewCompositeEnv(disk)) {
    system_clock_ = std::make_shared<ImpatientClock>();
  }
  const char* Name() const override { return "FaultEnv"; }
};

}  // namespace

std::unique_ptr<rocksdb::Env> NewFaultEnv(const std::shared_ptr<FaultFileSystem>& disk) {
  return std::make_unique<FaultEnv>(disk);
}

class FaultFileSystem::File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(FaultFileSystem& disk, std::string path, std::unique_ptr<rocksdb::FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk), path_(std::move(path)) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* debug) override {
    bool torn = false;
    const IOStatus failure = disk_.Pass(kAppend, path_, &torn);
    if (!failure.ok() && !torn) return failure;
    const rocksdb::Slice done(data.data(), torn ? data.size() / 2 : data.size());
    const IOStatus status = FSWritableFileOwnerWrapper::Append(done, options, debug);
    if (!status.ok()) return status;
    disk_.NoteAppended(path_, done.size());
    return failure;
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo&, IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    const IOStatus failure = disk_.Pass(kSync, path_);
    if (failure.ok()) disk_.NoteSynced(path_);
    return failure;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Sync(options, debug);
  }
  // A hint to the real one: makes nothing durable that could be relied on.
  IOStatus RangeSync(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }

 private:
  FaultFileSystem& disk_;
  const std::string path_;
};

class FaultFileSystem::Folder final : public rocksdb::FSDirectoryWrapper {
 public:
  Folder(FaultFileSystem& disk, std::string path, std::unique_ptr<rocksdb::FSDirectory> folder)
      : FSDirectoryWrapper(std::move(folder)), disk_(disk), path_(std::move(path)) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    const IOStatus failure = disk_.Pass(kSyncFolder, path_);
    if (failure.ok()) disk_.NoteFolderSynced();
    return failure;
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions&) override {
    return Fsync(options, debug);
  }

 private:
  FaultFileSystem& disk_;
  const std::string path_;
};

FaultFileSystem::FaultFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

void FaultFileSystem::SetFault(const DiskFault& fault) {
  absl::MutexLock lock(&mutex_);
  fault_ = fault;
  seen_ = 0;
  failures_ = 0;
}

void FaultFileSystem::ClearFault() {
  absl::MutexLock lock(&mutex_);
  fault_.reset();
}

uint64_t FaultFileSystem::failures() const {
  absl::MutexLock lock(&mutex_);
  return failures_;
}

uint64_t FaultFileSystem::operations() const {
  absl::MutexLock lock(&mutex_);
  return operations_;
}

IOStatus FaultFileSystem::Pass(DiskOperation operation, const std::string& path, bool* torn) {
  absl::MutexLock lock(&mutex_);
  ++operations_;
  if (!power_) return IOStatus::IOError("the power is off", path);
  if (!fault_.has_value() || (fault_->operations & operation) == 0) return IOStatus::OK();
  if (path.find(fault_->path_part) == std::string::npos) return IOStatus::OK();
  const uint64_t turn = seen_++;
  if (turn < fault_->after || (turn > fault_->after && !fault_->for_ever)) return IOStatus::OK();
  ++failures_;
  if (torn != nullptr) *torn = fault_->torn;
  if (!fault_->no_space) return IOStatus::IOError("an injected fault", path);
  IOStatus full = IOStatus::NoSpace("an injected full disk", path);
  // As the real file system says of it.
  full.SetRetryable(true);
  return full;
}

void FaultFileSystem::CutPower() {
  absl::MutexLock lock(&mutex_);
  power_ = false;
}

void FaultFileSystem::RestorePower(uint64_t seed) {
  absl::MutexLock lock(&mutex_);
  std::mt19937_64 random(seed);
  std::error_code ignored;
  for (const auto& [path, written] : written_) {
    const uint64_t synced = synced_[path];
    uint64_t kept = written;
    switch (random() % 3) {
      case 0:
        kept = synced;
        break;
      case 1:
        kept = synced + random() % (written - synced + 1);
        break;
      default:
        break;
    }
    if (std::filesystem::exists(path)) std::filesystem::resize_file(path, kept, ignored);
  }
  const size_t kept_changes = changes_.empty() ? 0 : random() % (changes_.size() + 1);
  for (; changes_.size() > kept_changes; changes_.pop_back()) {
    for (const auto& [path, before] : changes_.back()) {
      std::filesystem::remove(path, ignored);
      if (before.has_value()) WriteFile(path, *before);
    }
  }
  written_.clear();
  synced_.clear();
  changes_.clear();
  fault_.reset();
  power_ = true;
}

void FaultFileSystem::SetFreeBytes(std::optional<uint64_t> bytes) {
  absl::MutexLock lock(&mutex_);
  free_bytes_ = bytes;
}

void FaultFileSystem::FlipBit(const std::string& path, uint64_t byte, int bit) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(static_cast<std::streamoff>(byte));
  const int value = file.get();
  file.seekp(static_cast<std::streamoff>(byte));
  file.put(static_cast<char>(value ^ (1 << bit)));
  if (!file.good()) {
    std::fprintf(stderr, "cannot flip a bit of %s\n", path.c_str());
    std::abort();
  }
}

std::optional<std::string> FaultFileSystem::Durable(const std::string& path) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  std::string contents = ReadFile(path);
  const auto synced = synced_.find(path);
  if (synced != synced_.end() && synced->second < contents.size()) {
    contents.resize(synced->second);
  }
  return contents;
}

void FaultFileSystem::NoteAppended(const std::string& path, uint64_t bytes) {
  absl::MutexLock lock(&mutex_);
  written_[path] += bytes;
}

void FaultFileSystem::NoteSynced(const std::string& path) {
  absl::MutexLock lock(&mutex_);
  synced_[path] = written_[path];
}

void FaultFileSystem::NoteFolderSynced() {
  absl::MutexLock lock(&mutex_);
  changes_.clear();
}

IOStatus FaultFileSystem::NewWritableFile(const std::string& path,
                                          const rocksdb::FileOptions& options,
                                          std::unique_ptr<rocksdb::FSWritableFile>* file,
                                          IODebugContext* debug) {
  if (!IsTracked(path)) return FileSystemWrapper::NewWritableFile(path, options, file, debug);
  IOStatus status = Pass(kOpenFile, path);
  if (!status.ok()) return status;
  {
    absl::MutexLock lock(&mutex_);
    changes_.push_back({{path, Durable(path)}});
    written_[path] = 0;
    synced_[path] = 0;
  }
  status = FileSystemWrapper::NewWritableFile(path, options, file, debug);
  if (status.ok()) *file = std::make_unique<File>(*this, path, std::move(*file));
  return status;
}

IOStatus FaultFileSystem::ReopenWritableFile(const std::string& path,
                                             const rocksdb::FileOptions& options,
                                             std::unique_ptr<rocksdb::FSWritableFile>* file,
                                             IODebugContext* debug) {
  if (!IsTracked(path)) return FileSystemWrapper::ReopenWritableFile(path, options, file, debug);
  IOStatus status = Pass(kOpenFile, path);
  if (!status.ok()) return status;
  {
    absl::MutexLock lock(&mutex_);
    std::error_code none;
    const uint64_t size = std::filesystem::file_size(path, none);
    if (none) changes_.push_back({{path, std::nullopt}});
    written_.try_emplace(path, none ? 0 : size);
    synced_.try_emplace(path, none ? 0 : size);
  }
  status = FileSystemWrapper::ReopenWritableFile(path, options, file, debug);
  if (status.ok()) *file = std::make_unique<File>(*this, path, std::move(*file));
  return status;
}

IOStatus FaultFileSystem::NewDirectory(const std::string& path, const IOOptions& options,
                                       std::unique_ptr<rocksdb::FSDirectory>* folder,
                                       IODebugContext* debug) {
  const IOStatus status = FileSystemWrapper::NewDirectory(path, options, folder, debug);
  if (status.ok()) *folder = std::make_unique<Folder>(*this, path, std::move(*folder));
  return status;
}

IOStatus FaultFileSystem::RenameFile(const std::string& from, const std::string& to,
                                     const IOOptions& options, IODebugContext* debug) {
  if (!IsTracked(from)) return FileSystemWrapper::RenameFile(from, to, options, debug);
  IOStatus status = Pass(kRename, from);
  if (!status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  changes_.push_back({{from, Durable(from)}, {to, Durable(to)}});
  status = FileSystemWrapper::RenameFile(from, to, options, debug);
  if (!status.ok()) return status;
  for (auto* sizes : {&written_, &synced_}) {
    const auto moved = sizes->find(from);
    if (moved == sizes->end()) continue;
    (*sizes)[to] = moved->second;
    sizes->erase(from);
  }
  return status;
}

IOStatus FaultFileSystem::DeleteFile(const std::string& path, const IOOptions& options,
                                     IODebugContext* debug) {
  if (!IsTracked(path)) return FileSystemWrapper::DeleteFile(path, options, debug);
  IOStatus status = Pass(kDeleteFile, path);
  if (!status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  changes_.push_back({{path, Durable(path)}});
  written_.erase(path);
  synced_.erase(path);
  return FileSystemWrapper::DeleteFile(path, options, debug);
}

IOStatus FaultFileSystem::GetFreeSpace(const std::string& path, const IOOptions& options,
                                       uint64_t* bytes, IODebugContext* debug) {
  {
    absl::MutexLock lock(&mutex_);
    if (free_bytes_.has_value()) {
      *bytes = *free_bytes_;
      return IOStatus::OK();
    }
  }
  return FileSystemWrapper::GetFreeSpace(path, options, bytes, debug);
}

}  // namespace pledger::testing
