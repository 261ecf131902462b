// Checkpoints are made over what is durable, never go back, and are held against the log.

#include <string>
#include <vector>

#include "server/audit/checkpoint_clerk.h"
#include "server/audit/key_ring.h"
#include "server/domain/errors.h"
#include "storage/keys/testing_random.h"
#include "storage/leaf_hashes.h"
#include "storage/merkle/checkpoint.h"
#include "storage/merkle/cosignature.h"
#include "storage/merkle/hash.h"
#include "tests/unit/audit_fixture.h"
#include "tests/unit/merkle_reference.h"

namespace pledger::audit {
namespace {

namespace merkle = storage::merkle;
using storage::StoredCheckpoint;
using testing::TestLedger;

class CheckpointTest : public AuditTest {
 protected:
  CheckpointTest() { Open().IgnoreError(); }

  absl::Status Open() {
    book_.reset();
    auto book = CheckpointBook::Open(BookParts(), {signer_}, {signer_.verifier()});
    if (!book.ok()) return book.status();
    book_ = *std::move(book);
    return absl::OkStatus();
  }
  merkle::Checkpoint Opened(const StoredCheckpoint& stored) {
    const auto opened = merkle::OpenCheckpoint(stored.note, {signer_.verifier()});
    EXPECT_TRUE(opened.ok()) << opened.status();
    return opened.ok() ? opened->checkpoint : merkle::Checkpoint();
  }

  const merkle::NoteSigner signer_ = TestSigner(TestLedger::kOrigin, 1);
  std::unique_ptr<CheckpointBook> book_;
};

TEST_F(CheckpointTest, OneOverTheEmptyLedger) {
  EXPECT_EQ(book_->Latest(), std::nullopt);
  const auto made = book_->Make();
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(Opened(*made).root, merkle::EmptyRoot());
  EXPECT_EQ(made->time_ns, ledger_.clock().NowNs());
}

TEST_F(CheckpointTest, ANewOneOnlyOverMore) {
  Append({"ada", "bob"});
  const auto first = book_->Make();
  ledger_.clock().Advance(5);
  EXPECT_EQ(*book_->Make(), *first);
  Append({"ada"});
  // A clock that was set back does not turn the order of times round.
  ledger_.clock().Advance(-1'000);
  const auto second = book_->Make();
  EXPECT_EQ(second->size, 3u);
  EXPECT_EQ(second->time_ns, first->time_ns);
  EXPECT_EQ(Opened(*second).root, *prover_.Root(3));
  EXPECT_EQ(*book_->Find(2), *first);
  EXPECT_EQ(ReasonOf(book_->Find(1).status()), v1::ERROR_REASON_CHECKPOINT_NOT_FOUND);
}

TEST_F(CheckpointTest, OneThatCannotBeStoredIsNotMade) {
  Append({"ada"});
  checkpoints_.status = absl::ResourceExhaustedError("full");
  EXPECT_TRUE(absl::IsResourceExhausted(book_->Make().status()));
  EXPECT_EQ(book_->Latest(), std::nullopt);
  checkpoints_.status = absl::OkStatus();
  EXPECT_EQ(book_->Make()->size, 1u);
}

TEST_F(CheckpointTest, TheLatestIsThereAfterOpeningAgain) {
  Append({"ada"});
  const auto made = book_->Make();
  ASSERT_EQ(Open(), absl::OkStatus());
  EXPECT_EQ(book_->Latest(), *made);
}

TEST_F(CheckpointTest, ALogThatLacksWhatWasSignedIsRefused) {
  Append({"ada", "bob"});
  merkle::Checkpoint beyond = {TestLedger::kOrigin, 3, merkle::EmptyRoot(), {}};
  ASSERT_TRUE(
      checkpoints_.PutCheckpoint({3, 1, FormatNote(merkle::SignCheckpoint(beyond, {signer_}))})
          .ok());
  const absl::Status opened = Open();
  EXPECT_TRUE(absl::IsDataLoss(opened)) << opened;
  EXPECT_NE(opened.message().find("the end of the log is lost"), std::string::npos) << opened;
}

TEST_F(CheckpointTest, ALogWithAnotherRootIsRefused) {
  Append({"ada", "bob"});
  merkle::Checkpoint other = {TestLedger::kOrigin, 2, merkle::EmptyRoot(), {}};
  ASSERT_TRUE(
      checkpoints_.PutCheckpoint({2, 1, FormatNote(merkle::SignCheckpoint(other, {signer_}))})
          .ok());
  EXPECT_TRUE(absl::IsDataLoss(Open()));
}

TEST_F(CheckpointTest, AnotherKeyIsRefused) {
  Append({"ada"});
  ASSERT_TRUE(book_->Make().ok());
  const auto stranger = TestSigner(TestLedger::kOrigin, 2);
  const auto opened = CheckpointBook::Open(BookParts(), {stranger}, {stranger.verifier()});
  EXPECT_TRUE(absl::IsFailedPrecondition(opened.status())) << opened.status();
}

TEST_F(CheckpointTest, CosignaturesAreAddedOnceForEachKey) {
  Append({"ada"});
  const auto made = book_->Make();
  const auto witness = TestSigner("w.example", 7, merkle::NoteKeyType::kCosignature);
  const auto text = merkle::ParseNote(made->note)->text;
  ASSERT_EQ(book_->AddSignatures(1, {Cosign(text, 100, witness)}), absl::OkStatus());
  ASSERT_EQ(book_->AddSignatures(1, {Cosign(text, 200, witness)}), absl::OkStatus());
  const auto note = merkle::ParseNote(book_->Latest()->note);
  EXPECT_EQ(note->signatures.size(), 2u);
  EXPECT_EQ(*VerifyCosignature(*note, witness.verifier()), 200u);
  EXPECT_EQ(book_->Find(1)->note, book_->Latest()->note);
  // A checkpoint that was made since stays the latest.
  Append({"ada"});
  ASSERT_TRUE(book_->Make().ok());
  ASSERT_EQ(book_->AddSignatures(1, {Cosign(text, 300, witness)}), absl::OkStatus());
  EXPECT_EQ(book_->Latest()->size, 2u);
}

TEST_F(CheckpointTest, FindsTimesAmongSizes) {
  const int64_t begin_ns = ledger_.clock().NowNs();
  for (int i = 1; i <= 9; ++i) {
    Append(std::vector<std::string>(i, "ada"));
    ledger_.clock().Set(begin_ns + 1'000 * i);
    ASSERT_TRUE(book_->Make().ok());
  }
  const auto time_from = [this](int64_t time_ns) {
    const uint64_t size = *book_->FindTime(time_ns);
    return checkpoints_.ListCheckpoints(size, storage::Direction::kForward, 1)->front().time_ns;
  };
  EXPECT_EQ(time_from(begin_ns + 4'000), begin_ns + 4'000);
  EXPECT_EQ(time_from(begin_ns + 4'001), begin_ns + 5'000);
  EXPECT_EQ(*book_->FindTime(0), 0u);
  EXPECT_EQ(*book_->FindTime(begin_ns + 9'001), 46u);
}

class ClerkTest : public CheckpointTest {
 protected:
  ClerkTest() : random_(3) {
    EXPECT_EQ(Open(), absl::OkStatus());
    keys_ = *KeyRing::Open(
        {store_, ledger_.clock(), random_, folder_.path() + "/signing.key", TestLedger::kOrigin});
    auto policy = merkle::ParseWitnessPolicy(
        "witness w " + TestSigner("w", 7, merkle::NoteKeyType::kCosignature).verifier().ToString() +
        "\nquorum w\n");
    board_ = *WitnessBoard::Open(*std::move(policy), *book_);
    clerk_ = std::make_unique<CheckpointClerk>(
        *book_, *keys_, *board_, ledger_.clock(), [this] { return store_.next_position(); },
        absl::Seconds(1));
  }

  storage::keys::SeededRandomSource random_;
  std::unique_ptr<KeyRing> keys_;
  std::unique_ptr<WitnessBoard> board_;
  std::unique_ptr<CheckpointClerk> clerk_;
};

TEST_F(ClerkTest, MakesOneASecondWhileTheHeadMoves) {
  EXPECT_EQ(clerk_->Work(), absl::Seconds(1));
  EXPECT_EQ(book_->Latest(), std::nullopt) << "nothing is recorded, and nobody asked";
  Append({"ada"});
  clerk_->Work();
  EXPECT_EQ(book_->Latest()->size, 1u);
  Append({"ada"});
  ledger_.clock().Advance(300'000'000);
  EXPECT_EQ(clerk_->Work(), absl::Milliseconds(700));
  EXPECT_EQ(book_->Latest()->size, 1u);
  ledger_.clock().Advance(700'000'000);
  EXPECT_EQ(clerk_->Work(), absl::Seconds(1));
  EXPECT_EQ(book_->Latest()->size, 2u);
  const auto latest = book_->Latest();
  ledger_.clock().Advance(10'000'000'000);
  clerk_->Work();
  EXPECT_EQ(book_->Latest(), latest) << "the head did not move";
}

TEST_F(ClerkTest, AClockThatWasSetBackKeepsNothingFromBeingSigned) {
  Append({"ada"});
  clerk_->Work();
  Append({"ada"});
  ledger_.clock().Advance(-3'600'000'000'000);
  clerk_->Work();
  EXPECT_EQ(book_->Latest()->size, 2u);
}

TEST_F(ClerkTest, FailuresAreKeptAndPass) {
  Append({"ada"});
  checkpoints_.status = absl::ResourceExhaustedError("full");
  clerk_->Work();
  EXPECT_FALSE(clerk_->status().ok());
  checkpoints_.status = absl::OkStatus();
  clerk_->Work();
  EXPECT_EQ(clerk_->status(), absl::OkStatus());
  EXPECT_EQ(book_->Latest()->size, 1u);
}

TEST_F(ClerkTest, ComplainsOfWitnessesThatAreBehind) {
  Append({"ada"});
  clerk_->Work();
  const int64_t since = book_->Latest()->time_ns;
  EXPECT_EQ(**board_->UnwitnessedSince(), since);
  EXPECT_FALSE(clerk_->complains());
  ledger_.clock().Advance(61'000'000'000);
  Append({"ada"});
  clerk_->Work();
  EXPECT_TRUE(clerk_->complains());
  EXPECT_EQ(**board_->UnwitnessedSince(), since) << "the first one that nobody saw";
  const auto witness = TestSigner("w", 7, merkle::NoteKeyType::kCosignature);
  const auto text = merkle::ParseNote(book_->Latest()->note)->text;
  ASSERT_EQ(book_->AddSignatures(2, {Cosign(text, 100, witness)}), absl::OkStatus());
  ASSERT_EQ(board_->NoteCosigned(2), absl::OkStatus());
  EXPECT_EQ(*board_->UnwitnessedSince(), std::nullopt);
  ledger_.clock().Advance(1'000'000'000);
  clerk_->Work();
  EXPECT_FALSE(clerk_->complains());
  // Found again by a board that is opened anew.
  const auto again = WitnessBoard::Open(board_->policy(), *book_);
  EXPECT_EQ((*again)->witnessed_size(), 2u);
  EXPECT_EQ((*again)->report(0).cosigned_size, 2u);
}

class ProverTest : public AuditTest {};

// Every root and proof of every size, as RFC 6962's definitions give them, across full tiles.
TEST_F(ProverTest, EverySizeAsByDefinition) {
  constexpr uint64_t kSize = 300;
  for (uint64_t i = 0; i < kSize; ++i) Append({"client" + std::to_string(i % 5)});
  merkle::ReferenceTree tree(
      *storage::ReadLeafHashes(*store_.ReadLog(0, kSize, storage::Direction::kForward)));
  for (uint64_t size = 0; size <= kSize; ++size) {
    ASSERT_EQ(*prover_.Root(size), tree.Root(size)) << size;
    for (uint64_t position = size % 7; position < size; position += 7) {
      ASSERT_EQ(*prover_.Inclusion(position, size), tree.Path(position, size))
          << position << " in " << size;
    }
    for (uint64_t first = 1 + size % 11; first <= size; first += 11) {
      ASSERT_EQ(*prover_.Consistency(first, size), tree.Consistency(first, size))
          << first << " to " << size;
    }
  }
  // Also those that are asked for first.
  TreeProver fresh(store_);
  EXPECT_EQ(*fresh.Root(257), tree.Root(257));
  EXPECT_EQ(*fresh.Inclusion(256, 299), tree.Path(256, 299));
}

TEST_F(ProverTest, RefusesWhatIsNotThere) {
  Append({"ada", "bob"});
  EXPECT_EQ(ReasonOf(prover_.Root(3).status()), v1::ERROR_REASON_TREE_SIZE_UNKNOWN);
  EXPECT_EQ(ReasonOf(prover_.Inclusion(2, 2).status()), v1::ERROR_REASON_EVENT_NOT_FOUND);
  EXPECT_EQ(ReasonOf(prover_.Consistency(2, 1).status()), v1::ERROR_REASON_TREE_SIZE_UNKNOWN);
}

}  // namespace
}  // namespace pledger::audit
