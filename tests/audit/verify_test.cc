// Packs and receipts that nobody tampered with, and what can be told of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "client/verify/ordered_work.h"
#include "client/verify/verify_pack.h"
#include "client/verify/verify_receipt.h"
#include "storage/merkle/key_rotation.h"
#include "storage/merkle/witness_policy.h"
#include "tests/audit/verdict_matchers.h"
#include "tests/support/pack_maker.h"
#include "tests/support/temp_folder.h"

namespace pledger::verify {
namespace {

using storage::merkle::NoteKeyType;
using storage::merkle::NoteSigner;
using testing::PackMaker;
using testing::TestKey;

class VerifyTest : public ::testing::Test {
 protected:
  // A folder for a pack that isn't there yet.
  std::string Folder() { return folder_.path() + "/pack-" + std::to_string(++folders_); }

  // A verifier who knows the log's first key.
  VerifyOptions KnowsTheKey() {
    VerifyOptions options;
    options.trust.log_keys = {ledger_.first_key().verifier()};
    return options;
  }

  Verdict Of(const Report& report, Aspect aspect) { return report.of(aspect).verdict(); }

  testing::TempFolder folder_;
  int folders_ = 0;
  PackMaker ledger_;
  const std::vector<NoteSigner> witnesses_ = {TestKey("w1", NoteKeyType::kCosignature, 20),
                                              TestKey("w2", NoteKeyType::kCosignature, 21)};
};

// Goal: packs of every size round a bundle's border verify, by one thread and by several, with all
// their earlier checkpoints.
TEST_F(VerifyTest, HonestPacksPass) {
  for (const uint64_t size : {0, 1, 2, 255, 256, 257, 511, 512, 513, 5000}) {
    PackMaker ledger;
    ledger.AddBusiness(size, 7);
    std::vector<std::string> earlier;
    for (const uint64_t at : {0, 1, 3, 255, 256, 257, 300, 512}) {
      if (at < size) earlier.push_back(ledger.Checkpoint(at));
    }
    const std::string folder = Folder();
    ledger.Write(folder, ledger.Checkpoint(size), earlier);
    for (const size_t threads : {1, 4}) {
      VerifyOptions options = KnowsTheKey();
      options.threads = threads;
      uint64_t told = 0;
      options.progress = [&](uint64_t done, uint64_t total) {
        EXPECT_GE(done, told);
        EXPECT_EQ(total, size);
        told = done;
      };
      const auto result = VerifyPack(folder, options);
      ASSERT_TRUE(result.ok()) << result.status();
      const Report& report = result->report;
      EXPECT_EQ(Of(report, Aspect::kIntegrity), Verdict::kPass) << size << ToText(report);
      EXPECT_EQ(Of(report, Aspect::kCompleteness), Verdict::kPass) << size << ToText(report);
      EXPECT_EQ(Of(report, Aspect::kAuthorship), Verdict::kPass) << size << ToText(report);
      EXPECT_EQ(Of(report, Aspect::kFreshness), Verdict::kNotCheckable) << ToText(report);
      EXPECT_EQ(told, size);
      EXPECT_EQ(result->clients, std::min<uint64_t>(size, 7));
      EXPECT_EQ(result->root, ledger.Root(size));
      EXPECT_EQ(result->checkpoints, earlier.size() + 1);
    }
  }
}

// Goal: a verifier who brings key, witnesses and an earlier checkpoint gets four passes.
TEST_F(VerifyTest, TrustedWitnessesMakeItFresh) {
  ledger_.AddBusiness(600, 5);
  const std::string folder = Folder();
  ledger_.Write(folder, ledger_.Checkpoint(600, witnesses_, 1'714'600'000), {},
                ledger_.Policy(witnesses_));
  VerifyOptions options = KnowsTheKey();
  options.trust.witnesses = storage::merkle::ParseWitnessPolicy(ledger_.Policy(witnesses_)).value();
  options.trust.known = {{"mine", ledger_.Checkpoint(400)}};
  options.trust.now = absl::FromUnixSeconds(1'714'600'100);
  options.trust.age_max = absl::Seconds(100);
  auto result = VerifyPack(folder, options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->report.verdict(), Verdict::kPass) << ToText(result->report);
  options.trust.now += absl::Seconds(1);
  result = VerifyPack(folder, options);
  EXPECT_EQ(Of(result->report, Aspect::kFreshness), Verdict::kFail) << ToText(result->report);
  options.trust.now -= absl::Seconds(1);
  options.trust.witnesses.reset();
  result = VerifyPack(folder, options);
  EXPECT_EQ(Of(result->report, Aspect::kFreshness), Verdict::kNotCheckable)
      << ToText(result->report);
}

// Goal: without a key from elsewhere authorship is not claimed; with a wrong one it fails.
TEST_F(VerifyTest, AuthorshipNeedsAKey) {
  ledger_.AddBusiness(10, 2);
  const std::string folder = Folder();
  ledger_.Write(folder, ledger_.Checkpoint(10));
  auto result = VerifyPack(folder, {});
  EXPECT_EQ(Of(result->report, Aspect::kAuthorship), Verdict::kNotCheckable)
      << ToText(result->report);
  VerifyOptions options;
  options.trust.log_keys = {TestKey(PackMaker::kOrigin, NoteKeyType::kEd25519, 99).verifier()};
  result = VerifyPack(folder, options);
  EXPECT_EQ(Of(result->report, Aspect::kAuthorship), Verdict::kFail) << ToText(result->report);
}

// Goal: keys that succeeded each other are followed from either end; a checkpoint by a key whose
// time was over, or not yet come, is not believed.
TEST_F(VerifyTest, RotationsAreFollowed) {
  const NoteSigner second = TestKey(PackMaker::kOrigin, NoteKeyType::kEd25519, 2);
  const NoteSigner third = TestKey(PackMaker::kOrigin, NoteKeyType::kEd25519, 3);
  ledger_.AddBusiness(100, 3);
  const std::string before = ledger_.Checkpoint(100);
  ledger_.AddRotation(second);
  ledger_.AddBusiness(100, 3);
  const std::string between = ledger_.Checkpoint(201);
  ledger_.AddRotation(third);
  ledger_.AddBusiness(50, 3);
  const std::string folder = Folder();
  ledger_.Write(folder, ledger_.Checkpoint(252), {before, between});
  for (const auto& key : {ledger_.first_key().verifier(), second.verifier(), third.verifier()}) {
    VerifyOptions options;
    options.trust.log_keys = {key};
    const auto result = VerifyPack(folder, options);
    EXPECT_EQ(Of(result->report, Aspect::kAuthorship), Verdict::kPass) << ToText(result->report);
  }
  // The first key signs again after its end.
  const std::string stolen = storage::merkle::FormatNote(storage::merkle::SignCheckpoint(
      {PackMaker::kOrigin, 240, ledger_.Root(240), {}}, {ledger_.first_key()}));
  const std::string again = Folder();
  ledger_.Write(again, ledger_.Checkpoint(252), {stolen});
  const auto result = VerifyPack(again, KnowsTheKey());
  EXPECT_EQ(Of(result->report, Aspect::kAuthorship), Verdict::kFail) << ToText(result->report);
  EXPECT_TRUE(Fails(result->report, Aspect::kAuthorship, "of size 240"));
}

// Goal: a rotation that only the thief of the old key signed does not hold.
TEST_F(VerifyTest, RotationNeedsBothKeys) {
  const NoteSigner& first = ledger_.first_key();
  const NoteSigner second = TestKey(PackMaker::kOrigin, NoteKeyType::kEd25519, 2);
  const std::string text =
      storage::merkle::RotationText(PackMaker::kOrigin, first.verifier(), second.verifier());
  const auto code = [&](const std::string& origin, const storage::merkle::SignedNote& note) {
    return storage::merkle::VerifyRotation(origin, first.verifier().ToString(),
                                           second.verifier().ToString(), FormatNote(note))
        .code();
  };
  const auto by = [](const std::string& statement, const NoteSigner& signer) {
    return storage::merkle::SignNote(statement, signer);
  };
  const std::string origin = PackMaker::kOrigin;
  EXPECT_EQ(code(origin, {text, {by(text, first), by(text, second)}}), absl::StatusCode::kOk);
  EXPECT_EQ(code("other.example", {text, {by(text, first), by(text, second)}}),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(origin, {text, {by(text, first)}}), absl::StatusCode::kNotFound);
  EXPECT_EQ(code(origin, {text, {by(text, second)}}), absl::StatusCode::kNotFound);
  const std::string other = text + "more\n";
  EXPECT_EQ(code(origin, {other, {by(other, first), by(other, second)}}),
            absl::StatusCode::kInvalidArgument);
}

// Goal: directories of clients are compared, also where events came between.
TEST_F(VerifyTest, DirectoriesAreCompared) {
  ledger_.AddBusiness(40, 6);
  ledger_.AddDirectory();
  ledger_.AddBusiness(3, 6);
  ledger_.AddDirectory();
  ledger_.AddBusiness(600, 9);
  const std::string folder = Folder();
  ledger_.Write(folder, ledger_.Checkpoint(ledger_.size()));
  const auto result = VerifyPack(folder, KnowsTheKey());
  EXPECT_EQ(Of(result->report, Aspect::kCompleteness), Verdict::kPass) << ToText(result->report);
  EXPECT_THAT(ToText(result->report), ::testing::HasSubstr("2 of 2 directories"));
}

// Goal: a receipt tells of its event; of the wrong key, a turned bit and another place it says so.
TEST_F(VerifyTest, ReceiptsVerify) {
  ledger_.AddBusiness(300, 3);
  const std::string receipt = ledger_.Receipt(257, 300);
  const Trust trust = KnowsTheKey().trust;
  auto result = VerifyReceipt(receipt, trust);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(Of(result->report, Aspect::kIntegrity), Verdict::kPass) << ToText(result->report);
  EXPECT_EQ(Of(result->report, Aspect::kAuthorship), Verdict::kPass) << ToText(result->report);
  EXPECT_EQ(result->position, 257u);
  EXPECT_EQ(result->client_id, "client-2");
  EXPECT_EQ(result->size, 300u);
  const size_t index = receipt.find("index 257");
  result = VerifyReceipt(receipt.substr(0, index) + "index 256" + receipt.substr(index + 9), trust);
  EXPECT_TRUE(FailsAt(result->report, Aspect::kIntegrity, 256, "not in the checkpoint's tree"))
      << ToText(result->report);
  EXPECT_TRUE(FailsAt(result->report, Aspect::kIntegrity, 256, "record of position 257"));
  EXPECT_FALSE(VerifyReceipt(receipt.substr(1), trust).ok());
}

// Goal: a folder that is no pack is refused, and a pack is never written over something.
TEST_F(VerifyTest, WhatIsNoPackIsRefused) {
  EXPECT_EQ(VerifyPack(Folder(), {}).status().code(), absl::StatusCode::kNotFound);
  ledger_.AddBusiness(1, 1);
  const std::string folder = Folder();
  ledger_.Write(folder, "text\n");
  EXPECT_EQ(VerifyPack(folder, {}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(PackWriter::Create(folder).status().code(), absl::StatusCode::kFailedPrecondition);
}

// Goal: work prepared by many threads is finished once each, in order.
TEST(OrderedWorkTest, FinishesInOrder) {
  for (const size_t threads : {1, 2, 5}) {
    for (const uint64_t count : {0, 1, 3, 1000}) {
      OrderedWork<uint64_t> work(threads);
      uint64_t next = 0;
      work.Run(
          count, [](uint64_t i, uint64_t* item) { *item = i * i; },
          [&](uint64_t i, uint64_t item) {
            EXPECT_EQ(i, next++);
            EXPECT_EQ(item, i * i);
          });
      EXPECT_EQ(next, count);
    }
  }
}

}  // namespace
}  // namespace pledger::verify
