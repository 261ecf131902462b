#include "client/lib/subscription.h"

#include <utility>

#include "client/lib/errors.h"

namespace pledger::client {

Subscription::Subscription(Client& client, v1::SubscribeRequest request)
    : Subscription(client, std::move(request), client.options().retry) {}

Subscription::Subscription(Client& client, v1::SubscribeRequest request, const RetryPolicy& retry)
    : client_(client),
      request_(std::move(request)),
      retry_(retry, client.environment(), absl::InfiniteFuture()) {}

Subscription::~Subscription() {
  Cancel();
  if (stream_ != nullptr) (void)Close();  // Nobody is left to be told how it ended.
}

void Subscription::Cancel() {
  absl::MutexLock lock(&mutex_);
  if (!cancelled_.HasBeenNotified()) cancelled_.Notify();
  if (context_ != nullptr) context_->TryCancel();
}

bool Subscription::Open() {
  absl::MutexLock lock(&mutex_);
  if (cancelled_.HasBeenNotified()) return false;
  context_ = std::make_unique<grpc::ClientContext>();
  client_.Authorise(*context_);
  stream_ = client_.ledger().Subscribe(context_.get(), request_);
  return true;
}

absl::Status Subscription::Close() {
  const absl::Status status = FromGrpc(stream_->Finish());
  stream_.reset();
  absl::MutexLock lock(&mutex_);
  context_.reset();
  return status;
}

absl::StatusOr<v1::SubscribeResponse> Subscription::Next() {
  while (failed_.ok()) {
    if (stream_ == nullptr && !Open()) {
      failed_ = absl::CancelledError("the subscription was cancelled");
      break;
    }
    v1::SubscribeResponse message;
    if (stream_->Read(&message)) {
      retry_.Succeeded();
      request_.set_from_position(message.resume_position());
      return message;
    }
    absl::Status status = Close();
    // Whether the server ends it to go down, or cancels it because this reader took nothing for too
    // long: another one is welcome.
    if (status.ok() || (absl::IsCancelled(status) && !cancelled_.HasBeenNotified())) {
      status = absl::UnavailableError("the server ended the subscription");
    }
    if (!retry_.WaitToRetry(status, cancelled_)) {
      failed_ = cancelled_.HasBeenNotified()
                    ? absl::CancelledError("the subscription was cancelled")
                    : std::move(status);
    }
  }
  return failed_;
}

}  // namespace pledger::client
