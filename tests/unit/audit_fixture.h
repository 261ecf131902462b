// A ledger in memory for tests of the auditor's parts: its own facts go the ledger's way.
#ifndef PLEDGER_TESTS_UNIT_AUDIT_FIXTURE_H_
#define PLEDGER_TESTS_UNIT_AUDIT_FIXTURE_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "server/audit/checkpoint_book.h"
#include "server/audit/own_facts.h"
#include "server/audit/tree_prover.h"
#include "server/ledger/sequencer.h"
#include "storage/memory/memory_checkpoint_store.h"
#include "storage/memory/memory_event_store.h"
#include "tests/support/sample_facts.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test_ledger.h"

namespace pledger::audit {

// Applies each append at once, on the caller's thread.
class DirectSequencer final : public ledger::Sequencer {
 public:
  explicit DirectSequencer(testing::TestLedger& ledger) : ledger_(ledger) {}

  absl::Status Submit(ledger::PendingAppend* append) override {
    ledger::PendingAppend* const appends[] = {append};
    ledger_.machine().Apply(appends);
    append->Done();
    return absl::OkStatus();
  }
  void Stop() override {}

 private:
  testing::TestLedger& ledger_;
};

// Checkpoints that cannot be written while `status` is not OK.
class FailingCheckpointStore final : public storage::CheckpointStore {
 public:
  absl::Status PutCheckpoint(const storage::StoredCheckpoint& checkpoint) override {
    return status.ok() ? stored_.PutCheckpoint(checkpoint) : status;
  }
  absl::StatusOr<std::optional<storage::StoredCheckpoint>> FindCheckpoint(uint64_t size) override {
    return stored_.FindCheckpoint(size);
  }
  absl::StatusOr<std::vector<storage::StoredCheckpoint>> ListCheckpoints(
      uint64_t from, storage::Direction direction, size_t limit) override {
    return stored_.ListCheckpoints(from, direction, limit);
  }

  absl::Status status;

 private:
  storage::MemoryCheckpointStore stored_;
};

class AuditTest : public ::testing::Test {
 protected:
  AuditTest() : ledger_(1), sequencer_(ledger_), recorder_(ledger_.preparer(), sequencer_) {
    EXPECT_TRUE(ledger_.Open(store_).ok());
  }

  // Records an event of each client.
  void Append(const std::vector<std::string>& clients) {
    for (const std::string& client : clients) {
      v1::AppendRequest request;
      *request.add_events() =
          testing::SampleEvent(testing::SampleFact(v1::FACT_TYPE_TERMS_EXPLAINED));
      request.mutable_events(0)->set_client_id(client);
      // Also for a clock that is set back a little.
      request.mutable_events(0)->mutable_occur_time()->set_seconds(1'700'000'000);
      request.mutable_events(0)->set_event_id(testing::TestUuid(++events_));
      const auto outcome = ledger_.Append(request);
      ASSERT_TRUE(outcome.status.ok()) << outcome.status;
    }
  }

  CheckpointBook::Parts BookParts() {
    return {checkpoints_, prover_, ledger_.clock(), testing::TestLedger::kOrigin, [this] {
              const ledger::LedgerStatus status = ledger_.machine().GetStatus();
              return TreeHead{status.next_position, status.root_hash};
            }};
  }

  testing::TempFolder folder_;
  storage::MemoryEventStore store_;
  FailingCheckpointStore checkpoints_;
  TreeProver prover_{store_};
  testing::TestLedger ledger_;
  DirectSequencer sequencer_;
  LedgerFactRecorder recorder_;
  uint64_t events_ = 0;
};

// A key of that name whose seed is that byte, 32 times.
inline storage::merkle::NoteSigner TestSigner(
    std::string_view name, uint8_t seed,
    storage::merkle::NoteKeyType type = storage::merkle::NoteKeyType::kEd25519) {
  storage::merkle::Ed25519Seed bytes;
  bytes.fill(seed);
  return *storage::merkle::NoteSigner::Create(name, type, bytes);
}

}  // namespace pledger::audit

#endif  // PLEDGER_TESTS_UNIT_AUDIT_FIXTURE_H_
