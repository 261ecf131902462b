// The vocabulary of the store: positions, revisions, ids and hashes.
#ifndef PLEDGER_STORAGE_FORMAT_TYPES_H_
#define PLEDGER_STORAGE_FORMAT_TYPES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pledger::storage {

// The place of an event in the one order of all events: from 0, without gaps.
using Position = uint64_t;

// The place of an event in its client's stream: from 0, without gaps.
using Revision = uint64_t;

// A SHA-256.
using Hash = std::array<uint8_t, 32>;

// A UUID's bytes, most significant first.
using EventId = std::array<uint8_t, 16>;

// Whether an id is a UUID of version 7, whose order is that of its making.
inline bool IsTimeOrdered(const EventId& id) { return id[6] >> 4 == 7; }

// What two recordings of one event id must have in common to be the same event; see FORMAT.md.
using Fingerprint = std::array<uint8_t, 16>;

// Views bytes as characters. The view lives as long as `bytes`.
template <size_t N>
std::string_view AsChars(const std::array<uint8_t, N>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), N};
}

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_FORMAT_TYPES_H_
