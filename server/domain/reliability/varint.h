// Varints: seven bits a byte, least significant first, the top bit set on all but the last byte.
// Reading accepts only what writing produces, so that equal values have equal bytes.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_VARINT_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_VARINT_H_

#include <cstdint>
#include <string>

namespace pledger::reliability {

inline void PutVarint(uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

// Moves `*at` past one varint that ends before `end`; false, with `*at` anywhere before `end`, if
// there is none.
inline bool GetVarint(const char** at, const char* end, uint64_t* value) {
  uint64_t result = 0;
  for (int shift = 0; shift < 64 && *at != end; shift += 7) {
    const auto byte = static_cast<uint8_t>(*(*at)++);
    if (shift == 63 && byte > 1) return false;
    result |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte >= 0x80) continue;
    if (byte == 0 && shift != 0) return false;
    *value = result;
    return true;
  }
  return false;
}

// Small numbers of either sign as small unsigned ones.
inline uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
inline int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_VARINT_H_
