#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "storage/keys/key_encryption_key.h"
#include "storage/keys/secret_file.h"
#include "storage/keys/testing_random.h"

namespace pledger::storage::keys {
namespace {

namespace fs = std::filesystem;

constexpr char kKeyText[] =
    "pledger-key-encryption-key-v1 e6c869e485b16b10 "
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

KeyEncryptionKey CountingKey() {
  KeyEncryptionKey key;
  uint8_t next = 0;
  for (uint8_t& byte : key.mutable_bytes()) byte = next++;
  return key;
}

class KeyFileTest : public testing::Test {
 protected:
  KeyFileTest() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) / "pledger_key_file" / test->name();
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~KeyFileTest() override { fs::remove_all(folder_); }

  std::string PathOf(const std::string& name) const { return (folder_ / name).string(); }

  std::string Write(const std::string& name, std::string_view contents, mode_t mode = 0600) {
    const std::string path = PathOf(name);
    std::ofstream(path, std::ios::binary) << contents;
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }

  static std::string Read(const std::string& path) {
    std::ostringstream contents;
    contents << std::ifstream(path, std::ios::binary).rdbuf();
    return contents.str();
  }

  size_t FileCount() const {
    return static_cast<size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
  SeededRandomSource random_{7};
};

// Goal: at first start a key is made, that only its owner can read; later starts find the same.
TEST_F(KeyFileTest, IsMadeOnceAndPrivate) {
  const std::string path = PathOf("kek");
  const auto made = LoadOrCreateKeyFile(path, random_);
  ASSERT_TRUE(made.ok()) << made.status();
  struct stat info;
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  EXPECT_EQ(FileCount(), 1u);
  const auto loaded = LoadOrCreateKeyFile(path, random_);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(*loaded, *made);
  EXPECT_FALSE(*made == KeyEncryptionKey());
  EXPECT_FALSE(*LoadOrCreateKeyFile(PathOf("another"), random_) == *made);
}

// Goal: the text form never changes by accident, and may come without an end of line.
TEST_F(KeyFileTest, TextIsPinned) {
  EXPECT_EQ(FormatKeyEncryptionKey(CountingKey()), kKeyText);
  const std::string path = Write("kek", kKeyText);
  EXPECT_EQ(*LoadOrCreateKeyFile(path, random_), CountingKey());
  const std::string text = kKeyText;
  EXPECT_EQ(*ParseKeyEncryptionKey(text.substr(0, text.size() - 1)), CountingKey());
}

// Goal: any right of group or others is refused, and the message says which file and what to do.
TEST_F(KeyFileTest, IsRefusedWhenOthersMayUseIt) {
  for (const mode_t mode : {0640, 0620, 0610, 0604, 0602, 0601, 0644, 0777}) {
    const std::string path = Write("kek", kKeyText, mode);
    const absl::Status status = LoadOrCreateKeyFile(path, random_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << mode;
    EXPECT_NE(status.message().find(path), std::string::npos) << status;
    EXPECT_NE(status.message().find("0600"), std::string::npos) << status;
  }
  EXPECT_TRUE(LoadOrCreateKeyFile(Write("kek", kKeyText, 0400), random_).ok());
}

// Goal: a file that holds no key is refused and left as it is; the message quotes nothing of it.
TEST_F(KeyFileTest, IsRefusedWhenMalformed) {
  const std::string text = kKeyText;
  std::vector<std::string> malformed = {"", "\n", text + "\n", text + text, " " + text};
  for (size_t size = 0; size + 1 < text.size(); size += 7)
    malformed.push_back(text.substr(0, size));
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    malformed.push_back(changed);
    changed = text;
    changed[i] = changed[i] == '1' ? '2' : '1';
    malformed.push_back(changed);
  }
  for (const std::string& contents : malformed) {
    const std::string path = Write("kek", contents);
    const absl::Status status = LoadOrCreateKeyFile(path, random_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << contents;
    EXPECT_EQ(status.message().find("0a0b0c0d"), std::string::npos) << status;
    EXPECT_EQ(Read(path), contents);
  }
}

// Goal: what is no plain file, or no small one, is refused; a folder that isn't there is an error.
TEST_F(KeyFileTest, IsRefusedWhenItIsNoSmallFile) {
  fs::create_directory(PathOf("folder"));
  EXPECT_EQ(LoadOrCreateKeyFile(PathOf("folder"), random_).status().code(),
            absl::StatusCode::kFailedPrecondition);
  ASSERT_EQ(mkfifo(PathOf("pipe").c_str(), 0600), 0);
  EXPECT_EQ(LoadOrCreateKeyFile(PathOf("pipe"), random_).status().code(),
            absl::StatusCode::kFailedPrecondition);
  const std::string large = Write("large", std::string(kSecretFileBytesMax + 1, 'x'));
  EXPECT_EQ(ReadSecretFile(large).status().code(), absl::StatusCode::kFailedPrecondition);
  const std::string largest = Write("largest", std::string(kSecretFileBytesMax, 'x'));
  EXPECT_EQ(ReadSecretFile(largest)->size(), kSecretFileBytesMax);
  EXPECT_EQ(LoadOrCreateKeyFile(PathOf("none/kek"), random_).status().code(),
            absl::StatusCode::kNotFound);
}

// Goal: what is there is never replaced, and a failure leaves no secrets lying about.
TEST_F(KeyFileTest, CreateNeverReplaces) {
  const std::string path = Write("secret", "first");
  EXPECT_EQ(CreateSecretFile(path, "second", random_).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Read(path), "first");
  EXPECT_EQ(FileCount(), 1u);
}

// Goal: servers that start at once on one folder use the same key.
TEST_F(KeyFileTest, RacingStartersGetTheSameKey) {
  constexpr int kThreads = 8;
  std::vector<std::optional<KeyEncryptionKey>> keys(kThreads);
  std::vector<std::thread> threads;
  for (auto& slot : keys) {
    threads.emplace_back([&, out = &slot] {
      const auto key = LoadOrCreateKeyFile(PathOf("kek"), random_);
      ASSERT_TRUE(key.ok()) << key.status();
      *out = *key;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& key : keys) EXPECT_EQ(key, keys[0]);
  EXPECT_EQ(FileCount(), 1u);
}

// Goal: a secret is wiped where it stood when it ends.
TEST(SecretTest, IsWipedAtItsEnd) {
  alignas(DataKey) unsigned char memory[sizeof(DataKey)];
  auto* key = new (memory) DataKey();
  key->mutable_bytes().fill(0xa5);
  // Keeps the compiler from reasoning that nobody reads what was destroyed.
  const volatile unsigned char* bytes = memory;
  EXPECT_EQ(bytes[0], 0xa5);
  key->~DataKey();
  for (size_t i = 0; i < sizeof memory; ++i) EXPECT_EQ(bytes[i], 0) << "at byte " << i;
}

// Goal: the system's random bytes fill the whole of what is asked for, and differ each time.
TEST(SystemRandomSourceTest, FillsEverything) {
  SystemRandomSource random;
  std::vector<uint8_t> first(4096);
  std::vector<uint8_t> second(4096);
  random.Fill(absl::MakeSpan(first));
  random.Fill(absl::MakeSpan(second));
  EXPECT_NE(first, second);
  // Zeros at the end of 4096 random bytes come once in 2^256 times.
  EXPECT_NE(std::vector<uint8_t>(first.end() - 32, first.end()), std::vector<uint8_t>(32));
  random.Fill(absl::Span<uint8_t>());
}

}  // namespace
}  // namespace pledger::storage::keys
