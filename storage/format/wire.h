// The protobuf wire format, as much of it as the store needs to look into a body without parsing
// it.
//
// Hostile input ends a scan; it never reads out of bounds.
#ifndef PLEDGER_STORAGE_FORMAT_WIRE_H_
#define PLEDGER_STORAGE_FORMAT_WIRE_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace pledger::storage {

enum class WireType : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

// Reads fields one after the other. Groups and other deprecated wire types are malformed.
class WireReader {
 public:
  // `bytes` must outlive the reader.
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  // Advances to the next field; false at the end or where the input is malformed.
  bool Next() {
    // Most fields are short texts of low numbers: a byte of tag, a byte of size.
    if (rest_.size() >= 2 && !malformed_) {
      const auto tag = static_cast<uint8_t>(rest_[0]);
      const auto size = static_cast<uint8_t>(rest_[1]);
      if ((tag & 0x87) == static_cast<uint8_t>(WireType::kBytes) && tag >= 8 && size < 0x80 &&
          size <= rest_.size() - 2) {
        number_ = tag >> 3;
        type_ = WireType::kBytes;
        bytes_ = rest_.substr(2, size);
        rest_.remove_prefix(2 + size_t{size});
        return true;
      }
    }
    return NextOfAnyKind();
  }

  bool malformed() const { return malformed_; }
  uint32_t number() const { return number_; }
  WireType type() const { return type_; }
  // For kVarint, kFixed64 and kFixed32.
  uint64_t scalar() const { return scalar_; }
  // For kBytes.
  std::string_view bytes() const { return bytes_; }
  // What follows the current field.
  std::string_view rest() const { return rest_; }

 private:
  bool NextOfAnyKind();
  bool ReadVarint(uint64_t* value);
  bool ReadPayload();

  std::string_view rest_;
  bool malformed_ = false;
  uint32_t number_ = 0;
  WireType type_ = WireType::kVarint;
  uint64_t scalar_ = 0;
  std::string_view bytes_;
};

// How many bytes a varint takes.
inline size_t VarintBytes(uint64_t value) { return 1 + (63 - __builtin_clzll(value | 1)) / 7; }

// Appends to a buffer that is known to have room; returns the new end.
inline char* PutVarint(uint64_t value, char* out) {
  while (value >= 0x80) {
    *out++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<char>(value);
  return out;
}

// The tag of a field.
constexpr uint32_t WireTag(uint32_t number, WireType type) {
  return number << 3 | static_cast<uint32_t>(type);
}

// Appends a field of type bytes (or a text, or a message).
void AppendWireBytes(uint32_t number, std::string_view bytes, std::string* out);

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_FORMAT_WIRE_H_
