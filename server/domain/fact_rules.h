// Whether a request has the shape that its field options (options.proto) and DOMAIN.md demand.
//
// What may stand in one field is read from the field options and from nowhere else; what concerns
// several fields of a fact is written here. Checking needs the message alone: what depends on
// earlier facts is obligations.h.
//
// A check costs well under a microsecond for a typical event and allocates nothing when it passes.
// Paths and messages never contain a field's value, which may be personal. Thread-safe.
#ifndef PLEDGER_SERVER_DOMAIN_FACT_RULES_H_
#define PLEDGER_SERVER_DOMAIN_FACT_RULES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"
#include "pledger/v1/event.pb.h"

namespace pledger {

// Checks `message`, of a generated type, and its sub-messages against their field options. `path`
// is what the fields' paths begin with: "events[3]"; it may be empty.
//
// Beyond the options: a Timestamp is valid and lies within limits.h, a number is finite, an enum
// has a value that this version knows, a text has no NUL, an element of a list is neither an empty
// text nor a zero enum, and a text or bool that is set in a oneof says something.
//
//   UNKNOWN_FIELD   the request has a field that this version does not know
//   LIMIT_EXCEEDED  a text, a list or the nesting is too long
//   INVALID_FIELD   anything else
[[nodiscard]] absl::Status CheckRules(const google::protobuf::Message& message,
                                      std::string_view path);

// CheckRules, and what concerns several fields: the event id is a UUID, the event did not occur in
// the future, exactly one fact is set, its fields agree with each other and it may be recorded for
// this client by an appender. `now_ns` is the ledger's clock, in nanoseconds since 1970.
//
//   FORBIDDEN       the fact is one that only the ledger itself records
//   others          as CheckRules
[[nodiscard]] absl::Status CheckProposedEvent(const v1::ProposedEvent& event, std::string_view path,
                                              int64_t now_ns);

// The bytes of a UUID in canonical text form (8-4-4-4-12 hexadecimal digits of either case, any
// version), most significant first; none if `text` is something else.
std::optional<std::array<uint8_t, 16>> ParseUuid(std::string_view text);

// Writes the canonical text form, in lower case, to `out`: kUuidTextBytes of it. Returns its end.
inline constexpr size_t kUuidTextBytes = 36;
char* PutUuid(const std::array<uint8_t, 16>& uuid, char* out);

// The same as a string.
std::string FormatUuid(const std::array<uint8_t, 16>& uuid);

// Nanoseconds since 1970. `timestamp` has passed CheckRules, or comes from FromNanos.
int64_t ToNanos(const google::protobuf::Timestamp& timestamp);

// The inverse of ToNanos.
google::protobuf::Timestamp FromNanos(int64_t ns);

// Explains why parsing `wire` as a message of type `descriptor` failed: the path of the first
// string field that is not UTF-8, such as "events[3].client_id"; empty if there is none before the
// bytes stop making sense. For hostile input: linear in its size and limited in depth.
std::string FindInvalidUtf8(std::string_view wire, const google::protobuf::Descriptor* descriptor);

}  // namespace pledger

#endif  // PLEDGER_SERVER_DOMAIN_FACT_RULES_H_
