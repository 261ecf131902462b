// Appending a great many events: pipelined, and safe across failures.
#ifndef PLEDGER_CLIENT_LIB_APPENDER_H_
#define PLEDGER_CLIENT_LIB_APPENDER_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/sync_stream.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "client/lib/client.h"
#include "pledger/v1/ledger.pb.h"

namespace pledger::client {

struct AppenderOptions {
  // Requests that may wait for their answer; Append blocks while there are as many. The server
  // bounds it by 256.
  int in_flight_max = 32;
  RetryPolicy retry = {.give_up_after = absl::Seconds(60)};
};

// LedgerService.AppendStream that outlives its connections. Requests are decided in the order of
// Append. Where a stream fails, or an answer says that the server is busy, what has no answer yet
// is sent again, with the same ids, on a new stream: nothing is recorded twice. An event that had
// been recorded when its answer got lost is then reported as `duplicate`.
//
// Append and Flush may be called from several threads. `client` must outlive it.
class Appender {
 public:
  // The request as it was sent, and what became of it. Called once for each request, in their
  // order, from the appender's own threads; it must not call Append or Flush.
  using Done =
      std::function<void(const v1::AppendRequest&, const absl::StatusOr<v1::AppendResponse>&)>;

  explicit Appender(Client& client, const AppenderOptions& options = {});

  // Gives up what has no answer yet: call Flush first. Those are reported as CANCELLED.
  ~Appender();

  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;

  // Takes the request, blocking while too many have no answer. Ids that are empty are filled in.
  // Returns an error where the appender has failed; `done` is not called then.
  [[nodiscard]] absl::Status Append(v1::AppendRequest request, Done done)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits until every request taken so far was reported. The error with which the appender failed,
  // if it did: the requests that it could not place were reported with the same.
  [[nodiscard]] absl::Status Flush() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Pending {
    v1::AppendStreamRequest request;
    Done done;
  };
  using Stream = grpc::ClientReaderWriter<v1::AppendStreamRequest, v1::AppendStreamResponse>;

  // The appender's thread: one stream after another.
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  // One stream, until there is nothing more to do or it fails.
  absl::Status RunStream(RetryLoop& retry) ABSL_LOCKS_EXCLUDED(mutex_);
  void ReadAnswers(Stream& stream, grpc::ClientContext& context, RetryLoop& retry,
                   absl::Status& busy) ABSL_LOCKS_EXCLUDED(mutex_);
  // The next request to write; null when the stream is to end.
  std::shared_ptr<Pending> NextToSend() ABSL_LOCKS_EXCLUDED(mutex_);
  void FailAll(const absl::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);

  Client& client_;
  const AppenderOptions options_;
  absl::Notification cancelled_;
  absl::Mutex mutex_;
  // In order; the first `sent_` of them were written to the present stream.
  std::deque<std::shared_ptr<Pending>> pending_ ABSL_GUARDED_BY(mutex_);
  size_t sent_ ABSL_GUARDED_BY(mutex_) = 0;
  // The present stream gives no more answers.
  bool stream_over_ ABSL_GUARDED_BY(mutex_) = false;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status failed_ ABSL_GUARDED_BY(mutex_);
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::thread thread_;
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_LIB_APPENDER_H_
