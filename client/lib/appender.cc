#include "client/lib/appender.h"

#include <utility>

#include "client/lib/errors.h"
#include "google/rpc/error_details.pb.h"

namespace pledger::client {
namespace {

absl::StatusOr<v1::AppendResponse> OutcomeOf(v1::AppendStreamResponse& answer) {
  if (answer.has_appended()) return std::move(*answer.mutable_appended());
  google::rpc::Status rejected;
  if (!answer.has_rejected() || !rejected.ParseFromString(answer.rejected()) ||
      rejected.code() == 0) {
    return absl::InternalError("the server answered an append with neither success nor error");
  }
  return FromRpcStatus(rejected);
}

}  // namespace

Appender::Appender(Client& client, const AppenderOptions& options)
    : client_(client), options_(options), thread_([this] { Run(); }) {}

Appender::~Appender() {
  {
    absl::MutexLock lock(&mutex_);
    closing_ = true;
    cancelled_.Notify();
    if (context_ != nullptr) context_->TryCancel();
  }
  thread_.join();
}

absl::Status Appender::Append(v1::AppendRequest request, Done done) {
  FillInEventIds(request, client_.ids());
  auto pending = std::make_shared<Pending>();
  *pending->request.mutable_append() = std::move(request);
  pending->done = std::move(done);
  absl::MutexLock lock(&mutex_);
  const auto has_room = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !failed_.ok() || pending_.size() < static_cast<size_t>(options_.in_flight_max);
  };
  mutex_.Await(absl::Condition(&has_room));
  if (!failed_.ok()) return failed_;
  pending_.push_back(std::move(pending));
  return absl::OkStatus();
}

absl::Status Appender::Flush() {
  absl::MutexLock lock(&mutex_);
  const auto is_empty = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return pending_.empty(); };
  mutex_.Await(absl::Condition(&is_empty));
  return failed_;
}

void Appender::Run() {
  RetryLoop retry(options_.retry, client_.environment(), absl::InfiniteFuture());
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return closing_ || !pending_.empty();
      };
      mutex_.Await(absl::Condition(&has_work));
      if (closing_) break;
    }
    const absl::Status status = RunStream(retry);
    if (!status.ok() && !retry.WaitToRetry(status, cancelled_)) {
      FailAll(cancelled_.HasBeenNotified()
                  ? absl::CancelledError("the appender was destroyed before the answer came")
                  : status);
      return;
    }
  }
  FailAll(absl::CancelledError("the appender was destroyed before the answer came"));
}

absl::Status Appender::RunStream(RetryLoop& retry) {
  grpc::ClientContext context;
  client_.Authorise(context);
  std::unique_ptr<Stream> stream;
  {
    absl::MutexLock lock(&mutex_);
    if (closing_) return absl::OkStatus();
    context_ = &context;
    sent_ = 0;
    stream_over_ = false;
  }
  stream = client_.ledger().AppendStream(&context);
  absl::Status busy;
  std::thread reader([&] { ReadAnswers(*stream, context, retry, busy); });
  while (std::shared_ptr<Pending> next = NextToSend()) {
    if (!stream->Write(next->request)) break;
  }
  stream->WritesDone();
  reader.join();
  absl::Status status = FromGrpc(stream->Finish());
  absl::MutexLock lock(&mutex_);
  context_ = nullptr;
  // A stream that fails while nothing waits for it is no failure: the next append opens another.
  if (closing_ || pending_.empty()) return absl::OkStatus();
  if (!busy.ok()) return busy;
  if (status.ok()) {
    return absl::UnavailableError("the server ended the stream before it had answered everything");
  }
  return status;
}

std::shared_ptr<Appender::Pending> Appender::NextToSend() {
  absl::MutexLock lock(&mutex_);
  const auto can_go_on = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stream_over_ || closing_ || pending_.size() > sent_;
  };
  mutex_.Await(absl::Condition(&can_go_on));
  if (stream_over_ || closing_) return nullptr;
  return pending_[sent_++];
}

void Appender::ReadAnswers(Stream& stream, grpc::ClientContext& context, RetryLoop& retry,
                           absl::Status& busy) {
  v1::AppendStreamResponse answer;
  while (busy.ok() && stream.Read(&answer)) {
    absl::StatusOr<v1::AppendResponse> outcome = OutcomeOf(answer);
    if (!outcome.ok() && IsTransient(outcome.status())) {
      // What follows may rest on this request. To keep the order its answers are dropped and all
      // of it is sent again.
      busy = outcome.status();
      context.TryCancel();
      break;
    }
    std::shared_ptr<Pending> first;
    {
      absl::MutexLock lock(&mutex_);
      if (sent_ == 0) break;  // More answers than requests; Finish will say what went wrong.
      first = pending_.front();
    }
    retry.Succeeded();
    first->done(first->request.append(), outcome);
    absl::MutexLock lock(&mutex_);
    pending_.pop_front();
    --sent_;
  }
  absl::MutexLock lock(&mutex_);
  stream_over_ = true;
}

void Appender::FailAll(const absl::Status& status) {
  std::deque<std::shared_ptr<Pending>> given_up;
  {
    absl::MutexLock lock(&mutex_);
    failed_ = status;
    given_up = pending_;
  }
  for (const std::shared_ptr<Pending>& pending : given_up) {
    pending->done(pending->request.append(), status);
  }
  absl::MutexLock lock(&mutex_);
  pending_.clear();
}

}  // namespace pledger::client
