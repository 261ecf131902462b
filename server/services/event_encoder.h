// From stored records to the wire form of events, without parsing them.
#ifndef PLEDGER_SERVER_SERVICES_EVENT_ENCODER_H_
#define PLEDGER_SERVER_SERVICES_EVENT_ENCODER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pledger/v1/event.pb.h"
#include "storage/event_store.h"
#include "storage/format/record.h"
#include "storage/keys/key_vault.h"
#include "storage/keys/wrapping.h"

namespace pledger::services {

// Opens sealed parts. May block. Thread-safe.
class PersonalReader {
 public:
  // Both must outlive it.
  PersonalReader(std::string origin, storage::EventStore& store, storage::keys::KeyVault& keys);

  struct Opened {
    v1::PersonalState state = v1::PERSONAL_STATE_UNSPECIFIED;
    // A serialised Fact with nothing but personal fields.
    std::string fact;
  };
  // The current record's. DATA_LOSS if the sealed part is missing or is not what was sealed;
  // KEY_UNUSABLE if its key is gone, though it was not erased.
  absl::StatusOr<Opened> Open(storage::RecordCursor& cursor) const;
  // The same for a record that was read by its position.
  absl::StatusOr<Opened> Open(const storage::RecordView& view) const;

 private:
  absl::StatusOr<Opened> OpenSealed(const storage::RecordView& view,
                                    absl::StatusOr<std::string_view> read) const;
  // What a blob is that the client's present key, if it has one, does not open.
  absl::StatusOr<Opened> Dark(const storage::RecordView& view, std::string_view client_id,
                              const std::optional<storage::keys::KeyId>& key_id) const;

  const std::string origin_;
  storage::EventStore& store_;
  storage::keys::KeyVault& keys_;
};

// What is known of a record's personal fields without opening them.
inline PersonalReader::Opened LeftSealed(const storage::RecordView& view) {
  return {view.header.has_sealed ? v1::PERSONAL_STATE_SEALED : v1::PERSONAL_STATE_UNSPECIFIED, {}};
}

// A sealed part as it was read: of a record that has one, its absence is corruption.
absl::StatusOr<std::string_view> SealedPart(const storage::RecordView& view,
                                            absl::StatusOr<std::string_view> read);

// Appends the record as the field `number` of type pledger.v1.Event.
void AppendEvent(uint32_t number, const storage::RecordView& view,
                 const PersonalReader::Opened& personal, std::string* out);

// Appends the record as the field `number` of type pledger.v1.RawRecord.
void AppendRawRecord(uint32_t number, std::string_view record, std::string_view sealed,
                     std::string* out);

// Appends a field of type google.protobuf.Timestamp.
void AppendTimestamp(uint32_t number, int64_t time_ns, std::string* out);

// Appends a field of an unsigned integer type, or a bool; nothing for zero.
void AppendNumber(uint32_t number, uint64_t value, std::string* out);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_EVENT_ENCODER_H_
