#include "server/services/append_stream.h"

#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "pledger/v1/ledger.pb.h"
#include "server/domain/errors.h"
#include "server/domain/limits.h"
#include "server/services/append_request.h"
#include "server/services/byte_buffers.h"
#include "server/services/status_mapping.h"
#include "storage/format/wire.h"

namespace pledger::services {
namespace {

using Reactor = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;

class AppendStream;

// One request of a stream, waiting for its outcome and for its turn to be answered.
class StreamAppend final : public AppendRequestBase {
 public:
  explicit StreamAppend(AppendStream& stream) : stream_(stream) {}

  void Done() override;
  void Failed() override { Done(); }

  bool decided = false;

 private:
  AppendStream& stream_;
};

class AppendStream final : public Reactor, public TickedStream {
 public:
  explicit AppendStream(LedgerContext& context) : context_(context) {}

  void Begin(const grpc::CallbackServerContext& call) {
    auto principal = context_.principals.Of(call);
    absl::Status added = principal.status();
    if (added.ok()) added = context_.ticker.Add(this);
    absl::MutexLock lock(&mutex_);
    if (added.ok()) {
      principal_ = *std::move(principal);
    } else {
      FinishWith(ToGrpcStatus(added));
      return;
    }
    reading_ = true;
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    {
      absl::MutexLock lock(&mutex_);
      reading_ = false;
      if (!ok || ended_) {
        ended_ = true;
        FinishIfIdle();
        return;
      }
      taking_ = true;
    }
    Take();
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    // A reader that has gone gets no more answers; its appends are recorded all the same.
    if (!ok) broken_ = ended_ = true;
    Advance();
  }

  void OnCancel() override {
    absl::MutexLock lock(&mutex_);
    broken_ = ended_ = true;
    Advance();
  }

  void OnDone() override {
    context_.ticker.Remove(this);
    delete this;
  }

  void OnTick(int64_t now_ns) override {}
  void OnShutdown() override {
    absl::MutexLock lock(&mutex_);
    shutdown_ = ended_ = true;
    FinishIfIdle();
  }

  void Decided(StreamAppend* append) {
    absl::MutexLock lock(&mutex_);
    append->decided = true;
    Advance();
  }

 private:
  // Starts on the request that was just read. The next one is read when this one has its place in
  // the order.
  void Take() {
    const FlatMessage message(request_);
    storage::WireReader reader(message.bytes());
    std::string_view append_bytes;
    while (reader.Next()) {
      if (reader.number() == v1::AppendStreamRequest::kAppendFieldNumber) {
        append_bytes = reader.bytes();
      }
    }
    StreamAppend* append = nullptr;
    {
      absl::MutexLock lock(&mutex_);
      if (reader.malformed()) {
        failure_ = ToGrpcStatus(Error(v1::ERROR_REASON_MALFORMED_REQUEST,
                                      "the bytes are no pledger.v1.AppendStreamRequest"));
        ended_ = true;
        taking_ = false;
        FinishIfIdle();
        return;
      }
      appends_.push_back(std::make_unique<StreamAppend>(*this));
      append = appends_.back().get();
      // Whatever happens to the append meanwhile, the stream lives until it was taken.
    }
    absl::Status started =
        append->Start(context_, principal_, append_bytes, false, [this] { Taken(); });
    if (started.ok()) return;
    append->status = std::move(started);
    Decided(append);
  }

  void Taken() {
    absl::MutexLock lock(&mutex_);
    taking_ = false;
    ReadMore();
    FinishIfIdle();
  }

  // Answers what can be answered, reads on, ends if there is nothing left to do.
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (broken_) {
      while (!appends_.empty() && appends_.front()->decided) appends_.pop_front();
    } else if (!writing_ && !appends_.empty() && appends_.front()->decided) {
      const std::unique_ptr<StreamAppend> append = std::move(appends_.front());
      appends_.pop_front();
      writing_ = true;
      response_ = ToBuffer(Encode(*append));
      grpc::WriteOptions options;
      // More answers follow at once: they may share a packet. Not with the first one: gRPC would
      // keep it, and the headers before it, until something else is sent, but what follows waits
      // for it.
      const bool is_first = sequence_ == 1;
      if (!is_first && !appends_.empty() && appends_.front()->decided) options.set_buffer_hint();
      StartWrite(&response_, options);
    }
    ReadMore();
    FinishIfIdle();
  }

  void ReadMore() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (reading_ || taking_ || ended_ || appends_.size() >= limits::kAppendStreamInFlightMax)
      return;
    reading_ = true;
    StartRead(&request_);
  }

  void FinishIfIdle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!ended_ || writing_ || taking_ || !appends_.empty() || finished_) return;
    // A read under way ends with the call.
    if (shutdown_) {
      FinishWith(ToGrpcStatus(
          Error(v1::ERROR_REASON_SHUTTING_DOWN,
                "the server is going down; all that was acknowledged is recorded, send the rest "
                "again")));
    } else {
      FinishWith(failure_);
    }
  }

  void FinishWith(const grpc::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    finished_ = true;
    Finish(status);
  }

  std::string Encode(const StreamAppend& append) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::string response;
    AppendNumber(v1::AppendStreamResponse::kSequenceFieldNumber, sequence_++, &response);
    if (append.status.ok()) {
      storage::AppendWireBytes(v1::AppendStreamResponse::kAppendedFieldNumber,
                               append.EncodeResponse(), &response);
    } else {
      storage::AppendWireBytes(v1::AppendStreamResponse::kRejectedFieldNumber,
                               ToRpcStatusBytes(append.status), &response);
    }
    return response;
  }

  LedgerContext& context_;
  // Set before the first request is read.
  PrincipalRef principal_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  absl::Mutex mutex_;
  // In the order of the requests.
  std::deque<std::unique_ptr<StreamAppend>> appends_ ABSL_GUARDED_BY(mutex_);
  uint64_t sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  // A request that was read has no place in the order yet.
  bool taking_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  // No more requests are taken.
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  // No more answers are given.
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;
  bool shutdown_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Status failure_ ABSL_GUARDED_BY(mutex_);
};

void StreamAppend::Done() { stream_.Decided(this); }

}  // namespace

Reactor* StartAppendStream(LedgerContext& context, const grpc::CallbackServerContext& call) {
  auto* stream = new AppendStream(context);
  stream->Begin(call);
  return stream;
}

}  // namespace pledger::services
