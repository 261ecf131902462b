// An erasure that is cut off at any moment, by a crash between two steps or by the disk of the
// keys: at the next start it is either not begun, or finished; the others' keys are there in any
// case, and the key-encryption key from before is nowhere once it has begun.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/keys/key_encryption_key.h"
#include "storage/keys/key_eraser.h"
#include "storage/keys/testing_random.h"
#include "storage/rocks/rocks_key_store.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/seed.h"
#include "tests/support/temp_folder.h"

namespace pledger::testing {
namespace {

using storage::RocksKeyStore;
using storage::keys::DataKey;
using storage::keys::KeyEncryptionKey;
using storage::keys::KeyEraser;
using storage::keys::KeyStore;
using storage::keys::KeyVault;

namespace fs = std::filesystem;

constexpr char kErased[] = "client-1";
constexpr int kClients = 5;

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Keys on a disk that can fail, and the key file beside them on one that can't.
class KeysOnDisk {
 public:
  KeysOnDisk() {
    fs::create_directories(folder_.path() + "/secrets");
    key_file_ = folder_.path() + "/secrets/kek";
  }
  ~KeysOnDisk() { Close(); }

  absl::Status Open(KeyEraser::BeforeStep before_step = nullptr) {
    storage::RocksTuning tuning;
    tuning.env = env_.get();
    auto store = RocksKeyStore::Open(folder_.path() + "/keys", tuning);
    if (!store.ok()) return store.status();
    store_ = *std::move(store);
    eraser_ = std::make_unique<KeyEraser>(*store_, key_file_, random_, std::move(before_step));
    const auto key = eraser_->Open();
    if (!key.ok()) return key.status();
    vault_ = std::make_unique<KeyVault>(*store_, *key, random_, 0);
    return absl::OkStatus();
  }
  void Close() {
    vault_.reset();
    eraser_.reset();
    store_.reset();
  }
  // The power goes and comes back.
  void Crash(uint64_t seed) {
    disk_->CutPower();
    Close();
    disk_->RestorePower(seed);
  }

  FaultFileSystem& disk() { return *disk_; }
  RocksKeyStore& store() { return *store_; }
  KeyVault& vault() { return *vault_; }
  KeyEraser& eraser() { return *eraser_; }
  fs::path secrets() const { return folder_.path() + "/secrets"; }

 private:
  TempFolder folder_;
  const std::shared_ptr<FaultFileSystem> disk_ = std::make_shared<FaultFileSystem>();
  const std::unique_ptr<rocksdb::Env> env_ = NewFaultEnv(disk_);
  storage::keys::SystemRandomSource random_;
  std::string key_file_;
  std::unique_ptr<RocksKeyStore> store_;
  std::unique_ptr<KeyEraser> eraser_;
  std::unique_ptr<KeyVault> vault_;
};

class ErasureFaultTest : public ::testing::Test {
 protected:
  // Opens the keys and makes one for each client.
  void Begin(KeysOnDisk& keys, KeyEraser::BeforeStep before_step = nullptr) {
    made_.clear();
    ASSERT_TRUE(keys.Open(std::move(before_step)).ok());
    for (int i = 0; i < kClients; ++i) {
      const std::string client_id = absl::StrCat("client-", i);
      const auto key = keys.vault().FindOrCreate(client_id);
      ASSERT_TRUE(key.ok()) << key.status();
      made_.emplace(client_id, *key);
    }
    old_key_text_ = ReadFile(keys.secrets() / "kek");
    ASSERT_FALSE(old_key_text_.empty());
  }

  absl::Status Erase(KeysOnDisk& keys) {
    KeyStore::Erasure erasure;
    erasure.client_id = kErased;
    erasure.key_id = IdOf(made_.at(kErased));
    erasure.journal = "journal";
    return keys.eraser().Erase(keys.vault(), erasure);
  }

  // After a start: all is as it was, or the one key is gone for good. Returns whether it is.
  bool CheckAfterStart(KeysOnDisk& keys) {
    const auto pending = keys.eraser().pending();
    EXPECT_TRUE(pending.ok()) << pending.status();
    const auto erased = keys.vault().WasErased(kErased, IdOf(made_.at(kErased)));
    EXPECT_TRUE(erased.ok()) << erased.status();
    for (const auto& [client_id, key] : made_) {
      const auto found = keys.vault().Find(client_id);
      EXPECT_TRUE(found.ok()) << client_id << ": " << found.status();
      if (!found.ok()) continue;
      const bool is_gone = client_id == kErased && *erased;
      EXPECT_EQ(found->has_value(), !is_gone) << client_id;
      if (!found->has_value()) continue;
      EXPECT_TRUE(is_gone || **found == key) << client_id;
    }
    EXPECT_EQ(pending->has_value(), *erased);
    bool old_key_is_there = false;
    for (const auto& entry : fs::directory_iterator(keys.secrets())) {
      EXPECT_EQ(entry.path().filename(), "kek") << "left behind";
      old_key_is_there = old_key_is_there || ReadFile(entry.path()) == old_key_text_;
    }
    EXPECT_EQ(old_key_is_there, !*erased);
    if (*erased) {
      EXPECT_EQ((*pending)->journal, "journal");
      EXPECT_TRUE(keys.eraser().End().ok());
    }
    return *erased;
  }

  std::map<std::string, DataKey> made_;
  std::string old_key_text_;
};

// Goal: a crash before any of the steps leaves it undone or, at the next start, done.
TEST_F(ErasureFaultTest, ACrashBeforeAnyStep) {
  int undone = 0;
  int done = 0;
  for (int crash_at = 0;; ++crash_at) {
    SCOPED_TRACE(crash_at);
    KeysOnDisk keys;
    int step = 0;
    bool armed = false;
    ASSERT_NO_FATAL_FAILURE(Begin(keys, [&](std::string_view) {
      return armed && step++ == crash_at ? absl::AbortedError("crash") : absl::OkStatus();
    }));
    armed = true;
    const absl::Status erased = Erase(keys);
    keys.Crash(Seed(crash_at + 1));
    ASSERT_TRUE(keys.Open().ok());
    const bool is_done = CheckAfterStart(keys);
    (is_done ? done : undone) += 1;
    if (HasFailure()) return;
    if (erased.ok()) {
      EXPECT_TRUE(is_done);
      EXPECT_GT(crash_at, 5);
      break;
    }
  }
  EXPECT_GE(undone, 2);
  EXPECT_GE(done, 4);
}

// Goal: the same, where the disk of the keys fails from its Nth operation on, for every N.
TEST_F(ErasureFaultTest, TheDiskFailsFromTheNthOperationOn) {
  int undone = 0;
  int done = 0;
  for (uint64_t after = 0;; ++after) {
    SCOPED_TRACE(after);
    KeysOnDisk keys;
    ASSERT_NO_FATAL_FAILURE(Begin(keys));
    DiskFault fault;
    fault.after = after;
    fault.for_ever = true;
    keys.disk().SetFault(fault);
    const absl::Status erased = Erase(keys);
    const bool failed = keys.disk().failures() > 0;
    keys.Crash(Seed(after + 1));
    keys.disk().ClearFault();
    ASSERT_TRUE(keys.Open().ok());
    const bool is_done = CheckAfterStart(keys);
    (is_done ? done : undone) += 1;
    EXPECT_TRUE(!erased.ok() || is_done);
    if (HasFailure() || !failed) break;
  }
  EXPECT_GE(undone, 1);
  EXPECT_GE(done, 1);
}

// Goal: what stopped half-way is finished by the next call, without a start between them.
TEST_F(ErasureFaultTest, TheNextCallFinishesIt) {
  for (int fail_at = 0; fail_at < 6; ++fail_at) {
    SCOPED_TRACE(fail_at);
    KeysOnDisk keys;
    int step = 0;
    bool armed = false;
    ASSERT_NO_FATAL_FAILURE(Begin(keys, [&](std::string_view) {
      return armed && step++ == fail_at ? absl::ResourceExhaustedError("full") : absl::OkStatus();
    }));
    armed = true;
    EXPECT_FALSE(Erase(keys).ok());
    EXPECT_TRUE(Erase(keys).ok());
    // A client that came meanwhile, and the one that was erased, get keys as ever.
    EXPECT_TRUE(keys.vault().FindOrCreate("client-new").ok());
    ASSERT_TRUE(keys.eraser().pending()->has_value());
    EXPECT_TRUE(CheckAfterStart(keys));
    const auto fresh = keys.vault().FindOrCreate(kErased);
    ASSERT_TRUE(fresh.ok()) << fresh.status();
    EXPECT_FALSE(*fresh == made_.at(kErased));
    keys.Close();
    ASSERT_TRUE(keys.Open().ok());
    EXPECT_EQ(**keys.vault().Find(kErased), *fresh);
    EXPECT_TRUE(*keys.vault().WasErased(kErased, IdOf(made_.at(kErased))));
    EXPECT_FALSE(*keys.vault().WasErased(kErased, IdOf(*fresh)));
    EXPECT_TRUE(*keys.vault().WasErased(kErased, std::nullopt));
    EXPECT_FALSE(*keys.vault().WasErased("client-2", std::nullopt));
  }
}

// Goal: keys that are restored from before an erasure open nothing, and the start says why.
TEST_F(ErasureFaultTest, KeysFromABackupStayDark) {
  TempFolder backup;
  KeysOnDisk keys;
  ASSERT_NO_FATAL_FAILURE(Begin(keys));
  const fs::path folder = keys.secrets().parent_path() / "keys";
  keys.Close();
  fs::copy(folder, backup.path() + "/keys", fs::copy_options::recursive);
  ASSERT_TRUE(keys.Open().ok());
  ASSERT_TRUE(Erase(keys).ok());
  ASSERT_TRUE(keys.eraser().End().ok());
  keys.Close();
  fs::remove_all(folder);
  fs::copy(backup.path() + "/keys", folder, fs::copy_options::recursive);
  const absl::Status opened = keys.Open();
  EXPECT_EQ(opened.code(), absl::StatusCode::kFailedPrecondition) << opened;
  // Not even past the check.
  storage::keys::SystemRandomSource random;
  const auto key = storage::keys::LoadKeyFile((keys.secrets() / "kek").string());
  ASSERT_TRUE(key.ok());
  KeyVault vault(keys.store(), *key, random, 0);
  for (const auto& [client_id, ignored] : made_) {
    EXPECT_EQ(vault.Find(client_id).status().code(), absl::StatusCode::kFailedPrecondition);
  }
}

// Goal: a key file that has gone is not replaced by a new one, which would make all keys useless.
TEST_F(ErasureFaultTest, AMissingKeyFileIsNotReplaced) {
  KeysOnDisk keys;
  ASSERT_NO_FATAL_FAILURE(Begin(keys));
  keys.Close();
  fs::remove(keys.secrets() / "kek");
  EXPECT_EQ(keys.Open().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(fs::exists(keys.secrets() / "kek"));
}

// Goal: a great many keys are wrapped anew in bounded pieces, each of them.
TEST_F(ErasureFaultTest, EveryoneOfManyKeysIsWrappedAnew) {
  KeysOnDisk keys;
  ASSERT_NO_FATAL_FAILURE(Begin(keys));
  std::vector<std::string> ids;
  for (int i = 0; i < 3'000; ++i) ids.push_back(absl::StrCat("many-", i));
  ASSERT_TRUE(keys.vault()
                  .FindOrCreateAll(std::vector<std::string_view>(ids.begin(), ids.end()),
                                   storage::ReadTier::kAnywhere)
                  .ok());
  const DataKey last = **keys.vault().Find(ids.back());
  ASSERT_TRUE(Erase(keys).ok());
  ASSERT_TRUE(keys.eraser().End().ok());
  const std::string own = storage::keys::ToString(keys.eraser().key_id());
  int count = 0;
  ASSERT_TRUE(
      keys.store()
          .RewrapAll([&](std::string_view,
                         std::string_view wrapped) -> absl::StatusOr<std::optional<std::string>> {
            ++count;
            EXPECT_EQ(storage::keys::ToString(*storage::keys::WrappingKeyId(wrapped)), own);
            return std::nullopt;
          })
          .ok());
  EXPECT_EQ(count, 3'000 + kClients - 1);
  EXPECT_EQ(**keys.vault().Find(ids.back()), last);
}

}  // namespace
}  // namespace pledger::testing
