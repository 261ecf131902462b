// The bytes of records, keys and values, which must not change: what is recorded is recorded for
// ever.

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/stubs/logging.h"
#include "gtest/gtest.h"
#include "pledger/store/v1/record_body.pb.h"
#include "server/domain/obligation_state.h"
#include "server/domain/obligations.h"
#include "storage/format/checkpoint_value.h"
#include "storage/format/index_keys.h"
#include "storage/format/record.h"
#include "storage/format/wire.h"
#include "storage/memory/memory_event_store.h"
#include "storage/merkle/hash.h"
#include "tests/support/sample_facts.h"
#include "tests/support/seed.h"
#include "tests/support/test_ledger.h"

namespace pledger::testing {
namespace {

using storage::Hash;

// Name and bytes.
using Sample = std::pair<std::string, std::string>;

Hash CountingHash(uint8_t first) {
  Hash hash;
  for (size_t i = 0; i < hash.size(); ++i) hash[i] = static_cast<uint8_t>(first + i);
  return hash;
}

std::string PlainRecord() {
  storage::RecordHeader header;
  header.position = 0x0102030405060708;
  header.revision = 0x1112131415161718;
  header.record_time_ns = 0x2122232425262728;
  // Before 1970.
  header.occur_time_ns = -2;
  for (uint8_t i = 0; i < 16; ++i) header.event_id[i] = 0x30 + i;
  header.fact_type = 0x4142;
  header.previous_leaf_hash = CountingHash(0x50);
  std::string record(storage::kRecordHeaderBytes, '\0');
  storage::EncodeHeader(header, record.data());
  storage::AppendWireBytes(1, "ada", &record);
  storage::AppendWireBytes(4, "order-77", &record);
  storage::AppendWireBytes(6, "a fact", &record);
  storage::AppendWireBytes(13, "principal", &record);
  return record;
}

std::string SealedRecord() {
  std::string record = PlainRecord();
  storage::RecordHeader header = storage::DecodeRecord(record)->header;
  header.has_sealed = true;
  header.sealed_hash = CountingHash(0x80);
  storage::EncodeHeader(header, record.data());
  storage::AppendWireBytes(14, std::string(32, 'c'), &record);
  return record;
}

std::string StoredValue(std::string record) {
  storage::AppendChecksum(&record);
  return record;
}

ObligationState SampleState() {
  ObligationState state;
  state.status = ObligationStatus::kResolved;
  state.opener_position = 300;
  state.dependents = 2;
  state.move_count = 1;
  state.aux = 1;
  state.moves.push_back({70'000, ObligationStatus::kOpen, 3});
  return state;
}

storage::StreamHead SampleHead() { return {258, CountingHash(1)}; }

storage::RecordedId SampleId() {
  storage::RecordedId id = {1, 2, -3, {}};
  for (uint8_t i = 0; i < 16; ++i) id.fingerprint[i] = 0xf0 + i;
  return id;
}

// What the write path makes of two appends: the second record has a sealed part.
std::vector<Sample> LedgerSamples() {
  storage::MemoryEventStore store;
  TestLedger ledger(1);
  EXPECT_TRUE(ledger.Open(store).ok());
  std::vector<Sample> samples;
  for (const auto type : {v1::Fact::kTermsExplained, v1::Fact::kClientOpened}) {
    v1::AppendRequest request;
    *request.add_events() = SampleEvent(SampleFact(type));
    request.mutable_events(0)->set_event_id(TestUuid(type));
    const AppendOutcome outcome = ledger.Append(request);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status;
    const storage::Position position = store.next_position() - 1;
    const std::string record = *store.ReadRecord(position);
    const storage::RecordHeader header = storage::DecodeRecord(record)->header;
    samples.emplace_back(absl::StrCat("ledger record ", position), record);
    const auto sealed = store.ReadSealed(position, header.sealed_hash);
    if (sealed.ok()) samples.emplace_back(absl::StrCat("ledger sealed ", position), *sealed);
    const auto id = store.FindEventId(header.event_id);
    samples.emplace_back(absl::StrCat("ledger fingerprint ", position),
                         storage::AsChars((*id)->fingerprint));
  }
  EXPECT_EQ(samples.size(), 5u);
  return samples;
}

std::vector<Sample> Samples() {
  std::string stream_key;
  storage::AppendStreamKey("ada", 258, &stream_key);
  std::vector<Sample> samples = {
      {"record", PlainRecord()},
      {"record, sealed", SealedRecord()},
      {"stored value", StoredValue(PlainRecord())},
      {"leaf hash", std::string(storage::AsChars(storage::merkle::LeafHash(PlainRecord())))},
      {"content fingerprint",
       std::string(storage::AsChars(storage::ContentFingerprint(-2, "content")))},
      {"stream key", stream_key},
      {"stream head", storage::EncodeStreamHead(SampleHead())},
      {"recorded id", storage::EncodeRecordedId(SampleId())},
      {"tile key", storage::TileKey(1, 258)},
      {"obligation key", ObligationKey("ada", ObligationKind::kInvoice, "inv-1")},
      {"obligation", EncodeObligation(SampleState())},
      {"checkpoint value", storage::EncodeCheckpointValue({258, -3, "a signed note\n"})},
  };
  for (Sample& sample : LedgerSamples()) samples.push_back(std::move(sample));
  return samples;
}

TEST(RecordGolden, IsUnchanged) {
  std::vector<std::string> lines;
  for (const auto& [name, bytes] : Samples()) {
    lines.push_back(absl::StrCat(name, ": ", absl::BytesToHexString(bytes)));
  }
  const std::string actual = absl::StrCat(absl::StrJoin(lines, "\n"), "\n");
  if (std::getenv("PLEDGER_ACCEPT") != nullptr) {
    std::ofstream(PLEDGER_RECORD_GOLDEN, std::ios::binary) << actual;
  }
  std::ifstream file(PLEDGER_RECORD_GOLDEN, std::ios::binary);
  const std::string expected{std::istreambuf_iterator<char>(file),
                             std::istreambuf_iterator<char>()};
  EXPECT_EQ(actual, expected)
      << "What is written differs from what was written before, which must be read for ever. A new "
         "form needs a new version (FORMAT.md). Before anything is released:\n"
         "  PLEDGER_ACCEPT=1 ctest --preset release -R record_golden_test";
}

// Changes a few bytes, or cuts, doubles or inserts some.
std::string Mutate(std::string bytes, std::mt19937_64& random) {
  for (uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
    const size_t at = bytes.empty() ? 0 : random() % bytes.size();
    const size_t count = 1 + random() % 8;
    switch (bytes.empty() ? 3 : random() % 5) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
        break;
      case 1:
        bytes[at] = static_cast<char>(random());
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3:
        bytes.insert(at, count, static_cast<char>(random()));
        break;
      default:
        bytes.insert(at, bytes.substr(at, count));
        break;
    }
  }
  return bytes;
}

bool IsInside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

// A record that decodes is one that an encoder would write, and reads as protobuf reads it.
void CheckDecodedRecord(const std::string& record) {
  const auto view = storage::DecodeRecord(record);
  if (!view.ok()) {
    ASSERT_TRUE(absl::IsDataLoss(view.status()));
    return;
  }
  std::string header(storage::kRecordHeaderBytes, '\0');
  storage::EncodeHeader(view->header, header.data());
  ASSERT_EQ(header, record.substr(0, header.size()));
  ASSERT_EQ(view->body, std::string_view(record).substr(header.size()));
  const auto body = storage::ScanBody(view->body);
  if (!body.ok()) {
    ASSERT_TRUE(absl::IsDataLoss(body.status()));
    return;
  }
  for (const std::string_view part :
       {body->client_id, body->correlation_id, body->fact, body->content, body->actor,
        body->personal_fingerprint, body->personal_commitment}) {
    ASSERT_TRUE(IsInside(part, view->body));
  }
  ASSERT_EQ(*storage::BodyClientId(view->body), body->client_id);
  ASSERT_EQ(body->content, view->body.substr(0, body->content.size()));
  store::v1::RecordBody parsed;
  // Protobuf rejects texts that are not UTF-8, which the store does not look at, and says so each
  // time.
  const google::protobuf::LogSilencer silencer;
  if (!parsed.ParseFromString(std::string(view->body))) return;
  ASSERT_EQ(parsed.client_id(), body->client_id);
  ASSERT_EQ(parsed.fact(), body->fact);
  ASSERT_EQ(parsed.actor(), body->actor);
  ASSERT_EQ(parsed.correlation_id(), body->correlation_id);
  ASSERT_EQ(parsed.personal_fingerprint(), body->personal_fingerprint);
  ASSERT_EQ(parsed.personal_commitment(), body->personal_commitment);
}

TEST(RecordGolden, HostileBytesAreRejectedOrMeanWhatTheySay) {
  std::mt19937_64 random(Seed(1));
  const int rounds = Rounds(kSanitized ? 20'000 : 100'000);
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE(round);
    const std::string record = round % 2 == 0 ? PlainRecord() : SealedRecord();
    ASSERT_NO_FATAL_FAILURE(CheckDecodedRecord(Mutate(record, random)));
    // A mutation may also undo itself.
    const std::string value = StoredValue(record);
    const std::string other_value = Mutate(value, random);
    ASSERT_EQ(storage::CheckStoredValue(other_value).ok(), other_value == value);
    const std::string head = Mutate(storage::EncodeStreamHead(SampleHead()), random);
    if (const auto decoded = storage::DecodeStreamHead(head); decoded.ok()) {
      ASSERT_EQ(storage::EncodeStreamHead(*decoded), head);
    }
    const std::string id = Mutate(storage::EncodeRecordedId(SampleId()), random);
    if (const auto decoded = storage::DecodeRecordedId(id); decoded.ok()) {
      ASSERT_EQ(storage::EncodeRecordedId(*decoded), id);
    }
    const std::string checkpoint = storage::EncodeCheckpointValue({258, -3, "a signed note\n"});
    const std::string other_checkpoint = Mutate(checkpoint, random);
    ASSERT_EQ(storage::DecodeCheckpointValue(258, other_checkpoint).ok(),
              other_checkpoint == checkpoint);
    const std::string state = Mutate(EncodeObligation(SampleState()), random);
    if (const auto decoded = DecodeObligation(state); decoded.ok()) {
      ASSERT_EQ(EncodeObligation(*decoded), state);
    }
  }
}

TEST(RecordGolden, AFieldThatStandsTwiceIsMalformed) {
  std::string body = PlainRecord().substr(storage::kRecordHeaderBytes);
  EXPECT_TRUE(storage::ScanBody(body).ok());
  storage::AppendWireBytes(1, "bob", &body);
  EXPECT_TRUE(absl::IsDataLoss(storage::ScanBody(body).status()));
}

}  // namespace
}  // namespace pledger::testing
