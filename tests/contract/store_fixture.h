// The stores that the contract is tried on.
#ifndef PLEDGER_TESTS_CONTRACT_STORE_FIXTURE_H_
#define PLEDGER_TESTS_CONTRACT_STORE_FIXTURE_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "storage/event_store.h"
#include "storage/rocks/rocks_event_store.h"
#include "storage/view_store.h"
#include "tests/support/record_maker.h"
#include "tests/support/temp_folder.h"

namespace pledger::testing {

enum class StoreKind { kMemory, kRocks };

std::string StoreKindName(const ::testing::TestParamInfo<StoreKind>& info);

// Opens the real store in a folder.
absl::StatusOr<std::unique_ptr<storage::RocksEventStore>> OpenRocks(const std::string& folder,
                                                                    storage::StateDeriver& deriver);

// Positions that a cursor gives, which must end well.
std::vector<storage::Position> Positions(storage::RecordCursor& cursor);

// An empty store and a maker of records for it.
class StoreContractTest : public ::testing::TestWithParam<StoreKind> {
 protected:
  StoreContractTest();

  storage::EventStore& store() { return *store_; }
  RecordMaker& maker() { return maker_; }

  // Commits one batch with one event for each client.
  void Commit(const std::vector<std::string>& client_ids);
  void CommitEvents(const std::vector<TestEvent>& events);
  // Everything committed so far is in the index on return.
  void AwaitIndex();

  // Positions that a cursor over the log, or over a client, gives.
  std::vector<storage::Position> LogPositions(storage::Position from, storage::Position end,
                                              storage::Direction direction);
  std::vector<storage::Position> ClientPositions(std::string_view client_id, storage::Revision from,
                                                 storage::Direction direction);

 private:
  TempFolder folder_;
  CountingDeriver deriver_;
  std::unique_ptr<storage::EventStore> store_;
  RecordMaker maker_;
};

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_CONTRACT_STORE_FIXTURE_H_
