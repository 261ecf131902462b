#include "storage/rocks/log_files_check.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/format/text.h"
#include "storage/rocks/rocks_status.h"

namespace pledger::storage {
namespace {

// RocksDB's log format: blocks of 32 KiB, in which records stand that begin with a masked CRC-32C
// of type and payload (4 bytes, little-endian), the payload's length (2) and the type (1).
constexpr size_t kBlockBytes = 32 << 10;
// What is read at once.
constexpr size_t kChunkBytes = 32 * kBlockBytes;
constexpr size_t kHeaderBytes = 7;
constexpr size_t kTypeOffset = 6;
constexpr uint8_t kTypeMax = 4;
constexpr uint32_t kCrcMaskDelta = 0xa282ead8;

class Crc32c {
 public:
  void Add(char byte) {
    state_ ^= static_cast<uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) {
      state_ = (state_ >> 1) ^ ((state_ & 1) != 0 ? 0x82f63b78 : 0);
    }
  }
  uint32_t masked() const {
    const uint32_t crc = ~state_;
    return ((crc >> 15) | (crc << 17)) + kCrcMaskDelta;
  }

 private:
  uint32_t state_ = ~uint32_t{0};
};

uint32_t Little32(const char* in) {
  uint32_t value;
  std::memcpy(&value, in, sizeof value);
  return value;
}

uint16_t Little16(const char* in) {
  uint16_t value;
  std::memcpy(&value, in, sizeof value);
  return value;
}

// Whether another record, or the end, may follow: lest a checksum that holds by chance, as one in
// 2^32 does, keep a log closed that was only cut off.
bool MayFollow(std::string_view rest) {
  if (rest.size() < kHeaderBytes) return true;
  const auto type = static_cast<uint8_t>(rest[kTypeOffset]);
  return type >= 1 && type <= kTypeMax;
}

// Whether the record's checksum holds for some length of what follows its header.
bool IsWhole(std::string_view rest) {
  const uint32_t wanted = Little32(rest.data());
  Crc32c crc;
  crc.Add(rest[kTypeOffset]);
  for (size_t end = kHeaderBytes;; ++end) {
    if (crc.masked() == wanted && MayFollow(rest.substr(end))) return true;
    if (end == rest.size()) return false;
    crc.Add(rest[end]);
  }
}

// What RocksDB would pass over in a block; empty if nothing. Where lengths are damaged otherwise,
// the search goes astray, but then checksums fail, which RocksDB sees.
std::string_view FindDamage(std::string_view block, bool is_last) {
  while (block.size() >= kHeaderBytes) {
    if (static_cast<uint8_t>(block[kTypeOffset]) > kTypeMax) return "the type of a record";
    const size_t size = kHeaderBytes + Little16(block.data() + 4);
    if (size > block.size()) return is_last && IsWhole(block) ? "the length of a record" : "";
    block.remove_prefix(size);
  }
  return "";
}

absl::Status CheckFile(rocksdb::Env* env, const std::string& file_path) {
  std::unique_ptr<rocksdb::SequentialFile> file;
  rocksdb::Status status = env->NewSequentialFile(file_path, &file, rocksdb::EnvOptions());
  std::vector<char> buffer(kChunkBytes);
  rocksdb::Slice chunk;
  bool is_last = false;
  while (status.ok() && !is_last) {
    status = file->Read(buffer.size(), &chunk, buffer.data());
    is_last = chunk.size() < buffer.size();
    for (size_t begin = 0; status.ok() && begin < chunk.size(); begin += kBlockBytes) {
      const std::string_view block =
          std::string_view(chunk.data(), chunk.size()).substr(begin, kBlockBytes);
      const std::string_view damage =
          FindDamage(block, is_last && begin + kBlockBytes >= chunk.size());
      if (damage.empty()) continue;
      return absl::DataLossError(absl::StrCat(file_path, " is damaged: ", ToAbsl(damage),
                                              " is wrong; restore it from a backup"));
    }
  }
  return ReadStatus(status, absl::StrCat("cannot read ", file_path));
}

}  // namespace

absl::Status CheckLogFiles(rocksdb::Env* env, const std::string& path) {
  if (env == nullptr) env = rocksdb::Env::Default();
  std::vector<std::string> names;
  const rocksdb::Status listed = env->GetChildren(path, &names);
  if (listed.IsNotFound()) return absl::OkStatus();
  if (!listed.ok()) return ReadStatus(listed, absl::StrCat("cannot list ", path));
  const bool has_current = std::find(names.begin(), names.end(), "CURRENT") != names.end();
  for (const std::string& name : names) {
    const bool is_log = absl::EndsWith(name, ".log");
    if (!has_current && (is_log || absl::EndsWith(name, ".sst"))) {
      return absl::DataLossError(absl::StrCat(
          path, " has data but its file CURRENT is missing; restore it from a backup"));
    }
    if (!is_log && !absl::StartsWith(name, "MANIFEST-")) continue;
    absl::Status status = CheckFile(env, absl::StrCat(path, "/", name));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace pledger::storage
