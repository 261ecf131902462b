// What an operator, a thief or a bad disk may do to a ledger, and that the verifier finds and names
// it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "client/files/durable_file.h"
#include "client/verify/verify_pack.h"
#include "storage/merkle/cosignature.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/tlog_tiles.h"
#include "storage/merkle/witness_policy.h"
#include "tests/audit/verdict_matchers.h"
#include "tests/support/pack_maker.h"
#include "tests/support/temp_folder.h"

namespace pledger::verify {
namespace {

using storage::Position;
using storage::merkle::NoteKeyType;
using storage::merkle::NoteSigner;
using testing::PackMaker;
using testing::TestKey;

constexpr uint64_t kSize = 600;
constexpr uint64_t kClients = 5;

class TamperingTest : public ::testing::Test {
 protected:
  TamperingTest() { ledger_.AddBusiness(kSize, kClients); }

  // A pack of the ledger as it is, with a checkpoint that is true of it.
  std::string HonestPack() {
    const std::string folder = Folder();
    ledger_.Write(folder, ledger_.Checkpoint(ledger_.size()));
    return folder;
  }

  std::string Folder() { return folder_.path() + "/pack-" + std::to_string(++folders_); }

  Report Verify(const std::string& folder, std::vector<CheckpointFile> known = {}) {
    VerifyOptions options;
    options.trust.log_keys = {ledger_.first_key().verifier()};
    for (CheckpointFile& file : known) file.must_be_covered = true;
    options.trust.known = std::move(known);
    options.trust.witnesses =
        storage::merkle::ParseWitnessPolicy(ledger_.Policy({witness_})).value();
    options.trust.witnesses->quorum = "none";
    const auto result = VerifyPack(folder, options);
    EXPECT_TRUE(result.ok()) << result.status();
    return result->report;
  }

  // Changes a file of a pack.
  template <typename Change>
  static void Edit(const std::string& path, const Change& change) {
    std::string bytes = client::ReadFile(path, 64 << 20).value();
    change(bytes);
    ASSERT_TRUE(client::WriteFile(path, bytes).ok());
  }

  testing::TempFolder folder_;
  int folders_ = 0;
  PackMaker ledger_;
  const NoteSigner witness_ = TestKey("witness.example", NoteKeyType::kCosignature, 30);
};

// Goal: whichever byte of a bundle is turned, it is found, and the record is named by its position.
TEST_F(TamperingTest, AByteOfAnyRecord) {
  const std::string folder = HonestPack();
  const std::string path = folder + "/" + storage::merkle::EntriesPath(1);
  const std::string honest = client::ReadFile(path, 1 << 20).value();
  // Where each record of the bundle ends.
  std::vector<size_t> ends;
  size_t end = 0;
  for (Position p = 256; p < 512; ++p) ends.push_back(end += 2 + ledger_.records()[p].size());
  ASSERT_EQ(ends.back(), honest.size());
  for (size_t offset = 0; offset < honest.size(); offset += 97) {
    Edit(path, [&](std::string& bytes) { bytes[offset] ^= 0x20; });
    const Report report = Verify(folder);
    const auto record = std::upper_bound(ends.begin(), ends.end(), offset) - ends.begin();
    const size_t begin = record == 0 ? 0 : ends[record - 1];
    EXPECT_EQ(report.of(Aspect::kIntegrity).verdict(), Verdict::kFail) << offset;
    EXPECT_EQ(report.of(Aspect::kFreshness).failure_count, 0u);
    if (offset - begin < 2) {  // It is a length, and the whole bundle can't be read.
      EXPECT_NE(report.of(Aspect::kCompleteness).verdict(), Verdict::kPass) << offset;
    } else {
      EXPECT_TRUE(FailsAt(report, Aspect::kIntegrity, 256 + record, "does not hash to its leaf"))
          << offset << "\n"
          << ToText(report);
    }
    ASSERT_TRUE(client::WriteFile(path, honest).ok());
  }
  EXPECT_EQ(Verify(folder).of(Aspect::kIntegrity).verdict(), Verdict::kPass);
}

// Goal: a byte of any tile is found, and what it stands for is named.
TEST_F(TamperingTest, AByteOfATile) {
  const std::string folder = HonestPack();
  Edit(folder + "/tile/0/000", [](std::string& bytes) { bytes[32 * 17 + 3] ^= 1; });
  EXPECT_TRUE(FailsAt(Verify(folder), Aspect::kIntegrity, 17, "does not hash to its leaf"));
  Edit(folder + "/tile/0/000", [](std::string& bytes) { bytes[32 * 17 + 3] ^= 1; });
  Edit(folder + "/tile/1/000.p/2", [](std::string& bytes) { bytes[40] ^= 1; });
  const Report report = Verify(folder);
  EXPECT_TRUE(Fails(report, Aspect::kIntegrity, "positions 256 to 511")) << ToText(report);
}

// Goal: an event that was taken out, with the tree made anew over the rest, is missed: where it
// stood, and by its client.
TEST_F(TamperingTest, AnEventRemoved) {
  ledger_.records().erase(ledger_.records().begin() + 123);
  const Report report = Verify(HonestPack());
  EXPECT_TRUE(FailsAt(report, Aspect::kIntegrity, 123, "here stands the record of position 124"))
      << ToText(report);
  EXPECT_TRUE(FailsAt(report, Aspect::kCompleteness, 127, "some of its events are missing"));
}

// Goal: two events that changed places are both named.
TEST_F(TamperingTest, TwoSwapped) {
  std::swap(ledger_.records()[50], ledger_.records()[55]);
  const Report report = Verify(HonestPack());
  EXPECT_TRUE(FailsAt(report, Aspect::kIntegrity, 50, "the record of position 55"))
      << ToText(report);
  EXPECT_TRUE(FailsAt(report, Aspect::kIntegrity, 55, "the record of position 50"));
  EXPECT_TRUE(
      FailsAt(report, Aspect::kCompleteness, 50, "some of its events are missing or moved"));
}

// Goal: files of the tail that are gone are missed by the checkpoint.
TEST_F(TamperingTest, TheTailCut) {
  const std::string folder = HonestPack();
  std::filesystem::remove_all(folder + "/tile/entries/002.p");
  const Report report = Verify(folder);
  EXPECT_TRUE(FailsAt(report, Aspect::kCompleteness, 512, "tile/entries/002.p/88 is missing"))
      << ToText(report);
}

// Goal: a tail that is cut off with the checkpoint of the time before is missed by whoever saw a
// later one.
TEST_F(TamperingTest, TheTailCutWithItsCheckpoint) {
  const std::string later = ledger_.Checkpoint(kSize, {witness_});
  ledger_.records().resize(550);
  const std::string folder = HonestPack();
  EXPECT_EQ(Verify(folder).of(Aspect::kCompleteness).verdict(), Verdict::kPass);
  const Report report = Verify(folder, {{"the witness's file", later}});
  EXPECT_TRUE(FailsAt(report, Aspect::kCompleteness, 550, "the tail is cut off")) << ToText(report);
  EXPECT_TRUE(Fails(report, Aspect::kCompleteness,
                    "covers 600 events, seen by the witness witness.example"));
  EXPECT_TRUE(Fails(report, Aspect::kFreshness, "covers 600 events"));
}

// Goal: history made anew, all hashes right and signed with the log's own key, does not fit a
// checkpoint from before.
TEST_F(TamperingTest, HistoryRewrittenWithTheOwnKey) {
  const std::string earlier = ledger_.Checkpoint(400);
  PackMaker rewritten;
  rewritten.AddBusiness(305, kClients);
  rewritten.AddBusiness(1, kClients + 1);  // Another event in its place.
  rewritten.AddBusiness(kSize - 306, kClients);
  ledger_ = std::move(rewritten);
  const std::string folder = HonestPack();
  const Report alone = Verify(folder);
  EXPECT_EQ(alone.of(Aspect::kIntegrity).verdict(), Verdict::kPass) << ToText(alone);
  const Report report = Verify(folder, {{"last year's", earlier}});
  EXPECT_TRUE(Fails(report, Aspect::kIntegrity,
                    "last year's of size 400 has another root than these records"))
      << ToText(report);
  EXPECT_EQ(report.of(Aspect::kAuthorship).verdict(), Verdict::kPass) << ToText(report);
}

// Goal: a witness that was shown another log than the auditor is named.
TEST_F(TamperingTest, AWitnessShownAnotherLog) {
  PackMaker shown;
  shown.AddBusiness(kSize - 1, kClients);
  shown.AddBusiness(1, kClients + 1);
  const std::string fork = shown.Checkpoint(kSize, {witness_});
  const Report report = Verify(HonestPack(), {{"from the witness", fork}});
  EXPECT_TRUE(Fails(report, Aspect::kIntegrity,
                    "from the witness of size 600, seen by the witness witness.example has "
                    "another root"))
      << ToText(report);
}

// Goal: a cosignature that the witness did not make is no cosignature.
TEST_F(TamperingTest, ACosignatureForged) {
  std::string note = ledger_.Checkpoint(kSize, {witness_});
  auto parsed = storage::merkle::ParseNote(note).value();
  parsed.signatures.back().signature[7] ^= 1;  // Another time.
  const std::string folder = Folder();
  ledger_.Write(folder, FormatNote(parsed));
  EXPECT_TRUE(
      Fails(Verify(folder), Aspect::kAuthorship, "cosignature of witness.example is false"));
}

// Goal: a client who is left out of a directory, or an event that came to nobody's notice, is
// found.
TEST_F(TamperingTest, AClientLeftOut) {
  ledger_.AddDirectory();
  const std::string honest = HonestPack();
  EXPECT_EQ(Verify(honest).of(Aspect::kCompleteness).verdict(), Verdict::kPass);
  PackMaker without;
  without.AddBusiness(kSize, kClients + 1);
  std::vector<std::string>& records = without.records();
  const std::string directory = ledger_.records().back();
  records.push_back(directory);
  ledger_ = std::move(without);
  const Report report = Verify(HonestPack());
  EXPECT_TRUE(FailsAt(report, Aspect::kCompleteness, kSize, "the directory of clients names 5"))
      << ToText(report);
}

}  // namespace
}  // namespace pledger::verify
