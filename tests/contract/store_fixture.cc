#include "tests/contract/store_fixture.h"

#include "rocksdb/env.h"
#include "storage/memory/memory_event_store.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/store_check.h"

namespace pledger::testing {

std::vector<storage::Position> Positions(storage::RecordCursor& cursor) {
  std::vector<storage::Position> positions;
  while (cursor.Next()) positions.push_back(cursor.view().header.position);
  EXPECT_TRUE(cursor.status().ok()) << cursor.status();
  EXPECT_FALSE(cursor.Next()) << "a cursor goes on behind its end";
  return positions;
}

namespace {

// The contract is about answers, not about power cuts: syncing for real would only take time.
rocksdb::Env* EnvWithoutSync() {
  static rocksdb::Env* const env = NewFaultEnv(std::make_shared<FaultFileSystem>()).release();
  return env;
}

}  // namespace

std::string StoreKindName(const ::testing::TestParamInfo<StoreKind>& info) {
  return info.param == StoreKind::kMemory ? "Memory" : "Rocks";
}

absl::StatusOr<std::unique_ptr<storage::RocksEventStore>> OpenRocks(
    const std::string& folder, storage::StateDeriver& deriver) {
  storage::RocksStoreOptions options;
  options.path = folder;
  options.origin = "contract.example/ledger";
  options.free_bytes_min = 0;
  options.tuning.block_cache_bytes = 8 << 20;
  options.tuning.env = EnvWithoutSync();
  return storage::RocksEventStore::Open(options, deriver);
}

StoreContractTest::StoreContractTest() {
  if (GetParam() == StoreKind::kMemory) {
    store_ = std::make_unique<storage::MemoryEventStore>();
    return;
  }
  auto opened = OpenRocks(folder_.path(), deriver_);
  EXPECT_TRUE(opened.ok()) << opened.status();
  store_ = *std::move(opened);
}

void StoreContractTest::Commit(const std::vector<std::string>& client_ids) {
  std::vector<TestEvent> events;
  for (const std::string& client_id : client_ids) events.push_back({client_id});
  CommitEvents(events);
}

void StoreContractTest::CommitEvents(const std::vector<TestEvent>& events) {
  const absl::Status status = store_->Commit(maker_.Batch(events));
  ASSERT_TRUE(status.ok()) << status;
}

void StoreContractTest::AwaitIndex() {
  const absl::Status status = WaitIndexed(*store_);
  ASSERT_TRUE(status.ok()) << status;
}

std::vector<storage::Position> StoreContractTest::LogPositions(storage::Position from,
                                                               storage::Position end,
                                                               storage::Direction direction) {
  return Positions(*store_->ReadLog(from, end, direction));
}

std::vector<storage::Position> StoreContractTest::ClientPositions(std::string_view client_id,
                                                                  storage::Revision from,
                                                                  storage::Direction direction) {
  return Positions(*store_->ReadClient(client_id, from, direction, storage::ReadTier::kAnywhere));
}

}  // namespace pledger::testing
