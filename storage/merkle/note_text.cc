#include "storage/merkle/note_text.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "storage/format/text.h"

namespace pledger::storage::merkle {
namespace {

struct Utf8Form {
  uint8_t lead_mask;
  uint8_t lead;
  size_t bytes;
  char32_t least;
};

constexpr Utf8Form kUtf8Forms[] = {
    {0x80, 0x00, 1, 0}, {0xe0, 0xc0, 2, 0x80}, {0xf0, 0xe0, 3, 0x800}, {0xf8, 0xf0, 4, 0x10000}};

// Takes a code point off the text; none, and nothing taken, if it doesn't begin with one.
std::optional<char32_t> TakeCodePoint(std::string_view* text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>((*text)[i]); };
  const auto form =
      std::find_if(std::begin(kUtf8Forms), std::end(kUtf8Forms),
                   [&](const Utf8Form& f) { return (byte(0) & f.lead_mask) == f.lead; });
  if (form == std::end(kUtf8Forms) || text->size() < form->bytes) return std::nullopt;
  char32_t code = byte(0) & static_cast<uint8_t>(~form->lead_mask);
  for (size_t i = 1; i < form->bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return std::nullopt;
    code = code << 6 | (byte(i) & 0x3f);
  }
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < form->least || surrogate || code > 0x10ffff) return std::nullopt;
  text->remove_prefix(form->bytes);
  return code;
}

// The characters of Unicode's property White_Space.
bool IsUnicodeSpace(char32_t c) {
  return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
         c == 0x3000;
}

template <typename Allowed>
bool AllCodePoints(std::string_view text, const Allowed& allowed) {
  while (!text.empty()) {
    const std::optional<char32_t> code = TakeCodePoint(&text);
    if (!code || !allowed(*code)) return false;
  }
  return true;
}

}  // namespace

std::string ToBase64(std::string_view bytes) { return absl::Base64Escape(ToAbsl(bytes)); }

std::optional<std::string> FromBase64(std::string_view text) {
  std::string bytes;
  // abseil's decoder is lenient; what it lets pass is told by spelling the bytes again.
  if (!absl::Base64Unescape(ToAbsl(text), &bytes) || ToBase64(bytes) != text) return std::nullopt;
  return bytes;
}

std::optional<Hash> HashFromBase64(std::string_view text) {
  const std::optional<std::string> bytes = FromBase64(text);
  Hash hash;
  if (!bytes || bytes->size() != hash.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), hash.begin());
  return hash;
}

std::optional<uint64_t> FromDecimal(std::string_view text) {
  uint64_t value = 0;
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(),
                                                   [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || (text[0] == '0' && text.size() > 1)) return std::nullopt;
  if (!absl::SimpleAtoi(ToAbsl(text), &value)) return std::nullopt;
  return value;
}

std::optional<std::string_view> TakeLine(std::string_view* rest) {
  const size_t end = rest->find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest->substr(0, end);
  rest->remove_prefix(end + 1);
  return line;
}

std::optional<std::string_view> TakeLineAfter(std::string_view prefix, std::string_view* rest) {
  if (!rest->starts_with(prefix)) return std::nullopt;
  std::string_view after = *rest;
  const std::optional<std::string_view> line = TakeLine(&after);
  if (!line) return std::nullopt;
  *rest = after;
  return line->substr(prefix.size());
}

void AppendHashLines(absl::Span<const Hash> hashes, std::string* out) {
  for (const Hash& hash : hashes) absl::StrAppend(out, ToBase64(AsChars(hash)), "\n");
}

absl::StatusOr<std::vector<Hash>> TakeHashLines(size_t count_max, size_t number,
                                                std::string_view* rest) {
  std::vector<Hash> hashes;
  for (;; ++number) {
    const std::optional<std::string_view> line = TakeLine(rest);
    if (!line) return BadLine(number, "the text ends before the empty line behind the hashes");
    if (line->empty()) return hashes;
    const std::optional<Hash> hash = HashFromBase64(*line);
    if (!hash) return BadLine(number, "is not a hash in base64");
    if (hashes.size() == count_max) return BadLine(number, "too many hashes");
    hashes.push_back(*hash);
  }
}

bool IsNoteText(std::string_view text) {
  return AllCodePoints(text, [](char32_t c) { return c >= 0x20 || c == '\n'; });
}

bool IsKeyName(std::string_view name) {
  return !name.empty() &&
         AllCodePoints(name, [](char32_t c) { return c > 0x20 && c != '+' && !IsUnicodeSpace(c); });
}

absl::Status BadLine(size_t line, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("line ", line, ": ", ToAbsl(what)));
}

}  // namespace pledger::storage::merkle
