#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "storage/keys/key_vault.h"
#include "storage/keys/testing_random.h"
#include "storage/keys/wrapping.h"

namespace pledger::storage::keys {
namespace {

constexpr ReadTier kAnywhere = ReadTier::kAnywhere;

template <typename Key>
Key CountingKey(uint8_t first) {
  Key key;
  for (uint8_t& byte : key.mutable_bytes()) byte = first++;
  return key;
}

// Counts what reaches the store, fails on demand, and lets a test act just before a key is put, or
// between the reading of one and the answer.
class WatchedStore : public KeyStore {
 public:
  absl::StatusOr<std::optional<std::string>> FindWrapped(std::string_view client_id,
                                                         ReadTier tier) override {
    ++finds;
    this->tier = tier;
    if (!failure.ok()) return failure;
    auto found = store.FindWrapped(client_id, tier);
    if (after_find) after_find();
    return found;
  }

  absl::Status PutWrapped(std::string_view client_id, std::string_view wrapped) override {
    ++puts;
    if (before_put) before_put();
    if (!failure.ok()) return failure;
    return store.PutWrapped(client_id, wrapped);
  }

  absl::StatusOr<std::vector<bool>> PutMissing(absl::Span<const ClientKey> keys,
                                               ReadTier tier) override {
    ++puts;
    this->tier = tier;
    if (before_put) before_put();
    if (!failure.ok()) return failure;
    return store.PutMissing(keys, tier);
  }
  absl::Status Sync() override { return failure; }
  std::optional<std::string> FindUnsynced(std::string_view client_id) const override {
    return store.FindUnsynced(client_id);
  }
  void NoteDurable(std::string_view client_id, std::string_view wrapped) override {
    store.NoteDurable(client_id, wrapped);
  }
  size_t unsynced() const override { return store.unsynced(); }
  absl::Status BeginErasure(const Erasure& erasure) override { return store.BeginErasure(erasure); }
  absl::StatusOr<std::optional<Erasure>> FindErasure() override { return store.FindErasure(); }
  absl::Status EndErasure() override { return store.EndErasure(); }
  absl::Status RewrapAll(Rewrap rewrap) override { return store.RewrapAll(rewrap); }
  absl::StatusOr<bool> WasErased(std::string_view client_id,
                                 const std::optional<KeyId>& key_id) override {
    return store.WasErased(client_id, key_id);
  }

  MemoryKeyStore store;
  std::atomic<int> finds{0};
  std::atomic<int> puts{0};
  // Of the last call that has one.
  ReadTier tier = ReadTier::kAnywhere;
  absl::Status failure;
  std::function<void()> after_find;
  std::function<void()> before_put;
};

class KeyVaultTest : public testing::Test {
 protected:
  const KeyEncryptionKey kek_ = CountingKey<KeyEncryptionKey>(0);
  SeededRandomSource random_{7};
  WatchedStore store_;
  KeyVault vault_{store_, kek_, random_, 2};
};

// Goal: a client's key is made once and is the same ever after, in memory and from the store.
TEST_F(KeyVaultTest, MakesAKeyOnceAndFindsItAgain) {
  EXPECT_FALSE(vault_.FindCached("client-1").has_value());
  const auto none = vault_.Find("client-1");
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_FALSE(none->has_value());
  const auto made = vault_.FindOrCreate("client-1");
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(vault_.FindCached("client-1"), *made);
  EXPECT_EQ(*vault_.FindOrCreate("client-1"), *made);
  EXPECT_EQ(store_.puts, 1);
  KeyVault reopened(store_, kek_, random_, 2);
  EXPECT_FALSE(reopened.FindCached("client-1").has_value());
  EXPECT_EQ(**reopened.Find("client-1"), *made);
  EXPECT_EQ(reopened.FindCached("client-1"), *made);
  EXPECT_FALSE(*vault_.FindOrCreate("client-2") == *made);
}

// Goal: the stored bytes never change by accident. The value comes from another implementation
// (Python's hashlib, hmac and cryptography), written after the comment in wrapping.h.
TEST_F(KeyVaultTest, WrappedFormatIsPinned) {
  ASSERT_TRUE(vault_.FindOrCreate("client-1").ok());
  EXPECT_EQ(absl::BytesToHexString(**store_.store.FindWrapped("client-1", kAnywhere)),
            "01e6c869e485b16b104ff190b4c2c573ec999d8db77acc24d1d324a09e77c6284eb4e82182e17433e4e99"
            "84e54c2d7e217eada35d6f123fe0802164f49a4028a1c808c14a2");
}

// Goal: no bit of a wrapped key can be turned, it isn't another client's, and has one size.
TEST_F(KeyVaultTest, EveryChangeOfAWrappedKeyIsRefused) {
  const DataKey key = CountingKey<DataKey>(100);
  std::string wrapped = WrapDataKey(kek_, "client-1", key, random_);
  ASSERT_EQ(wrapped.size(), kWrappedBytes);
  EXPECT_EQ(*UnwrapDataKey(kek_, "client-1", wrapped), key);
  for (size_t bit = 0; bit < wrapped.size() * 8; ++bit) {
    wrapped[bit / 8] = static_cast<char>(wrapped[bit / 8] ^ (1 << (bit % 8)));
    const bool in_id = bit / 8 >= 1 && bit / 8 <= sizeof(KeyId);
    EXPECT_EQ(UnwrapDataKey(kek_, "client-1", wrapped).status().code(),
              in_id ? absl::StatusCode::kFailedPrecondition : absl::StatusCode::kDataLoss)
        << "at bit " << bit;
    wrapped[bit / 8] = static_cast<char>(wrapped[bit / 8] ^ (1 << (bit % 8)));
  }
  EXPECT_EQ(UnwrapDataKey(kek_, "client-2", wrapped).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(UnwrapDataKey(kek_, "client-1", wrapped.substr(1)).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(UnwrapDataKey(kek_, "client-1", "").status().code(), absl::StatusCode::kDataLoss);
}

// Goal: under another key-encryption key the vault says so, and never makes a second key.
TEST_F(KeyVaultTest, AnotherKeyEncryptionKeyIsNamed) {
  ASSERT_TRUE(vault_.FindOrCreate("client-1").ok());
  KeyVault other(store_, CountingKey<KeyEncryptionKey>(1), random_, 2);
  const absl::Status status = other.FindOrCreate("client-1").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(status.message().find(ToString(IdOf(kek_))), std::string::npos) << status;
  EXPECT_EQ(store_.puts, 1);
}

// Goal: a store that can't be read is an error, and neither an erased nor a new client.
TEST_F(KeyVaultTest, StoreFailuresArePassedOn) {
  store_.failure = absl::UnavailableError("disk");
  EXPECT_EQ(vault_.Find("client-1").status(), store_.failure);
  EXPECT_EQ(vault_.FindOrCreate("client-1").status(), store_.failure);
  EXPECT_EQ(store_.puts, 0);
  store_.failure = absl::OkStatus();
  store_.before_put = [&] { store_.failure = absl::UnavailableError("disk"); };
  EXPECT_EQ(vault_.FindOrCreate("client-1").status().code(), absl::StatusCode::kUnavailable);
  // What may not be durable isn't used.
  EXPECT_FALSE(vault_.FindCached("client-1").has_value());
}

// Goal: the one that comes second takes the key of the first.
TEST_F(KeyVaultTest, LosingTheRaceTakesTheWinnersKey) {
  KeyVault first(store_.store, kek_, random_, 2);
  std::optional<DataKey> winner;
  store_.before_put = [&] { winner = *first.FindOrCreate("client-1"); };
  const auto loser = vault_.FindOrCreate("client-1");
  ASSERT_TRUE(loser.ok()) << loser.status();
  EXPECT_EQ(*loser, winner);
  EXPECT_EQ(vault_.FindCached("client-1"), winner);
}

// Goal: many threads, many clients, a cache much too small: one key a client.
TEST_F(KeyVaultTest, RacingCreatorsEndWithTheSameKey) {
  constexpr int kThreads = 8;
  constexpr int kClients = 100;
  std::vector<std::vector<DataKey>> keys(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int client = 0; client < kClients; ++client) {
        const auto key = vault_.FindOrCreate(absl::StrCat("client-", client));
        ASSERT_TRUE(key.ok()) << key.status();
        keys[t].push_back(*key);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int t = 1; t < kThreads; ++t) EXPECT_EQ(keys[t], keys[0]);
  EXPECT_FALSE(keys[0][0] == keys[0][1]);
}

// Goal: memory is bounded, and the key used last stays.
TEST_F(KeyVaultTest, CacheKeepsTheKeysUsedLast) {
  ASSERT_TRUE(vault_.FindOrCreate("a").ok());
  ASSERT_TRUE(vault_.FindOrCreate("b").ok());
  EXPECT_TRUE(vault_.FindCached("a").has_value());
  ASSERT_TRUE(vault_.FindOrCreate("c").ok());
  EXPECT_TRUE(vault_.FindCached("a").has_value());
  EXPECT_FALSE(vault_.FindCached("b").has_value());
  EXPECT_TRUE(vault_.FindCached("c").has_value());
  KeyVault without_cache(store_, kek_, random_, 0);
  ASSERT_TRUE(without_cache.FindOrCreate("a").ok());
  EXPECT_FALSE(without_cache.FindCached("a").has_value());
}

// Goal: a destroyed key is gone from memory too, also where it was being read at that moment.
TEST_F(KeyVaultTest, ForgottenKeysDoNotComeBack) {
  ASSERT_TRUE(vault_.FindOrCreate("client-1").ok());
  store_.store.Lose("client-1");
  vault_.Forget("client-1");
  EXPECT_FALSE(vault_.FindCached("client-1").has_value());
  EXPECT_FALSE(vault_.Find("client-1")->has_value());

  ASSERT_TRUE(vault_.FindOrCreate("client-2").ok());
  vault_.Forget("client-2");
  store_.after_find = [&] {
    store_.store.Lose("client-2");
    vault_.Forget("client-2");
  };
  ASSERT_TRUE(vault_.Find("client-2").ok());
  EXPECT_FALSE(vault_.FindCached("client-2").has_value());
  vault_.Forget("nobody");
}

// Goal: a key that is put and erased again while it is made is neither used nor made anew.
TEST_F(KeyVaultTest, KeyErasedWhileBeingMadeIsAborted) {
  // The put fails, and by the second look the key is gone.
  class Vanishing : public MemoryKeyStore {
   public:
    absl::StatusOr<std::optional<std::string>> FindWrapped(std::string_view, ReadTier) override {
      return std::optional<std::string>();
    }
    absl::Status PutWrapped(std::string_view, std::string_view) override {
      return absl::AlreadyExistsError("was there");
    }
  } vanishing;
  KeyVault vault(vanishing, kek_, random_, 2);
  EXPECT_EQ(vault.FindOrCreate("client-1").status().code(), absl::StatusCode::kAborted);
  EXPECT_FALSE(vault.FindCached("client-1").has_value());
}

// Goal: the keys of many clients are made with one write; those that exist stay what they are, also
// when another makes them at the same moment.
TEST_F(KeyVaultTest, ManyKeysAreMadeAtOnce) {
  const auto existing = vault_.FindOrCreate("old");
  ASSERT_TRUE(existing.ok());
  KeyVault rival(store_.store, kek_, random_, 2);
  absl::StatusOr<DataKey> rivals = absl::UnknownError("not made");
  store_.before_put = [&] { rivals = rival.FindOrCreate("raced"); };
  store_.puts = 0;
  const std::vector<std::string_view> clients = {"old", "new", "raced", "new"};
  KeyVault vault(store_, kek_, random_, 10);
  ASSERT_TRUE(vault.FindOrCreateAll(clients, kAnywhere).ok());
  EXPECT_EQ(store_.puts, 1);
  ASSERT_TRUE(rivals.ok());
  EXPECT_TRUE(vault.FindCached("old") == *existing);
  EXPECT_TRUE(vault.FindCached("raced") == *rivals);
  EXPECT_TRUE(vault.FindCached("new").has_value());
  store_.failure = absl::UnavailableError("no disk");
  const std::vector<std::string_view> more = {"another"};
  EXPECT_EQ(vault.FindOrCreateAll(more, kAnywhere).code(), absl::StatusCode::kUnavailable);
}

// Goal: where the nearer memory can't tell whether a client has a key, none is made; where it can,
// the key is made without looking further.
TEST_F(KeyVaultTest, FromMemoryAKeyIsMadeOnlyWhereItIsKnownToBeMissing) {
  const std::vector<std::string_view> clients = {"client-1", "client-2"};
  store_.failure = NotInMemory();
  EXPECT_TRUE(IsNotInMemory(vault_.FindOrCreateAll(clients, ReadTier::kMemory)));
  EXPECT_EQ(store_.puts, 0);
  EXPECT_EQ(store_.tier, ReadTier::kMemory);
  store_.failure = absl::OkStatus();
  ASSERT_TRUE(vault_.FindOrCreateAll(clients, ReadTier::kMemory).ok());
  EXPECT_EQ(store_.puts, 1);
  EXPECT_EQ(store_.tier, ReadTier::kMemory);
  EXPECT_TRUE(vault_.FindCached("client-1").has_value());
  EXPECT_TRUE(vault_.FindCached("client-2").has_value());
}

// Goal: the store in memory keeps the contract that every key store has.
TEST(MemoryKeyStoreTest, PutsOnce) {
  MemoryKeyStore store;
  EXPECT_FALSE(store.FindWrapped("a", kAnywhere)->has_value());
  EXPECT_TRUE(store.PutWrapped("a", "1").ok());
  EXPECT_EQ(store.PutWrapped("a", "2").code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(**store.FindWrapped("a", kAnywhere), "1");
  store.Lose("a");
  EXPECT_FALSE(store.FindWrapped("a", kAnywhere)->has_value());
  EXPECT_TRUE(store.PutWrapped("a", "3").ok());
}

// Goal: a key that was put is known as durable nowhere until it is synced or noted elsewhere; after
// a crash it is gone, and only it.
TEST(MemoryKeyStoreTest, WhatIsNotSyncedIsKnownAndLost) {
  MemoryKeyStore store;
  const std::vector<KeyStore::ClientKey> first = {{"a", "1"}, {"b", "2"}};
  ASSERT_TRUE(store.PutMissing(first, kAnywhere).ok());
  EXPECT_EQ(store.FindUnsynced("a"), "1");
  EXPECT_EQ(store.FindUnsynced("c"), std::nullopt);
  ASSERT_TRUE(store.Sync().ok());
  EXPECT_EQ(store.unsynced(), 0u);
  EXPECT_EQ(store.FindUnsynced("a"), std::nullopt);
  const std::vector<KeyStore::ClientKey> second = {{"a", "3"}, {"c", "4"}, {"d", "5"}};
  EXPECT_EQ(*store.PutMissing(second, kAnywhere), (std::vector<bool>{false, true, true}));
  EXPECT_EQ(store.FindUnsynced("a"), std::nullopt);
  EXPECT_EQ(store.FindUnsynced("c"), "4");
  store.NoteDurable("c", "another key");
  EXPECT_EQ(store.FindUnsynced("c"), "4");
  store.NoteDurable("c", "4");
  EXPECT_EQ(store.FindUnsynced("c"), std::nullopt);
  EXPECT_EQ(store.unsynced(), 2u) << "elsewhere is not here";
  store.LoseUnsynced();
  EXPECT_EQ(**store.FindWrapped("a", kAnywhere), "1");
  EXPECT_FALSE(store.FindWrapped("c", kAnywhere)->has_value());
  EXPECT_FALSE(store.FindWrapped("d", kAnywhere)->has_value());
  EXPECT_EQ(store.unsynced(), 0u);
}

}  // namespace
}  // namespace pledger::storage::keys
