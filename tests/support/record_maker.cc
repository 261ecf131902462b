#include "tests/support/record_maker.h"

#include <cstring>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "storage/format/big_endian.h"
#include "storage/format/record.h"
#include "storage/format/text.h"
#include "storage/format/wire.h"
#include "storage/merkle/hash.h"

namespace pledger::testing {

using storage::Hash;
using storage::Position;

namespace {

// Fields of pledger.store.v1.RecordBody.
constexpr uint32_t kClientId = 1;
constexpr uint32_t kFact = 6;
constexpr uint32_t kActor = 13;

}  // namespace

storage::EventId RecordMaker::IdAt(Position position) {
  std::string text;
  storage::AppendBig64(position, &text);
  const Hash hash = storage::merkle::Sha256(text);
  storage::EventId id;
  std::memcpy(id.data(), hash.data(), id.size());
  return id;
}

std::shared_ptr<storage::CommitBatch> RecordMaker::Batch(const std::vector<TestEvent>& events) {
  auto batch = std::make_shared<storage::CommitBatch>();
  for (const TestEvent& event : events) {
    storage::NewEvent made;
    storage::RecordHeader& header = made.header;
    header.position = next_position();
    const auto [head, is_new] = heads_.try_emplace(event.client_id);
    if (!is_new) {
      header.revision = head->second.revision + 1;
      header.previous_leaf_hash = head->second.leaf_hash;
    }
    header.record_time_ns = 1'000 + static_cast<int64_t>(header.position);
    header.occur_time_ns = 10 * static_cast<int64_t>(header.position);
    header.event_id = IdAt(header.position);
    header.fact_type = event.fact_type;
    header.has_sealed = !event.sealed.empty();
    if (header.has_sealed) header.sealed_hash = storage::merkle::Sha256(event.sealed);
    std::string& record = made.stored_value;
    record.reserve(256);
    record.resize(storage::kRecordHeaderBytes);
    storage::EncodeHeader(header, record.data());
    storage::AppendWireBytes(kClientId, event.client_id, &record);
    storage::AppendWireBytes(kFact, event.fact, &record);
    const std::string_view content = std::string_view(record).substr(storage::kRecordHeaderBytes);
    made.fingerprint = storage::ContentFingerprint(header.occur_time_ns, content);
    storage::AppendWireBytes(kActor, "tester", &record);
    made.leaf_hash = storage::merkle::LeafHash(record);
    batch->states->push_back({CountingDeriver::Key(event.client_id),
                              CountingDeriver::Value(header.revision + 1, last_record_)});
    last_record_ = record;
    storage::AppendChecksum(&record);
    made.client_id =
        *storage::BodyClientId(std::string_view(record).substr(storage::kRecordHeaderBytes));
    made.sealed = event.sealed;
    head->second = {header.revision, made.leaf_hash};
    leaves_.push_back(made.leaf_hash);
    batch->events.push_back(std::move(made));
  }
  return batch;
}

std::string CountingDeriver::Key(std::string_view client_id) {
  return absl::StrCat("count of ", ToAbsl(client_id));
}

std::string CountingDeriver::Value(uint64_t count, std::string_view previous) {
  std::string value = absl::StrCat(count, " ");
  value += storage::AsChars(storage::merkle::LeafHash(previous));
  return value;
}

absl::Status CountingDeriver::Derive(const storage::RecordView& record,
                                     storage::StateTable& states) {
  const auto client_id = storage::BodyClientId(record.body);
  if (!client_id.ok()) return client_id.status();
  const std::string key = Key(*client_id);
  const auto state = states.FindState(key);
  if (!state.ok()) return state.status();
  uint64_t count = 0;
  if (state->has_value()) {
    const size_t digits = (*state)->find(' ');
    if (!absl::SimpleAtoi((*state)->substr(0, digits), &count)) {
      return absl::InternalError("not a count");
    }
  }
  std::string previous;
  if (record.header.position > 0) {
    const auto before = states.FindRecord(record.header.position - 1);
    if (!before.ok()) return before.status();
    if (!before->has_value()) return absl::InternalError("the record before is not to be found");
    previous = **before;
  }
  states.PutState(key, Value(count + 1, previous));
  return absl::OkStatus();
}

}  // namespace pledger::testing
