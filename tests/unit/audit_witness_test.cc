// Asking a witness: what it says is checked, and what goes wrong is told.

#include <memory>
#include <string>

#include "server/audit/http_post.h"
#include "server/audit/witness_asker.h"
#include "server/projections/view_digest.h"
#include "storage/merkle/cosignature.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/tlog_witness.h"
#include "tests/support/fake_witness.h"
#include "tests/unit/audit_fixture.h"

namespace pledger::audit {
namespace {

namespace merkle = storage::merkle;
using testing::TestLedger;

class WitnessTest : public AuditTest {
 protected:
  WitnessTest() : witness_("w.example") {
    book_ = *CheckpointBook::Open(BookParts(), {signer_}, {signer_.verifier()});
    auto policy = merkle::ParseWitnessPolicy("witness w " + witness_.verifier_key() +
                                             " http://unused\nquorum w\n");
    EXPECT_TRUE(policy.ok()) << policy.status();
    board_ = *WitnessBoard::Open(*std::move(policy), *book_);
    NewAsker();
  }
  // As after a restart: it knows nothing of the witness.
  void NewAsker() {
    asker_ = std::make_unique<WitnessAsker>(0, *board_, *book_, prover_, ledger_.clock(),
                                            absl::Seconds(1),
                                            [this](const std::string& body) { return Post(body); });
  }
  absl::StatusOr<HttpAnswer> Post(const std::string& body) {
    ++asked_;
    if (answer_.has_value()) return *answer_;
    const auto answer = witness_.AddCheckpoint(body);
    return HttpAnswer{answer.code, answer.body};
  }
  void MakeCheckpoint() {
    Append({"ada"});
    ASSERT_TRUE(book_->Make().ok());
  }

  const merkle::NoteSigner signer_ = TestSigner(TestLedger::kOrigin, 1);
  testing::FakeWitness witness_;
  std::unique_ptr<CheckpointBook> book_;
  std::unique_ptr<WitnessBoard> board_;
  std::unique_ptr<WitnessAsker> asker_;
  // In place of the witness's own.
  std::optional<absl::StatusOr<HttpAnswer>> answer_;
  int asked_ = 0;
};

TEST_F(WitnessTest, NothingIsAskedWhileThereIsNothing) {
  asker_->Work();
  EXPECT_EQ(asked_, 0);
}

TEST_F(WitnessTest, EachCheckpointIsCosignedOnce) {
  for (uint64_t size = 1; size <= 3; ++size) {
    MakeCheckpoint();
    EXPECT_EQ(asker_->Work(), absl::Seconds(1));
    EXPECT_EQ(board_->report(0).cosigned_size, size);
    EXPECT_EQ(board_->report(0).error, "");
    EXPECT_EQ(board_->witnessed_size(), size);
    v1::Checkpoint described;
    ASSERT_EQ(board_->Describe(*book_->Latest(), &described), absl::OkStatus());
    EXPECT_TRUE(described.witnessed());
    EXPECT_EQ(described.cosignatures(0).witness(), "w.example");
  }
  asker_->Work();
  EXPECT_EQ(asked_, 3);
}

TEST_F(WitnessTest, ItTellsWhereItStands) {
  MakeCheckpoint();
  asker_->Work();
  NewAsker();
  MakeCheckpoint();
  MakeCheckpoint();
  asker_->Work();
  EXPECT_EQ(asked_, 3) << "once for its size, once with the proof from there";
  EXPECT_EQ(board_->witnessed_size(), 3u);
}

TEST_F(WitnessTest, FailuresAreToldAndTriedAgainMoreSeldom) {
  MakeCheckpoint();
  answer_ = absl::UnavailableError("no answer: connection refused");
  EXPECT_EQ(asker_->Work(), absl::Seconds(1));
  EXPECT_EQ(asker_->Work(), absl::Seconds(2));
  EXPECT_EQ(asker_->Work(), absl::Seconds(4));
  EXPECT_EQ(board_->report(0).error, "no answer: connection refused");
  EXPECT_EQ(board_->report(0).asked_time_ns, ledger_.clock().NowNs());
  EXPECT_EQ(**board_->UnwitnessedSince(), book_->Latest()->time_ns);
  for (int i = 0; i < 10; ++i) asker_->Work();
  EXPECT_EQ(asker_->Work(), WitnessAsker::kRetryMax);
  answer_.reset();
  EXPECT_EQ(asker_->Work(), absl::Seconds(1));
  EXPECT_EQ(board_->report(0).error, "");
  answer_ = HttpAnswer{403, "who are you?\n"};
  MakeCheckpoint();
  EXPECT_EQ(asker_->Work(), absl::Seconds(1)) << "the first pause again";
  EXPECT_EQ(board_->report(0).error, "it answers 403: who are you?");
  EXPECT_EQ(board_->report(0).cosigned_size, 1u);
}

// The asker of one may note a checkpoint that bears the other's cosignature already, whose own
// asker has not come to say so. Nobody may read then that the quorum cosigned while one of it
// failed.
TEST_F(WitnessTest, WhoeverNotesACheckpointTellsAllThatCosigned) {
  const auto late = TestSigner("late.example", 8, merkle::NoteKeyType::kCosignature);
  board_ = *WitnessBoard::Open(
      *merkle::ParseWitnessPolicy("witness w " + witness_.verifier_key() +
                                  " http://unused\nwitness l " + late.verifier().ToString() +
                                  "\ngroup both all w l\nquorum both\n"),
      *book_);
  NewAsker();
  MakeCheckpoint();
  board_->NoteAsked(1, "no answer: Connection", 5);
  const std::string text = merkle::ParseNote(book_->Latest()->note)->text;
  ASSERT_EQ(book_->AddSignatures(1, {Cosign(text, 100, late)}), absl::OkStatus());
  EXPECT_EQ(board_->report(1).error, "no answer: Connection");
  asker_->Work();
  EXPECT_EQ(board_->witnessed_size(), 1u);
  EXPECT_EQ(board_->report(1).error, "");
  EXPECT_EQ(board_->report(1).cosigned_size, 1u);
  EXPECT_EQ(board_->report(1).cosigned_time_s, 100u);
  EXPECT_EQ(board_->report(1).asked_time_ns, 5);
}

TEST_F(WitnessTest, WhatIsNoCosignatureIsNotTaken) {
  MakeCheckpoint();
  const std::string text = merkle::ParseNote(book_->Latest()->note)->text;
  const auto stranger = TestSigner("w.example", 9, merkle::NoteKeyType::kCosignature);
  auto forged = Cosign(text, 100, stranger);
  forged.key_id = merkle::NoteVerifier::Parse(witness_.verifier_key())->id();
  const std::string note = book_->Latest()->note;
  for (const std::string& body :
       {std::string("thank you\n"), FormatSignatureLine(Cosign(text, 100, stranger)),
        FormatSignatureLine(forged), std::string()}) {
    answer_ = HttpAnswer{200, body};
    asker_->Work();
    EXPECT_NE(board_->report(0).error, "") << body;
    EXPECT_EQ(book_->Latest()->note, note) << body;
  }
  EXPECT_EQ(board_->witnessed_size(), std::nullopt);
}

TEST_F(WitnessTest, OneThatSawMoreThanThereIsIsHeard) {
  MakeCheckpoint();
  answer_ = HttpAnswer{409, "17\n"};
  asker_->Work();
  EXPECT_NE(board_->report(0).error.find("it has cosigned a checkpoint of size 17"),
            std::string::npos);
  answer_ = HttpAnswer{409, "seventeen"};
  asker_->Work();
  EXPECT_EQ(board_->report(0).error, "it answers 409 without a size");
}

TEST(HttpPosterTest, AUrlIsOfHttp) {
  for (const char* url : {"", "w.example", "ftp://w.example", "http://", "https://"}) {
    EXPECT_FALSE(HttpPoster::Create(url, "/add-checkpoint", absl::Seconds(1)).ok()) << url;
  }
}

TEST(HttpPosterTest, SendsAndStops) {
  testing::FakeWitness witness("w.example");
  witness.Serve();
  const auto poster =
      *HttpPoster::Create(witness.url() + "/", "/add-checkpoint", absl::Seconds(10));
  EXPECT_EQ(poster->Post("nonsense")->code, 400);
  const auto nowhere =
      *HttpPoster::Create(witness.url() + "/x", "/add-checkpoint", absl::Seconds(10));
  EXPECT_EQ(nowhere->Post("nonsense")->code, 404);
  poster->Stop();
  EXPECT_TRUE(absl::IsUnavailable(poster->Post("nonsense").status()));
  witness.StopServing();
  EXPECT_TRUE(absl::IsUnavailable(nowhere->Post("nonsense").status()));
}

TEST(ViewDigestTest, IsTheSumWhateverTheOrder) {
  projections::ViewDigest one;
  one.Add("a", "1");
  one.Add("b", "2");
  projections::ViewDigest other;
  other.Add("b", "2");
  other.Add("a", "1");
  EXPECT_EQ(one.sum(), other.sum());
  EXPECT_EQ(one.entry_count(), 2u);
  projections::ViewDigest shifted;
  shifted.Add("a1", "");
  shifted.Add("b2", "");
  EXPECT_NE(one.sum(), shifted.sum()) << "where a key ends is part of what is hashed";
  // One entry is its hash.
  projections::ViewDigest single;
  single.Add("a", "1");
  EXPECT_EQ(single.sum(), merkle::Sha256(std::string_view("\0\0\0\0\0\0\0\1a1", 10)));
}

TEST(ViewDigestTest, CarriesAcrossAllBytes) {
  // Adding an entry 256 times shifts its number by a byte.
  projections::ViewDigest single;
  single.Add("a", "1");
  projections::ViewDigest many;
  for (int i = 0; i < 256; ++i) many.Add("a", "1");
  for (size_t i = 0; i + 1 < many.sum().size(); ++i) EXPECT_EQ(many.sum()[i], single.sum()[i + 1]);
  EXPECT_EQ(many.sum().back(), 0);
}

}  // namespace
}  // namespace pledger::audit
