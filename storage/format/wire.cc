#include "storage/format/wire.h"

#include <cstring>

namespace pledger::storage {

bool WireReader::ReadVarint(uint64_t* value) {
  uint64_t result = 0;
  const size_t limit = rest_.size() < 10 ? rest_.size() : 10;
  for (size_t i = 0; i < limit; ++i) {
    const auto byte = static_cast<uint8_t>(rest_[i]);
    // The tenth byte has room for one bit only.
    if (i == 9 && byte > 1) return false;
    result |= uint64_t{byte & 0x7fu} << (7 * i);
    if (byte < 0x80) {
      rest_.remove_prefix(i + 1);
      *value = result;
      return true;
    }
  }
  return false;
}

bool WireReader::ReadPayload() {
  const auto take = [this](size_t size) {
    bytes_ = rest_.substr(0, size);
    rest_.remove_prefix(size);
  };
  switch (type_) {
    case WireType::kVarint:
      return ReadVarint(&scalar_);
    case WireType::kFixed64:
    case WireType::kFixed32: {
      const size_t size = type_ == WireType::kFixed64 ? 8 : 4;
      if (rest_.size() < size) return false;
      scalar_ = 0;
      std::memcpy(&scalar_, rest_.data(), size);
      take(size);
      return true;
    }
    case WireType::kBytes: {
      uint64_t size = 0;
      if (!ReadVarint(&size) || size > rest_.size()) return false;
      take(size);
      return true;
    }
  }
  return false;
}

bool WireReader::NextOfAnyKind() {
  if (rest_.empty() || malformed_) return false;
  uint64_t tag = 0;
  if (!ReadVarint(&tag) || tag > UINT32_MAX || (tag >> 3) == 0) {
    malformed_ = true;
    return false;
  }
  number_ = static_cast<uint32_t>(tag >> 3);
  type_ = static_cast<WireType>(tag & 7);
  malformed_ = !ReadPayload();
  return !malformed_;
}

void AppendWireBytes(uint32_t number, std::string_view bytes, std::string* out) {
  char head[20];
  char* end = PutVarint(WireTag(number, WireType::kBytes), head);
  end = PutVarint(bytes.size(), end);
  out->append(head, end - head);
  out->append(bytes);
}

}  // namespace pledger::storage
