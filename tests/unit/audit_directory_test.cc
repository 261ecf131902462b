// The directory of clients: as it was at its position, whatever is recorded meanwhile.

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "server/audit/client_directory.h"
#include "server/audit/directory_clerk.h"
#include "server/audit/directory_keeper.h"
#include "server/domain/errors.h"
#include "storage/format/record.h"
#include "storage/memory/memory_view_store.h"
#include "storage/merkle/directory_tree.h"
#include "storage/merkle/hash.h"
#include "tests/unit/audit_fixture.h"

namespace pledger::audit {
namespace {

namespace merkle = storage::merkle;
using storage::Position;

// Stores in memory that outlive who opens them, as folders do.
class MemoryDirectoryStores final : public DirectoryStores {
 public:
  absl::StatusOr<std::unique_ptr<storage::ViewStore>> Open(Position position) override {
    auto& store = stores_[position];
    if (store == nullptr) store = std::make_shared<storage::MemoryViewStore>();
    return std::make_unique<Shared>(store);
  }
  absl::Status Remove(Position position) override {
    stores_.erase(position);
    return absl::OkStatus();
  }
  std::vector<Position> List() override {
    std::vector<Position> positions;
    for (const auto& [position, store] : stores_) positions.push_back(position);
    return positions;
  }
  storage::ViewStore& at(Position position) { return *stores_.at(position); }

 private:
  class Shared final : public storage::ViewStore {
   public:
    explicit Shared(std::shared_ptr<storage::MemoryViewStore> store) : store_(std::move(store)) {}
    Position checkpoint() const override { return store_->checkpoint(); }
    Position ahead_until() const override { return store_->ahead_until(); }
    absl::StatusOr<std::unique_ptr<storage::ViewWrite>> BeginWrite(Position checkpoint) override {
      return store_->BeginWrite(checkpoint);
    }
    absl::StatusOr<std::optional<std::string>> Find(std::string_view key) const override {
      return store_->Find(key);
    }
    absl::StatusOr<Entries> List(std::string_view after, size_t limit) const override {
      return store_->List(after, limit);
    }
    absl::StatusOr<Position> VisitAll(
        absl::FunctionRef<absl::Status(std::string_view, std::string_view)> visit) const override {
      return store_->VisitAll(visit);
    }

   private:
    const std::shared_ptr<storage::MemoryViewStore> store_;
  };

  std::map<Position, std::shared_ptr<storage::MemoryViewStore>> stores_;
};

class DirectoryTest : public AuditTest {
 protected:
  // By the definition, from the records alone.
  std::vector<merkle::DirectoryEntry> Expected(Position position) {
    std::map<std::string, merkle::DirectoryEntry> last;
    const auto cursor = store_.ReadLog(0, position, storage::Direction::kForward);
    while (cursor->Next()) {
      const std::string client(*storage::BodyClientId(cursor->view().body));
      last[client] = {client, cursor->view().header.revision, merkle::LeafHash(cursor->record())};
    }
    std::vector<merkle::DirectoryEntry> entries;
    for (auto& [client, entry] : last) entries.push_back(entry);
    return entries;
  }
  std::unique_ptr<ClientDirectory> Build(Position position) {
    auto store = std::make_unique<storage::MemoryViewStore>();
    const auto built = ClientDirectory::Build(store_, position, *store, stop_);
    EXPECT_TRUE(built.ok()) << built.status();
    auto opened = ClientDirectory::Open(std::move(store));
    EXPECT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ((*opened)->summary(), *built);
    return *std::move(opened);
  }
  // What the directory proves of a client, and that it does.
  std::optional<merkle::DirectoryEntry> Proved(const ClientDirectory& directory,
                                               const std::string& client) {
    const auto proof = directory.Prove(client);
    EXPECT_TRUE(proof.ok()) << proof.status();
    const auto entry = merkle::VerifyDirectoryProof(client, directory.summary().client_count,
                                                    directory.summary().root, *proof);
    EXPECT_TRUE(entry.ok()) << client << ": " << entry.status();
    return entry.ok() ? *entry : std::nullopt;
  }

  std::atomic<bool> stop_{false};
};

TEST_F(DirectoryTest, AtEveryPositionAsByDefinition) {
  for (int i = 0; i < 40; ++i) Append({"c" + std::to_string(i * i % 17)});
  for (Position position = 1; position <= 40; ++position) {
    const auto expected = Expected(position);
    const auto directory = Build(position);
    const auto reference = merkle::Directory::Build(expected);
    ASSERT_EQ(directory->summary(),
              (DirectorySummary{position, expected.size(), reference->Root()}));
    for (const merkle::DirectoryEntry& entry : expected) {
      ASSERT_EQ(Proved(*directory, entry.client_id), entry);
    }
    std::set<std::string> there;
    for (const merkle::DirectoryEntry& entry : expected) there.insert(entry.client_id);
    for (const std::string other : {"a", "c", "c0", "c1", "c11", "c15", "c16", "c99", "z"}) {
      if (there.count(other) == 0) {
        ASSERT_EQ(Proved(*directory, other), std::nullopt) << other;
      }
    }
  }
}

TEST_F(DirectoryTest, MoreClientsThanATileHolds) {
  for (int i = 0; i < 600; ++i) Append({"c" + std::to_string(i)});
  const auto directory = Build(600);
  for (const merkle::DirectoryEntry& entry : Expected(600)) {
    ASSERT_EQ(Proved(*directory, entry.client_id), entry);
    ASSERT_EQ(Proved(*directory, entry.client_id + "x"), std::nullopt);
  }
}

TEST_F(DirectoryTest, OneThatWasNotFinishedIsNone) {
  Append({"ada"});
  auto store = std::make_unique<storage::MemoryViewStore>();
  stop_ = true;
  EXPECT_TRUE(absl::IsCancelled(ClientDirectory::Build(store_, 1, *store, stop_).status()));
  EXPECT_TRUE(absl::IsNotFound(ClientDirectory::Open(std::move(store)).status()));
}

class KeeperTest : public DirectoryTest {
 protected:
  KeeperTest() { Restart(); }
  void Restart() {
    keeper_.reset();
    keeper_ = std::make_unique<DirectoryKeeper>(store_, recorder_, stores_);
  }

  MemoryDirectoryStores stores_;
  std::unique_ptr<DirectoryKeeper> keeper_;
};

TEST_F(KeeperTest, RecordsWhatThereIs) {
  EXPECT_EQ(ReasonOf(keeper_->Record().status()), v1::ERROR_REASON_CLIENT_NOT_FOUND);
  Append({"ada", "bob", "ada"});
  const auto recorded = keeper_->Record();
  ASSERT_TRUE(recorded.ok()) << recorded.status();
  EXPECT_EQ(recorded->position, 3u);
  EXPECT_EQ(recorded->summary.next_position, 3u);
  EXPECT_EQ(recorded->summary.client_count, 2u);
  EXPECT_EQ(Proved(*keeper_->latest()->directory, "ada")->last_revision, 1u);
  // Nothing but its own record came since.
  EXPECT_EQ(keeper_->Record()->position, 3u);
  EXPECT_EQ(store_.next_position(), 4u);
  Append({"ada"});
  const auto next = keeper_->Record();
  EXPECT_EQ(next->summary.next_position, 5u);
  EXPECT_EQ(next->summary.client_count, 3u) << "the ledger's own stream is one";
  EXPECT_EQ(stores_.List(), std::vector<Position>({5}));
}

TEST_F(KeeperTest, IsTakenUpAfterARestart) {
  Append({"ada", "bob"});
  const auto recorded = keeper_->Record();
  Restart();
  EXPECT_FALSE(keeper_->latest().has_value());
  ASSERT_EQ(keeper_->TakeUp(), absl::OkStatus());
  EXPECT_EQ(keeper_->latest()->recorded.summary, recorded->summary);
  EXPECT_EQ(keeper_->Record()->position, recorded->position);
}

TEST_F(KeeperTest, OneThatIsGoneIsBuiltAgainToTheSameRoot) {
  Append({"ada", "bob"});
  const auto recorded = keeper_->Record();
  Append({"ada", "carl"});
  Restart();
  ASSERT_TRUE(stores_.Remove(2).ok());
  ASSERT_EQ(keeper_->TakeUp(), absl::OkStatus());
  EXPECT_EQ(keeper_->latest()->directory->summary(), recorded->summary);
  EXPECT_EQ(Proved(*keeper_->latest()->directory, "carl"), std::nullopt);
}

TEST_F(KeeperTest, OneThatWasNotRecordedIsThrownAway) {
  Append({"ada", "bob"});
  ASSERT_TRUE(keeper_->Record().ok());
  // As a crash leaves them: one half built, one whole that nobody recorded.
  ASSERT_TRUE((*stores_.Open(7))->Write({{"ca", "x"}}, 0).ok());
  ASSERT_TRUE(ClientDirectory::Build(store_, 3, **stores_.Open(3), stop_).ok());
  Restart();
  ASSERT_EQ(keeper_->TakeUp(), absl::OkStatus());
  EXPECT_EQ(stores_.List(), std::vector<Position>({2}));
}

TEST_F(KeeperTest, OneThatDoesNotFollowFromTheLogIsCorrupt) {
  Append({"ada", "bob"});
  ASSERT_TRUE(keeper_->Record().ok());
  const std::string summary = **stores_.at(2).Find("s");
  std::string other = summary;
  other.back() ^= 1;
  ASSERT_TRUE(stores_.at(2).Write({{"s", other}}, 2).ok());
  Restart();
  EXPECT_TRUE(absl::IsDataLoss(keeper_->TakeUp()));
}

// The same directory recorded twice, because nobody knew whether the first time went through, is
// one event.
TEST_F(KeeperTest, RecordingAgainAfterAnUnknownOutcomeIsOneEvent) {
  class Losing final : public OwnFactRecorder {
   public:
    explicit Losing(OwnFactRecorder& recorder) : recorder_(recorder) {}
    absl::StatusOr<ledger::RecordedEvent> Record(const OwnFact& fact) override {
      facts.push_back(fact);
      return absl::UnavailableError("no answer");
    }
    std::vector<OwnFact> facts;

   private:
    OwnFactRecorder& recorder_;
  };
  Append({"ada", "bob"});
  Losing losing(recorder_);
  DirectoryKeeper keeper(store_, losing, stores_);
  EXPECT_FALSE(keeper.Record().ok());
  ledger_.clock().Advance(1'000'000'000);
  EXPECT_FALSE(keeper.Record().ok());
  ASSERT_EQ(losing.facts.size(), 2u);
  const auto first = recorder_.Record(losing.facts[0]);
  const auto second = recorder_.Record(losing.facts[1]);
  ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
  EXPECT_EQ(first->position, second->position);
  EXPECT_TRUE(second->duplicate);
}

TEST_F(KeeperTest, TheClerkRecordsForThoseWhoAsk) {
  Append({"ada"});
  DirectoryClerk clerk(*keeper_, ledger_.clock(), absl::ZeroDuration());
  absl::Notification done;
  absl::StatusOr<RecordedDirectory> outcome;
  clerk.Record([&](absl::StatusOr<RecordedDirectory> recorded) {
    outcome = std::move(recorded);
    done.Notify();
  });
  done.WaitForNotification();
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->summary.client_count, 1u);
  clerk.Stop();
  clerk.Record([&](absl::StatusOr<RecordedDirectory> recorded) { outcome = recorded; });
  EXPECT_TRUE(absl::IsUnavailable(outcome.status()));
}

}  // namespace
}  // namespace pledger::audit
