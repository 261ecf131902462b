// Fixed-width big-endian integers: their bytes sort as their values do.
#ifndef PLEDGER_STORAGE_FORMAT_BIG_ENDIAN_H_
#define PLEDGER_STORAGE_FORMAT_BIG_ENDIAN_H_

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace pledger::storage {

inline void PutBig64(uint64_t value, char* out) {
  value = __builtin_bswap64(value);
  std::memcpy(out, &value, sizeof value);
}

inline void PutBig16(uint16_t value, char* out) {
  value = __builtin_bswap16(value);
  std::memcpy(out, &value, sizeof value);
}

// `in` has at least 8 bytes.
inline uint64_t GetBig64(const char* in) {
  uint64_t value;
  std::memcpy(&value, in, sizeof value);
  return __builtin_bswap64(value);
}

// `in` has at least 2 bytes.
inline uint16_t GetBig16(const char* in) {
  uint16_t value;
  std::memcpy(&value, in, sizeof value);
  return __builtin_bswap16(value);
}

inline void AppendBig64(uint64_t value, std::string* out) {
  char bytes[8];
  PutBig64(value, bytes);
  out->append(bytes, sizeof bytes);
}

}  // namespace pledger::storage

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a byte swap is a conversion");

#endif  // PLEDGER_STORAGE_FORMAT_BIG_ENDIAN_H_
