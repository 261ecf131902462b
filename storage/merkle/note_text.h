// The small pieces of text that notes, checkpoints, proofs and policies are made of. Each has one
// spelling, so that what was parsed can be written again byte for byte.
//
// Pure and thread-safe; takes hostile input.
#ifndef PLEDGER_STORAGE_MERKLE_NOTE_TEXT_H_
#define PLEDGER_STORAGE_MERKLE_NOTE_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "storage/format/types.h"

namespace pledger::storage::merkle {

// RFC 4648, section 4, with padding.
std::string ToBase64(std::string_view bytes);

// None for what ToBase64() never gives: white space, missing padding, bits beyond the last byte.
std::optional<std::string> FromBase64(std::string_view text);

// A hash in base64; none if it isn't 32 bytes.
std::optional<Hash> HashFromBase64(std::string_view text);

// A number without sign or leading zeros; none for another text or above 2^64 - 1.
std::optional<uint64_t> FromDecimal(std::string_view text);

// Takes the next line off `rest`, without its line feed; none, and nothing taken, if no line feed
// is left.
std::optional<std::string_view> TakeLine(std::string_view* rest);

// The same of a line that begins with `prefix`, without it; none, and nothing taken, if the next
// line does not.
std::optional<std::string_view> TakeLineAfter(std::string_view prefix, std::string_view* rest);

// Well-formed UTF-8 without control characters other than line feeds.
bool IsNoteText(std::string_view text);

// Whether it can name a key: not empty, UTF-8, no white space, no plus, no control characters.
bool IsKeyName(std::string_view name);

// Appends a line of base64 for each hash.
void AppendHashLines(absl::Span<const Hash> hashes, std::string* out);

// Takes such lines and the empty one that ends them, the first of which is line `number` of the
// whole text. INVALID_ARGUMENT for other lines, no empty one, or more than `count_max` hashes.
[[nodiscard]] absl::StatusOr<std::vector<Hash>> TakeHashLines(size_t count_max, size_t number,
                                                              std::string_view* rest);

// INVALID_ARGUMENT that names a line, counted from 1.
absl::Status BadLine(size_t line, std::string_view what);

}  // namespace pledger::storage::merkle

#endif  // PLEDGER_STORAGE_MERKLE_NOTE_TEXT_H_
