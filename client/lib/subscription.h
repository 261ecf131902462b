// Following the ledger for as long as one likes.
#ifndef PLEDGER_CLIENT_LIB_SUBSCRIPTION_H_
#define PLEDGER_CLIENT_LIB_SUBSCRIPTION_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/sync_stream.h>

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "client/lib/client.h"
#include "pledger/v1/ledger.pb.h"

namespace pledger::client {

// LedgerService.Subscribe that outlives its connections: after a transient failure it subscribes
// again from where the last message said, so that no event is missed and none comes twice. Keep
// `resume_position` of a message beside what was done with it, and a restarted program goes on
// there too. A subscription `from_end` that is cut before its first message begins at the end
// anew: it has promised nothing before.
//
// Next is for one thread; Cancel for any. `client` must outlive it.
class Subscription {
 public:
  // By the client's own retry policy.
  Subscription(Client& client, v1::SubscribeRequest request);
  Subscription(Client& client, v1::SubscribeRequest request, const RetryPolicy& retry);

  // Cancels.
  ~Subscription();

  // Waits for the next message. CANCELLED after Cancel; another error when it can't go on, after
  // which every call returns the same.
  [[nodiscard]] absl::StatusOr<v1::SubscribeResponse> Next();

  // Makes Next return, now and ever after.
  void Cancel() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Stream = grpc::ClientReader<v1::SubscribeResponse>;

  // False once cancelled.
  bool Open() ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Close() ABSL_LOCKS_EXCLUDED(mutex_);

  Client& client_;
  v1::SubscribeRequest request_;
  RetryLoop retry_;
  absl::Status failed_;
  std::unique_ptr<Stream> stream_;
  absl::Notification cancelled_;
  absl::Mutex mutex_;
  std::unique_ptr<grpc::ClientContext> context_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_LIB_SUBSCRIPTION_H_
