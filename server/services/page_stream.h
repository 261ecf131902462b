// A stream that sends pages, which are read one at a time on the executor: the next one when the
// last has gone, so that nothing piles up for a slow reader.
#ifndef PLEDGER_SERVER_SERVICES_PAGE_STREAM_H_
#define PLEDGER_SERVER_SERVICES_PAGE_STREAM_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "server/domain/clock.h"
#include "server/services/executor.h"
#include "server/services/stream_ticker.h"

namespace pledger::services {

class PageStream : public grpc::ServerWriteReactor<grpc::ByteBuffer>, public TickedStream {
 public:
  void OnWriteDone(bool ok) final;
  void OnCancel() final { stop_.store(true, std::memory_order_relaxed); }
  void OnDone() final;
  void OnTick(int64_t now_ns) final;
  void OnShutdown() final { shutdown_.store(true, std::memory_order_relaxed); }

 protected:
  PageStream(grpc::CallbackServerContext* call, Executor& executor, StreamTicker& ticker,
             const Clock& clock)
      : call_(call), executor_(executor), ticker_(ticker), clock_(clock) {}

  // Lets the stream in. After an error Fail() is all that may be called.
  [[nodiscard]] absl::Status Enter() { return ticker_.Add(this); }
  void Fail(const absl::Status& status);
  // Calls Open() and then sends, on the executor.
  void Begin();

  struct Page {
    // A serialised response; empty where there is nothing to send now.
    std::string bytes;
    bool at_end = false;
  };

 private:
  // Both may block, on the executor.
  virtual absl::Status Open() = 0;
  virtual absl::StatusOr<Page> NextPage() = 0;

  void Produce();

  grpc::CallbackServerContext* const call_;
  Executor& executor_;
  StreamTicker& ticker_;
  const Clock& clock_;
  grpc::ByteBuffer buffer_;
  // 0 while nothing is on its way.
  std::atomic<int64_t> write_began_ns_{0};
  std::atomic<bool> stop_{false};
  std::atomic<bool> shutdown_{false};
};

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_PAGE_STREAM_H_
