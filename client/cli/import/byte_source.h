// Where an import reads from: a file or standard input, plain or compressed by gzip.
#ifndef PLEDGER_CLIENT_CLI_IMPORT_BYTE_SOURCE_H_
#define PLEDGER_CLIENT_CLI_IMPORT_BYTE_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace pledger::client {

// Bytes, one after another. Not thread-safe.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  // Fills `into` as far as there is something, and returns how far; 0 is the end. DATA_LOSS where
  // compressed data is damaged or ends too early.
  [[nodiscard]] virtual absl::StatusOr<size_t> Read(absl::Span<char> into) = 0;

  // How much of the underlying file was taken, and its size: for a progress bar. Size 0: not known.
  virtual uint64_t BytesTaken() const = 0;
  virtual uint64_t BytesTotal() const = 0;
};

// Opens `path`, "-" for standard input. Whether it is compressed is told by its first bytes, not
// by its name.
[[nodiscard]] absl::StatusOr<std::unique_ptr<ByteSource>> OpenByteSource(const std::string& path);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_IMPORT_BYTE_SOURCE_H_
