// New keys on their way through the log into their own store, over stores in memory.
#include "storage/key_journal.h"

#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "storage/memory/memory_event_store.h"
#include "tests/support/record_maker.h"

namespace pledger::testing {
namespace {

using storage::KeyJournal;
using storage::NewKey;
using storage::keys::KeyStore;
using storage::keys::MemoryKeyStore;

constexpr size_t kUnsyncedMax = 3;
constexpr auto kAnywhere = storage::ReadTier::kAnywhere;

class KeyJournalTest : public ::testing::Test {
 protected:
  // Makes the client's key and records an event that is sealed under it.
  void Record(KeyJournal& journal, const std::string& client_id) {
    const std::vector<KeyStore::ClientKey> made = {{client_id, "key of " + client_id}};
    ASSERT_TRUE(keys_.PutMissing(made, kAnywhere).ok());
    const auto batch = maker_.Batch({{client_id, "fact", "sealed"}});
    const auto unsynced = keys_.FindUnsynced(client_id);
    if (unsynced.has_value()) batch->new_keys.push_back({client_id, *unsynced});
    ASSERT_TRUE(log_.Commit(batch).ok());
    journal.NoteCommitted(batch->new_keys);
  }
  absl::Status Restore(KeyJournal& journal) {
    return journal.Restore([this](std::string_view) { return can_unwrap_; });
  }
  bool HasKey(const std::string& client_id) {
    return keys_.FindWrapped(client_id, kAnywhere)->has_value();
  }

  storage::MemoryEventStore log_;
  MemoryKeyStore keys_;
  RecordMaker maker_;
  absl::StatusOr<bool> can_unwrap_ = true;
};

// Goal: a key whose first event is recorded comes back from the log after a crash, and the log
// forgets it then.
TEST_F(KeyJournalTest, AKeyThatWasLostComesBack) {
  KeyJournal journal(log_, keys_, kUnsyncedMax);
  Record(journal, "ada");
  Record(journal, "bob");
  Record(journal, "ada");
  EXPECT_EQ(log_.ReadNewKeys()->size(), 2u);
  keys_.LoseUnsynced();
  EXPECT_FALSE(HasKey("ada"));
  KeyJournal after(log_, keys_, kUnsyncedMax);
  ASSERT_TRUE(Restore(after).ok());
  EXPECT_EQ(**keys_.FindWrapped("ada", kAnywhere), "key of ada");
  EXPECT_TRUE(HasKey("bob"));
  EXPECT_TRUE(log_.ReadNewKeys()->empty());
  // They are on disk now.
  keys_.LoseUnsynced();
  EXPECT_TRUE(HasKey("ada"));
}

// Goal: a key is carried by events until one of them is recorded, and by none after it.
TEST_F(KeyJournalTest, AKeyIsCarriedUntilItIsRecorded) {
  KeyJournal journal(log_, keys_, kUnsyncedMax);
  const std::vector<KeyStore::ClientKey> made = {{"ada", "1"}};
  ASSERT_TRUE(keys_.PutMissing(made, kAnywhere).ok());
  // What carried it was rejected: the next one carries it again.
  EXPECT_EQ(keys_.FindUnsynced("ada"), "1");
  Record(journal, "ada");
  EXPECT_EQ(keys_.FindUnsynced("ada"), std::nullopt);
}

// Goal: where many wait, the store of keys is synced and the log forgets what it kept for it; where
// few do, nothing is done.
TEST_F(KeyJournalTest, SettlesWhenThereAreMany) {
  KeyJournal journal(log_, keys_, kUnsyncedMax);
  Record(journal, "ada");
  Record(journal, "bob");
  ASSERT_TRUE(journal.SettleIfMany().ok());
  EXPECT_EQ(log_.ReadNewKeys()->size(), 2u);
  // Its event is not recorded; it counts, lest rejected ones pile up.
  const std::vector<KeyStore::ClientKey> made = {{"cyd", "3"}};
  ASSERT_TRUE(keys_.PutMissing(made, kAnywhere).ok());
  ASSERT_TRUE(journal.SettleIfMany().ok());
  EXPECT_TRUE(log_.ReadNewKeys()->empty());
  EXPECT_EQ(keys_.unsynced(), 0u);
  keys_.LoseUnsynced();
  EXPECT_TRUE(HasKey("ada") && HasKey("bob") && HasKey("cyd"));
}

// Goal: a destroyed key that an old backup of the log brings back stays out; one that should be
// usable and is not stops the start, and the log keeps it.
TEST_F(KeyJournalTest, AKeyUnderAnotherKeyEncryptionKey) {
  KeyJournal journal(log_, keys_, kUnsyncedMax);
  Record(journal, "ada");
  Record(journal, "bob");
  keys_.LoseUnsynced();
  can_unwrap_ = false;
  KeyJournal refused(log_, keys_, kUnsyncedMax);
  EXPECT_TRUE(absl::IsFailedPrecondition(Restore(refused)));
  EXPECT_EQ(log_.ReadNewKeys()->size(), 2u);
  EXPECT_FALSE(HasKey("ada"));

  // Ada was erased since; Bob's key was wrapped anew.
  KeyStore::Erasure erasure;
  erasure.client_id = "ada";
  ASSERT_TRUE(keys_.BeginErasure(erasure).ok());
  ASSERT_TRUE(keys_.PutWrapped("bob", "wrapped anew").ok());
  KeyJournal after(log_, keys_, kUnsyncedMax);
  ASSERT_TRUE(Restore(after).ok());
  EXPECT_FALSE(HasKey("ada"));
  EXPECT_EQ(**keys_.FindWrapped("bob", kAnywhere), "wrapped anew");
  EXPECT_TRUE(log_.ReadNewKeys()->empty());
}

// Goal: not to be able to tell is an error, and nothing is forgotten.
TEST_F(KeyJournalTest, AnUnreadableKeyFileIsPassedOn) {
  KeyJournal journal(log_, keys_, kUnsyncedMax);
  Record(journal, "ada");
  keys_.LoseUnsynced();
  can_unwrap_ = absl::PermissionDeniedError("no");
  KeyJournal after(log_, keys_, kUnsyncedMax);
  EXPECT_EQ(Restore(after), can_unwrap_.status());
  EXPECT_EQ(log_.ReadNewKeys()->size(), 1u);
}

}  // namespace
}  // namespace pledger::testing
