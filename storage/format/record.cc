#include "storage/format/record.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "storage/format/big_endian.h"
#include "storage/format/text.h"
#include "storage/format/wire.h"
#include "storage/merkle/hash.h"

namespace pledger::storage {
namespace {

constexpr uint8_t kSealedFlag = 1;
constexpr char kPositionUrl[] = "pledger.storage/position";

// Field numbers of pledger.store.v1.RecordBody.
constexpr uint32_t kClientId = 1;
constexpr uint32_t kCorrelationId = 4;
constexpr uint32_t kFact = 6;
constexpr uint32_t kPersonalFingerprint = 7;
constexpr uint32_t kLastContentField = 7;
constexpr uint32_t kActor = 13;
constexpr uint32_t kPersonalCommitment = 14;

uint64_t Checksum(std::string_view record) { return XXH3_64bits(record.data(), record.size()); }

}  // namespace

void EncodeHeader(const RecordHeader& header, char* out) {
  out[0] = static_cast<char>(kRecordFormatVersion);
  out[1] = static_cast<char>(header.has_sealed ? kSealedFlag : 0);
  PutBig16(header.fact_type, out + 2);
  PutBig64(header.position, out + 4);
  PutBig64(header.revision, out + 12);
  PutBig64(static_cast<uint64_t>(header.record_time_ns), out + 20);
  PutBig64(static_cast<uint64_t>(header.occur_time_ns), out + 28);
  std::memcpy(out + 36, header.event_id.data(), header.event_id.size());
  std::memcpy(out + 52, header.previous_leaf_hash.data(), header.previous_leaf_hash.size());
  std::memcpy(out + 84, header.sealed_hash.data(), header.sealed_hash.size());
}

absl::StatusOr<RecordView> DecodeRecord(std::string_view record) {
  if (record.size() < kRecordHeaderBytes || record.size() > kRecordBytesMax) {
    return absl::DataLossError(absl::StrCat("a record cannot have ", record.size(), " bytes"));
  }
  const char* in = record.data();
  const auto version = static_cast<uint8_t>(in[0]);
  if (version != kRecordFormatVersion) {
    return absl::DataLossError(absl::StrCat("record format ", version, " is not known"));
  }
  const auto flags = static_cast<uint8_t>(in[1]);
  if ((flags & ~kSealedFlag) != 0) {
    return absl::DataLossError(absl::StrCat("record flags ", flags, " are not known"));
  }
  RecordView view;
  view.header.has_sealed = (flags & kSealedFlag) != 0;
  view.header.fact_type = GetBig16(in + 2);
  view.header.position = GetBig64(in + 4);
  view.header.revision = GetBig64(in + 12);
  view.header.record_time_ns = static_cast<int64_t>(GetBig64(in + 20));
  view.header.occur_time_ns = static_cast<int64_t>(GetBig64(in + 28));
  std::memcpy(view.header.event_id.data(), in + 36, view.header.event_id.size());
  std::memcpy(view.header.previous_leaf_hash.data(), in + 52, 32);
  std::memcpy(view.header.sealed_hash.data(), in + 84, 32);
  if (!view.header.has_sealed && view.header.sealed_hash != Hash{}) {
    return absl::DataLossError("a record without a sealed part has its hash");
  }
  view.body = record.substr(kRecordHeaderBytes);
  return view;
}

absl::StatusOr<std::string_view> BodyClientId(std::string_view body) {
  WireReader reader(body);
  if (!reader.Next() || reader.number() != kClientId || reader.type() != WireType::kBytes) {
    return absl::DataLossError("a record's body does not begin with a client id");
  }
  return reader.bytes();
}

absl::StatusOr<BodyView> ScanBody(std::string_view body) {
  BodyView view;
  view.content = body;
  bool in_content = true;
  uint32_t last_number = 0;
  WireReader reader(body);
  while (true) {
    const size_t begin = body.size() - reader.rest().size();
    if (!reader.Next()) break;
    if (reader.type() != WireType::kBytes)
      return absl::DataLossError("a record's body is malformed");
    // A field that stands twice would be one thing to whoever takes the first and another to
    // whoever takes the last.
    if (reader.number() <= last_number) return absl::DataLossError("a record's body is malformed");
    last_number = reader.number();
    if (in_content && reader.number() > kLastContentField) {
      view.content = body.substr(0, begin);
      in_content = false;
    }
    switch (reader.number()) {
      case kClientId:
        view.client_id = reader.bytes();
        break;
      case kCorrelationId:
        view.correlation_id = reader.bytes();
        break;
      case kFact:
        view.fact = reader.bytes();
        break;
      case kPersonalFingerprint:
        view.personal_fingerprint = reader.bytes();
        break;
      case kActor:
        view.actor = reader.bytes();
        break;
      case kPersonalCommitment:
        view.personal_commitment = reader.bytes();
        break;
      default:
        break;
    }
  }
  if (reader.malformed() || view.client_id.empty()) {
    return absl::DataLossError("a record's body is malformed");
  }
  return view;
}

Fingerprint ContentFingerprint(int64_t occur_time_ns, std::string_view content) {
  thread_local std::string input;
  input.clear();
  AppendBig64(static_cast<uint64_t>(occur_time_ns), &input);
  input.append(content);
  const Hash hash = merkle::Sha256(input);
  Fingerprint fingerprint;
  std::memcpy(fingerprint.data(), hash.data(), fingerprint.size());
  return fingerprint;
}

void AppendChecksum(std::string* value) { AppendBig64(Checksum(*value), value); }

absl::StatusOr<std::string_view> CheckStoredValue(std::string_view value) {
  if (value.size() >= kChecksumBytes) {
    const std::string_view record = value.substr(0, value.size() - kChecksumBytes);
    if (GetBig64(record.data() + record.size()) == Checksum(record)) return record;
  }
  return absl::DataLossError("a stored record's checksum does not hold");
}

absl::Status Corrupt(Position position, std::string_view what) {
  absl::Status status = absl::DataLossError(
      absl::StrCat("the record at position ", position, " is corrupt: ", ToAbsl(what)));
  status.SetPayload(kPositionUrl, absl::Cord(absl::StrCat(position)));
  return status;
}

std::string CorruptPosition(const absl::Status& status) {
  const auto payload = status.GetPayload(kPositionUrl);
  return payload ? std::string(*payload) : std::string();
}

}  // namespace pledger::storage
