// Records for tests of the store alone, which does not look into facts.
#ifndef PLEDGER_TESTS_SUPPORT_RECORD_MAKER_H_
#define PLEDGER_TESTS_SUPPORT_RECORD_MAKER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/event_store.h"

namespace pledger::testing {

// What a test wants recorded.
struct TestEvent {
  std::string client_id;
  std::string fact = "fact";
  std::string sealed = "";
  uint16_t fact_type = 7;
};

// Makes the batches that a ledger would commit: positions, revisions, chain, states. Remembers only
// heads, leaf hashes and the last record, so that it can be asked for many. Not thread-safe.
class RecordMaker {
 public:
  // The next batch. All that it makes must be committed, in order.
  std::shared_ptr<storage::CommitBatch> Batch(const std::vector<TestEvent>& events);

  // The event id at a position: scattered, as random ones are.
  static storage::EventId IdAt(storage::Position position);

  storage::Position next_position() const { return leaves_.size(); }
  const std::vector<storage::Hash>& leaves() const { return leaves_; }

 private:
  std::map<std::string, storage::StreamHead> heads_;
  std::vector<storage::Hash> leaves_;
  std::string last_record_;
};

// Keeps for each client how many events it has and the leaf hash of whatever was recorded just
// before its last one: a state that can only be derived by asking for states and for records.
class CountingDeriver final : public storage::StateDeriver {
 public:
  static std::string Key(std::string_view client_id);
  // `previous` is the record before, empty for none.
  static std::string Value(uint64_t count, std::string_view previous);

  absl::Status Derive(const storage::RecordView& record, storage::StateTable& states) override;
};

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_SUPPORT_RECORD_MAKER_H_
