#include "server/services/event_encoder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/domain/fact_rules.h"
#include "storage/format/text.h"
#include "storage/format/wire.h"
#include "storage/keys/sealing.h"

namespace pledger::services {
namespace {

using storage::PutVarint;
using storage::VarintBytes;
using storage::WireTag;
using storage::WireType;

// Field numbers of pledger.v1.Event that are not the body's.
constexpr uint32_t kFact = v1::Event::kFactFieldNumber;
// Room for the fields that come from the header: five tags and varints, two times and an id.
constexpr size_t kHeaderFieldsMax = 128;

char* PutNumber(uint32_t number, uint64_t value, char* out) {
  if (value == 0) return out;
  return PutVarint(value, PutVarint(WireTag(number, WireType::kVarint), out));
}

char* PutTimestamp(uint32_t number, int64_t time_ns, char* out) {
  int64_t seconds = time_ns / 1'000'000'000;
  int64_t nanos = time_ns % 1'000'000'000;
  if (nanos < 0) {
    nanos += 1'000'000'000;
    --seconds;
  }
  char content[32];
  const char* end = PutNumber(2, nanos, PutNumber(1, static_cast<uint64_t>(seconds), content));
  out = PutVarint(WireTag(number, WireType::kBytes), out);
  out = PutVarint(end - content, out);
  return std::copy(static_cast<const char*>(content), end, out);
}

char* PutHeaderFields(const storage::RecordHeader& header, v1::PersonalState personal, char* out) {
  out = PutNumber(v1::Event::kPositionFieldNumber, header.position, out);
  out = PutNumber(v1::Event::kRevisionFieldNumber, header.revision, out);
  out = PutTimestamp(v1::Event::kRecordTimeFieldNumber, header.record_time_ns, out);
  out = PutTimestamp(v1::Event::kOccurTimeFieldNumber, header.occur_time_ns, out);
  out = PutVarint(WireTag(v1::Event::kEventIdFieldNumber, WireType::kBytes), out);
  out = PutUuid(header.event_id, PutVarint(kUuidTextBytes, out));
  return PutNumber(v1::Event::kPersonalStateFieldNumber, personal, out);
}

void AppendLength(uint32_t number, size_t bytes, std::string* out) {
  char head[20];
  const char* end = PutVarint(bytes, PutVarint(WireTag(number, WireType::kBytes), head));
  out->append(head, end - head);
}

}  // namespace

PersonalReader::PersonalReader(std::string origin, storage::EventStore& store,
                               storage::keys::KeyVault& keys)
    : origin_(std::move(origin)), store_(store), keys_(keys) {}

absl::StatusOr<PersonalReader::Opened> PersonalReader::Open(storage::RecordCursor& cursor,
                                                            storage::ReadTier tier) const {
  return OpenFrom(cursor.view(), tier, [&cursor] { return cursor.ReadSealed(); });
}

absl::StatusOr<PersonalReader::Opened> PersonalReader::Open(const storage::RecordView& view) const {
  std::string sealed;
  return OpenFrom(view, storage::ReadTier::kAnywhere, [&]() -> absl::StatusOr<std::string_view> {
    auto read = store_.ReadSealed(view.header.position, view.header.sealed_hash);
    if (!read.ok()) return read.status();
    sealed = *std::move(read);
    return sealed;
  });
}

absl::StatusOr<PersonalReader::Opened> PersonalReader::OpenFrom(const storage::RecordView& view,
                                                                storage::ReadTier tier,
                                                                SealedSource read) const {
  Opened opened;
  if (!view.header.has_sealed) return opened;
  const auto body = storage::ScanBody(view.body);
  if (!body.ok()) return body.status();
  absl::StatusOr<std::optional<storage::keys::DataKey>> key = keys_.FindCached(body->client_id);
  if (!key->has_value()) {
    if (tier == storage::ReadTier::kMemory) return storage::NotInMemory();
    key = keys_.Find(body->client_id);
  }
  if (!key.ok()) return key.status();
  if (!key->has_value()) {
    opened.state = v1::PERSONAL_STATE_ERASED;
    return opened;
  }
  const auto sealed = SealedPart(view, read());
  if (!sealed.ok()) return sealed.status();
  auto plain =
      storage::keys::Open(**key, {origin_, body->client_id, view.header.event_id}, *sealed);
  if (!plain.ok()) {
    return storage::Corrupt(view.header.position, FromAbsl(plain.status().message()));
  }
  opened.state = v1::PERSONAL_STATE_PRESENT;
  opened.fact = std::move(plain->plaintext);
  return opened;
}

absl::StatusOr<std::string_view> SealedPart(const storage::RecordView& view,
                                            absl::StatusOr<std::string_view> read) {
  if (!absl::IsNotFound(read.status())) return read;
  return storage::Corrupt(view.header.position, "its sealed part is missing");
}

void AppendEvent(uint32_t number, const storage::RecordView& view,
                 const PersonalReader::Opened& personal, std::string* out) {
  char fields[kHeaderFieldsMax];
  const size_t fields_bytes = PutHeaderFields(view.header, personal.state, fields) - fields;
  size_t personal_bytes = 0;
  if (!personal.fact.empty()) {
    personal_bytes = 1 + VarintBytes(personal.fact.size()) + personal.fact.size();
  }
  AppendLength(number, view.body.size() + personal_bytes + fields_bytes, out);
  out->append(view.body);
  // A parser merges a message that comes twice: the clear fact, then its personal fields.
  if (personal_bytes > 0) storage::AppendWireBytes(kFact, personal.fact, out);
  out->append(fields, fields_bytes);
}

void AppendRawRecord(uint32_t number, std::string_view record, std::string_view sealed,
                     std::string* out) {
  size_t bytes = 1 + VarintBytes(record.size()) + record.size();
  if (!sealed.empty()) bytes += 1 + VarintBytes(sealed.size()) + sealed.size();
  AppendLength(number, bytes, out);
  storage::AppendWireBytes(v1::RawRecord::kRecordFieldNumber, record, out);
  if (!sealed.empty()) storage::AppendWireBytes(v1::RawRecord::kSealedFieldNumber, sealed, out);
}

void AppendTimestamp(uint32_t number, int64_t time_ns, std::string* out) {
  char bytes[48];
  out->append(bytes, PutTimestamp(number, time_ns, bytes) - bytes);
}

void AppendNumber(uint32_t number, uint64_t value, std::string* out) {
  char bytes[20];
  out->append(bytes, PutNumber(number, value, bytes) - bytes);
}

}  // namespace pledger::services
