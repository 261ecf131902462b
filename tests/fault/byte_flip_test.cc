// Every byte of a small log's files is changed in turn: the log then opens and reads exactly as
// before, or says that it is damaged. It is never read otherwise, and no event is ever missing in
// silence.
//
// There is no index beside it: whatever is found, the log finds by itself.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "rocksdb/cache.h"
#include "storage/merkle/hash.h"
#include "storage/rocks/rocks_log.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/record_maker.h"
#include "tests/support/seed.h"
#include "tests/support/store_check.h"
#include "tests/support/temp_folder.h"

namespace pledger::testing {
namespace {

namespace fs = std::filesystem;

constexpr char kOrigin[] = "test.example/ledger";
// Flips that are tried on one file: of the write-ahead log every bit, of others a part.
constexpr uint64_t kEvery = kSanitized ? 1'000 : ~uint64_t{0};
constexpr uint64_t kSome = kSanitized ? 200 : 1'200;
constexpr int kWrites = 3;

// Name and contents of the files in a folder.
using Files = std::map<std::string, std::string>;

Files ReadFiles(const std::string& folder) {
  Files files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("LOG", 0) == 0 || name == "LOCK") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    files[name] = {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  return files;
}

void WriteFiles(const std::string& folder, const Files& files) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  for (const auto& [name, contents] : files) {
    std::ofstream file(fs::path(folder) / name, std::ios::binary);
    file.write(contents.data(), static_cast<std::streamsize>(contents.size()));
  }
}

// What a log holds.
struct Contents {
  std::vector<std::string> records;
  std::vector<std::string> sealed;

  bool operator==(const Contents&) const = default;
};

// Whether the flip is in the number of restart points that ends a table's block of properties (or
// looks like it). RocksDB 7.8 asserts on it before it compares the checksum, which ends the
// process: loud enough, but not to be tried here.
bool EndsTheProcess(const std::string& contents, uint64_t byte, int bit) {
  constexpr std::string_view kOne("\1\0\0\0", 4);
  return bit == 7 && byte >= 3 && contents.substr(byte - 3, 4) == kOne;
}

class ByteFlipTest : public ::testing::Test {
 protected:
  ByteFlipTest()
      : disk_(std::make_shared<FaultFileSystem>()),
        env_(NewFaultEnv(disk_)),
        cache_(rocksdb::NewLRUCache(1 << 20)),
        path_(folder_.path() + "/ledger") {
    tuning_.env = env_.get();
  }

  absl::StatusOr<std::unique_ptr<storage::RocksLog>> Open() {
    return storage::RocksLog::Open(path_, kOrigin, 0, tuning_, cache_);
  }

  // A log whose events all stand in the write-ahead log, as a crash leaves it.
  Files CrashedLog() {
    auto log = Open();
    EXPECT_TRUE(log.ok()) << log.status();
    RecordMaker maker;
    for (int i = 0; i < kWrites; ++i) {
      const auto batch = maker.Batch({{"ada", "a fact"}, {"bob", "another", "sealed"}});
      EXPECT_TRUE((*log)->Append(*batch).ok());
    }
    wanted_ = *Read(**log);
    EXPECT_EQ(wanted_.records.size(), 2u * kWrites);
    disk_->CutPower();
    log->reset();
    disk_->RestorePower(0);
    return ReadFiles(path_);
  }

  // Makes the next opening find tables instead.
  Files FlushedLog() {
    CrashedLog();
    EXPECT_TRUE(Open().ok());
    return ReadFiles(path_);
  }

  absl::StatusOr<Contents> Read(storage::RocksLog& log) {
    auto records = ReadAll(*log.Read(0, ~uint64_t{0}, storage::Direction::kForward));
    if (!records.ok()) return records.status();
    Contents contents = {*std::move(records), {}};
    for (const std::string& record : contents.records) {
      const storage::RecordHeader header = storage::DecodeRecord(record)->header;
      if (!header.has_sealed) continue;
      auto sealed =
          log.ReadSealed(header.position, header.sealed_hash, storage::ReadTier::kAnywhere);
      if (!sealed.ok()) return sealed.status();
      contents.sealed.push_back(*std::move(sealed));
    }
    return contents;
  }

  // Opens and reads the files with one bit flipped.
  absl::StatusOr<Contents> OpenFlipped(const Files& files, const std::string& name, uint64_t byte,
                                       int bit) {
    WriteFiles(path_, files);
    FaultFileSystem::FlipBit(path_ + "/" + name, byte, bit);
    auto log = Open();
    if (!log.ok()) return log.status();
    return Read(**log);
  }

  void Sweep(const Files& files, const std::string& name, uint64_t flips_max) {
    const uint64_t bits = files.at(name).size() * 8;
    // Odd, so that every bit of a byte has its turn in some byte.
    const uint64_t stride = bits / flips_max | 1;
    int found = 0;
    int harmless = 0;
    for (uint64_t bit = 0; bit < bits; bit += stride) {
      if (EndsTheProcess(files.at(name), bit / 8, static_cast<int>(bit % 8))) continue;
      const auto read = OpenFlipped(files, name, bit / 8, static_cast<int>(bit % 8));
      if (!read.ok()) {
        ++found;
        EXPECT_TRUE(absl::IsDataLoss(read.status()) || absl::IsInternal(read.status()) ||
                    absl::IsFailedPrecondition(read.status()))
            << name << " bit " << bit << ": " << read.status();
        continue;
      }
      ++harmless;
      EXPECT_TRUE(*read == wanted_)
          << "bit " << bit % 8 << " of byte " << bit / 8 << " of " << name << " goes unnoticed; "
          << read->records.size() << " events are left of " << wanted_.records.size();
    }
    std::printf("%s: %d bytes, %d flips found, %d harmless\n", name.c_str(),
                static_cast<int>(bits / 8), found, harmless);
    EXPECT_GT(found, 0);
  }

  void SweepAll(const Files& files, const std::string& part, uint64_t flips_max) {
    int swept = 0;
    for (const auto& [name, contents] : files) {
      if (name.find(part) == std::string::npos || contents.empty()) continue;
      Sweep(files, name, flips_max);
      ++swept;
    }
    EXPECT_GT(swept, 0);
  }

  TempFolder folder_;
  const std::shared_ptr<FaultFileSystem> disk_;
  const std::unique_ptr<rocksdb::Env> env_;
  const std::shared_ptr<rocksdb::Cache> cache_;
  const std::string path_;
  storage::RocksTuning tuning_;
  Contents wanted_;
};

TEST_F(ByteFlipTest, TheWriteAheadLog) { SweepAll(CrashedLog(), ".log", kEvery); }

TEST_F(ByteFlipTest, TheTables) { SweepAll(FlushedLog(), ".sst", kSome); }

TEST_F(ByteFlipTest, TheManifest) { SweepAll(FlushedLog(), "MANIFEST", kSome); }

TEST_F(ByteFlipTest, TheNameOfTheManifest) { SweepAll(FlushedLog(), "CURRENT", kEvery); }

// No file may go missing in silence, either.
TEST_F(ByteFlipTest, AnyFileThatIsMissing) {
  const Files flushed = FlushedLog();
  for (const auto& [name, contents] : flushed) {
    // What a log can do without: its options as text, its own id, and a write-ahead log without
    // events.
    const bool needed = name == "CURRENT" || name.rfind("MANIFEST", 0) == 0 ||
                        name.find(".sst") != std::string::npos;
    if (!needed) continue;
    Files files = flushed;
    files.erase(name);
    WriteFiles(path_, files);
    const auto log = Open();
    const auto read = log.ok() ? Read(**log) : log.status();
    EXPECT_FALSE(read.ok()) << name;
  }
}

// A write that is cut off anywhere was never acknowledged: the log opens with what was before it.
TEST_F(ByteFlipTest, AWriteThatIsCutOffIsNotDamage) {
  const Files files = CrashedLog();
  for (const auto& [name, contents] : files) {
    if (name.find(".log") == std::string::npos) continue;
    size_t events = wanted_.records.size();
    constexpr size_t kStep = kSanitized ? 19 : 3;
    for (size_t left = 0; left <= contents.size(); left += kStep) {
      const size_t size = contents.size() - left;
      Files cut = files;
      cut[name].resize(size);
      WriteFiles(path_, cut);
      auto log = Open();
      ASSERT_TRUE(log.ok()) << "cut at " << size << ": " << log.status();
      const auto read = Read(**log);
      ASSERT_TRUE(read.ok()) << "cut at " << size << ": " << read.status();
      EXPECT_EQ(read->records.size() % 2, 0u) << "half a write is there, cut at " << size;
      EXPECT_LE(read->records.size(), events);
      EXPECT_EQ(read->records.size() == wanted_.records.size(), left == 0) << "cut by " << left;
      events = read->records.size();
      EXPECT_TRUE(std::equal(read->records.begin(), read->records.end(), wanted_.records.begin()));
    }
  }
}

}  // namespace
}  // namespace pledger::testing
