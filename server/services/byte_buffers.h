// Between gRPC's buffers and flat bytes, without copying where it can be helped.
#ifndef PLEDGER_SERVER_SERVICES_BYTE_BUFFERS_H_
#define PLEDGER_SERVER_SERVICES_BYTE_BUFFERS_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"

namespace pledger::services {

// The bytes of a received message in one piece. Holds them.
class FlatMessage {
 public:
  explicit FlatMessage(const grpc::ByteBuffer& buffer) {
    if (buffer.Length() > 0 && !buffer.TrySingleSlice(&slice_).ok()) {
      buffer.DumpToSingleSlice(&slice_).ok();
    }
  }

  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(slice_.begin()), slice_.size()};
  }

 private:
  grpc::Slice slice_;
};

// A message to send. The bytes move into the buffer; nothing is copied.
inline grpc::ByteBuffer ToBuffer(std::string bytes) {
  auto* owned = new std::string(std::move(bytes));
  const grpc::Slice slice(
      owned->data(), owned->size(), [](void* text) { delete static_cast<std::string*>(text); },
      owned);
  return grpc::ByteBuffer(&slice, 1);
}

// The same of bytes that others may send as well, and a few more behind them.
inline grpc::ByteBuffer ToBuffer(std::shared_ptr<const std::string> shared, std::string_view rest) {
  auto* owned = new std::shared_ptr<const std::string>(std::move(shared));
  const grpc::Slice slices[] = {
      grpc::Slice(
          const_cast<char*>((*owned)->data()), (*owned)->size(),
          [](void* text) { delete static_cast<std::shared_ptr<const std::string>*>(text); }, owned),
      grpc::Slice(rest.data(), rest.size())};
  return grpc::ByteBuffer(slices, 2);
}

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_BYTE_BUFFERS_H_
