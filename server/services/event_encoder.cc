#include "server/services/event_encoder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"
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

absl::StatusOr<PersonalReader::Opened> PersonalReader::Open(storage::RecordCursor& cursor) const {
  if (!cursor.view().header.has_sealed) return Opened();
  return OpenSealed(cursor.view(), cursor.ReadSealed());
}

absl::StatusOr<PersonalReader::Opened> PersonalReader::Open(const storage::RecordView& view) const {
  if (!view.header.has_sealed) return Opened();
  const auto read = store_.ReadSealed(view.header.position, view.header.sealed_hash);
  if (!read.ok()) return OpenSealed(view, read.status());
  return OpenSealed(view, std::string_view(*read));
}

absl::StatusOr<PersonalReader::Opened> PersonalReader::OpenSealed(
    const storage::RecordView& view, absl::StatusOr<std::string_view> read) const {
  const auto body = storage::ScanBody(view.body);
  if (!body.ok()) return body.status();
  const auto sealed = SealedPart(view, std::move(read));
  if (!sealed.ok()) return sealed.status();
  const auto key_id = storage::keys::SealingKeyId(*sealed);
  if (!key_id.ok()) {
    return storage::Corrupt(view.header.position, FromAbsl(key_id.status().message()));
  }
  const auto key = keys_.Find(body->client_id);
  if (absl::IsFailedPrecondition(key.status())) return Dark(view, body->client_id, *key_id);
  if (!key.ok()) return key.status();
  const bool is_its_key =
      key->has_value() && (!key_id->has_value() || **key_id == storage::keys::IdOf(**key));
  if (!is_its_key) return Dark(view, body->client_id, *key_id);
  auto plain =
      storage::keys::Open(**key, {origin_, body->client_id, view.header.event_id}, *sealed);
  if (!plain.ok()) {
    // A blob that does not name its key may be an erased one's.
    if (!key_id->has_value()) {
      auto dark = Dark(view, body->client_id, *key_id);
      if (dark.ok()) return dark;
    }
    return storage::Corrupt(view.header.position, FromAbsl(plain.status().message()));
  }
  Opened opened;
  opened.state = v1::PERSONAL_STATE_PRESENT;
  opened.fact = std::move(plain->plaintext);
  return opened;
}

absl::StatusOr<PersonalReader::Opened> PersonalReader::Dark(
    const storage::RecordView& view, std::string_view client_id,
    const std::optional<storage::keys::KeyId>& key_id) const {
  const auto erased = keys_.WasErased(client_id, key_id);
  if (!erased.ok()) return erased.status();
  if (*erased) return Opened{v1::PERSONAL_STATE_ERASED, {}};
  return Error(
      v1::ERROR_REASON_KEY_UNUSABLE,
      absl::StrCat("the key of client ", ToAbsl(client_id), " for the event at position ",
                   view.header.position,
                   " is gone or cannot be used, and it was not erased: bring back the "
                   "keys, and the key file, that belong to this ledger"),
      {{"client_id", std::string(client_id)}, {"position", absl::StrCat(view.header.position)}});
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
