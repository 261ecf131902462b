// A key is replaced step by step, and a crash after any step loses nothing.

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "server/audit/key_ring.h"
#include "server/audit/signing_key_file.h"
#include "server/domain/errors.h"
#include "storage/keys/testing_random.h"
#include "storage/merkle/checkpoint.h"
#include "tests/unit/audit_fixture.h"

namespace pledger::audit {
namespace {

namespace merkle = storage::merkle;
using testing::TestLedger;

constexpr char kOrigin[] = "test.example/ledger";

class KeyFileTest : public ::testing::Test {
 protected:
  testing::TempFolder folder_;
  const std::string path_ = folder_.path() + "/signing.key";
  storage::keys::SeededRandomSource random_{1};
};

TEST_F(KeyFileTest, IsMadeOnceAndOnlyItsOwnersToRead) {
  EXPECT_TRUE(absl::IsNotFound(LoadSigningKey(path_, kOrigin).status()));
  const auto made = CreateSigningKey(path_, kOrigin, random_);
  ASSERT_TRUE(made.ok()) << made.status();
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  EXPECT_EQ(LoadSigningKey(path_, kOrigin)->verifier(), made->verifier());
  EXPECT_TRUE(absl::IsAlreadyExists(CreateSigningKey(path_, kOrigin, random_).status()));
  EXPECT_EQ(LoadSigningKey(path_, kOrigin)->verifier(), made->verifier());
}

TEST_F(KeyFileTest, OthersKeysAndOpenFilesAreRefused) {
  ASSERT_TRUE(CreateSigningKey(path_, kOrigin, random_).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(LoadSigningKey(path_, "other.example").status()));
  ASSERT_EQ(chmod(path_.c_str(), 0640), 0);
  EXPECT_TRUE(absl::IsFailedPrecondition(LoadSigningKey(path_, kOrigin).status()));
  ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
  std::ofstream(path_) << "PRIVATE+KEY+nonsense\n";
  const absl::Status status = LoadSigningKey(path_, kOrigin).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_EQ(status.message().find("nonsense"), std::string::npos) << "a secret in a message";
}

TEST_F(KeyFileTest, OneTakesAnothersPlace) {
  const std::string next = path_ + ".next";
  ASSERT_TRUE(CreateSigningKey(path_, kOrigin, random_).ok());
  const auto successor = CreateSigningKey(next, kOrigin, random_);
  ASSERT_EQ(ReplaceSigningKey(next, path_), absl::OkStatus());
  EXPECT_EQ(LoadSigningKey(path_, kOrigin)->verifier(), successor->verifier());
  EXPECT_FALSE(std::filesystem::exists(next));
  EXPECT_TRUE(RemoveSigningKey(path_).ok());
  EXPECT_TRUE(RemoveSigningKey(path_).ok());
}

// Passes facts on, or fails before or after they are recorded.
class CrashingRecorder final : public OwnFactRecorder {
 public:
  explicit CrashingRecorder(OwnFactRecorder& recorder) : recorder_(recorder) {}

  absl::StatusOr<ledger::RecordedEvent> Record(const OwnFact& fact) override {
    if (before) return absl::UnavailableError("crashed before it was recorded");
    auto recorded = recorder_.Record(fact);
    if (after) return absl::UnavailableError("crashed after it was recorded");
    return recorded;
  }

  bool before = false;
  bool after = false;

 private:
  OwnFactRecorder& recorder_;
};

class KeyRingTest : public AuditTest {
 protected:
  KeyRingTest() {
    Append({"ada"});
    EXPECT_EQ(Restart(), absl::OkStatus());
    EXPECT_TRUE(book_->Make().ok());
  }

  // As the server opens.
  absl::Status Restart() {
    book_.reset();
    auto ring = KeyRing::Open({store_, ledger_.clock(), random_, path_, kOrigin});
    if (!ring.ok()) return ring.status();
    ring_ = *std::move(ring);
    auto book = CheckpointBook::Open(BookParts(), ring_->signers(), ring_->verifiers());
    if (!book.ok()) return book.status();
    book_ = *std::move(book);
    return ring_->Finish(*book_);
  }
  absl::StatusOr<Rotated> Rotate(uint64_t id) {
    return ring_->Rotate(ring_->keys().back().verifier.ToString(), testing::TestUuid(id), "staff",
                         crashing_, *book_);
  }
  // Which of the ring's keys signed the checkpoint of that size.
  std::vector<size_t> SignedBy(uint64_t size) {
    const auto opened = merkle::OpenCheckpoint(book_->Find(size)->note, ring_->verifiers());
    EXPECT_TRUE(opened.ok()) << opened.status();
    return opened->signed_by;
  }
  // That the second key is in force, alone, and got there by a checkpoint that both signed.
  void ExpectRotated() {
    const auto keys = ring_->keys();
    ASSERT_EQ(keys.size(), 2u);
    EXPECT_EQ(keys[0].until, keys[1].from);
    const auto covering =
        checkpoints_.ListCheckpoints(*keys[1].from + 1, storage::Direction::kForward, 1);
    ASSERT_EQ(covering->size(), 1u);
    EXPECT_EQ(SignedBy(covering->front().size), std::vector<size_t>({0, 1}));
    EXPECT_EQ(LoadSigningKey(path_, kOrigin)->verifier(), keys[1].verifier);
    EXPECT_FALSE(std::filesystem::exists(path_ + ".next"));
    Append({"ada"});
    EXPECT_EQ(SignedBy(book_->Make()->size), std::vector<size_t>({1}));
  }
  // That the first key is still in force, and its successor forgotten.
  void ExpectNotRotated() {
    EXPECT_EQ(ring_->keys().size(), 1u);
    EXPECT_FALSE(std::filesystem::exists(path_ + ".next"));
    EXPECT_EQ(LoadSigningKey(path_, kOrigin)->verifier(), ring_->keys()[0].verifier);
  }

  const std::string path_ = folder_.path() + "/signing.key";
  storage::keys::SeededRandomSource random_{5};
  CrashingRecorder crashing_{recorder_};
  std::unique_ptr<KeyRing> ring_;
  std::unique_ptr<CheckpointBook> book_;
};

TEST_F(KeyRingTest, WithoutACrash) {
  const auto rotated = Rotate(900);
  ASSERT_TRUE(rotated.ok()) << rotated.status();
  EXPECT_EQ(rotated->position, 1u);
  EXPECT_EQ(rotated->checkpoint.size, 2u);
  ExpectRotated();
  ASSERT_EQ(Restart(), absl::OkStatus());
  EXPECT_EQ(ring_->keys().size(), 2u);
}

TEST_F(KeyRingTest, ACrashBeforeItIsRecordedForgetsTheSuccessor) {
  crashing_.before = true;
  EXPECT_FALSE(Rotate(900).ok());
  EXPECT_TRUE(std::filesystem::exists(path_ + ".next"));
  ASSERT_EQ(Restart(), absl::OkStatus());
  ExpectNotRotated();
  crashing_.before = false;
  ASSERT_TRUE(Rotate(900).ok());
  ExpectRotated();
}

TEST_F(KeyRingTest, AFailureToRecordIsTriedAgainWithTheSameSuccessor) {
  crashing_.before = true;
  EXPECT_FALSE(Rotate(900).ok());
  const auto successor = LoadSigningKey(path_ + ".next", kOrigin);
  crashing_.before = false;
  const auto rotated = Rotate(900);
  ASSERT_TRUE(rotated.ok()) << rotated.status();
  EXPECT_EQ(rotated->verifier_key, successor->verifier().ToString());
  ExpectRotated();
}

// The outcome is not known, and the process ends: the record decides.
TEST_F(KeyRingTest, ACrashAfterItIsRecordedGoesOn) {
  crashing_.after = true;
  EXPECT_FALSE(Rotate(900).ok());
  crashing_.after = false;
  ASSERT_EQ(Restart(), absl::OkStatus());
  ExpectRotated();
  EXPECT_EQ(Rotate(900)->position, 1u) << "asked again, it tells what was done";
}

TEST_F(KeyRingTest, ACrashBeforeTheCheckpointOfBothGoesOn) {
  checkpoints_.status = absl::ResourceExhaustedError("full");
  EXPECT_FALSE(Rotate(900).ok());
  EXPECT_TRUE(std::filesystem::exists(path_ + ".next"));
  EXPECT_FALSE(Restart().ok()) << "it cannot go on, and says so";
  checkpoints_.status = absl::OkStatus();
  ASSERT_EQ(Restart(), absl::OkStatus());
  ExpectRotated();
}

TEST_F(KeyRingTest, AFailureToWriteTheCheckpointIsMadeGoodWithoutARestart) {
  checkpoints_.status = absl::ResourceExhaustedError("full");
  EXPECT_FALSE(Rotate(900).ok());
  checkpoints_.status = absl::OkStatus();
  // What the clerk does.
  ASSERT_EQ(ring_->Finish(*book_), absl::OkStatus());
  ExpectRotated();
  EXPECT_EQ(Rotate(900)->position, 1u);
}

TEST_F(KeyRingTest, ACrashBeforeTheFileIsReplacedGoesOn) {
  const std::string old_file = folder_.path() + "/old";
  std::filesystem::copy_file(path_, old_file);
  ASSERT_TRUE(Rotate(900).ok());
  // As the files lay before the last step.
  std::filesystem::rename(path_, path_ + ".next");
  std::filesystem::rename(old_file, path_);
  ASSERT_EQ(Restart(), absl::OkStatus());
  ExpectRotated();
}

TEST_F(KeyRingTest, AnOldKeyPutBackIsRefused) {
  const std::string old_file = folder_.path() + "/old";
  std::filesystem::copy_file(path_, old_file);
  ASSERT_TRUE(Rotate(900).ok());
  std::filesystem::rename(old_file, path_);
  EXPECT_TRUE(absl::IsFailedPrecondition(Restart()));
}

TEST_F(KeyRingTest, WhoKnowsAnotherKeyIsTold) {
  ASSERT_TRUE(Rotate(900).ok());
  const auto stale = ring_->Rotate(ring_->keys()[0].verifier.ToString(), testing::TestUuid(901),
                                   "staff", crashing_, *book_);
  EXPECT_EQ(ReasonOf(stale.status()), v1::ERROR_REASON_SIGNING_KEY_CHANGED);
  ASSERT_TRUE(Rotate(902).ok());
  EXPECT_EQ(ring_->keys().size(), 3u);
  ASSERT_EQ(Restart(), absl::OkStatus());
  EXPECT_EQ(ring_->keys().size(), 3u);
}

}  // namespace
}  // namespace pledger::audit
