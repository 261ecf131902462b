#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "storage/format/record.h"
#include "storage/keys/hmac.h"
#include "storage/keys/sealing.h"
#include "storage/keys/testing_random.h"
#include "storage/merkle/hash.h"

namespace pledger::storage::keys {
namespace {

template <size_t N>
std::string Hex(const std::array<uint8_t, N>& bytes) {
  return absl::BytesToHexString(std::string(AsChars(bytes)));
}

// Bytes that count up from `first`.
template <typename Bytes>
Bytes CountingFrom(uint8_t first) {
  Bytes bytes;
  for (auto& byte : bytes) byte = first++;
  return bytes;
}

class SealingTest : public testing::Test {
 protected:
  SealedPersonal MustSeal(std::string_view plaintext) {
    auto sealed = Seal(key_, context_, plaintext, random_);
    EXPECT_TRUE(sealed.ok()) << sealed.status();
    return *sealed;
  }

  absl::StatusCode OpenCode(const DataKey& key, const SealContext& context, std::string_view blob) {
    return Open(key, context, blob).status().code();
  }

  const DataKey key_{CountingFrom<Secret::Bytes>(32)};
  const SealContext context_ = {"ledger.example/1", "client-1", CountingFrom<EventId>(0)};
  SeededRandomSource random_{7};
};

// Goal: HMAC-SHA-256 is RFC 4231's (cases 1, 2 and 6, whose key is longer than a block).
TEST_F(SealingTest, HmacKnowsItsPublishedVectors) {
  const std::vector<uint8_t> key1(20, 0x0b);
  EXPECT_EQ(Hex(HmacSha256(key1, "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  const std::vector<uint8_t> key2 = {'J', 'e', 'f', 'e'};
  EXPECT_EQ(Hex(HmacSha256(key2, "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const std::vector<uint8_t> key6(131, 0xaa);
  EXPECT_EQ(Hex(HmacSha256(key6, "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// Goal: what is sealed opens to the same text, from nothing to the largest, and no larger is taken.
TEST_F(SealingTest, RoundTrip) {
  const size_t largest = kSealedBytesMax - kSealedOverheadBytes;
  for (const size_t size : {size_t{0}, size_t{1}, size_t{31}, size_t{4096}, largest}) {
    const std::string plaintext(size, 'p');
    const SealedPersonal sealed = MustSeal(plaintext);
    EXPECT_EQ(sealed.blob.size(), size + kSealedOverheadBytes);
    const auto opened = Open(key_, context_, sealed.blob);
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(opened->plaintext, plaintext);
  }
  EXPECT_EQ(Seal(key_, context_, std::string(largest + 1, 'p'), random_).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// Goal: the stored bytes never change by accident. The values come from another implementation
// (Python's hashlib, hmac and cryptography), written after the comment in sealing.h.
TEST_F(SealingTest, FormatIsPinned) {
  const SealedPersonal sealed = MustSeal("Ada Lovelace");
  EXPECT_EQ(absl::BytesToHexString(sealed.blob),
            "02f10e0e636f3c4ca14ff190b4c2c573ec999d8db740811fd93255ccdbe759bb5ac9e08e6b104305c6cf5d"
            "0f70cae770261613ff1ec54891cf51b00203ffbb34e49dc1e1898d82e2152d075f093e4402fe");
  EXPECT_EQ(Hex(sealed.blob_hash),
            "011019e38dd7e157abad8e578bc6d1ce805c4dcdd1344388d363c2e4c2c7cd8d");
  EXPECT_EQ(Hex(sealed.commitment),
            "ff0f65ad0ba409e7a6054999cb4117fad94f34ce45c069794af9a1586e200550");
  EXPECT_EQ(Hex(PersonalFingerprint(key_, "Ada Lovelace")), "0771fb12b16421dc258a29cd61f05b06");
}

// Goal: what was sealed in the format before is still opened; it does not name its key.
TEST_F(SealingTest, FormatOneIsOpened) {
  const std::string blob = absl::HexStringToBytes(
      "014ff190b4c2c573ec999d8db740811fd93255ccdbe759bb5ac9e08e6b104305c6cf5d0f70cae770261613ff1ec5"
      "4891cf51b00203ffbb34e49eb17ea62d45ed67be1b170e2db92964");
  const auto opened = Open(key_, context_, blob);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->plaintext, "Ada Lovelace");
  const auto id = SealingKeyId(blob);
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_FALSE(id->has_value());
}

// Goal: a blob names the key that opens it, and no other.
TEST_F(SealingTest, ABlobNamesItsKey) {
  const auto id = SealingKeyId(MustSeal("Ada Lovelace").blob);
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(*id, IdOf(key_));
  EXPECT_EQ(Hex(IdOf(key_)), "f10e0e636f3c4ca1");
  EXPECT_NE(IdOf(key_), IdOf(DataKey(CountingFrom<Secret::Bytes>(33))));
  EXPECT_NE(IdOf(key_), IdOf(KeyEncryptionKey(key_.bytes())));
  EXPECT_EQ(SealingKeyId("").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(SealingKeyId(std::string(100, '\3')).status().code(), absl::StatusCode::kDataLoss);
}

// Goal: the commitment in the record can be recomputed from what a blob opens to, without the key.
TEST_F(SealingTest, CommitmentFollowsFromTheOpenedSalt) {
  const SealedPersonal sealed = MustSeal("Ada Lovelace");
  const auto opened = Open(key_, context_, sealed.blob);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(PersonalCommitment(opened->salt, opened->plaintext), sealed.commitment);
  EXPECT_EQ(merkle::Sha256(sealed.blob), sealed.blob_hash);
  EXPECT_NE(PersonalCommitment(opened->salt, "Ada Lovelacf"), sealed.commitment);
  Salt other_salt = opened->salt;
  other_salt[31] ^= 1;
  EXPECT_NE(PersonalCommitment(other_salt, opened->plaintext), sealed.commitment);
}

// Goal: the same text sealed twice shows no sign of it.
TEST_F(SealingTest, EachSealingIsFresh) {
  const SealedPersonal first = MustSeal("Ada Lovelace");
  const SealedPersonal second = MustSeal("Ada Lovelace");
  EXPECT_NE(first.blob, second.blob);
  EXPECT_NE(first.commitment, second.commitment);
  EXPECT_NE(Open(key_, context_, first.blob)->salt, Open(key_, context_, second.blob)->salt);
}

// Goal: no bit of a blob can be turned, and nothing cut off or added.
TEST_F(SealingTest, EveryChangeOfTheBlobIsDataLoss) {
  const SealedPersonal sealed = MustSeal("Ada Lovelace");
  std::string blob = sealed.blob;
  for (size_t bit = 0; bit < blob.size() * 8; ++bit) {
    blob[bit / 8] = static_cast<char>(blob[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(OpenCode(key_, context_, blob), absl::StatusCode::kDataLoss) << "at bit " << bit;
    blob[bit / 8] = static_cast<char>(blob[bit / 8] ^ (1 << (bit % 8)));
  }
  EXPECT_EQ(OpenCode(key_, context_, blob), absl::StatusCode::kOk);
  for (size_t size = 0; size < blob.size(); ++size) {
    EXPECT_EQ(OpenCode(key_, context_, blob.substr(0, size)), absl::StatusCode::kDataLoss);
  }
  EXPECT_EQ(OpenCode(key_, context_, blob + '\0'), absl::StatusCode::kDataLoss);
  EXPECT_EQ(OpenCode(key_, context_, std::string(kSealedBytesMax + 1, '\1')),
            absl::StatusCode::kDataLoss);
}

// Goal: a blob opens in one ledger, for one client, at one event, and under one key.
TEST_F(SealingTest, AnotherContextOrKeyIsDataLoss) {
  const SealedPersonal sealed = MustSeal("Ada Lovelace");
  SealContext other = context_;
  other.origin = "ledger.example/2";
  EXPECT_EQ(OpenCode(key_, other, sealed.blob), absl::StatusCode::kDataLoss);
  other = context_;
  other.client_id = "client-2";
  EXPECT_EQ(OpenCode(key_, other, sealed.blob), absl::StatusCode::kDataLoss);
  other = context_;
  other.event_id[15] ^= 1;
  EXPECT_EQ(OpenCode(key_, other, sealed.blob), absl::StatusCode::kDataLoss);
  // The same letters, divided otherwise between origin and client.
  other = context_;
  other.origin = "ledger.example/1c";
  other.client_id = "lient-1";
  EXPECT_EQ(OpenCode(key_, other, sealed.blob), absl::StatusCode::kDataLoss);
  const DataKey other_key(CountingFrom<Secret::Bytes>(33));
  EXPECT_EQ(OpenCode(other_key, context_, sealed.blob), absl::StatusCode::kDataLoss);
}

// Goal: fingerprints tell texts apart, and can't be compared between clients.
TEST_F(SealingTest, FingerprintDependsOnTextAndKeyAlone) {
  EXPECT_EQ(PersonalFingerprint(key_, "Ada"), PersonalFingerprint(key_, "Ada"));
  EXPECT_NE(PersonalFingerprint(key_, "Ada"), PersonalFingerprint(key_, "Adb"));
  const DataKey other_key(CountingFrom<Secret::Bytes>(33));
  EXPECT_NE(PersonalFingerprint(key_, "Ada"), PersonalFingerprint(other_key, "Ada"));
}

}  // namespace
}  // namespace pledger::storage::keys
