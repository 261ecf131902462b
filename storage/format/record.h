// The stored record: the unit that is written, hashed as a leaf of the Merkle tree, and proved.
//
// FORMAT.md specifies every byte. Encoding and decoding are pure and thread-safe. Decoders take
// hostile input and return DATA_LOSS for what was never written by an encoder.
#ifndef PLEDGER_STORAGE_FORMAT_RECORD_H_
#define PLEDGER_STORAGE_FORMAT_RECORD_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/format/types.h"

namespace pledger::storage {

inline constexpr uint8_t kRecordFormatVersion = 1;
inline constexpr size_t kRecordHeaderBytes = 116;
inline constexpr size_t kRecordBytesMax = 65'535;
inline constexpr size_t kSealedBytesMax = 64 << 10;

struct RecordHeader {
  Position position = 0;
  Revision revision = 0;
  // Nanoseconds since 1970-01-01T00:00:00Z.
  int64_t record_time_ns = 0;
  int64_t occur_time_ns = 0;
  EventId event_id{};
  // The number of the field of pledger.v1.Fact. Opaque to the store.
  uint16_t fact_type = 0;
  // There is a sealed part, of which `sealed_hash` is the SHA-256.
  bool has_sealed = false;
  // The leaf hash of the client's previous record; zeros at revision 0.
  Hash previous_leaf_hash{};
  Hash sealed_hash{};

  bool operator==(const RecordHeader&) const = default;
};

// Writes the header into `out[0, kRecordHeaderBytes)`.
void EncodeHeader(const RecordHeader& header, char* out);

// A decoded record. Views the bytes that it was decoded from.
struct RecordView {
  RecordHeader header;
  std::string_view body;
};

// DATA_LOSS for a format that is not known, reserved bits that are set, or a size out of bounds.
absl::StatusOr<RecordView> DecodeRecord(std::string_view record);

// The parts of a body that the store and the idempotency check look at. Views the body.
struct BodyView {
  std::string_view client_id;
  std::string_view correlation_id;
  // A serialised pledger.v1.Fact.
  std::string_view fact;
  // The fields that make up the fingerprint: a prefix of the body.
  std::string_view content;
  std::string_view actor;
  std::string_view personal_fingerprint;
  std::string_view personal_commitment;
};

// Scans the fields of a body without parsing the fact. DATA_LOSS if it is not well-formed, or its
// fields are not in ascending order, each at most once.
absl::StatusOr<BodyView> ScanBody(std::string_view body);

// Only the client id, which every body begins with. DATA_LOSS if it does not.
absl::StatusOr<std::string_view> BodyClientId(std::string_view body);

// What makes two recordings of one event id the same event: when it occurred and its content.
Fingerprint ContentFingerprint(int64_t occur_time_ns, std::string_view content);

// The value stored for a record: the record and, behind it, 8 bytes of checksum. Checked on every
// read, so that memory or a block that went bad is never served.
inline constexpr size_t kChecksumBytes = 8;

// Appends the checksum of the whole of `value`, which is a record, to it.
void AppendChecksum(std::string* value);

// The record inside a stored value. DATA_LOSS if the checksum does not hold.
absl::StatusOr<std::string_view> CheckStoredValue(std::string_view value);

// DATA_LOSS that names a position, for CorruptPosition() to find.
absl::Status Corrupt(Position position, std::string_view what);

// The position that a DATA_LOSS names, as decimal text; empty if it names none.
std::string CorruptPosition(const absl::Status& status);

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_FORMAT_RECORD_H_
