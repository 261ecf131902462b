// Key material: 32 bytes that are wiped from memory when they are no longer needed.
#ifndef PLEDGER_STORAGE_KEYS_SECRET_H_
#define PLEDGER_STORAGE_KEYS_SECRET_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace pledger::storage::keys {

// A value; each copy wipes itself. Has no way to be printed. Thread-compatible.
class Secret {
 public:
  static constexpr size_t kBytes = 32;
  using Bytes = std::array<uint8_t, kBytes>;

  // All zeros, to be filled by way of mutable_bytes().
  Secret() = default;
  explicit Secret(const Bytes& bytes) : bytes_(bytes) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  ~Secret();

  const Bytes& bytes() const { return bytes_; }
  Bytes& mutable_bytes() { return bytes_; }

  // Takes the same time whatever the bytes.
  bool operator==(const Secret& other) const;

 private:
  Bytes bytes_{};
};

// Seals the personal fields of one client. Destroying it, and every wrapped copy, erases them.
class DataKey : public Secret {
 public:
  using Secret::Secret;
};

// Wraps the data keys; see wrapping.h.
class KeyEncryptionKey : public Secret {
 public:
  using Secret::Secret;
};

}  // namespace pledger::storage::keys

#endif  // PLEDGER_STORAGE_KEYS_SECRET_H_
