// A witness, by the rules of C2SP tlog-witness.
#include "client/witness/witness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/merkle/cosignature.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/tile_node_reader.h"
#include "tests/support/pack_maker.h"
#include "tests/support/temp_folder.h"

namespace pledger::witness {
namespace {

using storage::merkle::AddCheckpointRequest;
using storage::merkle::NoteKeyType;
using storage::merkle::NoteSigner;
using storage::merkle::SignedNote;
using testing::PackMaker;
using testing::TestKey;

class WitnessTest : public ::testing::Test {
 protected:
  WitnessTest() {
    ledger_.AddBusiness(20, 3);
    other_.AddBusiness(20, 4);
  }

  // A witness on what the one before left on disk.
  Witness NewWitness() {
    return Witness(key_, {ledger_.first_key().verifier()}, WitnessState(folder_.path()),
                   [this] { return now_s_; });
  }

  // As the log asks: from the size that the witness is thought to know to `size`.
  static std::string Request(const PackMaker& ledger, uint64_t old_size, uint64_t size) {
    storage::merkle::TileBuilder tree;
    for (const std::string& record : const_cast<PackMaker&>(ledger).records()) {
      tree.Append(storage::merkle::LeafHash(record), [](auto, auto) {});
    }
    storage::merkle::TileNodeReader nodes(
        tree.edge(), [](auto) { return absl::InternalError("so small a tree has no full tile"); });
    AddCheckpointRequest request = {old_size, {}, ledger.Checkpoint(size)};
    if (old_size <= size) {
      request.proof = storage::merkle::ConsistencyProof(old_size, size, nodes).value();
    }
    return FormatAddCheckpoint(request);
  }

  testing::TempFolder folder_;
  uint64_t now_s_ = 1'714'600'000;
  const NoteSigner key_ = TestKey("witness.example/1", NoteKeyType::kCosignature, 40);
  PackMaker ledger_;
  // Another history of the same log.
  PackMaker other_;
};

// Goal: a log that grows is cosigned each time, with the time, and the cosigned checkpoint can be
// fetched; also by a witness that was started again.
TEST_F(WitnessTest, CosignsWhatGrows) {
  uint64_t old_size = 0;
  for (const uint64_t size : {0, 1, 5, 5, 8, 20}) {
    Witness witness = NewWitness();
    ++now_s_;
    const Answer answer = witness.AddCheckpoint(Request(ledger_, old_size, size));
    ASSERT_EQ(answer.status, 200) << answer.body;
    SignedNote note = storage::merkle::ParseNote(ledger_.Checkpoint(size)).value();
    const auto lines = storage::merkle::ParseSignatureLines(answer.body).value();
    note.signatures.insert(note.signatures.end(), lines.begin(), lines.end());
    EXPECT_EQ(VerifyCosignature(note, key_.verifier()).value(), now_s_);
    const Answer fetched = witness.GetCheckpoint(OriginHash(PackMaker::kOrigin));
    EXPECT_EQ(fetched.status, 200);
    EXPECT_EQ(fetched.body, FormatNote(note));
    old_size = size;
  }
}

// Goal: the answer is written down before it is given: what is on disk is never behind it.
TEST_F(WitnessTest, RemembersBeforeItAnswers) {
  ASSERT_EQ(NewWitness().AddCheckpoint(Request(ledger_, 0, 5)).status, 200);
  const Answer conflict = NewWitness().AddCheckpoint(Request(ledger_, 0, 8));
  EXPECT_EQ(conflict.status, 409);
  EXPECT_EQ(conflict.body, "5\n");
  EXPECT_EQ(conflict.media_type, "text/x.tlog.size");
  // Where it can't be written, there is no cosignature.
  Witness nowhere(key_, {ledger_.first_key().verifier()},
                  WitnessState(folder_.path() + "/" + OriginHash(PackMaker::kOrigin)),
                  [this] { return now_s_; });
  EXPECT_EQ(nowhere.AddCheckpoint(Request(ledger_, 0, 5)).status, 500);
}

// Goal: no other history is ever cosigned, whatever the old size is said to be.
TEST_F(WitnessTest, RefusesForks) {
  Witness witness = NewWitness();
  ASSERT_EQ(witness.AddCheckpoint(Request(ledger_, 0, 10)).status, 200);
  EXPECT_EQ(witness.AddCheckpoint(Request(other_, 10, 10)).status, 422);
  EXPECT_EQ(witness.AddCheckpoint(Request(other_, 10, 20)).status, 422);
  EXPECT_EQ(witness.AddCheckpoint(Request(other_, 0, 20)).status, 409);
  EXPECT_EQ(witness.AddCheckpoint(Request(ledger_, 8, 10)).status, 409);
  EXPECT_EQ(witness.AddCheckpoint(Request(ledger_, 10, 8)).status, 400);
  EXPECT_EQ(witness.AddCheckpoint(Request(ledger_, 10, 20)).status, 200);
}

// Goal: each kind of request that is none has its own answer.
TEST_F(WitnessTest, RefusesWhatItMust) {
  Witness witness = NewWitness();
  EXPECT_EQ(witness.AddCheckpoint("").status, 400);
  EXPECT_EQ(witness.AddCheckpoint("old 0\n\nno note").status, 400);
  const auto ask = [&](const SignedNote& note, std::vector<storage::Hash> proof = {}) {
    return witness
        .AddCheckpoint(
            storage::merkle::FormatAddCheckpoint({0, std::move(proof), FormatNote(note)}))
        .status;
  };
  const SignedNote good = storage::merkle::ParseNote(ledger_.Checkpoint(5)).value();
  const NoteSigner stranger = TestKey("stranger.example", NoteKeyType::kEd25519, 50);
  EXPECT_EQ(ask(storage::merkle::SignCheckpoint({"stranger.example", 5, {}, {}}, {stranger})), 404);
  SignedNote unsigned_note = good;
  unsigned_note.signatures = {storage::merkle::SignNote(good.text, stranger)};
  EXPECT_EQ(ask(unsigned_note), 403);
  SignedNote forged = good;
  forged.signatures[0].signature[3] ^= 1;
  EXPECT_EQ(ask(forged), 403);
  EXPECT_EQ(ask(good, {storage::Hash{}}), 422);
  EXPECT_EQ(
      ask(storage::merkle::SignCheckpoint({PackMaker::kOrigin, 0, {}, {}}, {ledger_.first_key()})),
      422);
  EXPECT_EQ(witness.GetCheckpoint(OriginHash(PackMaker::kOrigin)).status, 404);
  // Signatures of others are passed over, and not kept.
  SignedNote with_others = good;
  with_others.signatures.push_back(storage::merkle::SignNote(good.text, stranger));
  EXPECT_EQ(ask(with_others), 200);
  EXPECT_EQ(witness.GetCheckpoint(OriginHash(PackMaker::kOrigin)).body.find("stranger"),
            std::string::npos);
}

}  // namespace
}  // namespace pledger::witness
